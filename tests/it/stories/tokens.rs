//! Tokens that run out one after the other.

use directline::{Checkpoint, Input, Misuse, Purpose, Status};

use crate::transcript::{Act, Host, config, error, lasting, plain, response, seconds, token, with};

/// Ways to lose the token of a live session.
const LOSSES: [(&str, Act); 3] = [
    ("refused to a reconnect", |host| {
        host.breaks();
        while !host.awaits(Purpose::Reconnect) {
            host.times_out();
        }
        host.answers_to(Purpose::Reconnect, 403, &error("TokenExpired"));
    }),
    ("refused to a post", |host| {
        host.posts(1).answers_to(Purpose::Post, 401, "");
    }),
    ("run out", |host| {
        while host.lines("needs token").is_empty() {
            if host.awaits(Purpose::Refresh) {
                host.answers_to(Purpose::Refresh, 404, "");
            }
            host.times_out();
        }
    }),
];

#[test]
fn each_time_that_no_token_is_left_the_host_is_asked_once() {
    // Covers: CR-4
    for (name, lose) in LOSSES {
        let token = with(token("t0").lasting(seconds(1_000)));
        let mut host = Host::live(config(token.without_liveness_timeout()));
        host.says("a", "1");
        for round in 1..5 {
            host.forget();
            lose(&mut host);
            host.after(500).tick();
            assert_eq!(host.lines("needs token").len(), 1, "{name}, round {round}");
            host.supplies(&format!("t{round}"));
            if host.status() != Status::Live {
                host.grants_to_reconnect().opens();
            }
            while host.awaits(Purpose::Post) {
                host.answers_to(Purpose::Post, 200, "{}");
            }
            assert_eq!(host.status(), Status::Live, "{name}, round {round}");
        }
    }
}

#[test]
fn the_token_that_was_refused_last_is_not_taken_again() {
    // Covers: CR-5
    let (_, refuse) = LOSSES[0];
    let mut host = Host::live(config(with(token("t0"))));
    host.says("a", "1");
    for round in 0..4 {
        refuse(&mut host);
        let again = host.mistakes(Input::NewToken(token(&format!("t{round}"))));
        assert_eq!(again, Misuse::TokenRefusedBefore, "round {round}");
        host.supplies(&format!("t{}", round + 1)).grants_to_reconnect().opens();
    }
}

#[test]
fn a_resumed_session_knows_how_long_its_token_lives() {
    // Covers: CR-2, CR-3
    let settings = || config(with(token("t").lasting(seconds(4_000))).without_liveness_timeout());
    let place = Checkpoint::new("c").and_then(|own| own.with_watermark("1")).expect("a place");
    for mut host in [Host::new(settings()), Host::resume(settings(), place)] {
        host.goes_live();
        while !host.awaits(Purpose::Refresh) {
            host.times_out();
        }
        assert_eq!(host.now(), 2_000_000);
    }
}

#[test]
fn a_token_that_is_handed_in_shortens_no_pause() {
    // Covers: RC-2, RC-4
    let asked: &[_] = &[("Retry-After", "100")];
    for headers in [asked, &[]] {
        let settings = config(lasting().with_backoff(seconds(8), seconds(8)));
        let mut host = Host::resume(settings, Checkpoint::new("c").expect("an id"));
        host.answers_with(response(503, headers, ""));
        let until = host.deadline().expect("a pause");
        for part in 1..10 {
            host.at(until * part / 10).supplies(&format!("t{part}")).tick();
            assert!(!host.awaits_any(), "{part} tenths of {until} ms");
        }
        host.at(until).tick();
        assert!(host.awaits(Purpose::Reconnect), "after {until} ms");
    }
}

#[test]
fn a_refusal_that_asks_to_wait_holds_against_a_new_token() {
    // Covers: RC-4, CR-4
    let mut host = Host::live(config(plain()));
    host.says("a", "1").breaks().times_out();
    host.answers_with(response(401, &[("Retry-After", "100")], "")).forget();
    let from = host.now();
    host.after(1_000).supplies("t2");
    assert_eq!(host.sent().len(), 0);
    assert_eq!(host.deadline(), Some(from + 100_000));
}
