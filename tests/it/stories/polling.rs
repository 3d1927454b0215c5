//! Polling: pages until there is nothing new, then a pause.

use directline::{Checkpoint, Failure, Purpose, Status, Way};

use crate::transcript::{Host, config, error, lasting, millis, plain, response, seconds, set};

/// A polling session whose first page was the last; at 0 ms.
fn polling() -> Host {
    let mut host = Host::new(config(plain().with_way(Way::Polling)));
    host.grants().answers(200, &set("a", "1")).answers(200, &set("", "1")).forget();
    host
}

#[test]
fn pages_follow_each_other_until_one_is_empty() {
    // Covers: PO-1
    let mut host = Host::new(config(plain().with_way(Way::Polling)));
    host.grants().answers(200, &set("a b", "2")).answers(200, &set("c", "3"));
    host.answers(200, &set("", "3")).nothing_under_way();
    assert_eq!(
        host.sent(),
        [
            "POST conversations as t",
            "GET conversations/c/activities as t",
            "GET conversations/c/activities?watermark=2 as t",
            "GET conversations/c/activities?watermark=3 as t",
        ]
    );
    assert_eq!((host.delivered(), host.status()), ("a b c".into(), Status::Polling));
}

#[test]
fn or_until_one_brings_nothing_new() {
    // Covers: PO-1
    let mut host = Host::new(config(plain().with_way(Way::Polling)));
    host.grants().answers(200, &set("a", "1")).answers(200, &set("a", "1")).nothing_under_way();
    assert_eq!(host.pause(), 1_000, "a server that ignores watermarks is not asked for ever");
}

#[test]
fn a_page_of_copies_with_another_watermark_is_not_the_last() {
    // Covers: PO-1, DD-1
    let mut host = polling();
    host.times_out().answers(200, &set("a", "2"));
    assert!(host.awaits(Purpose::Activities));
}

#[test]
fn the_pause_is_configuration_with_a_floor() {
    // Covers: PO-2
    let mut host = polling();
    host.at(999).tick().nothing();
    host.at(1_000).tick().then("GET conversations/c/activities?watermark=1 as t");
    let slow = |interval| plain().with_way(Way::Polling).with_poll_interval(millis(interval));
    let mut host = Host::new(config(slow(200)));
    host.grants().answers(200, &set("", ""));
    assert_eq!(host.pause(), 200);
    assert!(slow(199).build().is_err());
}

