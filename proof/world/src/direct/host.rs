//! The host: feeds a session, does what it wants done, and keeps the little that steps refer to.

use std::sync::Arc;

use directline::{
    Action, Checkpoint, Config, Event, Input, Misuse, Moment, Output, Purpose, RequestId, Session,
    SocketId, Status,
};

use super::watch::Watch;
use super::words;
use crate::violation::{Verdict, Violation, ensure};

#[derive(Clone)]
pub(crate) struct Host {
    pub(super) config: Arc<Config>,
    pub(super) session: Session,
    pub(super) clock: u64,
    /// The requests under way, oldest first.
    pub(super) asked: Vec<(RequestId, Purpose)>,
    pub(super) socket: Option<SocketId>,
    /// A request and a socket that nobody waits for any more.
    pub(super) past: (Option<RequestId>, Option<SocketId>),
    /// What the host could resume from, newest last.
    pub(super) stored: Vec<Checkpoint>,
    /// The key by which the echo of the last post would be known.
    pub(super) echo_key: String,
    /// What makes tokens, URLs and keys of posts new.
    pub(super) number: u64,
    /// How many activities were said.
    pub(super) said: u64,
    /// How many inputs go in before outputs are taken out.
    pub(super) lazy: u8,
    /// Whether outputs may wait that were true when they were queued.
    is_behind: bool,
    pub(super) watch: Watch,
}

/// Where at most one request is under way at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Link,
    Page,
    Post,
    Refresh,
}

impl Lane {
    pub(super) const ALL: [Lane; 4] = [Lane::Link, Lane::Page, Lane::Post, Lane::Refresh];

    pub(super) fn of(purpose: Purpose) -> Lane {
        match purpose {
            Purpose::Generate | Purpose::Start | Purpose::Reconnect => Lane::Link,
            Purpose::Activities => Lane::Page,
            Purpose::Post | Purpose::Upload => Lane::Post,
            Purpose::Refresh => Lane::Refresh,
        }
    }
}

impl Host {
    /// A host of a session that has just begun; takes its first outputs.
    pub(crate) fn new(
        config: Arc<Config>,
        checkpoint: Option<Checkpoint>,
        watch: Watch,
    ) -> Result<Host, Violation> {
        let began = Moment::from_millis(START);
        let session = match &checkpoint {
            Some(checkpoint) => Session::resume(Arc::clone(&config), checkpoint.clone(), began),
            None => Session::new(Arc::clone(&config), began),
        };
        let mut host = Host {
            config,
            session,
            clock: START,
            asked: Vec::new(),
            socket: None,
            past: (None, None),
            stored: checkpoint.into_iter().collect(),
            echo_key: String::new(),
            number: 0,
            said: 0,
            lazy: 0,
            is_behind: false,
            watch,
        };
        if let Some(mark) = host.stored.first().and_then(Checkpoint::watermark) {
            host.watch.mark_said(mark);
        }
        host.drain()?;
        Ok(host)
    }

    /// Goes through the steps that `bytes` say, then wants no more; nothing is left then.
    pub(crate) fn run(mut self, bytes: &[u8]) -> Verdict {
        bytes
            .chunks_exact(2)
            .take(STEPS_MAX)
            .try_for_each(|step| self.perform(step[0], step[1]))?;
        self.lazy = 0;
        self.feed(Input::Close)?;
        if let Some(checkpoint) = self.session.checkpoint() {
            self.watch.last(&checkpoint)?;
        }
        let is_over = self.session.status() == Status::Ended && self.session.deadline().is_none();
        ensure(is_over, "TM-6", || format!("closed, and {:?}", self.session.status()))
    }

    pub(super) fn now(&self) -> Moment {
        Moment::from_millis(self.clock)
    }

    /// Gives an input to the session; takes its outputs unless the host is lazy.
    pub(super) fn feed(&mut self, input: Input) -> Verdict {
        match self.session.handle(self.now(), input) {
            Ok(()) => {}
            Err(Misuse::Ended) if self.session.status() == Status::Ended => {}
            Err(misuse) => return Err(Violation::new("RX-6", misuse.to_string())),
        }
        if self.lazy > 0 {
            self.lazy -= 1;
            self.is_behind = true;
            return Ok(());
        }
        self.drain()
    }

