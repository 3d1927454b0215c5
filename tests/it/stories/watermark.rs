//! The watermark: kept, sent back, given up.

use directline::{Checkpoint, Failure, Input, Purpose, Way};

use crate::transcript::{Host, config, plain, seconds, set};

/// Loses the socket and says which request that led to.
fn reconnect(host: &mut Host) -> String {
    host.breaks().forget().times_out();
    host.sent().join("\n")
}

#[test]
fn a_lost_socket_resumes_where_it_was() {
    // Covers: WM-6, RC-1
    let mut host = Host::new(config(plain()));
    host.then("POST conversations as t");
    host.grants().opens().says("a b", "0000a-42").breaks().times_out().then(
        "
        joined c
        open wss://d.example/1
        status live
        delivered a b at 0000a-42
        fault: connection lost (1006); attempt 2
        status waiting
        GET conversations/c?watermark=0000a-42 as t
        status connecting
        ",
    );
    host.goes_live().says("b c", "0000a-43").then(
        "
        open wss://d.example/2
        status live
        delivered c at 0000a-43
        ",
    );
}

#[test]
fn a_watermark_goes_back_as_it_came() {
    // Covers: WM-1, WM-6
    for (mark, sent) in [
        ("007", "007"),
        (" 7 ", "%207%20"),
        ("a&b=c+d%20#?/ü", "a%26b%3Dc%2Bd%2520%23%3F%2F%C3%BC"),
        ("null", "null"),
        ("-", "-"),
        ("18446744073709551616", "18446744073709551616"),
    ] {
        let mut host = Host::live(config(plain()));
        host.says("a", mark);
        assert_eq!(host.checkpoint().watermark(), Some(mark));
        let get = format!("GET conversations/c?watermark={sent} as t");
        assert_eq!(reconnect(&mut host), get);
        host.fails(Failure::Broken).forget().times_out();
        assert_eq!(host.sent(), [get], "a failed attempt changes nothing");
    }
}

#[test]
fn a_watermark_goes_back_to_the_pages_too() {
    // Covers: WM-1, PO-1
    let mut host = Host::new(config(plain().with_way(Way::Polling)));
    host.grants().answers(200, &set("a", "1&2")).then(
        "
        POST conversations as t
        joined c
        GET conversations/c/activities as t
        delivered a at 1&2
        GET conversations/c/activities?watermark=1%262 as t
        status polling
        ",
    );
}

