//! NOTES: what a host tells of itself, for logs and figures.

use super::name::{HostName, Name};
use super::order::Address;

/// Something worth a line in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// This host has a lease and takes conversations.
    Joined,
    /// Another process has this host's name, and lives.
    NameTaken,
    /// This host's lease is over: it has dropped this many conversations.
    LeaseLost {
        /// How many.
        conversations: usize,
    },
    /// A host is gone; its conversations are taken over.
    Fell {
        /// Which.
        host: HostName,
    },
    /// This host took a conversation.
    Took {
        /// Which.
        conversation: Name,
        /// Under which epoch.
        epoch: u64,
    },
    /// This host gave a conversation to another.
    Gave {
        /// Which.
        conversation: Name,
        /// Whom to.
        to: HostName,
    },
    /// Another host has written a conversation's record: this one has dropped it.
    Fenced {
        /// Which.
        conversation: Name,
    },
    /// A post came that has been off the queue for long; nothing is done with it. A queue that keeps
    /// its order brings a few of these at most.
    LatePost {
        /// Of which.
        conversation: Name,
        /// Its sequence in the queue.
        sequence: u64,
    },
    /// A conversation is over, and this host refuses its posts.
    Over {
        /// Which.
        conversation: Name,
        /// Why.
        reason: String,
    },
    /// What stands under a key cannot be read, and is left alone.
    Damaged {
        /// Which.
        address: Address,
        /// What is wrong.
        flaw: String,
    },
}
