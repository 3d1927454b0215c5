//! What can be awaited, and what is lost by no longer doing so: nothing.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use directline_client::directline::{Cause, End, PostOutcome, UploadFile};
use directline_client::tokio::Conversation;
use directline_client::{Handle, Network, Proxy, SendError, Update};
use directline_testbed::{Answer, Fault, Occasion, Options, Rule};

use crate::talk::{Driver, PATIENCE, config, recorded, runtime, say, testbed, with_both_drivers};

with_both_drivers!(
    an_outcome_can_be_waited_for,
    an_outcome_comes_at_the_latest_with_the_end,
    whoever_speaks_is_said_once,
    what_is_not_awaited_is_sent_all_the_same,
);

fn refuse(status: u16) -> Rule {
    Rule::once(Occasion::Post, Fault::Answer(Answer::status(status))).expect("allowed")
}

fn an_outcome_can_be_waited_for(driver: Driver) {
    // Covers: TX-1, TX-3
    let testbed = testbed(Options::default());
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    // Nobody takes updates meanwhile.
    let handle = talk.handle.clone();
    let sent = handle.send_text("user", "one").expect("taken");
    assert!(matches!(sent.wait(), PostOutcome::Sent { id: Some(_) }));
    assert!(matches!(sent.outcome(), Some(PostOutcome::Sent { .. })), "it stays");
    testbed.inject(refuse(400));
    let refused = handle.send_text("user", "two").expect("taken").wait_for(PATIENCE);
    assert!(matches!(refused, Some(PostOutcome::Rejected { status: 400, .. })), "{refused:?}");
    testbed.inject(refuse(502));
    let doubted = runtime().block_on(handle.send_text("user", "three").expect("taken"));
    assert!(
        matches!(
            &doubted,
            PostOutcome::Unknown { cause: Some(Cause::Answered { status: 502, .. }) }
        ),
        "{doubted:?}"
    );
    talk.handle.network_down();
    let waiting = handle.send_text("user", "four").expect("taken");
    assert_eq!((waiting.wait_for(Duration::ZERO), waiting.outcome()), (None, None));
    assert!(is_pending(&mut pin!(waiting)));
    // Among the updates they are as well.
    talk.event(|event| match event {
        directline_client::directline::Event::Posted { key, .. } => {
            (*key == sent.key()).then_some(())
        }
        _ => None,
    });
    assert_eq!(recorded(&testbed, &id).iter().filter(|json| json.contains("\"one\"")).count(), 1);
}

fn an_outcome_comes_at_the_latest_with_the_end(driver: Driver) {
    // Covers: TX-5
    let testbed = testbed(Options::default());
    for is_closed in [true, false] {
        let mut talk = driver.start(config(&testbed));
        talk.joined();
        talk.handle.network_down();
        let post = talk.handle.send_text("user", "never").expect("taken");
        let waiter = thread::spawn(move || post.wait_for(PATIENCE));
        let handle = talk.handle.clone();
        if is_closed {
            handle.close();
        } else {
            drop(talk);
        }
        assert_eq!(waiter.join().expect("no panic"), Some(PostOutcome::NotSent));
        assert!(handle.send_text("user", "too late").is_err());
    }
}

