//! Losing a connection, and coming back with patience.

use directline::{CloseReason, Config, Failure, Purpose};

use crate::transcript::{Host, config, lasting, millis, plain, response, seconds, token};

#[test]
fn every_way_to_lose_a_socket_leads_back() {
    // Covers: RC-1
    let closed = |code, reason: &str| CloseReason::Closed { code, reason: reason.into() };
    for reason in [
        closed(1000, ""),
        closed(1000, "bye"),
        closed(1001, "Server reboot"),
        closed(1005, ""),
        closed(1008, ""),
        closed(1011, ""),
        closed(4000, "x"),
        CloseReason::Broken,
        CloseReason::FrameTooLarge,
        CloseReason::Refused { status: None },
    ] {
        let mut host = Host::live(config(plain()));
        host.says("a", "1").ends_socket(reason.clone()).forget().times_out();
        assert_eq!(host.sent(), ["GET conversations/c?watermark=1 as t"], "{reason:?}");
    }
}

#[test]
fn the_first_attempt_after_a_stable_connection_is_immediate() {
    // Covers: RC-2
    let patient = || config(plain().with_backoff(seconds(2), seconds(30)));
    let mut host = Host::live(patient());
    host.at(59_999).breaks();
    assert!(!host.awaits_any() && host.pause() >= 500, "not yet stable");
    let mut host = Host::live(patient());
    host.at(60_000).breaks().then(
        "
        fault: connection lost (1006); attempt 1
        GET conversations/c as t
        status connecting
        ",
    );
    host.fails(Failure::NotSent);
    assert!(!host.awaits_any() && host.pause() >= 500, "the second one waits");
}

#[test]
fn what_is_stable_is_configuration() {
    // Covers: RC-2
    for (lasted, is_stable) in [(4_999, false), (5_000, true)] {
        // A probe on the way does not make it so.
        for probed in [None, Some(seconds(2))] {
            let builder = plain().with_stable_after(seconds(5)).with_keepalive_interval(probed);
            let mut host = Host::live(config(builder));
            assert_eq!(host.sleeps_until(lasted).breaks().awaits_any(), is_stable);
        }
    }
}

/// The pauses after so many failed attempts in a row.
fn pauses(seed: u64, attempts: usize) -> Vec<u64> {
    let builder = plain().with_backoff(seconds(1), seconds(30)).with_seed(seed);
    pauses_of(config(builder), attempts)
}

fn pauses_of(config: Config, attempts: usize) -> Vec<u64> {
    let mut host = Host::new(config);
    let step = |_| {
        host.fails(Failure::NotSent);
        let pause = host.pause();
        host.times_out();
        pause
    };
    (0..attempts).map(step).collect()
}

#[test]
fn pauses_double_to_a_ceiling_above_a_floor() {
    // Covers: RC-2
    for attempt in 0..12 {
        let drawn: Vec<_> = (0..40).map(|seed| pauses(seed, attempt + 1)[attempt]).collect();
        let bound = 30_000.min(1_000 << attempt);
        let (least, most) = (drawn.iter().min(), drawn.iter().max());
        assert!(least >= Some(&250) && most <= Some(&bound), "{attempt}: {drawn:?}");
        assert!(least < Some(&(bound / 2 + 125)) && most > Some(&(bound / 2)), "full jitter");
    }
}

#[test]
fn the_seed_is_all_the_chance_there_is() {
    // Covers: RC-2, TM-1, TM-2
    assert_eq!(pauses(7, 6), pauses(7, 6));
    assert_ne!(pauses(7, 6), pauses(8, 6));
    assert_eq!(pauses(7, 6), [542, 279, 3_628, 4_768, 7_376, 7_670], "on every platform");
    let builder = plain().with_backoff(seconds(1), seconds(30)).with_seed(1);
    let other = config(builder).with_seed(7);
    assert_eq!(pauses_of(other, 6), pauses(7, 6), "it may be given later");
}

