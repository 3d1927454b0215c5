//! Answers that are not the service's: portals, filters and proxies say nothing of what was asked.

use directline::{Checkpoint, Purpose, Status};

use crate::transcript::{Host, config, error, lasting, plain, response, set, token, with};

const PAGE: &str = "<!DOCTYPE html><title>Sign in</title>";

#[test]
fn a_post_that_met_a_portal_is_unknown_until_its_echo_is_seen() {
    // Covers: RX-8, TX-2
    let pages =
        [(200, PAGE), (403, PAGE), (407, ""), (511, PAGE), (404, PAGE), (101, ""), (103, "")];
    for (status, body) in pages {
        let mut host = Host::live(config(plain().with_echo_keys(true)));
        host.posts(1).answers(status, body);
        let told = host.lines("posted")[0].to_owned();
        assert!(told.starts_with("posted 1 unknown"), "{status}: {told}");
        assert!(!host.awaits(Purpose::Post), "it is not sent again");
        assert_eq!(host.session.status(), Status::Live);
        let post = host.all_requests().find(|sent| sent.purpose() == Purpose::Post);
        let body: serde_json::Value =
            serde_json::from_slice(post.expect("a post").body()).expect("an activity");
        let key = &body["channelData"]["clientActivityID"];
        host.forget().frame(&format!(
            r#"{{"activities":[{{"id":"c|1","channelData":{{"clientActivityID":{key}}}}}]}}"#
        ));
        assert_eq!(host.lines("posted"), ["posted 1 sent c|1"]);
    }
    // Of a redirect nobody knows either where the post has gone.
    let mut host = Host::live(config(plain()));
    host.posts(1).answers_with(response(307, &[("Location", "https://portal.example/x?t=1")], ""));
    assert_eq!(host.lines("posted"), ["posted 1 unknown"]);
}

#[test]
fn the_services_own_ways_to_take_a_post_are_taken() {
    // Covers: RX-8, TX-2
    for (status, body) in [(200, ""), (204, ""), (202, " "), (200, "{}"), (201, "\u{feff}{}")] {
        let mut host = Host::live(config(plain()));
        host.posts(1).answers(status, body);
        assert_eq!(host.lines("posted"), ["posted 1 sent without id"], "{status} {body:?}");
    }
}

#[test]
fn the_name_of_a_status_is_the_services_own_word_however_it_is_written() {
    // Covers: RX-8, TX-3
    for (status, body) in [
        (400, "Bad Request"),
        (404, "not found"),
        (413, "Payload Too Large"),
        (413, "Content Too Large\r\n"),
        (413, "Request Entity Too Large"),
        (414, "Request-URI Too Long"),
        (414, "Request-URI Too Large"),
        (418, "(unused)"),
        (416, "Requested Range Not Satisfiable"),
        (422, "UNPROCESSABLE CONTENT"),
        (422, "Unprocessable Entity"),
    ] {
        let mut host = Host::live(config(plain()));
        host.posts(1).answers(status, body);
        assert_eq!(host.lines("posted"), [format!("posted 1 rejected {status}")], "{body:?}");
    }
    let mut host = Host::live(config(plain()));
    host.posts(1).answers(400, "Content Too Large");
    assert_eq!(host.lines("posted"), ["posted 1 unknown, stranger 400"], "the name of another");
}

#[test]
fn a_stranger_refuses_no_credential_and_ends_nothing() {
    // Covers: RX-8, CR-4, WM-9
    for status in [101, 103, 400, 401, 403, 404, 409, 407, 511] {
        // Whatever is asked, it is asked again, with the same token and the same watermark.
        let mut host = Host::new(config(plain()));
        host.answers(status, PAGE).times_out().grants().opens().says("a", "1");
        assert!(host.lines("needs token").is_empty(), "{status}");
        host.posts(1).breaks().times_out().forget();
        // Servers without this route say so with a page; that ends nothing, and polling begins.
        if status != 404 {
            host.answers_to(Purpose::Reconnect, status, PAGE).times_out();
            assert_eq!(host.sent(), ["GET conversations/c?watermark=1 as t"], "{status}");
            assert!(host.lines("ended").is_empty() && host.lines("needs token").is_empty());
        }
    }
    // Nor is a conversation gone because two pages in a row say so.
    let settings = || config(lasting().with_way(directline::Way::Polling));
    let mut host = Host::resume(settings(), Checkpoint::new("c").expect("an id"));
    for _ in 0..3 {
        while !host.awaits(Purpose::Activities) {
            host.times_out();
        }
        host.answers_to(Purpose::Activities, 404, PAGE);
    }
    assert!(host.lines("ended").is_empty(), "{:?}", host.lines("ended"));
    host.times_out().answers_to(Purpose::Activities, 200, &set("a", "1"));
    assert_eq!(host.delivered(), "a");
    // The service's own words are believed.
    let mut host = Host::new(config(with(token("t"))));
    host.answers(403, &error("TokenExpired"));
    assert_eq!(host.lines("needs token").len(), 1);
}

#[test]
fn a_byte_order_mark_is_skipped() {
    // Covers: RX-8
    let mut host = Host::new(config(plain()));
    host.answers(201, "\u{feff}{\"conversationId\":\"c\",\"streamUrl\":\"wss://d.example/1\"}");
    host.opens().frame(&format!("\u{feff}{}", set("a", "1"))).frame("\u{feff}");
    assert_eq!(host.delivered(), "a");
    assert!(host.lines("fault").is_empty() && host.session.counters().unknown_frames == 0);
    host.breaks().times_out();
    assert_eq!(
        host.sent().last().map(String::as_str),
        Some("GET conversations/c?watermark=1 as t")
    );
}
