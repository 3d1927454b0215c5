//! SESSION: one conversation. Facts go in by [`Session::handle`], work and news come out by
//! [`Session::poll`], and [`Session::deadline`] says when to come back without news.
//!
//! This file is the door; the rooms behind it are `link` (the connection), `socket`, `answers` (what a
//! response means to it), `credentials`, `due` (what time alone brings about), `receive`, `pulling`
//! and `sending`.

mod answers;
mod credentials;
mod due;
mod link;
mod pulling;
#[cfg(feature = "proof")]
mod rebase;
mod receive;
mod sending;
mod socket;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use self::link::Link;
#[cfg(feature = "proof")]
pub use self::rebase::Draw;
use crate::checkpoint::Checkpoint;
use crate::config::{Config, History, Settings};
use crate::cursor::Cursor;
use crate::error::{Cause, Fault, Misuse, Next};
use crate::id::{Mint, RequestId};
use crate::input::Input;
use crate::outbox::Outbox;
use crate::output::{Action, Event, Output, Status};
use crate::patience::{Lane, Patience};
use crate::phase::Phase;
use crate::pull::Pull;
use crate::retry::{Jitter, PAUSE_MIN, RetryPolicy};
use crate::time::Moment;
use crate::timer::Timer;
use crate::token::Credentials;
use crate::wire::request::Request;
use crate::wire::stream_url::StreamUrl;

/// One conversation with a bot, kept alive over whatever the network does.
///
/// A value without I/O, clock, threads or randomness: it can be cloned, compared and hashed.
///
/// - [`Session::new`] and [`Session::resume`] begin; both may be followed by `poll` at once.
/// - [`Session::handle`] is the only mutation besides `poll`. Any number of inputs may go in
///   before the outputs are taken out: the outputs and their order are the same.
/// - [`Session::poll`] hands the outputs out, first in, first out; `None` when there is none.
/// - [`Session::deadline`] is when [`Input::Timeout`] is due at the latest.
///
/// ```
/// use directline::{Action, Config, Credential, Input, Moment, Output, Session};
///
/// let config = Config::builder(Credential::token("ew0KICAiYWxnIjo")).build()?;
/// let mut session = Session::new(config, Moment::ZERO);
/// let Some(Output::Action(Action::Send { request, message })) = session.poll() else {
///     panic!("a session begins by starting its conversation");
/// };
/// assert_eq!(message.url(), "https://directline.botframework.com/v3/directline/conversations");
///
/// let answer = r#"{"conversationId":"c","streamUrl":"wss://directline.botframework.com/s?t=x"}"#;
/// let response = http::Response::builder().status(201).body(answer.as_bytes().to_vec())?;
/// session.handle(Moment::from_millis(80), Input::Response { request, response })?;
/// let opens = std::iter::from_fn(|| session.poll())
///     .any(|output| matches!(output, Output::Action(Action::Open { .. })));
/// assert!(opens);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    config: Arc<Config>,
    now: Moment,
    mint: Mint,
    jitter: Jitter,
    phase: Phase,
    link: Link,
    /// The stream URL dialled last, to be hidden should the peer quote it.
    dialled: Option<StreamUrl>,
    credentials: Credentials,
    /// The id of the conversation, empty until it is known; `joined` once the service has let us in.
    conversation: Arc<str>,
    joined: bool,
    cursor: Cursor,
    pull: Pull,
    outbox: Outbox,
    counters: Counters,
    patience: Patience,
    status: Status,
    /// Which of the parts wants attention next, and when; noted after each input.
    due: Option<(Moment, Timer)>,
    queue: VecDeque<Output>,
    #[cfg(feature = "proof")]
    trail: rebase::Trail,
}

/// What a session has counted since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Counters {
    /// Activities handed out.
    pub delivered: u64,
    /// Copies of activities that were handed out before, dropped.
    pub duplicates: u64,
    /// Frames whose root is no activity set, ignored.
    pub unknown_frames: u64,
    /// Elements of activity sets that are no activities, left out.
    pub bad_elements: u64,
}

impl Session {
    /// A session that starts a new conversation.
    #[must_use]
    pub fn new(config: impl Into<Arc<Config>>, now: Moment) -> Session {
        Session::begin(config.into(), None, now)
    }

    /// A session that takes a conversation up where `checkpoint` left it.
    #[must_use]
    pub fn resume(config: impl Into<Arc<Config>>, checkpoint: Checkpoint, now: Moment) -> Session {
        Session::begin(config.into(), Some(checkpoint), now)
    }