#[test]
fn an_open_socket_does_not_forgive_the_failures_before_it() {
    // Covers: RC-3
    let mut host = Host::new(config(plain()));
    host.fails(Failure::NotSent).times_out().fails(Failure::Broken).times_out();
    host.goes_live().says("a", "1").forget().breaks();
    assert_eq!(host.lines("fault"), ["fault: connection lost (1006); attempt 4"]);
    host.times_out().goes_live().after(59_999).forget().breaks();
    assert_eq!(host.lines("fault"), ["fault: connection lost (1006); attempt 5"]);
    host.times_out().goes_live().after(60_000).forget().breaks();
    assert_eq!(host.lines("fault"), ["fault: connection lost (1006); attempt 1"]);
}

#[test]
fn a_connection_takes_failures_back_as_far_as_it_lived() {
    // Covers: RC-2, RC-3
    let settings = || config(lasting().with_backoff(seconds(1), seconds(64)));
    for (lived, bound, attempt) in [
        (0, 64_000, 8),
        (999, 64_000, 8),
        (1_000, 1_000, 2),
        (1_999, 1_000, 2),
        (2_000, 2_000, 3),
        (9_000, 8_000, 5),
        (59_999, 32_000, 7),
    ] {
        let mut host = Host::live(settings());
        host.says("a", "1").breaks();
        for _ in 0..5 {
            host.times_out().fails(Failure::Broken);
        }
        host.times_out().goes_live().after(lived).forget().breaks();
        let line = format!("fault: connection lost (1006); attempt {attempt}");
        assert_eq!(host.lines("fault"), [line], "{lived} ms");
        let pause = host.pause();
        assert!((250..=bound).contains(&pause), "{lived} ms, and then {pause} ms");
    }
}

#[test]
fn a_stable_connection_forgives_also_when_the_host_ends_it() {
    // Covers: RC-3, RC-7
    let away = [directline::Input::Woke, directline::Input::NetworkDown];
    for input in away {
        let mut host = Host::new(config(plain()));
        host.fails(Failure::NotSent).times_out().fails(Failure::NotSent).times_out();
        host.goes_live().after(60_000).handle(input.clone());
        host.handle(directline::Input::NetworkUp).forget().fails(Failure::NotSent);
        let line = "fault: reconnecting could not be sent; attempt 2";
        assert_eq!(host.lines("fault"), [line], "{input:?}");
    }
}

#[test]
fn retry_after_is_seconds_and_the_least_to_wait() {
    // Covers: RC-4
    for (status, header, pause) in [
        (429, "7", 7_000),
        (503, "7", 7_000),
        (429, "0", 1),
        (429, "299", 299_000),
        (429, "301", 300_000),
        (429, "99999999999", 300_000),
        (429, "soon", 1),
        (429, "-5", 1),
        (429, "Fri, 20 Nov 2026 12:00:09 GMT", 9_000),
    ] {
        let headers = [("Retry-After", header), ("Date", "Fri, 20 Nov 2026 12:00:00 GMT")];
        let mut host = Host::new(config(plain()));
        host.answers_with(response(status, &headers, ""));
        assert_eq!(host.pause(), pause, "{header}");
        let mut host = Host::live(config(plain()));
        host.breaks().times_out().answers_with(response(status, &headers, ""));
        assert_eq!(host.pause(), pause, "{header} on a reconnect");
    }
}

#[test]
fn retry_after_never_shortens_the_backoff_and_has_its_own_ceiling() {
    // Covers: RC-4
    let builder = plain().with_backoff(seconds(40), seconds(40));
    let mut host = Host::new(config(builder));
    host.answers_with(response(429, &[("Retry-After", "1")], ""));
    assert!(host.pause() >= 10_000, "a quarter of 40 s is the floor");
    let mut host = Host::new(config(plain().with_retry_after_max(seconds(5))));
    host.answers_with(response(429, &[("Retry-After", "6")], ""));
    assert_eq!(host.pause(), 5_000);
}

