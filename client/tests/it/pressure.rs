//! An application that does not look for a while.

use directline_client::directline::Event;
use directline_testbed::{Author, LogEvent, Options};

use crate::talk::{Driver, PATIENCE, config, recorded, say, testbed, with_both_drivers};

with_both_drivers!(an_application_that_looks_away_loses_nothing);

fn an_application_that_looks_away_loses_nothing(driver: Driver) {
    // Covers: RX-6, TX-1
    let testbed = testbed(Options::default().with_bot(directline_testbed::Bot::Silent));
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    let text = "x".repeat(2_000);
    for _ in 0..3_000 {
        say(&testbed, &id, &text);
    }
    let key = talk.handle.send_text("user", "posts go on").expect("taken").key();
    let is_post =
        |event: &LogEvent| matches!(event, LogEvent::ActivityRecorded { author: Author::User, .. });
    assert!(testbed.wait_until(PATIENCE, |log| log.count(is_post) == 1));
    while talk.handle.pending_posts() > 0 {
        std::thread::yield_now();
    }
    // All that was said lies before the post, and still the driver has not taken it all in.
    let taken_in = talk.handle.counters().delivered;
    assert!(taken_in < 600, "{taken_in} activities wait for an application that does not look");
    let mut received = Vec::new();
    let mut is_posted = false;
    while received.len() < 3_001 {
        match talk.next() {
            directline_client::Update::Activity(activity) => {
                received.push(activity.json().to_owned());
            }
            directline_client::Update::Event(Event::Posted { key: posted, .. }) => {
                is_posted = posted == key;
            }
            _ => {}
        }
    }
    assert!(is_posted);
    assert_eq!(received, recorded(&testbed, &id));
}