    fn begin(config: Arc<Config>, checkpoint: Option<Checkpoint>, now: Moment) -> Session {
        let settings = &config.settings;
        let joined = checkpoint.is_some();
        let has_place = checkpoint.as_ref().is_none_or(Checkpoint::has_place);
        let kept = checkpoint.as_ref().and_then(Checkpoint::posts).cloned();
        let (conversation, watermark, known) = match checkpoint {
            Some(checkpoint) => {
                let (conversation, watermark, known) = checkpoint.into_parts();
                (conversation, watermark, known)
            }
            None => (Arc::default(), None, Arc::default()),
        };
        let only_new = settings.history == History::OnlyNew && !has_place;
        let mut credentials = Credentials::new(
            config.secret.clone(),
            settings.secret_only,
            settings.refresh_interval_min,
        );
        if let Some((token, lifetime)) = &config.token {
            credentials.supply(token.clone(), *lifetime, now);
        }
        let mut session = Session {
            now,
            mint: Mint::default(),
            jitter: Jitter::new(config.seed),
            phase: Phase::Waiting { until: now },
            link: Link::new(only_new, now),
            dialled: None,
            credentials,
            conversation,
            joined,
            cursor: Cursor::new(watermark, known, settings.seen_ids_max),
            pull: Pull::OFF,
            outbox: Outbox::default(),
            counters: Counters::default(),
            patience: Patience::default(),
            status: Status::Connecting,
            due: Some((now, Timer::Phase)),
            queue: VecDeque::new(),
            #[cfg(feature = "proof")]
            trail: rebase::Trail::default(),
            config,
        };
        session.announce_joined();
        if let Some(kept) = kept {
            session.restore_posts(&kept);
        }
        session.expire();
        session.settle();
        session.due = session.next_timer();
        session
    }

    /// Takes in what happened at `now`.
    ///
    /// A `now` before the latest one counts as the latest one. What was due by `now` is dealt with
    /// first, then the input: a fact that comes at its deadline comes too late.
    ///
    /// # Errors
    ///
    /// [`Misuse`] when the host's own code is wrong, never because of what the network sent; the
    /// session is then as it was before the call.
    pub fn handle(&mut self, now: Moment, input: Input) -> Result<(), Misuse> {
        self.check(&input)?;
        self.now = self.now.max(now);
        // A timeout that is early changes nothing.
        if matches!(input, Input::Timeout) && !self.is_due() {
            return Ok(());
        }
        if let Some((at, _)) = self.due.filter(|(at, _)| *at < self.now) {
            // The host was late: so long nothing could be tried.
            self.spare(at);
        }
        self.expire();
        if !matches!(self.phase, Phase::Ended) {
            self.apply(input);
            self.settle();
        }
        self.due = self.next_timer();
        Ok(())
    }

    /// The next output, oldest first; `None` when all are handed out.
    #[must_use = "outputs that are not acted on stall the session"]
    pub fn poll(&mut self) -> Option<Output> {
        let output = self.queue.pop_front()?;
        // A session that rests keeps room for what comes every day, not for the busiest moment.
        if self.queue.is_empty() {
            self.queue.shrink_to(QUEUE_KEPT);
        }
        Some(output)
    }

