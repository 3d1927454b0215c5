//! ENTRIES: what stands in the two buckets that all hosts watch, in JSON with a version: which hosts
//! hold a lease, and who owns which conversation.
//!
//! A lease is named by the host and a number ([`Lease`]), which are counted for good ([`Leases`]). So of two
//! leases of one host it is known which is the later, however late anybody hears of them and under
//! whatever revision: a lease is over once a later one stands in its place, or that it is gone.

use directline::Checkpoint;
use serde::{Deserialize, Serialize};

use super::name::HostName;
use super::record::Record;

/// What a host's key holds, in a bucket whose entries age out with the lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostEntry {
    /// Of this format: [`VERSION`].
    pub version: u32,
    /// Which of the host's leases; of one that is gone the last.
    pub number: u64,
    /// Drawn by chance, for each process anew, so that a host knows its own write again when the answer
    /// to it got lost.
    pub nonce: u64,
    /// Whether it takes conversations.
    pub state: HostState,
}

/// How a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostState {
    /// It takes and keeps conversations.
    Alive,
    /// It hands over what it has, and takes no more.
    Draining,
    /// It has no lease: it left, or another host found that its lease had aged out.
    Gone,
}

/// A lease: who owns a conversation owns it as long as this lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Whose.
    pub host: HostName,
    /// Which of that host's: the later the higher.
    pub number: u64,
}

/// How many leases a host has asked for, under a key that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leases {
    /// Of this format: [`VERSION`].
    pub version: u32,
    /// The number of the last one.
    pub count: u64,
}

/// What a conversation's key holds, in a bucket whose entries stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Of this format: [`VERSION`].
    pub version: u32,
    /// The revision of the entry that the present owner's replaced, or what is above the epochs before
    /// where that is not: each owner has one of its own, and a higher one than all before, also where a
    /// name is used again.
    pub epoch: u64,
    /// Whose it is; nobody's yet where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Lease>,
    /// Who asks the owner for it: a host that finds, by the hosts that it knows of, that the
    /// conversation belongs to it. The owner hands it over once it finds the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heir: Option<Lease>,
    /// What is to become of it.
    pub wanted: Wanted,
    /// Where to begin when there is no record yet; the service is asked for a new conversation where
    /// this is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Checkpoint>,
}

impl Entry {
    /// What a record says that its owner's entry did.
    pub(super) fn of(record: &Record) -> Entry {
        let wanted = record.over.clone().map_or(Wanted::Running, Wanted::Over);
        let (epoch, owner) = (record.epoch, record.owner.clone());
        Entry { version: VERSION, epoch, owner, heir: None, wanted, from: None }
    }

    /// Whether this stood there before the other did, for sure: owners have higher and higher epochs,
    /// and what is over stays so. What nobody has owned yet may be of a name that is used again.
    pub(super) fn is_before(&self, other: &Entry) -> bool {
        let is_same = self.epoch == other.epoch;
        let was_running = self.wanted == Wanted::Running && other.wanted != Wanted::Running;
        self.epoch > 0 && (self.epoch < other.epoch || (is_same && was_running))
    }
}

/// What is to become of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// It is to go on.
    Running,
    /// It is over, for this reason; its posts are refused.
    Over(String),
}

/// Of the format of entries, records, commands and outcomes.
pub const VERSION: u32 = 1;
