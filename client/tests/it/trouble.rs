//! Requests and handshakes that go wrong on the way back.

use std::time::Duration;

use directline_client::directline::{Cause, Config, Credential, Event, Loss, Purpose};
use directline_testbed::{
    Answer, AnswerBody, Fault, GarbageKind, LogEvent, Occasion, Options, Rule, UrlFlaw, When,
};

use crate::server::{HUNG_UP, serve};
use crate::talk::{Driver, PATIENCE, config, quick, recorded, say, testbed, with_both_drivers};

with_both_drivers!(
    every_bad_answer_to_a_reconnect_is_survived,
    a_pause_in_seconds_is_obeyed,
    a_pause_as_a_date_is_obeyed,
    a_stream_url_that_expired_is_replaced,
    an_answer_that_never_comes_is_called_off,
    a_request_that_is_called_off_is_hung_up_on,
    unreadable_frames_are_asked_for_again,
);

fn every_bad_answer_to_a_reconnect_is_survived(driver: Driver) {
    // Covers: RC-1, RC-6, LV-1
    let body = |body| Fault::Answer(Answer::status(200).with_body(body));
    let testbed = testbed(Options::default());
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    for fault in [
        Fault::Answer(Answer::status(500)),
        Fault::Answer(Answer::status(502)),
        Fault::Answer(Answer::status(503)),
        Fault::Answer(Answer::status(429)),
        body(AnswerBody::Empty),
        body(AnswerBody::Html),
        body(AnswerBody::Garbage),
        body(AnswerBody::Literal("{\"conversationId\":".into())),
        Fault::Cut,
        Fault::Drop { when: When::Before },
        Fault::Reset { when: When::Before },
        Fault::Reset { when: When::After },
        Fault::StreamUrl { value: UrlFlaw::Escaped },
        Fault::StreamUrl { value: UrlFlaw::Relative },
    ] {
        let told = format!("{fault:?}");
        let before = testbed.log().requests_to(Occasion::Reconnect).len();
        testbed.inject(Rule::once(Occasion::Reconnect, fault).expect("allowed"));
        testbed.close_all(1001, "");
        talk.loses_socket();
        say(&testbed, &id, "after");
        let received = talk.activities(1);
        assert_eq!(received.last(), recorded(&testbed, &id).last(), "{told}");
        let asked = testbed.log().requests_to(Occasion::Reconnect).len() - before;
        assert!((1..=2).contains(&asked), "{told}: {asked} requests");
    }
}

fn a_pause_in_seconds_is_obeyed(driver: Driver) {
    // Covers: RC-4
    a_pause_is_obeyed(driver, "1", Duration::from_millis(1_000));
}

fn a_pause_as_a_date_is_obeyed(driver: Driver) {
    // Covers: RC-4
    // A date has whole seconds, so the pause may be a second shorter than it was meant.
    a_pause_is_obeyed(driver, "date:2", Duration::from_millis(1_000));
}

fn a_pause_is_obeyed(driver: Driver, retry_after: &str, at_least: Duration) {
    let testbed = testbed(Options::default());
    let mut talk = driver.start(config(&testbed));
    talk.joined();
    let answer = Answer::status(429).with_retry_after(retry_after);
    testbed.inject(Rule::once(Occasion::Reconnect, Fault::Answer(answer)).expect("allowed"));
    testbed.close_all(1001, "");
    talk.live();
    let log = testbed.log();
    let asked: Vec<_> = log
        .entries()
        .iter()
        .filter_map(|entry| match &entry.event {
            LogEvent::RequestReceived { route: Some(Occasion::Reconnect), .. } => Some(entry.at),
            _ => None,
        })
        .collect();
    let [first, second] = asked[..] else { panic!("{} reconnects", asked.len()) };
    let pause = second.saturating_sub(first);
    assert!(pause >= at_least && pause < at_least + Duration::from_secs(3), "{pause:?}");
}

fn a_stream_url_that_expired_is_replaced(driver: Driver) {
    // Covers: SU-1, SU-7
    let testbed = testbed(Options::default());
    let flaw = || Fault::StreamUrl { value: UrlFlaw::Expired };
    testbed.inject(Rule::once(Occasion::Start, flaw()).expect("allowed"));
    testbed.inject(Rule::once(Occasion::Reconnect, flaw()).expect("allowed"));
    let mut talk = driver.start(config(&testbed));
    let refused = |event: &Event| match event {
        Event::Faulted(fault) => match fault.cause {
            Cause::SocketLost(Loss::Refused { status }) => Some(status),
            _ => None,
        },
        _ => None,
    };
    assert_eq!(talk.event(refused), Some(403));
    assert_eq!(talk.event(refused), Some(403));
    talk.live();
    let log = testbed.log();
    assert_eq!(log.requests_to(Occasion::Handshake).len(), 3);
    assert_eq!(log.requests_to(Occasion::Reconnect).len(), 2);
}

fn an_answer_that_never_comes_is_called_off(driver: Driver) {
    // Covers: RC-6
    let testbed = testbed(Options::default());
    let timeout = Duration::from_millis(300);
    let mut talk =
        driver.start(quick(&testbed).with_request_timeout(timeout).build().expect("valid"));
    let id = talk.joined();
    let hang = Fault::Hang { when: When::Before };
    testbed.inject(Rule::once(Occasion::Reconnect, hang).expect("allowed"));
    testbed.close_all(1001, "");
    talk.event(|event| match event {
        Event::Faulted(fault) => match fault.cause {
            Cause::NotAnswered { purpose: Purpose::Reconnect, .. } => Some(()),
            _ => None,
        },
        _ => None,
    });
    talk.live();
    say(&testbed, &id, "back");
    assert_eq!(talk.activities(1), recorded(&testbed, &id));
}

fn a_request_that_is_called_off_is_hung_up_on(driver: Driver) {
    // Covers: RC-6
    let (base, requests) = serve(|_| Vec::new());
    let config = Config::builder(Credential::token("hush").expect("a credential"))
        .with_base(base)
        .with_request_timeout(Duration::from_millis(100))
        .with_backoff(Duration::from_secs(60), Duration::from_secs(60));
    let _talk = driver.start(config.build().expect("valid"));
    let request = requests.recv_timeout(PATIENCE).expect("a request");
    assert!(request.starts_with("POST /v3/directline/conversations "), "{request}");
    assert_eq!(requests.recv_timeout(PATIENCE).as_deref(), Ok(HUNG_UP));
}

fn unreadable_frames_are_asked_for_again(driver: Driver) {
    // Covers: RX-2, RX-4
    let testbed = testbed(Options::default());
    let mut talk = driver.start(config(&testbed));
    let id = talk.joined();
    for fault in [
        Fault::Garbage { value: GarbageKind::Invalid, instead: true },
        Fault::Garbage { value: GarbageKind::Truncated, instead: false },
        Fault::Garbage { value: GarbageKind::Blank, instead: false },
        Fault::Binary,
        Fault::BadElement,
        Fault::Twice,
    ] {
        let told = format!("{fault:?}");
        testbed.inject(Rule::once(Occasion::Frame, fault).expect("allowed"));
        say(&testbed, &id, "something");
        let received = talk.activities(1);
        assert_eq!(received.last(), recorded(&testbed, &id).last(), "{told}");
    }
    talk.handle.close();
    assert!(talk.end().1.is_empty());
}
