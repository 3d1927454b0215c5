//! UPDATE: what a conversation hands to the application.

use std::fmt;
use std::sync::Arc;

use directline::{Activity, Batch, Checkpoint, End, Event};
use serde::de::DeserializeOwned;

/// One piece of news from a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// An activity that was not handed out before.
    Activity(Received),
    /// Anything else that may be worth knowing; never [`Event::Delivered`] or [`Event::Ended`],
    /// which have variants of their own here.
    Event(Event),
    /// It is over: the sockets are closed, and nothing follows.
    Ended(End),
}

/// An activity as it came in, with the checkpoint that covers it.
///
/// Cheap to clone. It keeps the whole frame that brought it: copy what you want to keep for long.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    batch: Arc<Batch>,
    index: usize,
}

impl Received {
    /// `index` is less than the length of `batch`.
    pub(crate) fn new(batch: Arc<Batch>, index: usize) -> Received {
        Received { batch, index }
    }

    fn activity(&self) -> Activity<'_> {
        self.batch.get(self.index).expect("the index is one of this batch")
    }

    /// The JSON object, to the byte as it came in.
    #[must_use]
    pub fn json(&self) -> &str {
        self.activity().json()
    }

    /// The activity as a type of yours.
    ///
    /// # Errors
    ///
    /// When it does not fit that type.
    pub fn decode<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        self.activity().decode()
    }

    /// Where to resume once this activity and all before it are dealt with.
    ///
    /// Activities arrive in batches and a checkpoint covers a whole batch, so only the last
    /// activity of a batch has one. Store it together with the effects of the batch, and each of
    /// them happens exactly once.
    #[must_use]
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        let is_last = self.index + 1 == self.batch.len();
        is_last.then(|| self.batch.checkpoint())
    }
}

/// Shows no text: it is the users'.
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Received({} of {}, {} bytes)",
            self.index + 1,
            self.batch.len(),
            self.json().len()
        )
    }
}
