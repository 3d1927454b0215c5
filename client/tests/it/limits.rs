//! Frames and bodies above the limit.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use directline_client::directline::{
    Cause, Config, Credential, Event, Failure, Gap, Loss, PostOutcome, Purpose, Upload, UploadFile,
    Way,
};
use directline_testbed::{Answer, AnswerBody, Fault, Occasion, Options, Rule};

use crate::server::{accept, header, offer, serve};
use crate::talk::{Driver, quick, recorded, say, testbed, with_both_drivers};

with_both_drivers!(
    a_frame_above_the_limit_is_a_gap_and_no_more,
    a_frame_of_just_the_limit_is_delivered,
    a_body_above_the_limit_is_a_failure_and_no_more,
    polling_needs_no_socket,
    a_text_that_is_no_text_is_a_gap_and_no_more,
    files_are_sent_as_they_are,
    a_body_without_end_is_not_read_to_its_end,
    a_frame_without_end_is_not_read_to_its_end,
);

fn a_frame_above_the_limit_is_a_gap_and_no_more(driver: Driver) {
    // Covers: RX-6, RX-7
    let testbed = testbed(Options::default());
    let mut talk =
        driver.start(quick(&testbed).with_frame_bytes_max(4_096).build().expect("valid"));
    let id = talk.joined();
    say(&testbed, &id, "before");
    assert_eq!(talk.activities(1), recorded(&testbed, &id));
    say(&testbed, &id, &"x".repeat(10_000));
    let gap = talk.event(|event| match event {
        Event::Gap(gap) => Some(*gap),
        _ => None,
    });
    assert_eq!(gap, Gap::FrameTooLarge);
    talk.live();
    say(&testbed, &id, "after");
    assert_eq!(talk.activities(1).last(), recorded(&testbed, &id).last());
}

fn a_frame_of_just_the_limit_is_delivered(driver: Driver) {
    // Covers: RX-6
    let testbed = testbed(Options::default());
    let mut talk =
        driver.start(quick(&testbed).with_frame_bytes_max(16 << 20).build().expect("valid"));
    let id = talk.joined();
    say(&testbed, &id, &"x".repeat(2 << 20));
    assert_eq!(talk.activities(1), recorded(&testbed, &id));
}

fn a_body_above_the_limit_is_a_failure_and_no_more(driver: Driver) {
    // Covers: RX-6, RC-6
    let testbed = testbed(Options::default());
    let mut talk = driver.start(quick(&testbed).with_body_bytes_max(2_048).build().expect("valid"));
    let id = talk.joined();
    for (bytes, failure) in [(2_049, Some(Failure::TooLarge)), (2_048, None)] {
        let body = AnswerBody::Literal(" ".repeat(bytes));
        let answer = Fault::Answer(Answer::status(200).with_body(body));
        testbed.inject(Rule::once(Occasion::Reconnect, answer).expect("allowed"));
        testbed.close_all(1001, "");
        let found = talk.event(|event| match event {
            Event::Faulted(fault) => match &fault.cause {
                Cause::NotAnswered { purpose: Purpose::Reconnect, failure } => {
                    Some(Some(failure.clone()))
                }
                Cause::BadBody { purpose: Purpose::Reconnect } => Some(None),
                _ => None,
            },
            _ => None,
        });
        assert_eq!(found, failure, "{bytes} bytes");
        talk.live();
    }
    say(&testbed, &id, "after");
    assert_eq!(talk.activities(1), recorded(&testbed, &id));
}

fn polling_needs_no_socket(driver: Driver) {
    // Covers: PO-1, PO-2
    let testbed = testbed(Options::default());
    let config = quick(&testbed)
        .with_way(Way::Polling)
        .with_poll_interval(Duration::from_millis(200))
        .build()
        .expect("valid");
    let mut talk = driver.start(config);
    let id = talk.event(|event| match event {
        Event::Joined { conversation } => Some(conversation.to_string()),
        _ => None,
    });
    for number in 0..250 {
        say(&testbed, &id, &number.to_string());
    }
    talk.handle.send_text("user", "hello").expect("taken");
    // The message and its echo come with the rest.
    assert_eq!(talk.activities(252), recorded(&testbed, &id));
    assert_eq!(testbed.log().sockets_opened(), 0);
}

