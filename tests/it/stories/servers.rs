//! Servers as they are met in the field, each with its own idea of the protocol.

use directline::{Input, PostKey, Purpose, Status};

use crate::transcript::{Host, config, lasting, plain, seconds, set, site, with};

/// Polls until the session asks for a socket.
fn polls_until_it_probes(host: &mut Host, page: &str) {
    while !host.awaits(Purpose::Reconnect) {
        host.times_out();
        if host.awaits(Purpose::Activities) {
            host.answers_to(Purpose::Activities, 200, page);
        }
    }
}

#[test]
fn the_service_replays_everything_at_every_reconnect() {
    // Covers: DD-1, WM-4, RC-1
    let mut host = Host::live(config(lasting()));
    let ids: Vec<_> = (0..30).map(|number| format!("c|{number:07}")).collect();
    let history = ids.join(" ");
    host.says(&history, "29");
    for night in 0..20 {
        host.after(120_000).breaks();
        if !host.awaits_any() {
            host.times_out();
        }
        host.grants_to_reconnect().opens().says(&history, "29");
        host.says(&format!("c|{:07}", 30 + night), "x");
    }
    let delivered = host.delivered();
    assert_eq!(delivered.split(' ').count(), 50, "each once");
    assert_eq!(host.session.counters().duplicates, 600);
}

#[test]
fn the_service_begins_its_numbers_anew_after_a_quiet_hour() {
    // Covers: DD-3, WM-4, DD-1
    let stamped = |number: u32, minute: u32, mark: u32| {
        format!(
            r#"{{"activities":[{{"id":"c|{number:07}","timestamp":"2019-10-21T10:{minute:02}:00.0000000Z"}}],"watermark":"{mark}"}}"#
        )
    };
    let mut host = Host::live(config(plain()));
    (0..3).for_each(|number| _ = host.frame(&stamped(number, number, number)));
    host.frame(&stamped(0, 30, 0)).frame(&stamped(1, 31, 1));
    assert_eq!(host.session.counters().delivered, 5, "nothing waits until the count catches up");
    assert_eq!(host.checkpoint().watermark(), Some("1"));
    host.breaks().times_out().goes_live();
    (0..3).for_each(|number| _ = host.frame(&stamped(number, number, number)));
    (0..3).for_each(|number| _ = host.frame(&stamped(number, 30 + number, number)));
    assert_eq!(host.session.counters().delivered, 6, "of both replays only the last is new");
}

#[test]
fn the_emulator_names_no_socket_and_no_token() {
    // Covers: SU-5, CR-1, CR-2, RC-11, PO-1
    let mut host = Host::new(config(plain().with_base("http://localhost:5000")));
    let answer = r#"{"conversationId":"c","token":null,"expires_in":2147483647,"streamUrl":""}"#;
    host.answers(201, answer).answers(200, &set("a", "1")).answers(200, &set("", "1")).forget();
    polls_until_it_probes(&mut host, &set("", "1"));
    host.answers_to(Purpose::Reconnect, 200, answer);
    assert_eq!(host.status(), Status::Polling);
    host.times_out().answers_to(Purpose::Activities, 200, &set("a b", "2"));
    assert_eq!(host.delivered(), "b");
    assert!(host.sent().iter().all(|line| line.ends_with(" as t")), "the old token stays");
    assert_eq!(host.lines("open"), Vec::<&str>::new());
}

#[test]
fn one_server_says_watermark_zero_for_ever() {
    // Covers: WM-3, DD-1, CR-4
    let all = |ids: &str| set(ids, "0").replace("\"0\"", "0");
    let mut host = Host::live(config(plain()));
    host.frame(&all("guid-1")).frame(&all("guid-2")).breaks().times_out();
    assert_eq!(host.sent(), ["GET conversations/c?watermark=0 as t"]);
    host.goes_live().frame(&all("guid-1 guid-2 guid-3"));
    assert_eq!(host.delivered(), "guid-1 guid-2 guid-3");
    host.breaks().times_out().answers(401, "");
    assert_eq!(host.status(), Status::NeedsToken, "it refuses without an error body");
}

#[test]
fn one_server_has_no_tokens_and_hangs() {
    // Covers: CR-6, PO-1, TX-2, RC-6, WM-2
    let builder = with(site("s")).with_base("http://localhost:3000/directline");
    let mut host = Host::new(config(builder));
    host.answers(404, "").answers(200, r#"{"conversationId":"c","expiresIn":1800}"#);
    let page = r#"{"activities":[{"id":"a"}],"watermark":"1"}"#;
    host.answers(200, page).answers(200, r#"{"activities":[],"watermark":null}"#);
    assert_eq!(host.checkpoint().watermark(), Some("1"));
    host.handle(Input::Post { key: PostKey(1), activity: "{}".into() }).forget();
    host.sleeps_until(20_000);
    assert_eq!(host.lines("posted"), ["posted 1 unknown"]);
    assert!(host.awaits_any() || host.deadline().is_some());
    assert_eq!(host.lines("ended").len(), 0);
}

#[test]
fn a_proxy_that_blocks_sockets_is_lived_with() {
    // Covers: RC-11, SU-7, PO-3
    let builder = lasting().with_probe_backoff(seconds(60), seconds(600));
    let mut host = Host::new(config(builder));
    while !host.awaits(Purpose::Activities) {
        host.grants();
        if host.has_socket() {
            host.refuses(403);
        }
        if !host.awaits_any() {
            host.times_out();
        }
    }
    host.answers_to(Purpose::Activities, 200, &set("a", "1"));
    host.answers_to(Purpose::Activities, 200, &set("", "1"));
    for _ in 0..5 {
        polls_until_it_probes(&mut host, &set("", "1"));
        host.grants_to_reconnect().refuses(403);
        assert_eq!(host.status(), Status::Polling);
    }
    polls_until_it_probes(&mut host, &set("", "1"));
    host.grants_to_reconnect().opens().says("a b", "2");
    assert_eq!((host.delivered(), host.status()), ("a b".into(), Status::Live));
}

#[test]
fn a_token_that_expires_at_night_is_asked_for_once_and_not_in_a_loop() {
    // Covers: CR-4, CR-3, LV-2
    let mut host = Host::live(config(plain()));
    host.says("a", "1").handle(Input::NetworkDown).forget();
    host.at(8 * 3_600_000).handle(Input::NetworkUp).after(1_000).tick();
    assert_eq!(host.lines("needs token"), ["needs token"]);
    assert_eq!((host.sent().len(), host.deadline()), (0, None));
    host.supplies("t2");
    assert_eq!(host.sent(), ["GET conversations/c?watermark=1 as t2"]);
}
