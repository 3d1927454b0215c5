//! Exactly at a limit, and one beyond it.

use directline::{Failure, Input, PostKey, Purpose};

use crate::transcript::{Host, config, plain, response, seconds};

/// An answer to a start of so many bytes.
fn padded(bytes: usize) -> String {
    let (head, tail) = (r#"{"conversationId":"c","streamUrl":"wss://d.example/1","x":""#, r#""}"#);
    format!("{head}{}{tail}", words(bytes - head.len() - tail.len()))
}

#[test]
fn a_body_may_be_as_large_as_the_limit() {
    // Covers: RX-6
    let config = config(plain().with_body_bytes_max(1_024));
    let mut host = Host::new(config.clone());
    host.answers(200, &padded(1_024));
    assert!(host.has_socket());
    let mut host = Host::new(config);
    host.answers(200, &padded(1_025));
    assert!(!host.has_socket());
    let fault =
        "fault: starting the conversation was answered with more than is allowed; attempt 2";
    assert_eq!(host.lines("fault"), [fault]);
}

#[test]
fn a_stream_url_may_be_as_long_as_a_request_line() {
    // Covers: SU-3, RX-6
    for (bytes, is_dialled) in [(16_384, true), (16_385, false)] {
        let url = format!("{:x<bytes$}", "wss://d.example/s?t=");
        let mut host = Host::new(config(plain()));
        host.answers(200, &format!(r#"{{"conversationId":"c","streamUrl":"{url}"}}"#));
        assert_eq!(host.has_socket(), is_dialled, "{bytes} bytes");
    }
}

#[test]
fn a_frame_may_be_as_large_as_the_limit() {
    // Covers: RX-6
    let mut host = Host::live(config(plain().with_frame_bytes_max(1_024)));
    let frame =
        |id: &str, bytes| format!("{:<bytes$}", format!(r#"{{"activities":[{{"id":"{id}"}}]}}"#));
    host.frame(&frame("a", 1_024));
    assert_eq!(host.delivered(), "a");
    host.frame(&frame("b", 1_025));
    assert!(!host.has_socket() && host.delivered().is_empty());
}

/// So many letters, and no word that is as long as a credential.
fn words(letters: usize) -> String {
    (1..=letters).map(|at| if at % 8 == 0 { '.' } else { 'x' }).collect()
}

#[test]
fn a_close_reason_is_cut_where_a_character_ends() {
    // Covers: RX-6
    for (given, shown) in [
        (words(123), words(123)),
        (words(124), words(123)),
        ("é".repeat(62), "é".repeat(61)),
        (format!("{}\u{1f600}", words(119)), format!("{}\u{1f600}", words(119))),
        (format!("{}\u{1f600}", words(120)), words(120)),
    ] {
        let mut host = Host::live(config(plain()));
        host.closes(1011, &given);
        let fault = format!("fault: connection closed (1011 {shown}); attempt 2");
        assert_eq!(host.lines("fault"), [fault]);
    }
}

#[test]
fn an_activity_may_be_as_large_as_the_limit() {
    // Covers: TX-1
    let mut host = Host::live(config(plain()));
    let post = |bytes: usize| {
        let activity = format!(r#"{{"text":"{}"}}"#, words(bytes - 11));
        assert_eq!(activity.len(), bytes);
        Input::Post { key: PostKey(1), activity }
    };
    let misuse = host.mistakes(post(262_145)).to_string();
    assert_eq!(misuse, "post 1 is 262145 bytes long, allowed is 262144 bytes");
    host.handle(post(262_144));
    assert!(host.awaits(Purpose::Post));
}

#[test]
fn a_refresh_is_not_tried_again_at_the_moment_of_the_end() {
    // Covers: CR-2, CR-3
    for (wait, next) in [("49", "attempt 2"), ("50", "stops")] {
        let mut host = Host::new(config(plain()));
        host.grants_also(r#","token":"t2","expires_in":100"#).opens().at(50_000).tick();
        host.answers_with(response(503, &[("Retry-After", wait)], ""));
        let fault = format!("fault: refreshing the token was answered with status 503; {next}");
        assert_eq!(host.lines("fault"), [fault]);
    }
}

#[test]
fn waking_may_ask_again_as_soon_as_the_floor_is_over() {
    // Covers: RC-7
    for (now, asks) in [(4_999, false), (5_000, true)] {
        let patient = || config(plain().with_backoff(seconds(20), seconds(60)));
        let mut host = Host::live(patient());
        host.at(now).handle(Input::Woke);
        assert_eq!(host.awaits(Purpose::Reconnect), asks, "a socket at {now} ms");
        let mut host = Host::new(patient());
        host.at(now).forget().handle(Input::Woke);
        assert_eq!(host.sent().len(), usize::from(asks), "a request at {now} ms");
    }
}

#[test]
fn of_too_many_posts_of_unknown_outcome_the_oldest_are_given_up() {
    // Covers: TX-2, RX-6
    let mut host = Host::live(config(plain().with_posts_max(2).with_echo_keys(true)));
    for key in 1..=3 {
        let activity = format!(r#"{{"channelData":{{"clientActivityID":"k{key}"}}}}"#);
        host.handle(Input::Post { key: PostKey(key), activity }).fails(Failure::Broken);
    }
    assert_eq!(host.lines("posted"), ["posted 1 unknown", "posted 2 unknown", "posted 3 unknown"]);
    host.forget();
    for key in 1..=3 {
        host.frame(&format!(
            r#"{{"activities":[{{"id":"c|{key}","channelData":{{"clientActivityID":"k{key}"}}}}]}}"#
        ));
    }
    assert_eq!(host.lines("posted"), ["posted 2 sent c|2", "posted 3 sent c|3"]);
}