fn a_body_without_end_is_not_read_to_its_end(driver: Driver) {
    // Covers: RX-6
    let chunks = "400\r\n".to_owned() + &" ".repeat(1_024) + "\r\n";
    for head in ["content-length: 99999999", "transfer-encoding: chunked"] {
        let body = if head.contains("chunked") { chunks.repeat(3) } else { " ".repeat(3_000) };
        // The rest never comes, and the time for it is longer than the test's.
        let (base, _requests) =
            serve(move |_| format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").into_bytes());
        let config =
            Config::builder(Credential::token("hush").expect("a credential")).with_base(base);
        let mut talk = driver.start(config.with_body_bytes_max(2_048).build().expect("valid"));
        assert_eq!(talk.failure(), Failure::TooLarge, "{head}");
    }
}

fn a_frame_without_end_is_not_read_to_its_end(driver: Driver) {
    // Covers: RX-6
    // A text frame that promises a terabyte, and a message in pieces that are small enough each.
    let huge = vec![0x81, 127, 0, 0, 0x01, 0, 0, 0, 0, 0];
    let piece = |first: u8| [&[first, 126, 0x04, 0][..], &[b' '; 1_024]].concat();
    let pieces = [piece(0x01), piece(0x00), piece(0x00)].concat();
    for frames in [huge, pieces] {
        let (base, _requests) = serve(move |request| match request.contains("/s?t=") {
            true => [accept(request), frames.clone()].concat(),
            false => offer(&format!("ws://{}/s?t=1", header(request, "host"))),
        });
        let config =
            Config::builder(Credential::token("hush").expect("a credential")).with_base(base);
        let mut talk = driver.start(config.with_frame_bytes_max(2_048).build().expect("valid"));
        talk.event(|event| match event {
            Event::Faulted(fault) => {
                (fault.cause == Cause::SocketLost(Loss::FrameTooLarge)).then_some(())
            }
            _ => None,
        });
    }
}

fn a_text_that_is_no_text_is_a_gap_and_no_more(driver: Driver) {
    // Covers: RX-4, RX-7
    let count = AtomicUsize::new(0);
    let (base, _requests) = serve(move |request| {
        if !request.contains("/s?t=") {
            let count = count.fetch_add(1, Ordering::SeqCst);
            return offer(&format!("ws://{}/s?t={count}", header(request, "host")));
        }
        let mut answer = accept(request);
        if request.contains("t=0") || request.contains("t=1") {
            // A text frame of two bytes that are no UTF-8.
            answer.extend([0x81, 2, 0xff, 0xfe]);
        }
        answer
    });
    let config = Config::builder(Credential::token("hush").expect("a credential"))
        .with_base(base)
        .with_backoff(Duration::from_millis(5), Duration::from_millis(50))
        .with_attempts_at_once(1_000)
        .build();
    let mut talk = driver.start(config.expect("valid"));
    talk.event(|event| match event {
        Event::Faulted(fault) => (fault.cause == Cause::SocketLost(Loss::Unreadable)).then_some(()),
        _ => None,
    });
    let gap = talk.event(|event| match event {
        Event::Gap(gap) => Some(*gap),
        _ => None,
    });
    assert_eq!(gap, Gap::UnreadableFrame);
    talk.live();
}

fn files_are_sent_as_they_are(driver: Driver) {
    // Covers: TX-6
    let testbed = testbed(Options::default());
    let mut talk = driver.start(quick(&testbed).build().expect("valid"));
    let id = talk.joined();
    let file = UploadFile::new("a.bin", "application/octet-stream", vec![0, 159, 146, 150, b'\n']);
    let upload = Upload::new(vec![file]).with_user("user1");
    let key = talk.handle.upload(upload).expect("taken").key();
    let (posted, outcome) = talk.event(|event| match event {
        Event::Posted { key, outcome } => Some((*key, outcome.clone())),
        _ => None,
    });
    assert!(posted == key && matches!(outcome, PostOutcome::Sent { .. }), "{outcome:?}");
    let said = recorded(&testbed, &id);
    assert!(said[0].contains("a.bin") && said[0].contains("application/octet-stream"), "{said:?}");
}
