//! Sockets that say nothing.

use directline::Input;

use crate::transcript::{Act, Host, config, plain, seconds};

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
    let pong = |host: &mut Host| {
        let socket = host.socket_number(1);
        _ = host.handle(Input::Pong { socket });
    };
    let signs: [(&str, Act); 2] = [
        ("an empty frame", |host| _ = host.frame("")),
        ("a blank frame", |host| _ = host.frame(" \n")),
    ];
    for (sign, give) in signs.into_iter().chain([("a pong", pong as Act)]) {
        let mut host = Host::live(config(plain()));
        give(host.at(10_000));
        host.at(69_999).tick();
        assert_eq!(host.lines(LOST).len(), 0, "{sign}");
        host.at(70_000).tick();
        assert_eq!(host.lines(LOST).len(), 1, "{sign}");
    }
}

#[test]
fn activities_are_life_and_promise_nothing() {
    // Covers: RC-12
    let mut host = Host::live(config(plain()));
    host.at(250_000).says("a", "1");
    assert_eq!(lost_at(&mut host), 550_000, "five minutes after the last frame");
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
