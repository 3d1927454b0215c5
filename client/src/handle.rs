//! HANDLE: what an application may do to a conversation, from any thread.

use std::sync::Arc;
use std::time::Duration;

use directline::{ConfigError, Counters, Input, Misuse, Moment, PostKey, Secret, Status, Upload};
use serde_json::json;

use crate::core::Core;

/// Sends, asks and closes; cheap to clone, and never blocks.
///
/// A handle does not keep a conversation alive: once the conversation was dropped or has ended,
/// there is nothing left to do with it.
#[derive(Clone, Debug)]
pub struct Handle {
    core: Arc<Core>,
}

/// Why an activity was not taken for sending.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// It can never be sent, or the conversation is over.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The application sends and sends and takes no updates, among which the outcomes are.
    #[error("the outcomes of earlier posts wait to be taken")]
    OutcomesNotTaken,
}

/// Why a token was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It cannot be a token.
    #[error(transparent)]
    Malformed(#[from] ConfigError),
    /// It was refused before, or the conversation is over.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

impl Handle {
    pub(crate) fn new(core: Arc<Core>) -> Handle {
        Handle { core }
    }

    /// Queues a message of the user `from`. What became of it arrives as
    /// [`Event::Posted`](directline::Event::Posted) with the key that is returned.
    ///
    /// # Errors
    ///
    /// When it is larger than the service takes, or when the conversation is over.
    pub fn send_text(&self, from: &str, text: &str) -> Result<PostKey, SendError> {
        self.send(json!({"type": "message", "from": {"id": from}, "text": text}).to_string())
    }

    /// Queues an activity, a JSON object, to be sent as it is. What became of it arrives as
    /// [`Event::Posted`](directline::Event::Posted) with the key that is returned.
    ///
    /// # Errors
    ///
    /// When it is no JSON object, is larger than the service takes, or when the conversation is
    /// over.
    pub fn send(&self, activity: impl Into<String>) -> Result<PostKey, SendError> {
        let activity = activity.into();
        self.core.post(|key| Input::Post { key, activity })
    }

    /// Queues files, to be sent in turn with the activities. What became of them arrives as
    /// [`Event::Posted`](directline::Event::Posted) with the key that is returned.
    ///
    /// # Errors
    ///
    /// When they are larger than the service takes, or when the conversation is over.
    pub fn upload(&self, upload: Upload) -> Result<PostKey, SendError> {
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
    /// When it cannot be a token, was refused before, or the conversation is over.
    pub fn supply_token(&self, token: &str, lifetime: Option<Duration>) -> Result<(), TokenError> {
        let token = Secret::new(token)?;
        Ok(self.core.tell(Input::NewToken { token, lifetime })?)
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

    fn hint(&self, input: Input) {
        let taken = self.core.tell(input);
        debug_assert!(taken.is_ok(), "hints are welcome at any time");
    }
}
