//! Messages typed while everything breaks: each arrives once, and in order.

use std::ops::Range;

use directline_client::Update;
use directline_client::directline::{Cause, Event, PostKey, PostOutcome};
use directline_testbed::{
    Answer, Bot, Fault, FaultKind, Occasion, Options, Plan, Rule, Trigger, When,
};

use crate::talk::{Driver, Talk, quick, recorded, testbed, with_both_drivers};

with_both_drivers!(a_hundred_messages_arrive_once_and_in_order_whatever_breaks);

fn a_hundred_messages_arrive_once_and_in_order_whatever_breaks(driver: Driver) {
    // Covers: TX-1, TX-2, TX-3, TX-4, RC-1, DD-1
    let breaks = Rule::always(Occasion::Frame, Fault::Reset { when: When::Before });
    let breaks = breaks.expect("frames can break").with_trigger(Trigger::Every(3));
    let options = Options::default().with_bot(Bot::Silent).with_plan(Plan::new(vec![breaks]));
    let testbed = testbed(options);
    let mut talk = driver.start(quick(&testbed).with_echo_keys(true).build().expect("valid"));
    let id = talk.joined();
    let taken_but = |status| Fault::Answer(Answer::status(status).with_when(When::After));
    let mut received = Vec::new();
    for (round, (fault, doubt)) in [
        (taken_but(502), Some(Some(502))),
        (Fault::Answer(Answer::status(429)), None),
        (Fault::Reset { when: When::After }, Some(None)),
        (Fault::Drop { when: When::After }, Some(None)),
    ]
    .into_iter()
    .enumerate()
    {
        let told = format!("{fault:?}");
        testbed.inject(Rule::once(Occasion::Post, fault).expect("posts can break"));
        // The echo comes after what becomes of the request, or there would be no doubt.
        let later = Fault::Delay { delay_ms: 300 };
        testbed.inject(Rule::once(Occasion::Frame, later).expect("frames can be late"));
        let mut send = |numbers: Range<usize>| {
            let text = |number: usize| (25 * round + number).to_string();
            let posted = numbers.map(|number| talk.handle.send_text("user", &text(number)));
            let keys: Vec<_> = posted.map(|key| key.expect("taken").key()).collect();
            settled(&mut talk, &keys, &mut received)
        };
        let first = send(0..1);
        match (&doubt, &first[..]) {
            (None, [PostOutcome::Sent { .. }]) => {}
            (Some(doubt), [PostOutcome::Unknown { cause }, PostOutcome::Sent { id: Some(_) }])
                if status(cause.as_ref()) == *doubt => {}
            _ => panic!("{told}: {first:?}"),
        }
        let others = send(1..25);
        assert_eq!(others.len(), 24, "{told}: {others:?}");
    }
    let said = recorded(&testbed, &id);
    assert_eq!(received, said);
    assert_eq!(said.len(), 100);
    for (number, json) in said.iter().enumerate() {
        assert!(json.contains(&format!(r#""text":"{number}""#)), "{number}: {json}");
    }
    // The one that was told to wait came twice, and no other.
    let log = testbed.log();
    assert_eq!(log.requests_to(Occasion::Post).len(), 101);
    assert!(log.faults_fired(FaultKind::Reset) > 10, "{}", log.faults_fired(FaultKind::Reset));
}

/// The status of an answer that leaves a post in doubt, if there was one.
fn status(cause: Option<&Cause>) -> Option<u16> {
    match cause {
        Some(Cause::Answered { status, .. }) => Some(*status),
        _ => None,
    }
}

/// Takes updates until each of `keys` was told to be sent, in their order, and its echo is among
/// `received`; gives all outcomes.
fn settled(talk: &mut Talk, keys: &[PostKey], received: &mut Vec<String>) -> Vec<PostOutcome> {
    let (mut outcomes, mut sent) = (Vec::new(), Vec::new());
    let expected = received.len() + keys.len();
    while sent.len() < keys.len() || received.len() < expected {
        match talk.next() {
            Update::Activity(activity) => received.push(activity.json().to_owned()),
            Update::Event(Event::Posted { key, outcome }) => {
                sent.extend(matches!(outcome, PostOutcome::Sent { .. }).then_some(key));
                outcomes.push(outcome);
            }
            Update::Event(_) => {}
            Update::Ended(end) => panic!("the session ended: {end}"),
        }
    }
    assert_eq!(sent, keys);
    outcomes
}
