//! One socket, one request of a kind, and nothing heard from those before.

use directline::{Failure, Input, Misuse, Purpose, Status, Way};

use crate::transcript::{Host, config, lasting, plain, response, seconds, set};

#[test]
fn a_service_that_answers_a_moment_too_late_is_heard_in_the_end() {
    // Covers: RC-6, LV-1
    // Every answer takes 21 s, and a request 20 s at first.
    let slowly = |host: &mut Host, body: &str| {
        for _ in 0..9 {
            let (sent, by) = (host.now(), host.deadline().expect("overdue in the end"));
            if by > sent + 21_000 {
                host.after(21_000).answers(200, body);
                return;
            }
            host.times_out();
            while !host.awaits_any() {
                host.times_out();
            }
        }
        panic!("it starves");
    };
    let mut host = Host::new(config(lasting().with_way(Way::Polling)));
    slowly(&mut host, r#"{"conversationId":"c"}"#);
    slowly(&mut host, &set("a b", "2"));
    assert_eq!(host.delivered(), "a b");
    slowly(&mut host, &set("", "2"));
    assert_eq!(host.status(), Status::Polling);
    // And in time again, the timeout is the configured one.
    host.times_out().answers(200, &set("", "2")).times_out();
    assert_eq!(host.pause(), 20_000);
}

#[test]
fn the_old_socket_is_shut_before_the_next_is_asked_for() {
    // Covers: RC-5, RC-7
    let mut host = Host::live(config(plain()));
    host.says("a", "1").forget();
    host.at(5_000).handle(Input::Woke).then(
        "
        shut 1
        GET conversations/c?watermark=1 as t
        status connecting
        ",
    );
}

#[test]
fn what_arrives_on_an_old_socket_is_dropped_by_its_id() {
    // Covers: RC-5, TM-5
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().goes_live().forget();
    let socket = host.socket_number(1);
    let before = host.session.clone();
    for late in [
        Input::Frame { socket, text: set("x", "99") },
        Input::Frame { socket, text: "{".into() },
        Input::Frame { socket, text: String::new() },
        Input::Garbled { socket },
        Input::Pong { socket },
        Input::SocketOpened { socket },
        Input::SocketClosed { socket, reason: directline::CloseReason::Broken },
    ] {
        host.handle(late).nothing();
        assert!(host.session == before, "without a trace");
    }
}

#[test]
fn a_request_has_a_deadline() {
    // Covers: RC-6
    let mut host = Host::new(config(plain()));
    host.forget();
    assert_eq!(host.deadline(), Some(20_000));
    host.at(19_999).tick().nothing();
    host.at(20_000).tick().then(
        "
        cancel Start
        fault: starting the conversation took too long; attempt 2
        status waiting
        ",
    );
    assert_eq!(host.pause(), 1, "and counts as failed");
}

#[test]
fn an_answer_just_in_time_counts_and_one_at_the_deadline_does_not() {
    // Covers: RC-6, TM-5
    let mut host = Host::new(config(plain().with_request_timeout(seconds(3))));
    host.at(2_999).grants();
    assert!(host.has_socket());
    let mut host = Host::new(config(plain().with_request_timeout(seconds(3))));
    host.at(3_000).answers_late(
        1,
        201,
        r#"{"conversationId":"c","streamUrl":"wss://d.example/1"}"#,
    );
    assert!(!host.has_socket());
    assert_eq!(host.session.checkpoint(), None, "without a trace");
}

#[test]
fn every_kind_of_request_has_its_deadline() {
    // Covers: RC-6, PO-2, TX-2, CR-3
    let mut host = Host::live(config(plain().without_liveness_timeout()));
    host.says("a", "1").at(1_000).posts(1).forget();
    host.at(21_000).tick().then("cancel Post\nposted 1 unknown");
    host.at(900_000).tick().then("POST tokens/refresh as t");
    host.at(919_999).tick().nothing();
    host.at(920_000).tick().then(
        "
        cancel Refresh
        fault: refreshing the token took too long; attempt 2
        ",
    );
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().goes_live().forget();
    host.after(20_000).tick().then(
        "
        cancel Activities
        fault: reading the history took too long; attempt 2
        ",
    );
}

#[test]
fn there_is_one_reconnect_request_at_a_time() {
    // Covers: RC-6, RC-5
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().forget();
    host.after(5_000).handle(Input::Woke).then(
        "
        cancel Reconnect
        GET conversations/c as t
        ",
    );
    host.supplies("t2").nothing();
    assert_eq!(host.all_requests().count(), 3);
}

#[test]
fn late_answers_leave_no_trace() {
    // Covers: TM-5
    let mut host = Host::live(config(plain()));
    host.says("a", "1")
        .breaks()
        .times_out()
        .fails(Failure::Broken)
        .times_out()
        .goes_live()
        .forget();
    let before = host.session.clone();
    let other = r#"{"conversationId":"d","token":"evil","streamUrl":"wss://d.example/9"}"#;
    for number in 1..=3 {
        for (status, body) in [(200, other), (403, ""), (404, ""), (500, ""), (400, "")] {
            host.answers_late(number, status, body).nothing();
            assert!(host.session == before, "request {number}, {status}");
        }
    }
}

#[test]
fn a_late_answer_is_not_taken_for_the_one_awaited() {
    // Covers: TM-5, RC-6
    let mut host = Host::live(config(plain().without_liveness_timeout()));
    host.says("a", "1").posts(1).at(20_000).tick().posts(2);
    host.breaks().times_out().fails(Failure::Broken).times_out().forget();
    assert_eq!(host.all_requests().count(), 5, "start, two posts, two reconnects");
    let before = host.session.clone();
    let other = r#"{"conversationId":"d","streamUrl":"wss://d.example/9","id":"x"}"#;
    for number in [1, 2, 4] {
        host.answers_late(number, 200, other).answers_late(number, 403, "").nothing();
        assert!(host.session == before, "request {number}");
    }
    host.answers_to(Purpose::Post, 200, "{}").grants_to_reconnect();
    assert!(host.has_socket());
}

#[test]
fn an_answer_to_what_was_never_asked_is_the_hosts_mistake() {
    // Covers: TM-5
    let mut other = Host::live(config(plain()));
    other.breaks().times_out().goes_live();
    let socket = other.socket_number(2);
    let mut host = Host::new(config(plain()));
    let request = serde_json::from_str(&socket.as_u64().to_string()).expect("an id");
    let answer = Input::Response { request, response: response(200, &[], "{}") };
    assert_eq!(host.mistakes(answer), Misuse::UnknownRequest(request));
    let failure = Input::RequestFailed { request, failure: Failure::Broken };
    assert_eq!(host.mistakes(failure), Misuse::UnknownRequest(request));
    for input in [
        Input::SocketOpened { socket },
        Input::Frame { socket, text: String::new() },
        Input::Garbled { socket },
        Input::Pong { socket },
        Input::SocketClosed { socket, reason: directline::CloseReason::Broken },
    ] {
        assert_eq!(host.mistakes(input), Misuse::UnknownSocket(socket));
    }
}

#[test]
fn what_was_asked_and_opened_ends_with_the_latest() {
    // Covers: TM-5
    fn id<T: serde::de::DeserializeOwned>(number: u64) -> T {
        serde_json::from_str(&number.to_string()).expect("an id")
    }
    let mut host = Host::live(config(plain()));
    let latest = host.socket_number(1);
    assert_eq!(latest.as_u64(), 3, "the start was 0");
    for number in [2, 3, 4, 7, 1_000_000] {
        let (request, socket) = (id(number * 2), id(number * 2 + 1));
        let failure = Input::RequestFailed { request, failure: Failure::Broken };
        assert_eq!(host.mistakes(failure), Misuse::UnknownRequest(request));
        assert_eq!(host.mistakes(Input::Pong { socket }), Misuse::UnknownSocket(socket));
    }
    host.handle(Input::Pong { socket: latest }).nothing();
    host.handle(Input::Pong { socket: id(1) }).nothing();
}

#[test]
fn frames_before_the_news_of_the_opening_open_the_socket() {
    // Covers: RC-5, RX-1
    let mut host = Host::new(config(plain()));
    host.grants().forget();
    host.says("a", "1").opens().says("b", "2").then(
        "
        delivered a at 1
        status live
        delivered b at 2
        ",
    );
}

#[test]
fn ids_are_never_used_twice() {
    // Covers: RC-5, TM-5
    let mut host = Host::new(config(plain()));
    for _ in 0..20 {
        host.goes_live().breaks().times_out();
    }
    let mut sockets: Vec<_> = (1..=20).map(|number| host.socket_number(number)).collect();
    sockets.dedup();
    assert_eq!(sockets.len(), 20);
    assert!(host.awaits(Purpose::Reconnect));
}
