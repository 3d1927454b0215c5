//! SESSION: one conversation. Facts go in by [`Session::handle`], work and news come out by
//! [`Session::poll`], and [`Session::deadline`] says when to come back without news.
//!
//! This file is the door; the rooms behind it are `connecting`, `receiving`, `pulling`, `sending` and
//! `refreshing`. `landing` says which of them an answer is for, `due` which of them a deadline is
//! for; `moves` is what each may need of the connection, and `requests` how one is sent and ended.
//! Rooms call each other without a circle.

mod connecting;
mod due;
mod landing;
mod moves;
mod pulling;
mod receiving;
mod refreshing;
mod requests;
mod sending;

use std::sync::Arc;

use serde::Serialize;

use crate::checkpoint::Checkpoint;
use crate::config::{Common, Config, History};
use crate::connection::Connection;
use crate::credentials::Credentials;
use crate::cursor::Cursor;
use crate::error::{End, Misuse};
use crate::flights::Flights;
use crate::id::Mint;
use crate::input::Input;
use crate::outbox::Outbox;
use crate::output::{Event, Output, Status};
use crate::outputs::Outputs;
use crate::proof::Trail;
use crate::pull::Pull;
use crate::retry::Jitter;
use crate::time::Moment;
use crate::timer::{Due, Timer};

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
/// let config = Config::builder(Credential::token("ew0KICAiYWxnIjo")?).build()?;
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
    /// Its configuration, but for the credential, which goes its own ways, and the seed.
    pub(crate) config: Arc<Common>,
    pub(crate) now: Moment,
    pub(crate) mint: Mint,
    pub(crate) jitter: Jitter,
    pub(crate) flights: Flights,
    pub(crate) connection: Connection,
    pub(crate) credentials: Credentials,
    pub(crate) cursor: Cursor,
    pub(crate) pull: Pull,
    pub(crate) outbox: Outbox,
    pub(crate) counters: Counters,
    pub(crate) status: Status,
    /// What is due next, and when; noted after each input.
    pub(crate) due: Option<Due>,
    pub(crate) out: Outputs,
    /// Where the steps led, for a model checker.
    pub(crate) trail: Trail,
}

/// What a session has counted since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
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
        Session::begin(&config.into(), None, now)
    }

    /// A session that takes a conversation up where `checkpoint` left it.
    #[must_use]
    pub fn resume(config: impl Into<Arc<Config>>, checkpoint: Checkpoint, now: Moment) -> Session {
        Session::begin(&config.into(), Some(checkpoint), now)
    }

    fn begin(config: &Config, checkpoint: Option<Checkpoint>, now: Moment) -> Session {
        let settings = &config.common.settings;
        let has_place = checkpoint.as_ref().is_none_or(Checkpoint::has_place);
        let kept = checkpoint.as_ref().and_then(Checkpoint::posts).cloned();
        let ids_max = settings.seen_ids_max;
        let mut cursor = match checkpoint {
            Some(checkpoint) => Cursor::resume(checkpoint, ids_max),
            None => Cursor::begin(),
        };
        if settings.history == History::OnlyNew && !has_place {
            cursor.take_bearings();
        }
        let credentials = Credentials::new(&config.credential, settings.secret_only, now);
        let mut session = Session {
            now,
            mint: Mint::default(),
            jitter: Jitter::new(config.seed.unwrap_or(0)),
            flights: Flights::default(),
            connection: Connection::new(now),
            credentials,
            cursor,
            pull: Pull::default(),
            outbox: Outbox::default(),
            counters: Counters::default(),
            status: Status::Connecting,
            due: Some((now, Timer::Pause)),
            out: Outputs::default(),
            trail: Trail::default(),
            config: Arc::clone(&config.common),
        };
        if let Some(conversation) = session.cursor.joined().cloned() {
            session.out.tell(Event::Joined { conversation });
        }
        if let Some(kept) = kept {
            session.restore_posts(&kept);
        }
        // It begins with a pause that is over.
        session.expire();
        session.settle();
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
        if let Some((due, _)) = self.due {
            // The host may be late: so long nothing could be tried.
            self.connection.spare(due, self.now);
        }
        self.expire();
        if !self.connection.has_ended() {
            self.apply(input);
            self.settle();
        }
        Ok(())
    }

    /// The next output, oldest first; `None` when all are handed out.
    #[must_use = "outputs that are not acted on stall the session"]
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop()
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
        (self.cursor.joined().is_some() && self.out.is_empty()).then(|| self.position())
    }

    /// How many posts have no outcome yet.
    #[must_use]
    pub fn pending_posts(&self) -> usize {
        self.outbox.len()
    }

    /// A text of the peer as the session would tell it: without what it knows of credentials and
    /// stream URLs, and without what looks like one. For a host that keeps logs of its own; no more
    /// than 1,024 characters are given.
    ///
    /// ```
    /// use directline::{Config, Credential, Moment, Session};
    ///
    /// let config = Config::builder(Credential::token("ew0KICAiYWxnIjo")?).build()?;
    /// let session = Session::new(config, Moment::ZERO);
    /// assert_eq!(session.redact("ew0KICAiYWxnIjo has expired"), "*** has expired");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.hidden().redact(text)
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
            Input::Post { .. } | Input::Upload { .. } | Input::NewToken(_)
                if self.connection.has_ended() =>
            {
                Err(Misuse::Ended)
            }
            Input::Post { key, activity } => self.check_post(*key, activity),
            Input::Upload { key, upload } => self.check_upload(*key, upload),
            Input::NewToken(token) if self.credentials.was_refused(&token.text) => {
                Err(Misuse::TokenRefusedBefore)
            }
            Input::NewToken(_)
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
            Input::Response { request, response } => self.landed(request, Ok(response)),
            Input::RequestFailed { request, failure } => self.landed(request, Err(failure)),
            Input::SocketOpened { socket } => self.opened(socket),
            Input::Frame { socket, text } => self.frame(socket, text),
            Input::Garbled { socket } => self.garbled(socket),
            Input::Pong { socket } => self.pong(socket),
            Input::SocketClosed { socket, reason } => self.closed(socket, reason),
            Input::Post { key, activity } => self.post(key, activity),
            Input::Upload { key, upload } => self.upload(key, upload),
            Input::NewToken(token) => self.supplied(&token),
            Input::Woke => self.woke(),
            Input::NetworkDown => self.network_down(),
            Input::NetworkUp => self.network_up(),
            Input::Close => self.finish(End::Closed),
        }
    }
}