    /// Gives the session what must make no difference at all, whether it is refused or not.
    pub(super) fn feed_in_vain(&mut self, at: u64, input: Input, is_mistake: bool) -> Verdict {
        self.feed(Input::Timeout)?;
        let before = self.session.clone();
        let given = input.clone();
        let clause = if matches!(input, Input::Timeout) { "TM-3" } else { "TM-5" };
        let taken = self.session.handle(Moment::from_millis(at), input);
        ensure(taken.is_err() == is_mistake, clause, || format!("{given:?} gave {taken:?}"))?;
        ensure(self.session == before, clause, || format!("{given:?} made a difference"))
    }

    /// Gives the session what may be the host's mistake.
    pub(super) fn feed_in_doubt(&mut self, input: Input) -> Verdict {
        match self.session.clone().handle(self.now(), input.clone()) {
            Ok(()) => self.feed(input),
            Err(Misuse::KeyInUse(_) | Misuse::TokenRefusedBefore | Misuse::Ended) => {
                self.feed_in_vain(self.clock, input, true)
            }
            Err(misuse) => Err(Violation::new("RX-6", misuse.to_string())),
        }
    }

    fn drain(&mut self) -> Verdict {
        let mut count = 0;
        while let Some(output) = self.session.poll() {
            count += 1;
            ensure(count < OUTPUTS_MAX, "RX-6", || "outputs without end".to_owned())?;
            match output {
                Output::Action(action) => self.act(action)?,
                Output::Event(event) => self.note(event)?,
            }
        }
        self.is_behind = false;
        self.watch.rest(&self.session, self.now())
    }

    fn act(&mut self, action: Action) -> Verdict {
        match action {
            Action::Send { request, message } => {
                self.watch.request(&message)?;
                let lane = Lane::of(message.purpose());
                let is_free = self.asked.iter().all(|(_, other)| Lane::of(*other) != lane);
                ensure(is_free, "RC-6", || format!("two requests at once, {:?}", self.asked))?;
                if lane == Lane::Post {
                    let key = words::echo_key(message.body()).unwrap_or_default();
                    key.clone_into(&mut self.echo_key);
                }
                self.asked.push((request, message.purpose()));
            }
            Action::Cancel { request } => {
                self.asked.retain(|(asked, _)| *asked != request);
                self.past.0 = Some(request);
            }
            Action::Open { socket, url } => {
                ensure(self.socket.is_none(), "RC-5", || "a second socket".to_owned())?;
                self.watch.url(url.expose())?;
                self.socket = Some(socket);
            }
            Action::Shut { socket } => {
                self.is_ours(socket)?;
                self.socket = None;
                self.past.1 = Some(socket);
            }
            Action::Probe { socket } => self.is_ours(socket)?,
        }
        Ok(())
    }

    /// A socket that is shut or probed is the one that is wanted. A host that falls behind may have
    /// lost it meanwhile.
    fn is_ours(&self, socket: SocketId) -> Verdict {
        let was_lost = self.is_behind && self.past.1 == Some(socket);
        let holds = self.socket == Some(socket) || was_lost;
        ensure(holds, "RC-5", || format!("{socket:?}, not {:?}", self.socket))
    }

    fn note(&mut self, event: Event) -> Verdict {
        match event {
            Event::Delivered(batch) => self.store(batch.checkpoint().clone()),
            _ => Ok(()),
        }
    }

    /// Keeps a checkpoint for later, beside the one before.
    pub(super) fn store(&mut self, checkpoint: Checkpoint) -> Verdict {
        self.watch.mark(checkpoint.watermark())?;
        if self.stored.len() == STORED_MAX {
            self.stored.remove(0);
        }
        self.stored.push(checkpoint);
        Ok(())
    }
}

/// Not zero, so that moments before the beginning can be tried.
const START: u64 = 10_000;
/// More only makes a fuzzer slow.
const STEPS_MAX: usize = 16;
/// All posts that may wait, told at the end, and some.
const OUTPUTS_MAX: u32 = 1_000;
const STORED_MAX: usize = 3;