#[test]
fn another_conversation_in_the_answer_is_the_end() {
    // Covers: RC-9
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().forget();
    host.answers(200, r#"{"conversationId":"d","token":"x","streamUrl":"wss://d.example/9"}"#)
        .then(
            "
        status ended
        ended: the credential belongs to another conversation
        ",
        );
    for other in ["C", "c ", "cc", "\u{441}"] {
        let mut host = Host::live(config(plain()));
        host.breaks().times_out();
        host.answers(200, &format!(r#"{{"conversationId":"{other}"}}"#));
        assert_eq!(host.lines("ended").len(), 1, "{other:?}");
    }
    for id in ["", r#""conversationId":null,"#, r#""conversationId":"c","#] {
        let mut host = Host::live(config(plain()));
        host.breaks().times_out();
        host.answers(200, &format!(r#"{{{id}"streamUrl":"wss://d.example/9"}}"#));
        assert!(host.has_socket(), "{id}");
    }
}

#[test]
fn there_is_no_limit_unless_the_host_sets_one() {
    // Covers: RC-10
    let mut host = Host::new(config(plain()));
    for _ in 0..2_000 {
        host.fails(Failure::NotSent).times_out();
    }
    assert!(host.awaits(Purpose::Start));
    assert_eq!(host.lines("ended").len(), 0);
}

#[test]
fn a_limit_on_attempts_ends_in_a_state_that_can_be_resumed() {
    // Covers: RC-10
    let limited = || config(plain().with_attempts_max(3));
    let mut host = Host::live(limited());
    host.says("a", "1").breaks().times_out().fails(Failure::NotSent).times_out().forget();
    assert!(host.awaits(Purpose::Reconnect), "two have failed");
    host.fails(Failure::NotSent).then(
        "
        fault: reconnecting could not be sent; stops
        status ended
        ended: gave up after 3 failed attempts in a row
        ",
    );
    let mut next = host.resumed();
    next.goes_live().says("b", "2");
    assert_eq!(next.sent(), ["GET conversations/c?watermark=1 as t"]);
}

#[test]
fn a_limit_on_the_outage_counts_from_the_loss() {
    // Covers: RC-10
    let limited = || config(plain().with_outage_max(seconds(30)).with_request_timeout(seconds(60)));
    for (failed, is_over) in [(129_999, false), (130_000, true)] {
        let mut host = Host::live(limited());
        host.at(100_000).breaks().at(failed).fails(Failure::Broken);
        assert_eq!(host.lines("ended").len() == 1, is_over, "{failed} ms");
    }
    let mut host = Host::live(limited());
    host.at(50_000).breaks();
    assert_eq!(host.lines("ended").len(), 0, "a live connection is no outage");
}

#[test]
fn a_conversation_that_is_gone_is_the_end() {
    // Covers: LV-1, RX-6, PO-2
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().forget();
    host.answers(404, "").then(
        "
        fault: reconnecting was answered with status 404; attempt 3
        GET conversations/c/activities as t
        status waiting
        ",
    );
    host.answers_to(Purpose::Activities, 404, "").forget();
    host.times_out().answers_to(Purpose::Activities, 404, "");
    assert_eq!(host.lines("ended"), ["ended: the service no longer has this conversation"]);
    assert!(host.now() < 5_000, "nobody waits long for that");
}

#[test]
fn the_defaults_are_the_documented_ones() {
    // Covers: RC-2, RC-6, RC-12
    let defaults = Config::builder(token("t")).build().expect("valid");
    let mut host = Host::new(defaults);
    assert_eq!(host.deadline(), Some(20_000), "a request");
    host.goes_live();
    assert_eq!(host.deadline(), Some(10_000), "a stable connection");
    host.at(10_000).tick();
    assert_eq!(host.deadline(), Some(20_000), "a probe");
    assert!(plain().with_backoff(millis(0), millis(1)).build().is_err());
}
