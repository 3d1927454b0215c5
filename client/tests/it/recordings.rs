//! A conversation that is written down while it goes, by either driver.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use directline_client::directline::PostOutcome;
use directline_client::{Network, Proxy};
use directline_record::Recording;
use directline_testbed::{Bot, Options};

use crate::talk::{Driver, quick, testbed, with_both_drivers};

with_both_drivers!(
    the_first_conversation_of_a_network_is_written_down,
    a_sink_that_is_full_ends_the_recording_and_nothing_else,
);

/// What was written, up to so many bytes.
#[derive(Clone)]
struct Sink {
    bytes: Arc<Mutex<Vec<u8>>>,
    room: usize,
}

impl Sink {
    fn new(room: usize) -> Sink {
        Sink { bytes: Arc::default(), room }
    }

    fn text(&self) -> String {
        String::from_utf8(self.bytes.lock().expect("whole").clone()).expect("JSON")
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = self.bytes.lock().expect("whole");
        if all.len() + bytes.len() > self.room {
            return Err(io::Error::other("the disk is full"));
        }
        all.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn the_first_conversation_of_a_network_is_written_down(driver: Driver) {
    // Covers: TM-2
    let testbed = testbed(Options::default().with_bot(Bot::Echo));
    let sink = Sink::new(usize::MAX);
    let network = Network::default().with_proxy(Proxy::none()).with_record(sink.clone());
    for own in ["first", "second"] {
        let mut talk = driver.reach(quick(&testbed).build().expect("valid"), None, &network);
        talk.joined();
        let post = talk.handle.send_text("user1", own).expect("it is open");
        assert!(matches!(post.wait(), PostOutcome::Sent { .. }));
        assert!(talk.handle.send("no object").is_err(), "that is written down, too");
        let handle = talk.handle.clone();
        handle.close();
        talk.end();
        assert_eq!(handle.record_trouble(), None);
    }
    let text = sink.text();
    assert!(text.contains("first") && !text.contains("second"));
    let recording = Recording::parse(&text).expect("it was just written");
    assert_eq!(recording.damage(), None);
    assert_eq!(recording.replay().difference(), None);
}

fn a_sink_that_is_full_ends_the_recording_and_nothing_else(driver: Driver) {
    let testbed = testbed(Options::default().with_bot(Bot::Echo));
    let sink = Sink::new(4_000);
    let network = Network::default().with_proxy(Proxy::none()).with_record(sink.clone());
    let mut talk = driver.reach(quick(&testbed).build().expect("valid"), None, &network);
    talk.joined();
    for number in 0..20 {
        let post = talk.handle.send_text("user1", &format!("number {number}"));
        assert!(matches!(post.expect("it is open").wait(), PostOutcome::Sent { .. }));
    }
    assert_eq!(talk.handle.record_trouble().as_deref(), Some("the disk is full"));
    talk.handle.close();
    talk.end();
    let recording = Recording::parse(&sink.text()).expect("its beginning is there");
    assert_eq!(recording.damage(), None, "no line was begun and not ended");
    assert_eq!(recording.replay().difference(), None);
}
