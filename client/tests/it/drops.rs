//! What it costs to take a conversation up again after a connection was lost.

use std::time::Duration;

use directline_testbed::{Occasion, Options};

use crate::talk::{Driver, PATIENCE, quick, recorded, say, testbed, with_both_drivers};

with_both_drivers!(a_stable_connection_that_drops_costs_one_request_and_one_handshake);

fn a_stable_connection_that_drops_costs_one_request_and_one_handshake(driver: Driver) {
    // Covers: RC-2, WM-6
    let testbed = testbed(Options::default());
    // The shortest wait that may be drawn from this is a quarter of it.
    let backoff = 10 * PATIENCE;
    let config = quick(&testbed)
        .with_stable_after(Duration::ZERO)
        .with_attempts_at_once(10_000)
        .with_backoff(backoff, backoff)
        .build()
        .expect("valid");
    let mut talk = driver.start(config);
    let id = talk.joined();
    say(&testbed, &id, "before");
    assert_eq!(talk.activities(1), recorded(&testbed, &id));
    let drops: [fn(&directline_testbed::Testbed); 3] = [
        |testbed| testbed.drop_all(),
        |testbed| testbed.reset_all(),
        |testbed| testbed.close_all(1001, "going away"),
    ];
    for (round, drop) in (1..).zip(drops.into_iter().cycle().take(9)) {
        let before = testbed.log();
        drop(&testbed);
        say(&testbed, &id, "in between");
        assert_eq!(talk.activities(1).last(), recorded(&testbed, &id).last(), "round {round}");
        let log = testbed.log();
        let new = &log.requests()[before.requests().len()..];
        let asked: Vec<_> = new.iter().map(|request| (request.route, request.status)).collect();
        let least =
            [(Some(Occasion::Reconnect), Some(200)), (Some(Occasion::Handshake), Some(101))];
        assert_eq!(asked, least, "round {round}");
        assert!(new[0].watermark.is_some());
        assert_eq!(log.sockets_opened() - before.sockets_opened(), 1, "round {round}");
    }
}
