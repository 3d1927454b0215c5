//! Connections break, and nothing is lost or repeated.

use std::time::Duration;

use directline_client::directline::{Cause, Checkpoint, Event, Loss, PostOutcome};
use directline_testbed::{Bot, Fault, Occasion, Options, Plan, Rule, Trigger, When};

use crate::talk::{Driver, config, quick, recorded, say, testbed, with_both_drivers};

with_both_drivers!(
    a_thousand_messages_survive_a_hundred_broken_connections,
    a_silent_socket_is_found_out,
    a_replay_of_the_whole_history_is_no_news,
    posts_arrive_in_order_through_breaks,
    a_checkpoint_resumes_where_its_batch_ended,
    the_checkpoint_travels_with_the_last_of_its_batch,
);

fn a_thousand_messages_survive_a_hundred_broken_connections(driver: Driver) {
    // Covers: RC-1, RC-5, WM-6, DD-1, SU-1
    let close = |code: u16, when| Fault::Close { code, reason: String::new(), when };
    let breaks = [
        close(1000, When::Before),
        close(1001, When::After),
        close(1011, When::Before),
        close(4321, When::Before),
        Fault::Reset { when: When::Before },
        Fault::Reset { when: When::After },
        Fault::Drop { when: When::Before },
        Fault::Drop { when: When::After },
        Fault::Cut,
        Fault::Cut,
    ];
    let mut rules = Vec::new();
    for (first, fault) in (1_u64..).zip(breaks) {
        let positions = (0..10).map(|round| 10 * (first + 10 * round)).collect();
        let rule = Rule::always(Occasion::Frame, fault).expect("frames can break");
        rules.push(rule.with_trigger(Trigger::Nth(positions)));
    }
    let testbed = testbed(Options::default().with_plan(Plan::new(rules)));
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    let mut received = Vec::new();
    for number in 0..1_000 {
        say(&testbed, &id, &number.to_string());
        received.push(talk.activity().json().to_owned());
    }
    talk.handle.close();
    let (_, after) = talk.end();
    assert_eq!(received, recorded(&testbed, &id));
    assert!(after.is_empty(), "{after:?}");
    let log = testbed.log();
    assert!(log.sockets_opened() > 100, "{}", log.sockets_opened());
    // One request for each break, and no loop.
    assert!(log.requests_to(Occasion::Reconnect).len() <= 101);
}

fn a_silent_socket_is_found_out(driver: Driver) {
    // Covers: RC-12, LV-1
    let testbed = testbed(Options::default());
    let config = quick(&testbed)
        .with_keepalive_interval(Some(Duration::from_millis(100)))
        .with_liveness_timeout(Duration::from_millis(400))
        .build()
        .expect("valid");
    let mut talk = driver.start(config);
    let id = talk.joined();
    // Long enough for a healthy socket to be given up, if its pongs did not count.
    let probed = || testbed.wait_until(Duration::from_millis(900), |log| log.sockets_closed() > 0);
    assert!(!probed(), "a socket that answers is kept");
    testbed.go_silent();
    say(&testbed, &id, "are you there?");
    talk.event(|event| match event {
        Event::Faulted(fault) => (fault.cause == Cause::SocketLost(Loss::Silent)).then_some(()),
        _ => None,
    });
    assert_eq!(talk.activities(1), recorded(&testbed, &id));
}

fn a_replay_of_the_whole_history_is_no_news(driver: Driver) {
    // Covers: DD-1, DD-4
    let testbed = testbed(Options::default());
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    for number in 0..20 {
        say(&testbed, &id, &number.to_string());
    }
    let mut received = talk.activities(20);
    testbed.inject(Rule::once(Occasion::Reconnect, Fault::ReplayAll).expect("allowed"));
    testbed.close_all(1001, "");
    talk.live();
    say(&testbed, &id, "new");
    received.extend(talk.activities(1));
    assert_eq!(received, recorded(&testbed, &id));
    assert_eq!(talk.handle.counters().duplicates, 20);
}

fn posts_arrive_in_order_through_breaks(driver: Driver) {
    // Covers: TX-1
    let rule = Rule::always(Occasion::Frame, Fault::Reset { when: When::Before });
    let rule = rule.expect("allowed").with_trigger(Trigger::Every(7));
    let options = Options::default().with_bot(Bot::Silent).with_plan(Plan::new(vec![rule]));
    let testbed = testbed(options);
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    let mut keys = Vec::new();
    for number in 0..50 {
        keys.push(talk.handle.send_text("user", &number.to_string()).expect("taken").key());
    }
    for key in keys {
        let (posted, outcome) = talk.event(|event| match event {
            Event::Posted { key, outcome } => Some((*key, outcome.clone())),
            _ => None,
        });
        assert_eq!(posted, key);
        assert!(matches!(outcome, PostOutcome::Sent { id: Some(_) }), "{outcome:?}");
    }
    let texts: Vec<_> = recorded(&testbed, &id);
    assert_eq!(texts.len(), 50);
    for (number, json) in texts.iter().enumerate() {
        assert!(json.contains(&format!(r#""text":"{number}""#)), "{number}: {json}");
    }
}

fn a_checkpoint_resumes_where_its_batch_ended(driver: Driver) {
    // Covers: TM-7, WM-5
    let testbed = testbed(Options::default());
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    let mut received = Vec::new();
    let mut checkpoint = None;
    for number in 0..10 {
        say(&testbed, &id, &number.to_string());
        let activity = talk.activity();
        received.push(activity.json().to_owned());
        checkpoint = activity.checkpoint().cloned();
    }
    // More comes, which the application never sees.
    say(&testbed, &id, "unseen");
    let checkpoint = checkpoint.expect("the last of a batch has one");
    let checkpoint = Checkpoint::from_json(&checkpoint.to_json()).expect("it can be read back");
    drop(talk);
    say(&testbed, &id, "while away");
    let mut talk = driver.resume(config(&testbed), checkpoint);
    received.extend(talk.activities(2));
    assert_eq!(received, recorded(&testbed, &id));
}

fn the_checkpoint_travels_with_the_last_of_its_batch(driver: Driver) {
    // Covers: WM-5
    let testbed = testbed(Options::default());
    let minted = testbed.generate_token(None);
    for number in 0..5 {
        say(&testbed, &minted.conversation, &number.to_string());
    }
    let start = Checkpoint::new(minted.conversation.as_str()).expect("an id");
    let mut talk = driver.resume(config(&testbed), start);
    let received: Vec<_> = (0..5).map(|_| talk.activity()).collect();
    let covered: Vec<_> = received.iter().map(|one| one.checkpoint().is_some()).collect();
    // The history comes in one piece: nothing before its last activity may be resumed from.
    assert_eq!(covered, [false, false, false, false, true]);
    let debug = format!("{received:?}");
    assert!(!debug.contains("text"), "texts belong to the users: {debug}");
}
