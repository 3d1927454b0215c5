//! The driver for programs without an asynchronous runtime: conversations as iterators.
//!
//! A conversation runs on threads of its own: one for the session, one for each socket at a time, and
//! one for each request at a time. Everything goes on while the application does not look.

mod activities;
mod exchange;
mod line;
mod requests;
mod socket;
mod waits;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use directline::{Action, Checkpoint, CloseReason, Config, Input, SocketId, StreamUrl};

pub use self::activities::Activities;
use self::line::Dialler;
use self::requests::Requests;
use self::socket::{Orders, Socket};
use crate::core::{Core, Turn};
use crate::handle::Handle;
use crate::inbox::Inbox;
use crate::network::Network;
use crate::update::Update;
use crate::watch::LOOK_EVERY;

/// A conversation that is kept alive; an iterator over everything that happens in it.
///
/// The last item is [`Update::Ended`]; by then all sockets are closed. Dropping a conversation
/// ends its session. An application that takes no items for a while loses nothing: reading from
/// the network stops until it does, while posts, probes and refreshes go on.
#[derive(Debug)]
#[must_use = "a conversation that is dropped ends at once"]
pub struct Conversation {
    inbox: Inbox,
}

impl Conversation {
    /// Starts a new conversation.
    ///
    /// # Errors
    ///
    /// When the operating system has no thread left, or when the environment names a proxy that can
    /// be none.
    pub fn start(config: impl Into<Arc<Config>>) -> io::Result<Conversation> {
        Conversation::open(config, None, &Network::default())
    }

    /// Takes a conversation up where `checkpoint` left it.
    ///
    /// # Errors
    ///
    /// When the operating system has no thread left, or when the environment names a proxy that can
    /// be none.
    pub fn resume(
        config: impl Into<Arc<Config>>,
        checkpoint: Checkpoint,
    ) -> io::Result<Conversation> {
        Conversation::open(config, Some(checkpoint), &Network::default())
    }

    /// Starts a conversation, or takes one up, with a service that is reached as `network` says.
    ///
    /// # Errors
    ///
    /// When the operating system has no thread left, or when the environment names a proxy that can
    /// be none.
    pub fn open(
        config: impl Into<Arc<Config>>,
        checkpoint: Option<Checkpoint>,
        network: &Network,
    ) -> io::Result<Conversation> {
        let config = config.into();
        let dialler = Dialler::new(network.trust().tls(), network.proxy_for(&config)?);
        let core = Core::new(config.clone(), checkpoint, network.record());
        let inbox = Inbox::new(core.clone());
        thread::Builder::new()
            .name("directline-session".into())
            .spawn(move || drive(&Conclusion(core), config, dialler))?;
        Ok(Conversation { inbox })
    }

    /// The means to send, ask and close, also from other threads.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.inbox.handle()
    }

    /// The activities alone.
    pub fn activities(self) -> Activities {
        Activities::new(self)
    }
}

impl Iterator for Conversation {
    type Item = Update;

    /// The next update; waits for it. `None` after [`Update::Ended`].
    fn next(&mut self) -> Option<Update> {
        let at_hand = self.inbox.at_hand();
        if at_hand.is_some() {
            return at_hand;
        }
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        loop {
            match self.inbox.poll_next(&mut Context::from_waker(&waker)) {
                Poll::Ready(update) => return update,
                Poll::Pending => thread::park(),
            }
        }
    }
}

/// Wakes a thread that has parked itself.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Tells the application that it is over, also when a bug makes the driver panic.
struct Conclusion(Arc<Core>);

impl Drop for Conclusion {
    fn drop(&mut self) {
        self.0.conclude();
    }
}

/// The run loop.
fn drive(conclusion: &Conclusion, config: Arc<Config>, dialler: Dialler) {
    let core = &conclusion.0;
    let mut hands = Hands::new(core.clone(), config, dialler);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        core.look_at_the_clock();
        match core.turn() {
            Turn::Perform(action) => hands.perform(action),
            Turn::Finish => break,
            Turn::WaitUntil(moment) => {
                while core.poll_news(&mut Context::from_waker(&waker)).is_pending() {
                    match moment.map(|moment| core.clock().until(moment)) {
                        Some(wait) if wait.is_zero() => {
                            core.report(Input::Timeout);
                            break;
                        }
                        wait => thread::park_timeout(wait.unwrap_or(LOOK_EVERY).min(LOOK_EVERY)),
                    }
                    core.look_at_the_clock();
                }
            }
        }
    }
    hands.rest();
}

/// Waits until a fact may be reported.
fn hold_back(core: &Core, fact: &Input) {
    let until = core.held_back_until(fact);
    loop {
        match core.clock().until(until) {
            Duration::ZERO => return,
            wait => thread::park_timeout(wait),
        }
    }
}

/// Performs actions, each on another thread that reports by itself.
struct Hands {
    core: Arc<Core>,
    config: Arc<Config>,
    dialler: Dialler,
    requests: Requests,
    sockets: BTreeMap<SocketId, Seat>,
    /// The thread of a socket that was lost, for the next one: on a busy machine a new thread may wait
    /// for the processor where one that is woken gets it at once.
    idle: Option<Sender<Job>>,
    /// Each thread for sockets holds a copy while it lives.
    alive: Sender<SocketId>,
    dead: Receiver<SocketId>,
}