fn whoever_speaks_is_said_once(driver: Driver) {
    // Covers: TX-1, TX-6
    let testbed = testbed(Options::default());
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    assert_eq!(talk.handle.say("who?"), Err(SendError::NoUser));
    assert_eq!(talk.handle.share(Vec::new()), Err(SendError::NoUser));
    let handle: Handle = talk.handle.clone().with_user("somebody");
    let file = UploadFile::new("a.txt", "text/plain", b"a".to_vec());
    let posts = [handle.say("hello"), handle.share(vec![file])];
    for post in posts {
        let outcome = post.expect("taken").wait();
        assert!(matches!(outcome, PostOutcome::Sent { .. }), "{outcome:?}");
    }
    let said = recorded(&testbed, &id);
    let by_user = said.iter().filter(|json| json.contains(r#""id":"somebody""#));
    assert_eq!(by_user.count(), 2, "{said:?}");
}

fn what_is_not_awaited_is_sent_all_the_same(driver: Driver) {
    // Covers: TX-1, TX-2
    let testbed = testbed(Options::default());
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    talk.handle.network_down();
    drop(talk.handle.send_text("user", "dropped").expect("taken"));
    let mut post = Box::pin(talk.handle.send_text("user", "polled once").expect("taken"));
    assert!(is_pending(&mut post.as_mut()));
    drop(post);
    let last = talk.handle.send_text("user", "last").expect("taken");
    talk.handle.network_up();
    assert!(matches!(last.wait(), PostOutcome::Sent { .. }));
    let said = recorded(&testbed, &id);
    let mut posts = said.iter().filter(|json| json.contains(r#""id":"user""#));
    for text in ["dropped", "polled once", "last"] {
        let post = posts.next().expect("another one");
        assert!(post.contains(&format!(r#""text":"{text}""#)), "{post}");
    }
    assert!(posts.next().is_none());
}

#[test]
fn updates_that_are_no_longer_awaited_come_with_the_next_call() {
    // Covers: DD-1, RX-1
    let testbed = testbed(Options::default());
    runtime().block_on(async {
        let network = Network::default().with_proxy(Proxy::none());
        let mut conversation =
            Conversation::open(config(&testbed), None, &network).expect("a runtime");
        let mut heard = Vec::new();
        let mut is_told = 0;
        while heard.len() < 200 {
            // Asked once, and given up at once when there is nothing yet.
            let update = match poll_once(&mut pin!(conversation.next())) {
                Poll::Ready(update) => update,
                Poll::Pending => {
                    ::tokio::task::yield_now().await;
                    continue;
                }
            };
            match update.expect("it goes on") {
                Update::Activity(received) => heard.push(received.json().to_owned()),
                Update::Event(_) => {}
                Update::Ended(end) => panic!("{end}"),
            }
            if is_told < 200 && !testbed.conversations().is_empty() {
                say(&testbed, &testbed.conversations()[0], &is_told.to_string());
                is_told += 1;
            }
        }
        assert_eq!(heard, recorded(&testbed, &testbed.conversations()[0]));
        conversation.handle().close();
        let mut last = None;
        while let Some(update) = conversation.next().await {
            last = Some(update);
        }
        assert_eq!(last, Some(Update::Ended(End::Closed)));
    });
}

#[test]
fn a_runtime_that_goes_ends_the_conversation() {
    // Covers: TX-5
    let testbed = testbed(Options::default());
    let runtime = runtime();
    let network = Network::default().with_proxy(Proxy::none());
    let guard = runtime.enter();
    let conversation = Conversation::open(config(&testbed), None, &network).expect("a runtime");
    drop(guard);
    let handle = conversation.handle();
    handle.network_down();
    let post = handle.send_text("user", "never").expect("taken");
    drop(runtime);
    assert_eq!(post.wait_for(PATIENCE), Some(PostOutcome::NotSent));
    assert!(handle.send_text("user", "too late").is_err());
    drop(conversation);
}

#[test]
fn a_conversation_that_nobody_looks_at_is_ended_by_dropping_it() {
    // Covers: RX-6
    let testbed = testbed(Options::default());
    let network = Network::default().with_proxy(Proxy::none());
    let opened = directline_client::blocking::Conversation::open(config(&testbed), None, &network);
    let mut conversation = opened.expect("a thread");
    let is_live = |update: &Update| matches!(update, Update::Activity(_));
    conversation.handle().send_text("user", "hello").expect("taken");
    assert!(conversation.any(|update| is_live(&update)));
    assert_eq!(testbed.open_sockets(), 1);
    drop(conversation);
    assert!(testbed.wait_until(PATIENCE, |log| log.sockets_closed() == 1));
}

fn poll_once<F: Future>(future: &mut Pin<&mut F>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn is_pending<F: Future>(future: &mut Pin<&mut F>) -> bool {
    poll_once(future).is_pending()
}
