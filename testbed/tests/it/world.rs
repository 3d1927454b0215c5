//! A testbed with a client that knows the protocol just well enough to test it.

use std::time::Duration;

use directline_testbed::{Bot, Fault, FaultKind, Log, LogEvent, Occasion, Options, Rule, Testbed};
use serde_json::{Value, json};

use crate::raw::{Answer, Call, PATIENCE, Socket};

pub(crate) const BASE: &str = "/v3/directline";

pub(crate) struct World {
    pub(crate) testbed: Testbed,
}

/// A started conversation.
pub(crate) struct Started {
    pub(crate) conversation: String,
    pub(crate) token: String,
    pub(crate) url: String,
}

/// Options that make every event the test's own doing.
pub(crate) fn quiet() -> Options {
    Options::default().with_bot(Bot::Silent).with_empty_message_interval(None)
}

impl World {
    pub(crate) fn new() -> Self {
        World::with(quiet())
    }

    pub(crate) fn with(options: Options) -> Self {
        World { testbed: Testbed::start(options).expect("loopback is there") }
    }

    /// A world in which the next such occasion meets the fault.
    pub(crate) fn meeting(on: Occasion, fault: Fault) -> Self {
        let world = World::new();
        world.inject(on, fault);
        world
    }

    pub(crate) fn inject(&self, on: Occasion, fault: Fault) {
        self.testbed.inject(Rule::once(on, fault).expect("the fault fits the occasion"));
    }

    pub(crate) fn call(&self, method: &'static str, path: &str, bearer: &str, body: &str) -> Call {
        Call {
            method,
            target: format!("{BASE}{path}"),
            bearer: Some(bearer.to_string()).filter(|bearer| !bearer.is_empty()),
            headers: vec![("Content-Type", "application/json".to_string())],
            body: body.as_bytes().to_vec(),
        }
    }

    pub(crate) fn send(
        &self,
        method: &'static str,
        path: &str,
        bearer: &str,
        body: &str,
    ) -> Answer {
        let call = self.call(method, path, bearer, body);
        call.send(self.testbed.address()).expect("an answer")
    }

    pub(crate) fn get(&self, path: &str, bearer: &str) -> Answer {
        self.send("GET", path, bearer, "")
    }

    pub(crate) fn post(&self, path: &str, bearer: &str, body: &str) -> Answer {
        self.send("POST", path, bearer, body)
    }

    /// Starts a conversation with the secret.
    pub(crate) fn start(&self) -> Started {
        let answer = self.post("/conversations", self.testbed.secret(), "");
        assert_eq!(answer.status, 201, "{answer:?}");
        Started {
            conversation: answer.text("/conversationId"),
            token: answer.text("/token"),
            url: answer.text("/streamUrl"),
        }
    }

    /// Starts a conversation and opens its socket.
    pub(crate) fn open(&self) -> (Started, Socket) {
        let started = self.start();
        let socket = Socket::dial(&started.url).expect("a fresh URL");
        (started, socket)
    }

    pub(crate) fn reconnect(&self, started: &Started, query: &str) -> Answer {
        self.get(&format!("/conversations/{}{query}", started.conversation), &started.token)
    }

    /// Reconnects and opens the socket.
    pub(crate) fn reopen(&self, started: &Started, query: &str) -> Socket {
        let answer = self.reconnect(started, query);
        assert_eq!(answer.status, 200, "{answer:?}");
        Socket::dial(&answer.text("/streamUrl")).expect("a fresh URL")
    }

    pub(crate) fn activities(&self, started: &Started, query: &str) -> Answer {
        let path = format!("/conversations/{}/activities{query}", started.conversation);
        self.get(&path, &started.token)
    }

    pub(crate) fn message(&self, started: &Started, text: &str) -> Answer {
        let path = format!("/conversations/{}/activities", started.conversation);
        let activity = json!({ "type": "message", "from": { "id": "user1" }, "text": text });
        self.post(&path, &started.token, &activity.to_string())
    }

    /// Lets the bot say this text.
    pub(crate) fn say(&self, started: &Started, text: &str) {
        let activity = json!({ "type": "message", "text": text }).to_string();
        self.testbed.say(&started.conversation, &activity).expect("the conversation is known");
    }

    pub(crate) fn wait(&self, condition: impl Fn(&Log) -> bool) {
        let happened = self.testbed.wait_until(PATIENCE, condition);
        assert!(happened, "{:#?}", self.testbed.log());
    }

    pub(crate) fn wait_for(&self, condition: impl Fn(&LogEvent) -> bool) {
        self.wait(|log| log.count(&condition) > 0);
    }

    pub(crate) fn fired(&self, kind: FaultKind) -> usize {
        self.testbed.log().faults_fired(kind)
    }
}

/// The texts of the activities in a set.
pub(crate) fn texts(set: &Value) -> Vec<String> {
    let activities = set["activities"].as_array().cloned().unwrap_or_default();
    let text = |activity: &Value| activity["text"].as_str().unwrap_or("-").to_string();
    activities.iter().map(text).collect()
}

/// The number at the end of an activity's id.
pub(crate) fn number(activity: &Value) -> &str {
    activity["id"].as_str().and_then(|id| id.rsplit_once('|')).map_or("none", |(_, number)| number)
}

/// Long enough to show that nothing comes.
pub(crate) const A_MOMENT: Duration = Duration::from_millis(60);