#[test]
fn a_send_is_followed_by_an_extra_poll() {
    // Covers: PO-2
    let mut host = polling();
    host.at(100).posts(1).answers(200, r#"{"id":"x"}"#).forget();
    host.at(399).tick().nothing();
    host.at(400).tick().then("GET conversations/c/activities?watermark=1 as t");
    host.answers(200, &set("", "1"));
    assert_eq!(host.deadline(), Some(1_400), "and then by the usual pause");
}

#[test]
fn also_when_a_poll_is_under_way() {
    // Covers: PO-2
    let mut host = polling();
    host.at(1_000).tick().at(1_050).posts(1).answers_to(Purpose::Activities, 200, &set("", "1"));
    host.answers(200, "{}").forget();
    host.at(1_350).tick().then("GET conversations/c/activities?watermark=1 as t");
    host.answers(200, &set("", "1"));
    assert_eq!(host.deadline(), Some(2_350), "and then by the usual pause");
}

#[test]
fn but_never_later_than_it_would_have_come() {
    // Covers: PO-2
    let mut host = polling();
    host.at(900).posts(1).answers(200, "{}").forget();
    host.at(1_000).tick();
    assert_eq!(host.sent().len(), 1);
}

#[test]
fn one_failed_poll_never_ends_polling() {
    // Covers: PO-2, RC-6
    for fail in [
        |host: &mut Host| _ = host.fails(Failure::Broken),
        |host: &mut Host| _ = host.fails(Failure::NotSent),
        |host: &mut Host| _ = host.answers(500, ""),
        |host: &mut Host| _ = host.answers(502, &error("BotError")),
        |host: &mut Host| _ = host.answers(404, ""),
        |host: &mut Host| _ = host.answers(413, ""),
        |host: &mut Host| _ = host.answers(200, "<html>"),
        |host: &mut Host| _ = host.answers(200, "{}"),
        |host: &mut Host| _ = host.answers(204, ""),
        |host: &mut Host| _ = host.times_out(),
    ] {
        let mut host = polling();
        fail(host.times_out());
        assert_eq!(host.lines("fault").len(), 1);
        assert_eq!(host.pause(), 200, "a short backoff, not the interval");
        host.times_out().answers(200, &set("b", "2")).answers(200, &set("", "2"));
        assert_eq!((host.delivered(), host.pause()), ("b".into(), 1_000));
    }
}

#[test]
fn failures_back_off_and_obey_retry_after() {
    // Covers: PO-2, RC-4
    let mut host = polling();
    host.times_out().answers_with(response(429, &[("Retry-After", "40")], ""));
    assert_eq!(host.pause(), 40_000);
    let builder = plain().with_way(Way::Polling).with_backoff(seconds(1), seconds(30));
    let mut host = Host::new(config(builder));
    host.grants();
    for _ in 0..20 {
        host.answers(503, "").times_out();
    }
    assert!(host.now() > 100_000, "twenty failures in {} ms", host.now());
    assert_eq!(host.lines("ended").len(), 0);
}

#[test]
fn a_pause_that_was_asked_for_outlives_what_the_page_was_for() {
    // Covers: RC-4, PO-3
    let wait = |host: &mut Host| {
        host.answers_with(response(429, &[("Retry-After", "200")], ""));
        while !host.awaits(Purpose::Reconnect) {
            host.times_out();
        }
        assert!(host.now() < 200_000);
    };
    // From polling to the history beside a socket.
    let mut host = Host::resume(config(lasting()), Checkpoint::new("c").expect("an id"));
    host.answers(200, r#"{"conversationId":"c"}"#);
    wait(&mut host);
    host.goes_live();
    assert!(!host.awaits(Purpose::Activities));
    host.at(199_999).tick();
    assert!(!host.awaits(Purpose::Activities));
    host.at(200_000).tick();
    assert!(host.awaits(Purpose::Activities), "and then at once");
    // From polling to a socket that needs no history, and back to polling.
    let resumed = Checkpoint::new("c").and_then(|own| own.with_watermark("1"));
    let mut host = Host::resume(config(lasting()), resumed.expect("a place"));
    host.answers(200, r#"{"conversationId":"c"}"#);
    wait(&mut host);
    host.goes_live().breaks();
    while !host.awaits(Purpose::Reconnect) {
        host.times_out();
    }
    host.answers_to(Purpose::Reconnect, 200, r#"{"conversationId":"c"}"#);
    assert!(!host.awaits(Purpose::Activities) && host.now() < 200_000);
    while !host.awaits(Purpose::Activities) {
        host.times_out();
    }
    assert_eq!(host.now(), 200_000);
}

#[test]
fn a_page_makes_the_next_failure_the_first_again() {
    // Covers: PO-2, RC-3
    let builder = plain().with_way(Way::Polling).with_backoff(seconds(1), seconds(30));
    let mut host = Host::new(config(builder));
    host.grants();
    for _ in 0..9 {
        host.answers(503, "").times_out();
    }
    host.answers(503, "");
    assert!(host.pause() > 1_000, "{} ms", host.pause());
    host.times_out().answers(200, &set("", "1")).times_out().answers(503, "");
    assert!(host.pause() <= 1_000, "{} ms", host.pause());
}

#[test]
fn a_post_does_not_hasten_polls_that_fail() {
    // Covers: PO-2, RC-4
    let mut host = polling();
    host.posts(1).answers(200, "{}").times_out();
    host.answers_with(response(503, &[("Retry-After", "60")], ""));
    host.handle(directline::Input::Woke).posts(2);
    assert!(!host.awaits(Purpose::Activities));
    assert_eq!(host.pause(), 60_000, "as long as the service asks for");
}

#[test]
fn two_answers_that_it_is_gone_are_believed() {
    // Covers: PO-2, LV-1
    let mut host = polling();
    host.times_out().answers(404, "").times_out().answers(404, "");
    assert_eq!(host.lines("ended"), ["ended: the service no longer has this conversation"]);
    let mut host = polling();
    host.times_out().answers(404, "").times_out().answers(200, &set("", "1"));
    host.times_out().answers(404, "");
    assert_eq!(host.lines("ended").len(), 0, "not in a row");
}

#[test]
fn a_token_refused_while_polling_is_asked_for() {
    // Covers: CR-4, PO-2
    let mut host = polling();
    host.times_out().forget().answers(403, "").then(
        "
        fault: reading the history was answered with status 403; stops
        needs token: forbidden (403)
        status needstoken
        ",
    );
    assert_eq!(host.deadline(), None);
    host.supplies("t2").times_out().then(
        "
        status polling
        GET conversations/c/activities?watermark=1 as t2
        ",
    );
}

#[test]
fn an_endless_history_is_a_gap_and_not_a_loop() {
    // Covers: RX-7, RX-6, PO-1
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().goes_live();
    let mut pages = 0;
    while host.lines("activities may be missing").is_empty() {
        pages += 1;
        host.answers(200, &format!(r#"{{"activities":[null],"watermark":"{pages}"}}"#));
        if !host.awaits_any() && host.lines("activities may be missing").is_empty() {
            host.times_out();
        }
        assert!(pages < 2_000);
    }
    let gap = "activities may be missing: the history has no end";
    assert_eq!(host.lines("activities may be missing"), [gap]);
    host.says("a", "x");
    assert_eq!(host.delivered(), "a", "and life goes on");
}

#[test]
fn a_history_that_cannot_be_had_is_a_gap() {
    // Covers: RX-7, WM-7
    let gap = "activities may be missing: the history could not be read";
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().goes_live().says("z", "9").answers(404, "");
    assert_eq!(host.lines("activities may be missing").len(), 0);
    host.times_out().answers(404, "");
    assert_eq!(host.lines("activities may be missing"), [gap]);
    assert_eq!((host.delivered(), host.status()), ("z".into(), Status::Live));
}

#[test]
fn two_answers_that_there_is_no_conversation_count_in_a_row_only() {
    // Covers: RX-7, PO-2
    let ways: [fn() -> Host; 2] = [polling, || {
        let mut host = Host::live(config(lasting()));
        host.breaks().times_out().goes_live();
        host
    }];
    for (number, begins) in ways.iter().enumerate() {
        let mut host = begins();
        for (status, body) in [(404, ""), (500, ""), (404, ""), (511, ""), (404, "")] {
            while !host.awaits(Purpose::Activities) {
                host.times_out();
            }
            host.answers_to(Purpose::Activities, status, body);
            let told = (host.lines("ended").len(), host.lines("activities may be missing").len());
            assert_eq!(told, (0, 0), "{number}: {status}");
        }
        host.times_out().answers_to(Purpose::Activities, 404, "");
        let told = host.lines("ended").len() + host.lines("activities may be missing").len();
        assert_eq!(told, 1, "{number}");
    }
}

#[test]
fn a_history_that_does_not_come_is_asked_for_until_it_does() {
    // Covers: RX-7, RX-8, WM-7
    for (status, body) in [(500, ""), (200, "<html>"), (511, ""), (403, "<html>"), (429, "")] {
        let mut host = Host::live(config(lasting()));
        host.breaks().times_out().goes_live().says("z", "9");
        for _ in 0..30 {
            host.answers(status, body);
            while !host.awaits_any() {
                host.times_out();
            }
        }
        assert_eq!(host.lines("activities may be missing").len(), 0, "{status}");
        host.answers(200, &set("a z", "9")).answers(200, &set("", "9"));
        assert_eq!((host.delivered(), host.status()), ("z a".into(), Status::Live));
    }
}

#[test]
fn a_history_that_does_not_say_where_it_ends_is_a_gap() {
    // Covers: PO-1, WM-7, WM-2
    let gaps = |host: &Host| host.lines("activities may be missing").len();
    let known = r#"{"activities":[{"id":"a"}],"watermark":null}"#;
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().goes_live().frame(known).answers(200, known);
    assert!(!host.awaits_any() && gaps(&host) == 0, "once may be an accident");
    host.times_out().breaks().times_out().goes_live().times_out().answers(200, known);
    assert_eq!(gaps(&host), 0, "another socket, another beginning");
    host.times_out().answers(200, known);
    assert_eq!(gaps(&host), 1);
    assert!(!host.awaits_any() && host.status() == Status::Live);
}

#[test]
fn a_service_that_ignores_watermarks_sends_its_history_whole() {
    // Covers: PO-1, WM-7
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().goes_live();
    host.answers(200, &set("a b", "0")).answers(200, &set("a b", "0"));
    host.times_out().answers(200, &set("a b", "0"));
    assert!(!host.awaits_any() && host.lines("activities may be missing").is_empty());
    assert_eq!(host.delivered(), "a b");
}

#[test]
fn polling_goes_on_without_watermarks() {
    // Covers: PO-1, PO-2
    let mut host = polling();
    let known = r#"{"activities":[{"id":"a"}],"watermark":null}"#;
    for _ in 0..5 {
        host.times_out().answers(200, known);
        assert!(!host.awaits_any() && host.lines("activities may be missing").is_empty());
    }
}

#[test]
fn what_may_still_be_read_is_no_gap() {
    // Covers: RX-7
    let mut host = polling();
    for _ in 0..9 {
        host.times_out().fails(Failure::NotSent).times_out().answers(200, "<html>");
    }
    assert!(host.lines("activities may be missing").is_empty());
    host.times_out().answers(200, &set("z", "2"));
    assert_eq!(host.delivered(), "z", "from where it was");
}

#[test]
fn a_conversation_that_is_not_there_may_be_answered_with_400() {
    // Covers: PO-2, WM-9
    let mut host = Host::new(config(plain().with_way(Way::Polling)));
    host.grants().answers_to(Purpose::Activities, 400, "");
    assert_eq!(host.lines("ended"), Vec::<&str>::new(), "one failed poll ends nothing");
    host.times_out().answers_to(Purpose::Activities, 400, "");
    assert_eq!(host.lines("ended"), ["ended: the service no longer has this conversation"]);
}

#[test]
fn a_limit_on_attempts_counts_polls_too() {
    // Covers: RC-10, PO-2
    let mut host = Host::new(config(plain().with_way(Way::Polling).with_attempts_max(3)));
    host.grants().answers(500, "").times_out().answers(500, "").times_out();
    assert_eq!(host.lines("ended").len(), 0);
    host.forget().answers(500, "").then(
        "
        fault: reading the history was answered with status 500; stops
        status ended
        ended: gave up after 3 failed attempts in a row
        ",
    );
}

#[test]
fn a_request_that_is_called_wrong_says_nothing_of_the_conversation() {
    // Covers: PO-2
    let mut host = polling();
    host.times_out().answers(413, "").times_out().answers(413, "").times_out();
    assert!(host.awaits(Purpose::Activities) && host.lines("ended").is_empty());
}

#[test]
fn a_watermark_that_was_taken_makes_the_next_refusal_the_first() {
    // Covers: WM-9, PO-2
    let mut host = polling();
    for mark in ["2", "3"] {
        host.times_out().forget().answers(400, "").after(200).tick();
        assert_eq!(host.sent(), ["GET conversations/c/activities as t"], "hardly later");
        host.answers(200, &set("b", mark)).answers(200, &set("", mark));
    }
}
