//! HANDLE: what an application may do to a conversation, from any thread.

use std::sync::Arc;
use std::time::Duration;

use directline::{Counters, Input, Misuse, Moment, Status, Token, Upload, UploadFile};
use serde_json::json;

use crate::core::Core;
use crate::post::{Post, SendError};

/// Sends, asks and closes; cheap to clone, and never blocks.
///
/// A handle does not keep a conversation alive: once the conversation was dropped or has ended,
/// there is nothing left to do with it.
#[derive(Clone, Debug)]
pub struct Handle {
    core: Arc<Core>,
    user: Option<Arc<str>>,
}

impl Handle {
    pub(crate) fn new(core: Arc<Core>) -> Handle {
        Handle { core, user: None }
    }

    /// The same, for a user who speaks: `user` is whom [`Handle::say`] and [`Handle::share`] are from.
    ///
    /// ```
    /// # use directline_client::{SendError, blocking::Conversation};
    /// # use directline_client::directline::{Config, Credential};
    /// # use directline_testbed::{Options, Testbed};
    /// # let testbed = Testbed::start(Options::default())?;
    /// # let config = Config::builder(Credential::secret(testbed.secret())?).with_base(testbed.base());
    /// # let conversation = Conversation::start(config.build()?)?;
    /// let handle = conversation.handle().with_user("user1");
    /// let greeting = handle.say("hello")?;
    /// assert_eq!(conversation.handle().say("who?").unwrap_err(), SendError::NoUser);
    /// # drop(greeting);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_user(self, user: &str) -> Handle {
        Handle { user: Some(user.into()), ..self }
    }

    /// Queues a message of the user of this handle.
    ///
    /// # Errors
    ///
    /// When there is none, when the text is larger than the service takes, when too many outcomes wait to
    /// be taken, or when the conversation is over. A queue that is full is no error but the outcome.
    pub fn say(&self, text: &str) -> Result<Post, SendError> {
        self.send_text(self.user()?, text)
    }

    /// Queues files of the user of this handle.
    ///
    /// # Errors
    ///
    /// When there is none, when the files are larger than the service takes, when too many outcomes wait
    /// to be taken, or when the conversation is over. A queue that is full is no error but the outcome.
    pub fn share(&self, files: Vec<UploadFile>) -> Result<Post, SendError> {
        self.upload(Upload::new(files).with_user(self.user()?))
    }

    fn user(&self) -> Result<&str, SendError> {
        self.user.as_deref().ok_or(SendError::NoUser)
    }

    /// Queues a message of the user `from`. What became of it can be awaited,
    /// and arrives as [`Event::Posted`](directline::Event::Posted) with the key of what is returned.
    ///
    /// # Errors
    ///
    /// When it is larger than the service takes, when too many outcomes wait to be taken, or when the
    /// conversation is over. A queue that is full is no error but the outcome.
    pub fn send_text(&self, from: &str, text: &str) -> Result<Post, SendError> {
        self.send(json!({"type": "message", "from": {"id": from}, "text": text}).to_string())
    }

    /// Queues an activity, a JSON object, to be sent as it is. What became of it can be awaited,
    /// and arrives as [`Event::Posted`](directline::Event::Posted) with the key of what is returned.
    ///
    /// # Errors
    ///
    /// When it is no JSON object, is larger than the service takes, when too many outcomes wait to be taken
    /// ([`SendError::OutcomesNotTaken`]), or when the conversation is over. A queue that is full is no error
    /// but the outcome ([`PostOutcome::QueueFull`](directline::PostOutcome::QueueFull)).
    pub fn send(&self, activity: impl Into<String>) -> Result<Post, SendError> {
        let activity = activity.into();
        self.core.post(|key| Input::Post { key, activity })
    }

    /// Queues files, to be sent in turn with the activities. What became of them can be awaited,
    /// and arrives as [`Event::Posted`](directline::Event::Posted) with the key of what is returned.
    ///
    /// # Errors
    ///
    /// When they are larger than the service takes, when too many outcomes wait to be taken, or when the
    /// conversation is over. A queue that is full is no error but the outcome.
    pub fn upload(&self, upload: Upload) -> Result<Post, SendError> {
        self.core.post(|key| Input::Upload { key, upload })
    }

    /// How many posts have no outcome yet.
    #[must_use]
    pub fn pending_posts(&self) -> usize {
        self.core.pending_posts()
    }

    /// Where the conversation stands.
    #[must_use]
    pub fn status(&self) -> Status {
        self.core.status()
    }

    /// Why the conversation is not written down any more, if it was to be
    /// ([`Network::with_record`](crate::Network::with_record)) and that failed.
    ///
    /// ```
    /// # use directline_client::blocking::Conversation;
    /// # use directline_client::directline::{Config, Credential};
    /// # use directline_testbed::{Options, Testbed};
    /// # let testbed = Testbed::start(Options::default())?;
    /// # let config = Config::builder(Credential::secret(testbed.secret())?).with_base(testbed.base());
    /// use directline_client::{Network, Proxy};
    ///
    /// let little = std::io::Cursor::new(vec![0_u8; 16].into_boxed_slice());
    /// let network = Network::default().with_proxy(Proxy::none()).with_record(little);
    /// let conversation = Conversation::open(config.build()?, None, &network)?;
    /// assert!(conversation.handle().record_trouble().is_some(), "a recording is longer than that");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn record_trouble(&self) -> Option<String> {
        self.core.record_trouble()
    }

    /// What has been counted so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.core.counters()
    }

    /// How long it is until a moment that an event has named; zero when it has passed.
    #[must_use]
    pub fn time_until(&self, moment: Moment) -> Duration {
        self.core.clock().until(moment)
    }

    /// Hands in a new token, asked for by [`Event::NeedsToken`](directline::Event::NeedsToken) or
    /// not, with its remaining lifetime where that is known.
    ///
    /// # Errors
    ///
    /// When it was refused before, or the conversation is over.
    pub fn supply_token(&self, token: Token) -> Result<(), Misuse> {
        self.core.tell(Input::NewToken(token))
    }

    /// The device woke up, or the network is another one: whatever is open may be dead without
    /// knowing it, so it is opened again at once.
    pub fn woke(&self) {
        self.hint(Input::Woke);
    }

    /// There is no network: nothing is attempted until [`Handle::network_up`].
    pub fn network_down(&self) {
        self.hint(Input::NetworkDown);
    }

    /// There is a network again.
    pub fn network_up(&self) {
        self.hint(Input::NetworkUp);
    }

    /// Ends the session; [`Update::Ended`](crate::Update::Ended) follows what is still to be taken.
    pub fn close(&self) {
        self.core.close();
    }

    #[cfg(test)]
    pub(crate) fn clock(&self) -> crate::clock::Clock {
        self.core.clock()
    }

    fn hint(&self, input: Input) {
        let taken = self.core.tell(input);
        debug_assert!(taken.is_ok(), "hints are welcome at any time");
    }
}
