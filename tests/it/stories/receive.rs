//! What arrives is handed out as it came, whatever else comes with it.

use directline::{CloseReason, End, Input, Purpose, Status};

use crate::transcript::{Host, config, plain, set};

#[test]
fn activities_are_the_bytes_that_came_in() {
    // Covers: RX-1
    let raw = [
        "{ \"id\" : \"\\u0061\", \"n\": 1.0e+2, \"n\": 12345678901234567890123 }",
        "{\"z\":1,\"a\":\"\u{fc}\\u00fc\\/\",\"channelData\":{\"b\" : [ ] }}",
        "{\n\t\"id\":\"c\"\r\n}",
    ];
    let mut host = Host::live(config(plain()));
    host.frame(&format!(
        " {{ \"x\":[1], \"activities\" : [ {} ] , \"watermark\":\"1\"}} ",
        raw.join(" ,\n")
    ));
    let batch = &host.batches[0];
    let handed: Vec<_> = batch.iter().map(|activity| activity.json()).collect();
    assert_eq!(handed, raw);
    assert_eq!(batch.get(2).expect("an activity").raw().get(), raw[2]);
}

#[test]
fn pages_hand_out_bytes_too() {
    // Covers: RX-1, PO-1
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().goes_live();
    host.answers(200, "{\"activities\":[{ \"id\":\"a\" ,\"t\":1.50}]}");
    assert_eq!(host.batches[0].get(0).expect("an activity").json(), "{ \"id\":\"a\" ,\"t\":1.50}");
}

#[test]
fn the_order_is_that_of_arrival() {
    // Covers: RX-1
    let mut host = Host::live(config(plain()));
    host.says("c|2 c|3", "3").says("c|1", "1").says("c|5 c|4", "5");
    assert_eq!(host.delivered(), "c|2 c|3 c|1 c|5 c|4");
}

#[test]
fn empty_frames_are_life_and_nothing_else() {
    // Covers: RX-2
    let mut host = Host::live(config(plain()));
    for blank in ["", " ", "\r\n\t "] {
        host.frame(blank).nothing();
    }
    assert_eq!(host.session.counters().unknown_frames, 0);
}

