//! FACTS: all that may happen to a host, in the past tense.

use std::sync::Arc;

use directline::{Checkpoint, Credential};

use super::activity::Activity;
use super::command::Command;
use super::name::{Name, PostKey};
use super::order::{Address, OrderId, SessionId, Ticket};
use super::record::Outcome;

/// Something that happened. A fact that belongs to an order bears its id; one that comes too late
/// is harmless.
#[derive(Clone, Debug)]
pub enum Fact {
    /// The deadline has come. Early, late and repeated ones are harmless.
    Timeout,
    /// All that stood in the buckets of hosts and of conversations when the watches began has been
    /// told by [`Fact::Seen`].
    Synced,
    /// What stands under a key, by a watch of the buckets of hosts and conversations. In the order in
    /// which it was written; some may be left out, the last may not. A revision below the one before,
    /// as of a server that numbers anew, is asked about; so is one of 0, which says that nothing is there
    /// any more, as where servers have lost it.
    Seen {
        /// Where.
        address: Address,
        /// What.
        found: Found,
    },
    /// What [`Order::Read`](super::Order::Read) found; `None` where nothing stands, or where it has
    /// aged out. What was removed has left a mark, which has a revision and no value.
    Read {
        /// Which.
        id: OrderId,
        /// What.
        found: Option<Found>,
    },
    /// What became of a [`Put`](super::Order::Put), a [`Publish`](super::Order::Publish), or a
    /// [`Read`](super::Order::Read) that failed. Each gets one answer, at the latest after
    /// [`Settings::answer_wait`](super::Settings::answer_wait).
    Answered {
        /// Which.
        id: OrderId,
        /// How.
        answer: Answer,
    },
    /// The application handed in a credential for this session: one that was asked for, or another.
    Credential {
        /// Whose.
        conversation: Name,
        /// None where the application did not answer, or had none.
        credential: Option<Credential>,
    },
    /// A session has no credential left.
    NeedsCredential {
        /// Whose.
        conversation: Name,
        /// Which.
        session: SessionId,
    },
    /// A session is in a conversation, which has an id now.
    Joined {
        /// Whose.
        conversation: Name,
        /// Which.
        session: SessionId,
        /// The very beginning of the conversation.
        checkpoint: Checkpoint,
    },
    /// A session handed out a batch.
    Delivered {
        /// Whose.
        conversation: Name,
        /// Which.
        session: SessionId,
        /// The activities, in order; at least one.
        activities: Vec<Activity>,
        /// The checkpoint that covers them.
        checkpoint: Checkpoint,
    },
    /// A session says what became of the post that it was given.
    Outcome {
        /// Whose.
        conversation: Name,
        /// Which.
        session: SessionId,
        /// The post.
        key: PostKey,
        /// `None` where it was surely not sent: the session ended before.
        outcome: Option<Outcome>,
    },
    /// A session is over by itself; what became of its posts has been told.
    Ended {
        /// Whose.
        conversation: Name,
        /// Which.
        session: SessionId,
        /// How.
        ending: Ending,
    },
    /// The oldest post of a conversation that is not acknowledged, as
    /// [`Order::Fetch`](super::Order::Fetch) asked for.
    Post {
        /// Whose.
        conversation: Name,
        /// As the order had it.
        epoch: u64,
        /// Its sequence in the queue.
        sequence: u64,
        /// The application's name for it.
        key: PostKey,
        /// The activity, a JSON object.
        activity: Arc<str>,
    },
    /// Somebody wants something.
    Command {
        /// Whom to answer.
        ticket: Ticket,
        /// What.
        command: Command,
    },
    /// This host is to hand over what it has, and leave.
    Drain,
}

/// What stands under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The revision of that write.
    pub revision: u64,
    /// `None` where it was removed.
    pub value: Option<Arc<str>>,
}

/// What became of a write or a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is stored, under this revision or sequence; of a publication also where the stream had it.
    Done(u64),
    /// Another write came before; nothing was changed.
    Conflict,
    /// Nobody knows: it failed, or the answer did not come.
    Unanswered,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The conversation may be taken up again from its checkpoint, after a pause.
    Again,
    /// The conversation is over, for this reason.
    Over(String),
}