/// A socket and where it leads.
type Job = (Socket, StreamUrl);

/// A socket on its thread, which ends when nobody can give it another.
struct Seat {
    orders: Arc<Orders>,
    jobs: Sender<Job>,
}

impl Hands {
    fn new(core: Arc<Core>, config: Arc<Config>, dialler: Dialler) -> Hands {
        let requests = Requests::new(core.clone(), config.clone(), dialler.clone());
        let (alive, dead) = channel();
        let sockets = BTreeMap::new();
        Hands { core, config, dialler, requests, sockets, idle: None, alive, dead }
    }

    fn perform(&mut self, action: Action) {
        for socket in self.dead.try_iter() {
            if let Some(seat) = self.sockets.remove(&socket) {
                self.idle = Some(seat.jobs);
            }
        }
        match action {
            Action::Send { request, message } => self.requests.send(request, message),
            Action::Cancel { request } => self.requests.cancel(request),
            Action::Open { socket, url } => {
                if self.open(socket, url).is_err() {
                    let reason = CloseReason::Refused { status: None };
                    self.core.report(Input::SocketClosed { socket, reason });
                }
            }
            Action::Probe { socket } => {
                if let Some(seat) = self.sockets.get(&socket) {
                    seat.orders.probe();
                }
            }
            Action::Shut { socket } => {
                if let Some(seat) = self.sockets.remove(&socket) {
                    seat.orders.shut();
                }
            }
        }
    }

    fn open(&mut self, id: SocketId, url: StreamUrl) -> io::Result<()> {
        let orders = Arc::new(Orders::new()?);
        let (core, config) = (self.core.clone(), self.config.clone());
        let dialler = self.dialler.clone();
        let socket = Socket { core, id, orders: orders.clone(), config, dialler };
        let jobs = self.idle.take().map_or_else(|| self.hire(), Ok)?;
        jobs.send((socket, url)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        self.sockets.insert(id, Seat { orders, jobs });
        Ok(())
    }

    /// A new thread for sockets.
    fn hire(&self) -> io::Result<Sender<Job>> {
        let (jobs, inbox) = channel::<Job>();
        let alive = self.alive.clone();
        thread::Builder::new().name("directline-socket".into()).spawn(move || {
            for (socket, url) in inbox {
                let id = socket.id;
                socket.run(&url);
                // Nobody listens any more once the driver has finished.
                let _ = alive.send(id);
            }
        })?;
        Ok(jobs)
    }

    /// Waits until every socket has said goodbye, unless one is stuck where nothing reaches it.
    fn rest(self) {
        let Hands { requests, sockets, idle, alive, dead, .. } = self;
        drop((requests, idle, alive));
        sockets.into_values().for_each(|seat| seat.orders.shut());
        while dead.recv_timeout(PATIENCE).is_ok() {}
    }
}

/// Longer than any goodbye takes; name resolution alone may take more and cannot be called off.
const PATIENCE: Duration = Duration::from_millis(500);

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;

    use directline::{Credential, End, Event, Status};
    use directline_testbed::{Fault, Occasion, Options, Rule, Testbed, When};

    use super::*;

    /// The driver's threads of this process, by the names that it gives them.
    fn threads() -> usize {
        let tasks = fs::read_dir("/proc/self/task").expect("Linux lists threads here");
        let names =
            tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
        // Names are cut to 15 bytes there; the testbed's thread is called differently.
        names
            .filter(|name| {
                ["directline-sess", "directline-sock", "directline-requ"].contains(&name.trim())
            })
            .count()
    }

    #[test]
    fn no_thread_outlives_its_conversation() {
        // Covers: RX-6
        let testbed = Testbed::start(Options::default()).expect("a free port");
        let config = Config::builder(Credential::secret(testbed.secret()).expect("a credential"))
            .with_base(testbed.base())
            .build()
            .expect("valid");
        let is_live =
            |update: &Update| matches!(update, Update::Event(Event::Status(Status::Live)));
        // Dropped while a socket is open and a request hangs.
        let mut conversation = Conversation::start(config.clone()).expect("a thread");
        assert!(conversation.any(|update| is_live(&update)));
        let hang = Fault::Hang { when: When::Before };
        testbed.inject(Rule::once(Occasion::Post, hang).expect("allowed"));
        conversation.handle().send_text("user", "hello").expect("taken");
        let is_posting =
            |log: &directline_testbed::Log| !log.requests_to(Occasion::Post).is_empty();
        assert!(testbed.wait_until(Duration::from_secs(15), is_posting));
        assert!(threads() >= 3);
        drop(conversation);
        while threads() > 0 {
            thread::yield_now();
        }
        // Dropped before anything has happened.
        drop(Conversation::start(config.clone()).expect("a thread"));
        // Ended, and not dropped.
        let mut conversation = Conversation::start(config).expect("a thread");
        conversation.handle().close();
        assert_eq!(conversation.by_ref().last(), Some(Update::Ended(End::Closed)));
        while threads() > 0 {
            thread::yield_now();
        }
        assert!(conversation.next().is_none());
    }
}
