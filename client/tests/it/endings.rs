//! How sessions end, and what is left of them.

use std::future::poll_fn;
use std::pin::Pin;

use directline_client::directline::{Checkpoint, End, Event, Misuse, PostOutcome};
use directline_client::{
    Network, Proxy, SendError, Update, blocking as threads, tokio as asynchronous,
};
use directline_testbed::{Ending, LogEvent, Options};
use futures_core::Stream as _;

use crate::talk::{
    Driver, PATIENCE, config, quick, recorded, runtime, say, testbed, with_both_drivers,
};

with_both_drivers!(
    a_closed_conversation_closes_its_socket,
    a_dropped_conversation_closes_its_socket,
    the_end_of_the_conversation_is_delivered_and_ends_the_session,
    a_collision_ends_the_session_at_its_limit,
    a_conversation_that_is_gone_ends_the_session,
    bad_posts_are_told_to_the_caller,
);

fn a_closed_conversation_closes_its_socket(driver: Driver) {
    // Covers: RC-1
    let testbed = testbed(Options::default());
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    say(&testbed, &id, "hello");
    assert!(testbed.wait_until(PATIENCE, |log| {
        log.count(|event| matches!(event, LogEvent::FrameSent { .. })) == 1
    }));
    let first = talk.activities(1);
    let handle = talk.handle.clone();
    handle.close();
    let (end, rest) = talk.end();
    assert_eq!((end, rest), (End::Closed, Vec::new()));
    assert_eq!(first, recorded(&testbed, &id));
    // With a close frame, not just by hanging up.
    let said_goodbye = |event: &LogEvent| {
        matches!(event, LogEvent::SocketClosed { ending: Ending::ByClient, code: Some(_), .. })
    };
    assert!(testbed.wait_until(PATIENCE, |log| log.count(said_goodbye) == 1));
    assert_eq!(handle.send_text("user", "late"), Err(SendError::Misuse(Misuse::Ended)));
    assert_eq!(testbed.log().sockets_opened(), 1, "nothing is opened after the end");
}

fn a_dropped_conversation_closes_its_socket(driver: Driver) {
    // Covers: RC-5
    let testbed = testbed(Options::default());
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    let handle = talk.handle.clone();
    drop(talk);
    // The test's own thread looks up when something comes.
    say(&testbed, &id, "anybody?");
    assert!(testbed.wait_until(PATIENCE, |log| log.sockets_closed() == 1));
    assert_eq!(handle.send_text("user", "late"), Err(SendError::Misuse(Misuse::Ended)));
}

fn the_end_of_the_conversation_is_delivered_and_ends_the_session(driver: Driver) {
    // Covers: RX-5
    let testbed = testbed(Options::default());
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    say(&testbed, &id, "goodbye");
    testbed.say(&id, r#"{"type":"endOfConversation"}"#).expect("it is there");
    let (end, activities) = talk.end();
    assert_eq!(end, End::Completed);
    assert_eq!(activities, recorded(&testbed, &id));
    assert!(testbed.wait_until(PATIENCE, |log| log.sockets_closed() == 1));
}

fn a_collision_ends_the_session_at_its_limit(driver: Driver) {
    // Covers: RC-8
    let testbed = testbed(Options::default());
    let mut first = driver.start(quick(&testbed).with_collisions_max(1).build().expect("valid"));
    let id = first.joined();
    let mut second = driver.resume(config(&testbed), Checkpoint::new(id.as_str()).expect("an id"));
    second.live();
    assert_eq!(first.end().0, End::Collision { collisions: 1 });
    say(&testbed, &id, "who is there?");
    assert_eq!(second.activities(1), recorded(&testbed, &id));
}

fn a_conversation_that_is_gone_ends_the_session(driver: Driver) {
    // Covers: RC-1
    let testbed = testbed(Options::default());
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    assert!(testbed.forget(&id));
    assert_eq!(talk.end().0, End::Gone);
}

fn bad_posts_are_told_to_the_caller(driver: Driver) {
    // Covers: TX-3, TX-5
    let testbed = testbed(Options::default());
    let mut talk = driver.start(config(&testbed));
    talk.joined();
    for bad in ["", "nonsense", "[]", "{\"type\":", &format!("{{{}}}", " ".repeat(300_000))] {
        let error = talk.handle.send(bad).expect_err("it is no activity");
        assert!(matches!(error, SendError::Misuse(Misuse::BadPost { .. })), "{error}");
    }
    let outcome = |event: &Event| match event {
        Event::Posted { key, outcome } => Some((*key, outcome.clone())),
        _ => None,
    };
    let good = talk.handle.send(r#"{"type":"event","from":{"id":"u"}}"#).expect("taken").key();
    let (key, sent) = talk.event(outcome);
    assert!(key == good && matches!(sent, PostOutcome::Sent { .. }), "{sent:?}");
    talk.handle.network_down();
    let queued = talk.handle.send_text("u", "never sent").expect("taken").key();
    talk.handle.close();
    assert_eq!(talk.event(outcome), (queued, PostOutcome::NotSent));
    assert_eq!(talk.end().0, End::Closed);
}

#[test]
fn activities_alone_come_until_the_end() {
    let testbed = testbed(Options::default());
    let network = Network::default().with_proxy(Proxy::none());
    let opened = threads::Conversation::open(config(&testbed), None, &network);
    let mut activities = opened.expect("a thread").activities();
    let handle = activities.handle();
    handle.send_text("user", "hello").expect("taken");
    for text in ["\"hello\"", "\"echo: hello\""] {
        assert!(activities.next().expect("it is told").json().contains(text), "{text}");
    }
    assert_eq!(activities.end(), None);
    handle.close();
    assert_eq!((activities.next(), activities.end()), (None, Some(&End::Closed)));
}

#[test]
fn a_conversation_is_a_stream_of_updates() {
    let testbed = testbed(Options::default());
    runtime().block_on(async {
        let network = Network::default().with_proxy(Proxy::none());
        let opened = asynchronous::Conversation::open(config(&testbed), None, &network);
        let mut conversation = opened.expect("a runtime");
        conversation.handle().close();
        let mut next =
            async || poll_fn(|context| Pin::new(&mut conversation).poll_next(context)).await;
        let mut last = next().await.expect("at least an end");
        while let Some(update) = next().await {
            last = update;
        }
        assert_eq!(last, Update::Ended(End::Closed));
    });
}
