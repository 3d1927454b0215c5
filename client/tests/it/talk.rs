//! A conversation as the tests hold it, the same for both drivers.

use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use directline_client::directline::{
    Builder, Cause, Checkpoint, Config, Credential, End, Event, Failure, Status, Unreached,
};
use directline_client::{
    Handle, Network, Proxy, Received, Trust, Update, blocking, tokio as asynchronous,
};
use directline_testbed::{Options, Testbed};

/// Which driver a test is run with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Driver {
    Tokio,
    Blocking,
}

/// Runs each of the named test bodies with either driver.
macro_rules! with_both_drivers {
    ($($body:ident),+ $(,)?) => {
        mod tokio {
            $(#[test] fn $body() { super::$body($crate::talk::Driver::Tokio) })+
        }
        mod blocking {
            $(#[test] fn $body() { super::$body($crate::talk::Driver::Blocking) })+
        }
    };
}
pub(crate) use with_both_drivers;

/// A running conversation whose updates are taken one by one, with a limit to the patience.
pub(crate) struct Talk {
    pub(crate) handle: Handle,
    /// Holds nothing back: an update leaves the conversation when the test takes it.
    updates: Receiver<Update>,
}

impl Driver {
    pub(crate) fn start(self, config: Config) -> Talk {
        self.open(config, None, &Trust::default())
    }

    pub(crate) fn resume(self, config: Config, checkpoint: Checkpoint) -> Talk {
        self.open(config, Some(checkpoint), &Trust::default())
    }

    pub(crate) fn open(
        self,
        config: Config,
        checkpoint: Option<Checkpoint>,
        trust: &Trust,
    ) -> Talk {
        // Whatever stands in the environment of the tests is none of their concern.
        let network = Network::default().with_trust(trust.clone()).with_proxy(Proxy::none());
        self.reach(config, checkpoint, &network)
    }

    pub(crate) fn reach(
        self,
        config: Config,
        checkpoint: Option<Checkpoint>,
        network: &Network,
    ) -> Talk {
        let (sender, updates) = sync_channel(0);
        let handle = match self {
            Driver::Tokio => {
                let runtime = runtime();
                let guard = runtime.enter();
                // One of its own, whose connections end with the conversation.
                let network = network.clone().with_trust(network.trust().clone());
                let mut conversation =
                    asynchronous::Conversation::open(config, checkpoint, &network)
                        .expect("there is a runtime");
                drop((guard, network));
                let handle = conversation.handle();
                thread::spawn(move || {
                    while let Some(update) = runtime.block_on(conversation.next()) {
                        if sender.send(update).is_err() {
                            break;
                        }
                    }
                    // The runtime ends with its tasks, as in a program that goes on.
                    drop(conversation);
                    let tasks = || runtime.metrics().num_alive_tasks();
                    while tasks() > 0 {
                        runtime.block_on(tokio::task::yield_now());
                    }
                });
                handle
            }
            Driver::Blocking => {
                let mut conversation = blocking::Conversation::open(config, checkpoint, network)
                    .expect("there is a thread");
                let handle = conversation.handle();
                thread::spawn(move || conversation.try_for_each(|update| sender.send(update)));
                handle
            }
        };
        Talk { handle, updates }
    }
}

impl Talk {
    /// The next update; panics when there is none for long.
    pub(crate) fn next(&mut self) -> Update {
        match self.updates.recv_timeout(PATIENCE) {
            Ok(update) => update,
            Err(RecvTimeoutError::Timeout) => {
                panic!("nothing came; the status is {:?}", self.handle.status())
            }
            Err(RecvTimeoutError::Disconnected) => panic!("nothing follows the end"),
        }
    }

    /// The next activity, whatever else comes before it.
    pub(crate) fn activity(&mut self) -> Received {
        loop {
            match self.next() {
                Update::Activity(received) => return received,
                Update::Event(_) => {}
                Update::Ended(end) => panic!("the session ended: {end}"),
            }
        }
    }

    pub(crate) fn activities(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.activity().json().to_owned()).collect()
    }

    /// Passes over updates until `wanted` recognises an event.
    pub(crate) fn event<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        loop {
            match self.next() {
                Update::Event(event) => {
                    if let Some(found) = wanted(&event) {
                        return found;
                    }
                }
                Update::Activity(_) => {}
                Update::Ended(end) => panic!("the session ended: {end}"),
            }
        }
    }

    /// How the next request that gets no answer fails.
    pub(crate) fn failure(&mut self) -> Failure {
        self.event(|event| match event {
            Event::Faulted(fault) => match &fault.cause {
                Cause::NotAnswered { failure, .. } => Some(failure.clone()),
                _ => None,
            },
            _ => None,
        })
    }

    /// Who is not reached next, and why; by a request.
    pub(crate) fn unreached(&mut self) -> Unreached {
        match self.failure() {
            Failure::Unreached(unreached) => unreached,
            failure => panic!("somebody was reached: {failure}"),
        }
    }

    /// What is said before that might still come by the socket that is being closed.
    pub(crate) fn loses_socket(&mut self) {
        self.event(|event| match event {
            Event::Faulted(fault) => matches!(fault.cause, Cause::SocketLost(_)).then_some(()),
            _ => None,
        });
    }

    pub(crate) fn live(&mut self) {
        self.event(|event| matches!(event, Event::Status(Status::Live)).then_some(()));
    }

    /// The conversation's id, once a socket is open.
    pub(crate) fn joined(&mut self) -> String {
        let id = self.event(|event| match event {
            Event::Joined { conversation } => Some(conversation.to_string()),
            _ => None,
        });
        self.live();
        id
    }

    /// The end, and all activities before it; nothing follows.
    pub(crate) fn end(mut self) -> (End, Vec<String>) {
        let mut activities = Vec::new();
        loop {
            match self.next() {
                Update::Ended(end) => {
                    let after = self.updates.recv_timeout(PATIENCE);
                    assert_eq!(after, Err(RecvTimeoutError::Disconnected));
                    return (end, activities);
                }
                Update::Activity(received) => activities.push(received.json().to_owned()),
                Update::Event(_) => {}
            }
        }
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
}

pub(crate) fn testbed(options: Options) -> Testbed {
    Testbed::start(options).expect("a free port")
}

/// A configuration for `testbed` that waits for nothing long.
pub(crate) fn quick(testbed: &Testbed) -> Builder {
    let ms = Duration::from_millis;
    Config::builder(Credential::secret(testbed.secret()).expect("a credential"))
        .with_base(testbed.base())
        .with_backoff(ms(5), ms(50))
        .with_attempts_at_once(10_000)
        .with_request_timeout(ms(2_000))
        .with_connect_timeout(ms(2_000))
}

pub(crate) fn config(testbed: &Testbed) -> Config {
    quick(testbed).build().expect("valid")
}

/// Everything that was said, to the byte.
pub(crate) fn recorded(testbed: &Testbed, conversation: &str) -> Vec<String> {
    testbed.recorded(conversation).into_iter().map(|record| record.json).collect()
}

pub(crate) fn say(testbed: &Testbed, conversation: &str, text: &str) {
    let activity = format!(r#"{{"type":"message","text":"{text}"}}"#);
    testbed.say(conversation, &activity).expect("the conversation is there");
}

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// Waits until the service has so many activities.
pub(crate) fn heard(testbed: &Testbed, id: &str, count: usize) -> Vec<String> {
    let until = std::time::Instant::now() + PATIENCE;
    loop {
        let all = recorded(testbed, id);
        if all.len() >= count {
            return all;
        }
        assert!(std::time::Instant::now() < until, "{count} are not there: {all:#?}");
        thread::yield_now();
    }
}