    /// Where the session stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// What has been counted so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Where to resume from, also after the end.
    ///
    /// `None` before the conversation is known, and while outputs are queued, since it would cover
    /// what they tell: take it after `poll` has given `None`, or take each batch's own.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        (self.joined && self.queue.is_empty()).then(|| self.position())
    }

    /// How many posts have no outcome yet.
    #[must_use]
    pub fn pending_posts(&self) -> usize {
        self.outbox.len()
    }

    /// Finds the host's mistakes before anything is changed.
    fn check(&self, input: &Input) -> Result<(), Misuse> {
        match input {
            Input::Response { request, .. } | Input::RequestFailed { request, .. } => {
                let issued = self.mint.has_issued_request(*request);
                if issued { Ok(()) } else { Err(Misuse::UnknownRequest(*request)) }
            }
            Input::SocketOpened { socket }
            | Input::Frame { socket, .. }
            | Input::Garbled { socket }
            | Input::Pong { socket }
            | Input::SocketClosed { socket, .. } => {
                let issued = self.mint.has_issued_socket(*socket);
                if issued { Ok(()) } else { Err(Misuse::UnknownSocket(*socket)) }
            }
            Input::Post { .. } | Input::Upload { .. } | Input::NewToken { .. }
                if self.phase == Phase::Ended =>
            {
                Err(Misuse::Ended)
            }
            Input::Post { key, activity } => self.check_post(*key, activity),
            Input::Upload { key, upload } => self.check_upload(*key, upload),
            Input::NewToken { token, .. } if self.credentials.was_refused(token) => {
                Err(Misuse::TokenRefusedBefore)
            }
            Input::NewToken { .. }
            | Input::Timeout
            | Input::Woke
            | Input::NetworkDown
            | Input::NetworkUp
            | Input::Close => Ok(()),
        }
    }

    fn apply(&mut self, input: Input) {
        match input {
            Input::Timeout => {}
            Input::Response { request, response } => self.answered(request, response),
            Input::RequestFailed { request, failure } => self.unanswered(request, failure),
            Input::SocketOpened { socket } => self.opened(socket),
            Input::Frame { socket, text } => self.frame(socket, text),
            Input::Garbled { socket } => self.garbled(socket),
            Input::Pong { socket } => self.pong(socket),
            Input::SocketClosed { socket, reason } => self.closed(socket, reason),
            Input::Post { key, activity } => self.post(key, activity),
            Input::Upload { key, upload } => self.upload(key, upload),
            Input::NewToken { token, lifetime } => self.supplied(token, lifetime),
            Input::Woke => self.woke(),
            Input::NetworkDown => self.network_down(),
            Input::NetworkUp => self.network_up(),
            Input::Close => self.close(),
        }
    }

    /// Begins what can begin now, and tells where that leaves us.
    fn settle(&mut self) {
        self.pull_if_due();
        self.post_if_ready();
        self.announce_status();
    }

    fn settings(&self) -> &Settings {
        &self.config.settings
    }

    fn act(&mut self, action: Action) {
        self.queue.push_back(Output::Action(action));
    }

    fn tell(&mut self, event: Event) {
        self.queue.push_back(Output::Event(event));
    }

    fn fault(&mut self, cause: Cause, next: Next) {
        self.tell(Event::Faulted(Fault { cause, next }));
    }

    /// Sends a request under a new id; gives the id and when the request is overdue.
    fn send(&mut self, message: Request, lane: Lane) -> (RequestId, Moment) {
        let request = self.mint.request();
        self.act(Action::Send { request, message });
        let limit = self.patience.limit(lane, self.settings().request_timeout);
        (request, self.now.saturating_add(limit))
    }

    /// The checkpoint that covers all that came in, of a conversation that is joined.
    fn position(&self) -> Checkpoint {
        let checkpoint = self.cursor.checkpoint(&self.conversation).with_posts(self.kept_posts());
        if self.link.only_new { checkpoint } else { checkpoint.placed() }
    }

    /// When to try again after so many failures in a row, by this policy and not sooner than the
    /// server asks.
    fn next_try(&mut self, policy: RetryPolicy, failures: u32, at_least: Duration) -> Moment {
        let pause = policy.pause(failures, &mut self.jitter);
        self.now.saturating_add(pause.max(at_least))
    }

    /// As [`Session::next_try`], of a request beside the connection: a configuration of hardly any
    /// backoff is no leave to hammer.
    fn next_try_beside(&mut self, failures: u32, at_least: Duration) -> Moment {
        self.next_try(self.settings().backoff, failures, at_least.max(PAUSE_MIN))
    }

    fn announce_joined(&mut self) {
        if self.joined {
            self.tell(Event::Joined { conversation: Arc::clone(&self.conversation) });
        }
    }

    fn announce_status(&mut self) {
        let status = match self.phase {
            Phase::Live(_) => Status::Live,
            Phase::NeedsToken { .. } => Status::NeedsToken,
            Phase::Offline { .. } => Status::Offline,
            Phase::Ended => Status::Ended,
            Phase::Asking(_) | Phase::Opening { .. } | Phase::Waiting { .. } | Phase::Polling
                if self.pull.is_polling_well() =>
            {
                Status::Polling
            }
            Phase::Waiting { until } => Status::Waiting { until },
            Phase::Asking(_) | Phase::Opening { .. } | Phase::Polling => Status::Connecting,
        };
        if status != self.status {
            self.status = status;
            self.tell(Event::Status(status));
        }
    }
}

/// A batch or a probe; more at once is rare.
const QUEUE_KEPT: usize = 1;
