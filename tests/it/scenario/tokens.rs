//! Tokens that run out one after the other.

use directline::{Credential, Purpose, Status};

use crate::transcript::{Act, Host, config, error, seconds, with};

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
        let token = with(Credential::token_for("t0", seconds(1_000)));
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