#[test]
fn unknown_roots_are_ignored_and_counted() {
    // Covers: RX-2
    let mut host = Host::live(config(plain()));
    let others = ["null", "[]", "{}", "7", "\"x\"", "true", r#"{"voice":{"activities":[{}]}}"#];
    others.iter().for_each(|other| _ = host.frame(other));
    host.nothing();
    assert_eq!(host.session.counters().unknown_frames, 7);
    host.says("a", "1");
    assert_eq!(host.delivered(), "a");
}

#[test]
fn a_watermark_without_activities_moves_us() {
    // Covers: RX-2
    for frame in [r#"{"watermark":"9"}"#, r#"{"activities":null,"watermark":"9"}"#] {
        let mut host = Host::live(config(plain()));
        host.frame(frame).nothing();
        assert_eq!(host.checkpoint().watermark(), Some("9"));
        assert_eq!(host.session.counters().unknown_frames, 0);
    }
}

#[test]
fn a_bad_element_is_skipped_and_its_neighbours_are_not() {
    // Covers: RX-3
    let mut host = Host::live(config(plain()));
    host.frame(
        r#"{"activities":[null,{"id":"a"},7,"x",[{"id":"b"}],{"id":"c"},1e999],"watermark":"1"}"#,
    );
    host.then(
        "
        delivered a c at 1
        fault: 5 of the elements of an activity set are no activities; continues
        ",
    );
    assert_eq!(host.session.counters().bad_elements, 5);
}

#[test]
fn a_bad_watermark_spoils_nothing_else() {
    // Covers: RX-3, WM-2
    for bad in ["true", "{}", "[1]", "\"\\ud800\"", &format!("\"{}\"", "w".repeat(4_097))] {
        let mut host = Host::live(config(plain()));
        host.says("", "1").frame(&format!(r#"{{"watermark":{bad},"activities":[{{"id":"a"}}]}}"#));
        host.then(
            "
            delivered a at 1
            fault: a watermark could not be used; continues
            ",
        );
    }
}

#[test]
fn an_unreadable_frame_is_replayed_once() {
    // Covers: RX-4, RX-7, WM-1
    let mut host = Host::live(config(plain()));
    host.says("a", "1").forget();
    host.frame(r#"{"watermark":"2","activities":[{"id":"b"}"#).then(
        "
        fault: connection dropped to replay a frame that could not be read; attempt 2
        shut 1
        status waiting
        ",
    );
    host.times_out().then("GET conversations/c?watermark=1 as t\nstatus connecting");
    host.goes_live().forget();
    host.frame("{").then(
        "
        fault: a frame could not be read; continues
        activities may be missing: a frame cannot be read, also when it is replayed
        ",
    );
    host.says("c", "3").then("delivered c at 3");
}

#[test]
fn a_replay_that_brings_it_leaves_no_gap() {
    // Covers: RX-4, RX-7
    let mut host = Host::live(config(plain()));
    host.says("a", "1").frame("{").times_out().goes_live().says("b", "2");
    assert_eq!(host.delivered(), "a b");
    host.frame("{").times_out();
    assert!(host.awaits(Purpose::Reconnect), "after news the next one is worth a replay again");
    assert_eq!(host.lines("activities may be missing").len(), 0);
}

#[test]
fn brackets_of_two_kinds_and_escapes_of_none_are_unreadable() {
    // Covers: RX-4
    for value in [r#"{"y":1]"#, r#"{"y":[1}}"#, "[1}", r#""\u00g0""#, r#""\x""#] {
        let mut host = Host::live(config(plain()));
        host.frame(&format!(r#"{{"activities":[{{"id":"a","x":{value}}}]}}"#));
        assert!(!host.has_socket() && host.delivered().is_empty(), "{value}");
    }
}

#[test]
fn nothing_unreadable_makes_a_loop() {
    // Covers: RX-4, RX-6
    for garbled in [false, true] {
        let mut host = Host::live(config(plain()));
        host.says("a", "1");
        for _ in 0..500 {
            if host.has_socket() {
                let socket = host.socket_number(host.lines("open").len() + 1);
                match garbled {
                    true => host.handle(Input::Garbled { socket }),
                    false => host.frame("{\"activities\":{}}"),
                };
            } else {
                host.times_out().goes_live().says("a", "1");
            }
        }
        assert_eq!(host.all_requests().count(), 2, "one start, one replay");
        assert_eq!(host.lines("ended").len(), 0);
    }
}

#[test]
fn a_frame_above_the_limit_is_asked_for_once_more_and_then_passed_over() {
    // Covers: RX-6, RX-7, RX-4
    let limit = 1_024;
    let big = format!(r#"{{"activities":[{{"id":"big","x":"{}"}}]}}"#, "x".repeat(limit));
    let mut host = Host::live(config(plain().with_frame_bytes_max(limit)));
    host.says("a", "1").frame(&big).times_out().goes_live().forget();
    host.frame(&big).then(
        "
        activities may be missing: a frame is larger than allowed, also when it is replayed
        fault: a frame was larger than allowed; attempt 3
        shut 2
        status waiting
        ",
    );
    let now = "GET conversations/c as t";
    host.times_out().grants().refuses(503).times_out().goes_live().says("b", "3");
    assert_eq!(host.sent(), [now, now], "from what is said now, until a socket has opened");
    assert_eq!(host.delivered(), "b");
    let exact = format!(r#"{{"activities":[{{"id":"{}"}}]}}"#, "y".repeat(limit - 26));
    assert_eq!(exact.len(), limit);
    host.frame(&exact);
    assert_eq!(host.lines("shut").len(), 0, "at the limit is not above it");
}

#[test]
fn a_host_that_refuses_a_large_frame_gets_the_same() {
    // Covers: RX-6, RX-7
    let mut host = Host::live(config(plain()));
    host.says("a", "1").ends_socket(CloseReason::FrameTooLarge).times_out().goes_live();
    host.ends_socket(CloseReason::FrameTooLarge);
    assert_eq!(host.lines("activities may be missing").len(), 1);
}

#[test]
fn an_answer_above_the_limit_counts_as_none() {
    // Covers: RX-6
    let mut host = Host::new(config(plain().with_body_bytes_max(1_024)));
    let body = format!(r#"{{"conversationId":"c","x":"{}"}}"#, "x".repeat(1_024));
    host.forget().answers(201, &body).then(
        "
        fault: starting the conversation was answered with more than is allowed; attempt 2
        status waiting
        ",
    );
}

#[test]
fn depth_does_not_matter() {
    // Covers: RX-6
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    let mut host = Host::live(config(plain()));
    host.frame(&deep(100_000)).nothing();
    host.frame(&format!(
        r#"{{"activities":[{{"id":"a","x":{}}}],"watermark":"1"}}"#,
        deep(100_000)
    ));
    assert_eq!(host.delivered(), "a");
    assert!(host.batches[0].get(0).expect("an activity").raw().get().len() > 200_000);
    host.breaks().times_out().answers(500, &deep(100_000));
    host.times_out().answers(200, &deep(100_000));
    assert!(matches!(host.status(), Status::Waiting { .. }));
}

#[test]
fn the_end_of_the_conversation_is_delivered_and_then_it_ends() {
    // Covers: RX-5, TX-5
    let mut host = Host::live(config(plain()));
    host.posts(1).posts(2).forget();
    host.frame(
        r#"{"activities":[{"id":"a"},{"type":"endOfConversation","id":"e"},{"id":"z"}],"watermark":"3"}"#,
    );
    host.then(
        "
        delivered a e z at 3
        shut 1
        cancel Post
        posted 1 unknown
        posted 2 notsent
        status ended
        ended: the bot ended the conversation
        ",
    );
    let mut next = host.resumed();
    next.goes_live().frame(r#"{"activities":[{"type":"endOfConversation","id":"e"}]}"#);
    next.frame(r#"{"activities":[{"type":"endOfConversation","id":"e"},{"id":"y"}]}"#);
    next.says("f", "4");
    assert_eq!(next.delivered(), "y f", "its replay ends nothing, the bot may go on");
    assert_eq!(next.sent(), ["GET conversations/c?watermark=3 as t"]);
}

#[test]
fn the_history_may_hold_the_end_too() {
    // Covers: RX-5, PO-1
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().goes_live().forget();
    host.answers(200, r#"{"activities":[{"type":"endOfConversation"}],"watermark":"3"}"#);
    assert_eq!(host.lines("ended"), ["ended: the bot ended the conversation"]);
    assert_eq!(host.lines("shut"), ["shut 2"]);
    assert!(!host.awaits_any());
}

#[test]
fn the_end_is_resumable() {
    // Covers: RX-5, RC-10
    for (end, is) in
        [(End::Completed, true), (End::GaveUp { attempts: 1 }, true), (End::Gone, false)]
    {
        assert_eq!(end.is_resumable(), is, "{end}");
    }
    assert!(End::Collision { collisions: 3 }.is_resumable());
}

#[test]
fn the_end_is_told_once_and_last() {
    // Covers: RX-5, TM-5
    let mut host = Host::live(config(plain()));
    host.handle(Input::Close).then("shut 1\nstatus ended\nended: closed by the application");
    let socket = host.socket_number(1);
    let before = host.session.clone();
    host.handle(Input::Close).handle(Input::Woke).handle(Input::NetworkUp).after(9_999_999).tick();
    host.handle(Input::Frame { socket, text: set("x", "9") }).nothing();
    assert_eq!(host.deadline(), None);
    assert_eq!(before.checkpoint(), host.session.checkpoint());
}