#[test]
fn a_conversation_id_is_one_segment_of_a_path() {
    // Covers: WM-6, CR-8
    let mut host = Host::new(config(plain()));
    host.answers(201, r#"{"conversationId":"a/../b?c#d e","streamUrl":"wss://d.example/1"}"#);
    host.opens().says("a", "1").posts(1);
    let path = "conversations/a%2F..%2Fb%3Fc%23d%20e";
    let post = format!(r#"POST {path}/activities {{"text":"1"}} as t"#);
    assert_eq!(host.sent().last(), Some(&post));
    assert_eq!(reconnect(&mut host), format!("GET {path}?watermark=1 as t"));
}

#[test]
fn an_unsaid_watermark_leaves_the_old_one() {
    // Covers: WM-2
    for unsaid in [r#","watermark":null"#, "", r#","watermark":"""#] {
        let mut host = Host::live(config(plain()));
        host.says("a", "42").frame(&format!(r#"{{"activities":[{{"id":"b"}}]{unsaid}}}"#));
        assert_eq!(host.checkpoint().watermark(), Some("42"), "{unsaid}");
        assert_eq!(reconnect(&mut host), "GET conversations/c?watermark=42 as t");
    }
}

#[test]
fn a_number_is_kept_digit_by_digit() {
    // Covers: WM-3
    for number in ["0", "123456789012345678901234567890", "1.50", "-0", "1E2"] {
        let mut host = Host::live(config(plain()));
        host.frame(&format!(r#"{{"activities":[{{"id":"a"}}],"watermark":{number}}}"#));
        assert_eq!(host.checkpoint().watermark(), Some(number));
        assert_eq!(reconnect(&mut host), format!("GET conversations/c?watermark={number} as t"));
    }
}

#[test]
fn the_last_watermark_wins_even_if_it_falls() {
    // Covers: WM-4, WM-1
    let mut host = Host::live(config(plain()));
    host.says("a", "70").says("b", "9").says("c", "5");
    assert_eq!(reconnect(&mut host), "GET conversations/c?watermark=5 as t");
}

#[test]
fn no_checkpoint_runs_ahead_of_what_was_handed_out() {
    // Covers: WM-5, TM-7
    let mut host = Host::live(config(plain()));
    host.says("a", "1");
    let socket = host.socket_number(1);
    let mut session = host.session.clone();
    for (id, mark) in [("b", "2"), ("c", "3"), ("", "4")] {
        let text = set(id, mark);
        let frame = Input::Frame { socket, text };
        session.handle(directline::Moment::ZERO, frame).expect("a frame");
    }
    assert_eq!(session.checkpoint(), None, "two batches wait");
    assert!(matches!(session.poll(), Some(directline::Output::Event(_))));
    assert_eq!(session.checkpoint(), None, "one batch waits");
    let Some(directline::Output::Event(directline::Event::Delivered(batch))) = session.poll()
    else {
        panic!("the second batch");
    };
    assert_eq!(batch.checkpoint().watermark(), Some("3"));
    assert_eq!(session.checkpoint().expect("all is out").watermark(), Some("4"));
    host.says("b", "2").says("c", "3");
    let marks: Vec<_> = host.batches.iter().map(|batch| batch.checkpoint().watermark()).collect();
    assert_eq!(marks, [Some("1"), Some("2"), Some("3")], "each batch has its own");
}

#[test]
fn a_watermark_heard_during_the_history_waits_for_its_last_page() {
    // Covers: WM-5, WM-7
    let mut host = Host::resume(config(plain()), Checkpoint::new("c").expect("an id"));
    host.goes_live().says("z", "9").then(
        "
        joined c
        GET conversations/c as t
        open wss://d.example/1
        GET conversations/c/activities as t
        status live
        delivered z at none
        ",
    );
    host.answers(200, &set("a", "1")).says("", "10").then(
        "
        delivered a at 1
        GET conversations/c/activities?watermark=1 as t
        ",
    );
    assert_eq!(host.checkpoint().watermark(), Some("1"), "b is still to come");
    host.answers(200, &set("b z", "9")).answers(200, &set("", "9"));
    assert_eq!(host.checkpoint().watermark(), Some("10"));
}

#[test]
fn a_stream_that_breaks_before_its_first_watermark_is_made_whole_by_the_history() {
    // Covers: WM-7, WM-6, DD-1
    let mut host = Host::live(config(plain()));
    host.says("b", "").breaks().times_out().goes_live().says("d", "4").then(
        "
        delivered b at none
        fault: connection lost (1006); attempt 2
        status waiting
        GET conversations/c as t
        status connecting
        open wss://d.example/2
        GET conversations/c/activities as t
        status live
        delivered d at none
        ",
    );
    host.answers(200, &set("a b c d", "3")).answers(200, &set("", "3")).then(
        "
        delivered a c at 3
        GET conversations/c/activities?watermark=3 as t
        ",
    );
    assert_eq!(host.session.counters().duplicates, 2);
    assert!(!host.awaits_any(), "the history is read once");
    assert_eq!(reconnect(&mut host), "GET conversations/c?watermark=4 as t");
}

#[test]
fn a_start_whose_socket_never_opened_is_made_whole_too() {
    // Covers: WM-7
    let mut host = Host::new(config(plain()));
    host.grants().refuses(503).times_out().goes_live().answers(200, &set("a", ""));
    assert_eq!(host.delivered(), "a");
}

#[test]
fn a_history_cut_short_goes_on_beside_the_next_socket() {
    // Covers: WM-7, WM-6, WM-5
    let mut host = Host::resume(config(plain()), Checkpoint::new("c").expect("an id"));
    host.goes_live().answers(200, &set("a", "1")).says("y", "8").forget();
    host.breaks().times_out();
    assert_eq!(host.sent().last().expect("one"), "GET conversations/c?watermark=8 as t");
    assert_eq!(host.checkpoint().watermark(), Some("1"), "b and c are still to come");
    host.grants_to_reconnect().opens().says("z", "9");
    if !host.awaits(Purpose::Activities) {
        host.times_out();
    }
    host.answers(200, &set("b c y", "8")).answers(200, &set("", "8"));
    assert_eq!(host.delivered(), "z b c");
    assert_eq!(host.checkpoint().watermark(), Some("9"));
}

#[test]
fn a_history_that_the_next_socket_replays_needs_no_more_pages() {
    // Covers: WM-7, WM-6
    let mut host = Host::resume(config(plain()), Checkpoint::new("c").expect("an id"));
    host.goes_live().answers(200, &set("a", "1")).breaks().forget().times_out();
    host.grants_to_reconnect().opens();
    assert!(host.lines("GET conversations/c?watermark=1 as t").len() == 1, "the page said so");
    assert!(!host.awaits(Purpose::Activities), "the socket replays from there");
    host.says("b", "2");
    assert_eq!(host.delivered(), "b");
    assert_eq!(host.checkpoint().watermark(), Some("2"));
}

#[test]
fn a_refused_watermark_is_dropped_once() {
    // Covers: WM-9, WM-7
    let mut host = Host::live(config(plain()));
    host.says("a", "42").breaks().times_out().forget();
    host.answers(400, "").goes_live().answers(200, &set("a b", "1")).then(
        "
        fault: the service refused the watermark; attempt 2
        GET conversations/c as t
        open wss://d.example/2
        GET conversations/c/activities as t
        status live
        delivered b at 1
        GET conversations/c/activities?watermark=1 as t
        ",
    );
}

#[test]
fn a_refusal_without_a_watermark_is_no_refusal_of_one() {
    // Covers: WM-9
    let mut host = Host::live(config(plain()));
    host.says("a", "42").breaks().times_out().answers(400, "").forget();
    host.answers(400, "").then(
        "
        status ended
        ended: reconnecting was rejected with status 400
        ",
    );
}

#[test]
fn a_refused_watermark_is_dropped_while_polling_too() {
    // Covers: WM-9
    let from = Checkpoint::new("c").expect("an id").with_watermark("x").expect("a watermark");
    let mut host = Host::resume(config(plain().with_way(Way::Polling)), from);
    host.answers(400, "").times_out().answers(200, &set("a", "1")).then(
        "
        joined c
        GET conversations/c/activities?watermark=x as t
        fault: the service refused the watermark; attempt 1
        GET conversations/c/activities as t
        delivered a at 1
        GET conversations/c/activities?watermark=1 as t
        status polling
        ",
    );
    host.answers(400, "").times_out().answers(200, &set("a b", "2"));
    assert_eq!(host.delivered(), "b", "what was handed out before is known all the same");
}

#[test]
fn a_service_that_refuses_its_own_watermarks_is_not_hammered() {
    // Covers: WM-9, PO-2
    let mut host =
        Host::new(config(plain().with_way(Way::Polling).with_backoff(seconds(1), seconds(30))));
    host.grants().forget();
    for _ in 0..1_000 {
        if host.now() > 60_000 {
            break;
        }
        match host.sent().last() {
            Some(get) if get.contains('?') => host.after(1).answers(400, ""),
            Some(_) => host.after(1).answers(200, &set("a", "1")),
            None => host.times_out(),
        };
    }
    let sent = host.all_requests().count();
    assert!(host.now() > 60_000 && sent < 200, "{sent} requests in {} ms", host.now());
}

#[test]
fn a_refused_watermark_of_the_frames_leaves_that_of_the_pages() {
    // Covers: WM-9, WM-7
    let mut host = Host::resume(config(plain()), Checkpoint::new("c").expect("an id"));
    host.goes_live().answers(200, &set("a", "1")).says("y", "8").breaks().times_out().forget();
    host.answers(400, "");
    assert_eq!(host.sent(), ["GET conversations/c?watermark=1 as t"]);
    host.forget().answers(400, "");
    assert_eq!(host.sent(), ["GET conversations/c as t"]);
}

#[test]
fn a_refused_watermark_is_dropped_by_frames_and_pages_alike() {
    // Covers: WM-9, WM-7
    let reading = || {
        let mut host = Host::resume(config(plain()), Checkpoint::new("c").expect("an id"));
        host.goes_live().answers(200, &set("a", "1")).says("a", "1").forget();
        host
    };
    let mut host = reading();
    host.breaks().times_out().answers_to(Purpose::Reconnect, 400, "");
    assert_eq!(host.checkpoint().watermark(), None);
    let mut host = reading();
    host.answers_to(Purpose::Activities, 400, "").breaks().times_out();
    assert!(host.sent().iter().all(|sent| !sent.contains('?')), "{:?}", host.sent());
}
