//! Sockets that say nothing.

use directline::{Input, Purpose};

use crate::transcript::{Act, Host, config, lasting, plain, seconds, set};

const LOST: &str = "fault: connection went silent; attempt ";

/// Sleeps until the socket counts as lost, and tells when that is.
fn lost_at(host: &mut Host) -> u64 {
    while host.lines(LOST).is_empty() {
        host.times_out();
    }
    host.now()
}

#[test]
fn probes_go_out_at_the_interval() {
    // Covers: RC-12
    let mut host = Host::live(config(plain().with_keepalive_interval(Some(seconds(20)))));
    host.at(19_999).tick().nothing();
    host.at(20_000).tick().then("probe");
    host.at(39_999).tick().nothing();
    host.at(40_000).tick().then("probe");
    let mut host = Host::live(config(plain().without_liveness_timeout()));
    host.sleeps_until(899_999).nothing();
}

/// A sign of life on the only socket there was.
fn pong(host: &mut Host) {
    let socket = host.socket_number(1);
    host.handle(Input::Pong { socket });
}

#[test]
fn no_traffic_puts_a_probe_off_or_brings_it_forward() {
    // Covers: RC-12
    let traffic: [(&str, Act); 9] = [
        ("activities", |host| _ = host.says("a", "1")),
        ("a set without any", |host| _ = host.says("", "1")),
        ("a watermark", |host| _ = host.frame(r#"{"watermark":"1"}"#)),
        ("something unknown", |host| _ = host.frame(r#"{"voice":{}}"#)),
        ("a blank frame", |host| _ = host.frame(" ")),
        ("a pong", pong),
        ("a post and its answer", |host| _ = host.posts(1).answers(200, "{}")),
        ("a token", |host| _ = host.supplies("t2")),
        ("a timeout too early", |host| _ = host.tick()),
    ];
    for (name, give) in traffic {
        let mut host = Host::live(config(lasting().with_keepalive_interval(Some(seconds(20)))));
        let mut probes = Vec::new();
        for second in 1..=100 {
            // Before it, and once in a while at the same moment.
            host.sleeps_until(1_000 * second - second % 2);
            give(&mut host);
            host.sleeps_until(1_000 * second);
            if !host.lines("probe").is_empty() {
                probes.push((second, host.lines("probe").len()));
            }
            host.forget();
        }
        assert_eq!(probes, [(20, 1), (40, 1), (60, 1), (80, 1), (100, 1)], "{name}");
    }
}

#[test]
fn who_has_slept_probes_once_and_not_for_every_interval() {
    // Covers: RC-12, TM-3
    let settings = lasting().with_keepalive_interval(Some(seconds(20))).without_liveness_timeout();
    let mut host = Host::live(config(settings));
    host.at(600_000).tick();
    assert_eq!(host.lines("probe").len(), 1);
    host.at(619_999).tick();
    assert_eq!(host.lines("probe").len(), 1);
    host.at(620_000).tick();
    assert_eq!(host.lines("probe").len(), 2);
}

#[test]
fn the_pages_beside_a_socket_put_no_probe_off() {
    // Covers: RC-12, WM-7
    let settings = lasting().with_keepalive_interval(Some(seconds(20)));
    let mut host = Host::live(config(settings));
    host.breaks().times_out().goes_live().forget();
    let live = host.now();
    for page in 1..=50 {
        host.sleeps_until(live + 1_000 * page);
        if host.awaits(Purpose::Activities) {
            host.answers(200, &set("", &page.to_string()).replace("[]", r#"[{"type":"typing"}]"#));
        }
    }
    assert_eq!(host.lines("probe").len(), 2);
}

#[test]
fn a_peer_that_never_answered_has_five_minutes() {
    // Covers: RC-12
    let mut host = Host::live(config(plain()));
    host.at(299_999).tick().nothing();
    host.at(300_000).tick();
    assert_eq!(host.lines(LOST).len(), 1);
    assert!(host.awaits_any(), "and the session reconnects");
}

#[test]
fn a_peer_that_answers_has_a_minute() {
    // Covers: RC-12
    let signs: [(&str, Act); 3] = [
        ("an empty frame", |host| _ = host.frame("")),
        ("a blank frame", |host| _ = host.frame(" \n")),
        ("a pong", pong),
    ];
    for (sign, give) in signs {
        let mut host = Host::live(config(plain()));
        give(host.at(10_000));
        host.at(69_999).tick();
        assert_eq!(host.lines(LOST).len(), 0, "{sign}");
        host.at(70_000).tick();
        assert_eq!(host.lines(LOST).len(), 1, "{sign}");
    }
}

#[test]
fn what_is_no_answer_is_life_and_promises_nothing() {
    // Covers: RC-12, RX-2
    let known = r#"{"activities":[{"id":"known"}],"watermark":"1"}"#;
    for frame in [
        r#"{"activities":[{"id":"a"}],"watermark":"1"}"#,
        r#"{"activities":[],"watermark":"1"}"#,
        r#"{"activities":[]}"#,
        r#"{"activities":null}"#,
        r#"{"activities":[null,7]}"#,
        r#"{"watermark":"1"}"#,
        known,
        "{}",
        "[]",
        "null",
        "\"\"",
        r#"{"voice":{}}"#,
    ] {
        let mut host = Host::live(config(plain()));
        host.frame(known).at(250_000).frame(frame);
        assert_eq!(lost_at(&mut host), 550_000, "five minutes after {frame}");
        let mut host = Host::live(config(plain()));
        host.frame(known);
        pong(host.at(10_000));
        host.at(50_000).frame(frame);
        assert_eq!(
            lost_at(&mut host),
            110_000,
            "and a minute, once the peer has answered: {frame}"
        );
    }
}

#[test]
fn what_one_connection_shows_does_not_bind_the_next() {
    // Covers: RC-12
    let mut host = Host::live(config(plain()));
    host.frame("").at(1_000).breaks().times_out().goes_live();
    assert_eq!(lost_at(&mut host), 301_001);
}

#[test]
fn a_limit_that_the_host_sets_always_applies() {
    // Covers: RC-12
    let limited = plain().with_liveness_timeout(seconds(30));
    let mut host = Host::live(config(limited.clone()));
    assert_eq!(lost_at(&mut host), 30_000);
    // A probe that is due later makes no difference.
    let mut host = Host::live(config(limited.with_keepalive_interval(Some(seconds(20)))));
    assert_eq!(lost_at(&mut host), 30_000);
    let mut host = Host::live(config(plain().with_liveness_timeout(seconds(120))));
    host.frame("");
    assert_eq!(lost_at(&mut host), 120_000, "also above the default");
    let mut host = Host::live(config(plain().without_liveness_timeout()));
    host.frame("").sleeps_until(800_000).nothing();
}

#[test]
fn a_sign_of_life_at_the_last_moment_counts() {
    // Covers: RC-12, RX-2
    let mut host = Host::live(config(plain().with_liveness_timeout(seconds(30))));
    host.at(29_999).frame(" ").at(59_998).tick().nothing();
    host.at(59_999).frame(" ");
    assert_eq!(host.lines(LOST).len(), 1, "one at the deadline comes too late");
}

#[test]
fn a_silent_socket_is_shut_and_replayed_from_the_watermark() {
    // Covers: RC-12, RC-1, RC-5
    let mut host = Host::live(config(plain()));
    host.says("a", "1").forget().at(300_000).tick().then(
        "
        fault: connection went silent; attempt 1
        shut 1
        GET conversations/c?watermark=1 as t
        status connecting
        ",
    );
}
