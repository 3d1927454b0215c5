//! NATS, as far as the relay leans on it: buckets with revisions, compare and set, and a maximum age;
//! streams with a duplicate window; a work queue. What is here is what JetStream documents, and it is
//! always right: what goes wrong is between it and the hosts.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use directline_relay::core::{Address, Answer, Found, Name, PostKey, Publication, Subject};

/// The server.
#[derive(Default)]
pub(crate) struct Nats {
    cells: BTreeMap<Address, Cell>,
    /// Of the buckets of hosts, of conversations and of records.
    revisions: [u64; 3],
    /// Whether numbers began anew: some hosts may only have asked what is there since.
    pub(crate) is_renumbered: bool,
    /// By their ids: the sequence and the moment of the first of each.
    ids: BTreeMap<String, (u64, u64)>,
    stored: u64,
    /// What was lost and not written again.
    lost: BTreeMap<Address, Cell>,
    /// The posts of each conversation that are not acknowledged, oldest first.
    posts: BTreeMap<Name, VecDeque<Queued>>,
    queued: u64,
    /// How long an entry of a host lives, in milliseconds.
    lease: u64,
    /// How long an id is remembered.
    pub(crate) window: u64,
}

struct Cell {
    found: Found,
    /// When the server lets go of it, if it does.
    ends: Option<u64>,
    /// What stood there before, if anything did, which a server that lags may still show.
    before: Option<Found>,
}

/// A post in the queue.
#[derive(Clone)]
pub(crate) struct Queued {
    pub(crate) sequence: u64,
    pub(crate) key: PostKey,
    pub(crate) activity: Arc<str>,
}

impl Nats {
    pub(crate) fn new(lease: u64, window: u64) -> Nats {
        Nats { lease, window, ..Nats::default() }
    }

    /// What stands under a key at `now`.
    pub(crate) fn get(&self, address: &Address, now: u64) -> Option<&Found> {
        let cell = self.cells.get(address)?;
        let is_there = cell.ends.is_none_or(|ends| now < ends);
        is_there.then_some(&cell.found)
    }

    /// What a server that lags behind shows.
    pub(crate) fn get_stale(&self, address: &Address) -> Option<&Found> {
        self.cells.get(address)?.before.as_ref()
    }

    /// The servers lose what stands there, as some do that were killed.
    pub(crate) fn lose(&mut self, address: &Address) {
        let cell = self.cells.remove(address);
        self.lost.extend(cell.map(|cell| (address.clone(), cell)));
    }

    /// Whether anything is lost and not written again.
    pub(crate) fn has_lost(&self) -> bool {
        !self.lost.is_empty()
    }

    /// What was lost there and not written again.
    pub(crate) fn lost(&self, address: &Address) -> Option<&Found> {
        self.lost.get(address).map(|cell| &cell.found)
    }

    /// A server that has what others have lost goes on; gives what that is.
    pub(crate) fn recover(&mut self) -> Vec<Address> {
        let lost = std::mem::take(&mut self.lost);
        let addresses = lost.keys().cloned().collect();
        self.cells.extend(lost);
        addresses
    }

    /// All that stands in the buckets that are watched.
    pub(crate) fn watched(&self, now: u64) -> impl Iterator<Item = &Address> {
        let is_kept =
            |address: &Address| matches!(address, Address::Record(_) | Address::Leases(_));
        self.cells.keys().filter(move |at| !is_kept(at) && self.get(at, now).is_some())
    }

    /// Writes if what stands there is of that revision; `lag` is how late the server is in letting go
    /// of what has aged.
    pub(crate) fn put(
        &mut self,
        now: u64,
        address: &Address,
        expected: u64,
        value: Option<&str>,
        lag: u64,
    ) -> Answer {
        // What was removed has left a mark, which has a revision as well.
        if self.get(address, now).map_or(0, |found| found.revision) != expected {
            return Answer::Conflict;
        }
        let bucket = bucket(address);
        self.revisions[bucket] += STEP;
        let revision = self.revisions[bucket];
        let ends = (bucket == 0).then(|| now + self.lease + lag);
        let found = Found { revision, value: value.map(Arc::from) };
        let before = self.cells.remove(address).map(|cell| cell.found);
        self.cells.insert(address.clone(), Cell { found, ends, before });
        self.lost.remove(address);
        Answer::Done(revision)
    }

    /// Another server goes on, whose numbers are others, as those of some that were killed are: lower, or
    /// `is_above`. No number comes twice: then nobody could tell one from the other.
    pub(crate) fn renumber(&mut self, by: u64, is_above: bool) {
        self.is_renumbered = true;
        for renumbered in 0..self.revisions.len() {
            let cells = self.cells.iter_mut().filter(|(own, _)| bucket(own) == renumbered);
            let cells = cells.flat_map(|(_, cell)| cell.before.iter_mut().chain([&mut cell.found]));
            let mut found: Vec<&mut Found> = cells.collect();
            let least = found.iter().map(|found| found.revision).min().unwrap_or(0);
            let Some(room) = (least / STEP).checked_sub(1) else { continue };
            let moved = |revision: u64| match is_above {
                true => revision + by * STEP - 1,
                false => revision - by.min(room) * STEP - 1,
            };
            found.iter_mut().for_each(|found| found.revision = moved(found.revision));
            self.revisions[renumbered] = moved(self.revisions[renumbered]);
        }
    }

    /// Stores unless it knows the id; gives the sequence, and whether it is new.
    pub(crate) fn publish(&mut self, now: u64, publication: &Publication) -> (u64, bool) {
        let stream = match publication.subject {
            Subject::Activity(_) => 'a',
            Subject::Outcome(_) => 'o',
        };
        let id = format!("{stream}{}", publication.message_id);
        match self.ids.get(&id) {
            Some((sequence, at)) if now < at + self.window => (*sequence, false),
            _ => {
                self.stored += 1;
                self.ids.insert(id, (self.stored, now));
                (self.stored, true)
            }
        }
    }

    /// Takes a post of the application.
    pub(crate) fn queue(&mut self, name: &Name, key: PostKey, activity: Arc<str>) -> u64 {
        self.queued += 1;
        let sequence = self.queued;
        let queue = self.posts.entry(name.clone()).or_default();
        queue.push_back(Queued { sequence, key, activity });
        sequence
    }

    /// The oldest that is not acknowledged, for whoever asks.
    pub(crate) fn fetch(&self, name: &Name) -> Option<Queued> {
        self.posts.get(name)?.front().cloned()
    }

    pub(crate) fn acknowledge(&mut self, name: &Name, sequence: u64) -> bool {
        let queue = self.posts.entry(name.clone()).or_default();
        let before = queue.len();
        queue.retain(|post| post.sequence != sequence);
        queue.len() < before
    }

    /// How many posts of a conversation wait.
    pub(crate) fn waiting(&self, name: &Name) -> usize {
        self.posts.get(name).map_or(0, VecDeque::len)
    }
}

fn bucket(address: &Address) -> usize {
    match address {
        Address::Host(_) => 0,
        Address::Conversation(_) => 1,
        Address::Record(_) | Address::Leases(_) => 2,
    }
}

/// From one revision of a bucket to the next.
const STEP: u64 = 1_000_000;
