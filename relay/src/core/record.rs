//! RECORD: what an owner stores of a conversation, and whoever owns it next goes on from. Written
//! with compare and set only; holds no credential and no text of a post.

use directline::Checkpoint;
use serde::{Deserialize, Serialize};

use super::entry::{Lease, VERSION};
use super::name::PostKey;

/// What a conversation's record holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Of this format: [`VERSION`].
    pub version: u32,
    /// The owner's that wrote it, as in the conversation's entry. A new owner writes its own before
    /// it does anything: from then on nobody before it can.
    pub epoch: u64,
    /// Who that is: a NATS that has lost what it said was stored may give one epoch to two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Lease>,
    /// Where to resume: every activity up to here is on the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// How many activities those are.
    pub position: u64,
    /// What became of the posts.
    #[serde(default)]
    pub posts: Posts,
    /// Why the conversation is over, once all of it is on the stream: nobody resumes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
}

/// What became of a conversation's posts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posts {
    /// All up to this sequence in the queue have an outcome: they come in order.
    pub settled: u64,
    /// Given to a session, or about to be: nobody gives it to one again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
    /// The outcomes of the last ones, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Settled>,
}

/// A post that a session may have sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The application's name for it.
    pub key: PostKey,
    /// Its sequence in the queue.
    pub sequence: u64,
}

/// A post that has an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The application's name for it.
    pub key: PostKey,
    /// Its sequence in the queue.
    pub sequence: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether that is on the stream of outcomes for sure.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_told: bool,
}

/// What became of a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The service took it.
    Sent {
        /// The id that the service gave it, if it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// Nobody knows, and it is not sent again. If its echo is seen later, `Sent` follows.
    Unknown,
    /// It was not sent, and will not be.
    Refused {
        /// Why.
        reason: String,
    },
}

/// What is published of a post that has an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Of this format: [`VERSION`].
    pub version: u32,
    /// The application's name for the post.
    pub key: PostKey,
    /// Its sequence in the queue.
    pub sequence: u64,
    /// What became of it.
    pub outcome: Outcome,
}

impl Record {
    /// The record of a conversation that nobody has owned before.
    pub(super) fn begin(checkpoint: Option<Checkpoint>) -> Record {
        let (owner, posts) = (None, Posts::default());
        Record { version: VERSION, epoch: 0, owner, checkpoint, position: 0, posts, over: None }
    }
}

impl Outcome {
    /// As a word, in the ids of messages: a post has at most one of each.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Outcome::Sent { .. } => "sent",
            Outcome::Unknown => "unknown",
            Outcome::Refused { .. } => "refused",
        }
    }
}

impl Posts {
    /// A post has an outcome; of those that were told, `max` are remembered.
    pub(super) fn settle(&mut self, key: PostKey, sequence: u64, outcome: Outcome, max: u32) {
        self.given.take_if(|given| given.sequence == sequence);
        self.settled = self.settled.max(sequence);
        self.outcomes.push(Settled { key, sequence, outcome, is_told: false });
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        while self.outcomes.len() > max {
            let Some(oldest) = self.outcomes.iter().position(|settled| settled.is_told) else {
                break;
            };
            self.outcomes.remove(oldest);
        }
    }

    /// A post of unknown outcome was sent after all.
    pub(super) fn echoed(&mut self, key: &str, id: Option<&String>) {
        for settled in &mut self.outcomes {
            if settled.key.as_str() == key && settled.outcome == Outcome::Unknown {
                settled.outcome = Outcome::Sent { id: id.cloned() };
                settled.is_told = false;
            }
        }
    }

    /// The first whose outcome is not told for sure.
    pub(super) fn untold(&self) -> Option<&Settled> {
        self.outcomes.iter().find(|settled| !settled.is_told)
    }
}
