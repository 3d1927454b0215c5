//! From a socket to polling and back: the one way goes on where the other left off.

use std::time::Duration;

use directline_client::Update;
use directline_client::directline::{Event, Status};
use directline_testbed::{Answer, Bot, Fault, Occasion, Options, Rule, Testbed, When};

use crate::talk::{Driver, Talk, quick, recorded, say, testbed, with_both_drivers};

with_both_drivers!(a_change_of_way_loses_and_repeats_nothing);

fn a_change_of_way_loses_and_repeats_nothing(driver: Driver) {
    // Covers: PO-3, RC-11, PO-1, PO-2, TX-1, DD-1
    let testbed = testbed(Options::default().with_bot(Bot::Echo).with_page_size(4));
    let ms = Duration::from_millis;
    let config = quick(&testbed)
        .with_probe_backoff(ms(20), ms(100))
        .with_poll_interval(ms(200))
        .build()
        .expect("valid");
    let mut talk = driver.start(config);
    let id = talk.joined();
    let mut course = Course { testbed: &testbed, id, received: Vec::new(), expected: 0 };
    // With a watermark held from the start, there is one order: no page comes beside the frames.
    course.say(1, "hello");
    course.take_all(&mut talk);
    course.speak(&mut talk, Occasion::Frame);
    for _ in 0..2 {
        let refused = testbed.log().requests_to(Occasion::Handshake).len();
        let refusal = Fault::Answer(Answer::status(503));
        testbed.inject(Rule::always(Occasion::Handshake, refusal).expect("allowed"));
        testbed.reset_all();
        course.say(3, "on the way down");
        course.until(&mut talk, Status::Polling);
        let refused = testbed.log().requests_to(Occasion::Handshake).len() - refused;
        assert!(refused >= 5, "{refused} handshakes");
        course.speak(&mut talk, Occasion::Activities);
        testbed.clear_faults();
        course.say(3, "on the way up");
        course.until(&mut talk, Status::Live);
        course.speak(&mut talk, Occasion::Frame);
    }
    talk.handle.close();
    let (_, after) = talk.end();
    assert!(after.is_empty(), "{after:?}");
    let said = recorded(&testbed, &course.id);
    assert_eq!(said.len(), course.expected);
    // Each way keeps the order, and so does a change from one to the other.
    assert_eq!(course.received, said);
}

/// A conversation under faults, and what came of it.
struct Course<'a> {
    testbed: &'a Testbed,
    id: String,
    received: Vec<String>,
    expected: usize,
}

impl Course<'_> {
    /// Both sides speak, and something breaks where `way` passes; waits until all has arrived.
    fn speak(&mut self, talk: &mut Talk, way: Occasion) {
        for fault in [Fault::Cut, Fault::Reset { when: When::Before }] {
            self.testbed.inject(Rule::once(way, fault).expect("allowed"));
            self.say(5, "and meanwhile");
            // With its echo.
            talk.handle.send_text("user", "hello").expect("taken");
            self.expected += 2;
            self.take_all(talk);
        }
    }

    fn take_all(&mut self, talk: &mut Talk) {
        while self.received.len() < self.expected {
            self.take(talk);
        }
    }

    fn say(&mut self, count: usize, text: &str) {
        for _ in 0..count {
            self.expected += 1;
            say(self.testbed, &self.id, text);
        }
    }

    /// Takes updates until the status is `wanted`.
    fn until(&mut self, talk: &mut Talk, wanted: Status) {
        while self.take(talk) != Some(Event::Status(wanted)) {}
    }

    fn take(&mut self, talk: &mut Talk) -> Option<Event> {
        match talk.next() {
            Update::Activity(activity) => self.received.push(activity.json().to_owned()),
            Update::Event(event) => return Some(event),
            Update::Ended(end) => panic!("the session ended: {end}"),
        }
        None
    }
}
