//! Whatever breaks, a client that asks again with its last watermark gets everything.

use std::collections::BTreeSet;
use std::time::Duration;

use directline_testbed::{Fault, Occasion, Options, Plan, Rule, Trigger, When};
use serde_json::Value;

use crate::raw::{Seen, Socket};
use crate::world::{Started, World, quiet, texts};

/// A client that is as simple as a lossless one can be: it keeps the last watermark, and gives
/// up a socket at the first thing it can't read.
struct Client<'a> {
    world: &'a World,
    started: Started,
    socket: Option<Socket>,
    watermark: Option<String>,
    /// Ids with times, since numberings may restart.
    seen: BTreeSet<(String, String)>,
    reconnects: usize,
}

impl<'a> Client<'a> {
    fn new(world: &'a World) -> Self {
        let started = world.start();
        let socket = Socket::dial(&started.url).ok();
        let seen = BTreeSet::new();
        Client { world, started, socket, watermark: None, seen, reconnects: 0 }
    }

    fn receive_all(&mut self) {
        let known = self.world.testbed.recorded(&self.started.conversation).len();
        for _ in 0..1000 {
            if self.seen.len() == known {
                return;
            }
            self.step();
        }
        panic!("{} of {known} activities came", self.seen.len());
    }

    fn step(&mut self) {
        let Some(socket) = &mut self.socket else { return self.reconnect() };
        let frame = match socket.see_within(SILENCE) {
            Seen::Text(text) => text,
            Seen::Binary(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Seen::Closed(..) | Seen::Ended | Seen::Reset | Seen::Nothing => {
                self.socket = None;
                return;
            }
        };
        if frame.trim().is_empty() {
            return;
        }
        match serde_json::from_str::<Value>(&frame) {
            Ok(set) => self.take(&set),
            Err(_) => self.socket = None,
        }
    }

    fn take(&mut self, set: &Value) {
        for activity in set["activities"].as_array().into_iter().flatten() {
            if let (Some(id), Some(time)) =
                (activity["id"].as_str(), activity["timestamp"].as_str())
            {
                self.seen.insert((id.to_string(), time.to_string()));
            }
        }
        match &set["watermark"] {
            Value::String(watermark) if !watermark.is_empty() => {
                self.watermark = Some(watermark.clone());
            }
            Value::Number(watermark) => self.watermark = Some(watermark.to_string()),
            _ => {}
        }
    }

    fn reconnect(&mut self) {
        self.reconnects += 1;
        // The very beginning is the honest watermark of someone who has none.
        let watermark = self.watermark.as_deref().unwrap_or("-");
        let path = format!("/conversations/{}?watermark={watermark}", self.started.conversation);
        let call = self.world.call("GET", &path, self.world.testbed.secret(), "");
        let Ok(answer) = call.send(self.world.testbed.address()) else { return };
        let url = answer.text("/streamUrl").replace("&amp;", "&");
        let url = match url.strip_prefix('/') {
            Some(path) => format!("ws://{}/{path}", self.world.testbed.address()),
            None => url,
        };
        if url.starts_with("ws://") {
            self.socket = Socket::dial(&url).ok();
        }
    }
}

/// Longer than a frame may be held back to be overtaken.
const SILENCE: Duration = Duration::from_millis(400);

fn survive(options: Options, bursts: usize) -> usize {
    let world = World::with(options);
    let mut client = Client::new(&world);
    for burst in 0..bursts {
        for number in 0..10 {
            world.say(&client.started, &format!("{burst}.{number}"));
        }
        client.receive_all();
    }
    let recorded = world.testbed.recorded(&client.started.conversation);
    assert_eq!(recorded.len(), bursts * 10);
    client.reconnects
}

#[test]
fn nothing_is_lost_under_the_built_in_plans() {
    for name in Plan::names() {
        let plan = Plan::named(name).expect("built in");
        let reconnects = survive(quiet().with_plan(plan).with_seed(4), 12);
        assert!(reconnects > 5, "{name} broke the connection {reconnects} times only");
    }
}

#[test]
fn what_a_fault_swallowed_comes_again_by_replay() {
    let when = When::Before;
    for fault in [
        Fault::Close { code: 1000, reason: String::new(), when },
        Fault::Drop { when },
        Fault::Reset { when },
        Fault::HalfOpen { when },
        Fault::Cut,
    ] {
        let world = World::new();
        let rule = Rule::once(Occasion::Frame, fault.clone()).expect("allowed");
        world.testbed.inject(rule.with_trigger(Trigger::Nth(vec![2])));
        let (started, mut socket) = world.open();
        for text in ["a", "b", "c"] {
            world.say(&started, text);
        }
        let first = match fault {
            // A reset takes along what the client hadn't read yet.
            Fault::Reset { .. } => "-".to_string(),
            _ => socket.set()["watermark"].as_str().expect("a text").to_string(),
        };
        let mut expected = vec!["a", "b", "c"];
        expected.drain(..usize::from(first == "0"));
        let replayed = texts(&world.reopen(&started, &format!("?watermark={first}")).set());
        assert_eq!(replayed, expected, "{fault:?}");
    }
}
