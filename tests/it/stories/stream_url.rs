//! Stream URLs: dialled once, in time, and as they came.

use directline::{Failure, Purpose, Status};

use crate::transcript::{Host, config, plain, seconds};

const URL: &str = "wss://d.example/s?watermark=-&t=x";

fn offer(url: &str) -> String {
    format!(r#"{{"conversationId":"c","streamUrl":{url}}}"#)
}

#[test]
fn every_failure_leads_to_a_new_url() {
    // Covers: SU-1, RC-1
    let mut host = Host::new(config(plain()));
    host.grants().forget();
    host.refuses(500).then(
        "
        fault: connection refused (500); attempt 2
        status waiting
        ",
    );
    host.times_out().grants().forget();
    host.times_out().then(
        "
        fault: connecting took too long; attempt 3
        shut 2
        status waiting
        ",
    );
    host.times_out().then(
        "
        GET conversations/c as t
        status connecting
        ",
    );
}

#[test]
fn a_url_that_comes_again_is_not_dialled_again() {
    // Covers: SU-1
    let again = offer(&format!("{URL:?}"));
    let mut host = Host::new(config(plain()));
    host.answers(200, &again).opens().breaks().times_out().forget();
    host.answers(200, &again).then(
        "
        fault: the stream URL was dialled before; attempt 3
        status waiting
        ",
    );
    host.times_out().answers(200, &offer(r#""wss://d.example/other""#));
    assert_eq!(host.lines("open"), ["open wss://d.example/other"]);
}

#[test]
fn nor_is_one_that_comes_back_after_another() {
    // Covers: SU-1
    let mut host = Host::new(config(plain()));
    for url in [r#""wss://d.example/1""#, r#""wss://d.example/2""#, r#""wss://d.example/1""#] {
        host.answers(200, &offer(url));
        if host.has_socket() {
            host.breaks();
        }
        host.times_out();
    }
    assert_eq!(host.lines("open"), ["open wss://d.example/1", "open wss://d.example/2"]);
}

#[test]
fn nor_is_one_of_the_last_two_dozen() {
    // Covers: SU-1
    for between in 0..=24 {
        let mut host = Host::new(config(plain()));
        for number in 0..=between {
            host.answers(200, &offer(&format!("\"wss://d.example/{number}\""))).opens();
            host.breaks().times_out();
        }
        host.forget().answers(200, &offer("\"wss://d.example/0\""));
        assert_eq!(host.has_socket(), between == 24, "{between} came in between");
    }
}

#[test]
fn the_lifetime_counts_from_the_sending() {
    // Covers: SU-2
    for (answered, dials) in [(0, true), (54_999, true), (55_000, true), (55_001, false)] {
        let mut host = Host::new(config(plain().with_request_timeout(seconds(70))));
        host.at(answered).grants();
        assert_eq!(host.has_socket(), dials, "answered after {answered} ms");
        if !dials {
            host.then(
                "
                POST conversations as t
                joined c
                fault: the stream URL has run out before it could be used; attempt 2
                status waiting
                ",
            );
        }
    }
}

#[test]
fn lifetime_and_margin_are_configuration() {
    // Covers: SU-2
    let short = || plain().with_stream_url_lifetime(seconds(12));
    for (answered, dials) in [(11_000, true), (11_001, false)] {
        let mut host = Host::new(config(short()));
        assert_eq!(host.at(answered).grants().has_socket(), dials, "a twelfth is 1 s of 12 s");
    }
    for (answered, dials) in [(8_000, true), (8_001, false)] {
        let mut host = Host::new(config(short().with_stream_url_margin(seconds(4))));
        assert_eq!(host.at(answered).grants().has_socket(), dials);
    }
}

#[test]
fn a_dial_that_pends_at_the_end_of_the_url_is_given_up() {
    // Covers: SU-2
    let slow = || plain().with_request_timeout(seconds(70)).with_connect_timeout(seconds(50));
    let mut host = Host::new(config(slow()));
    host.at(30_000).grants();
    assert_eq!(host.deadline(), Some(60_000), "30 s after the answer, 60 s after the request");
    host.at(59_999).tick().opens();
    assert_eq!(host.status(), Status::Live, "the last moment");
    let mut host = Host::new(config(slow()));
    host.at(30_000).grants().forget();
    let late = host.socket_number(1);
    host.at(60_000).handle(directline::Input::SocketOpened { socket: late }).then(
        "
        fault: connecting took too long; attempt 2
        shut 1
        status waiting
        ",
    );
    let text = crate::transcript::set("a", "1");
    host.handle(directline::Input::Frame { socket: late, text }).nothing();
    assert_ne!(host.checkpoint().watermark(), Some("1"));
}

#[test]
fn a_handshake_has_a_deadline_of_its_own() {
    // Covers: SU-2
    let mut host = Host::new(config(plain()));
    host.at(3_000).grants();
    assert_eq!(host.deadline(), Some(23_000));
    host.at(22_999).tick();
    assert!(host.has_socket());
    host.at(23_000).tick();
    assert!(!host.has_socket());
}

#[test]
fn a_url_is_repaired_and_otherwise_left_alone() {
    // Covers: SU-3, SU-6
    for (given, dialled) in [
        (r#"" https://d.example/s?b=1&amp;a=%2f2&t=x ""#, "wss://d.example/s?b=1&a=%2f2&t=x"),
        (
            r#""/v3/directline/s?t=x&watermark=-""#,
            "wss://d.example/v3/directline/s?t=x&watermark=-",
        ),
        (r#""wss://eu.d.example:444/s?t=x""#, "wss://eu.d.example:444/s?t=x"),
    ] {
        let mut host = Host::new(config(plain()));
        host.answers(201, &offer(given));
        assert_eq!(host.lines("open"), [format!("open {dialled}")]);
    }
    let mut host = Host::new(config(plain().with_base("http://127.0.0.1:3000")));
    host.answers(201, &offer(r#""http://127.0.0.1:3000/s""#));
    assert_eq!(host.lines("open"), ["open ws://127.0.0.1:3000/s"]);
}

#[test]
fn an_unencrypted_url_is_a_fault_and_not_a_dial() {
    // Covers: SU-4
    for bad in ["ws://d.example/s", "http://d.example/s", "ftp://d.example/s", "wss:/s"] {
        let mut host = Host::new(config(plain()));
        host.answers(201, &offer(&format!("{bad:?}"))).times_out();
        assert!(!host.has_socket(), "{bad}");
        assert_eq!(host.lines("fault: the stream URL").len(), 1, "{bad}");
        assert!(host.awaits(Purpose::Reconnect), "another one is asked for");
    }
}

#[test]
fn no_url_means_no_socket_and_polling() {
    // Covers: SU-5, PO-1
    for none in [r#""""#, r#"" ""#, "null", "7"] {
        let mut host = Host::new(config(plain()));
        host.answers(201, &offer(none)).then(
            "
            POST conversations as t
            joined c
            fault: the service offers no socket; attempt 2
            GET conversations/c/activities as t
            status waiting
            ",
        );
    }
    let mut host = Host::new(config(plain()));
    host.answers(201, r#"{"conversationId":"c"}"#);
    assert!(host.awaits(Purpose::Activities), "a missing one too");
}

#[test]
fn a_refused_handshake_says_nothing_of_the_token() {
    // Covers: SU-7, SU-1
    for status in [400, 401, 403, 404, 500] {
        let mut host = Host::new(config(plain()));
        host.grants().forget();
        host.refuses(status).times_out().then(&format!(
            "
            fault: connection refused ({status}); attempt 2
            status waiting
            GET conversations/c as t
            status connecting
            ",
        ));
    }
}

#[test]
fn a_failed_request_brings_no_url_and_leaves_none() {
    // Covers: SU-1, RC-6
    let mut host = Host::live(config(plain()));
    host.breaks().times_out().fails(Failure::Broken).times_out();
    assert!(!host.has_socket());
    host.goes_live();
    assert_eq!(host.lines("open"), ["open wss://d.example/2"]);
}
