//! RECORD: what an owner stores of a conversation, and whoever owns it next goes on from. Written
//! with compare and set only; holds no credential and no text of a post.

use directline::Checkpoint;
use serde::{Deserialize, Serialize};

use super::name::PostKey;

/// What a conversation's record holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Of this format: [`VERSION`](super::VERSION).
    pub version: u32,
    /// The owner's that wrote it, as in the conversation's entry. A new owner writes its own before
    /// it does anything: from then on nobody before it can.
    pub epoch: u64,
    /// Where to resume: every activity up to here is on the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// How many activities those are.
    pub position: u64,
    /// What became of the posts.
    #[serde(default)]
    pub posts: Posts,
}

/// What became of a conversation's posts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posts {
    /// All up to this sequence in the queue have an outcome.
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
