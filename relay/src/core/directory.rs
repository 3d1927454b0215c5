//! DIRECTORY: the entries of all conversations, as far as this host has heard, and one write of each
//! at a time.

use std::collections::{BTreeMap, BTreeSet};

use directline::Moment;

use super::desk::{Desk, Whose};
use super::entry::{Entry, Lease, VERSION, Wanted};
use super::fact::{Answer, Found};
use super::name::Name;
use super::order::{Address, OrderId};
use super::retry::Retry;

/// All conversations.
#[derive(Debug, Default)]
pub(super) struct Directory {
    listings: BTreeMap<Name, Listing>,
    /// The marks of those that were removed, and when: what was read before may still come.
    removed: BTreeMap<Name, (u64, Moment)>,
    /// Those of which something stands there that cannot be read.
    unreadable: BTreeSet<Name>,
}

/// A conversation.
#[derive(Debug)]
pub(super) struct Listing {
    revision: u64,
    pub(super) entry: Entry,
    flight: Option<Flight>,
    /// The entry has to be read before it is written again.
    is_unsure: bool,
    /// The revision that a write to another owner expects: as long as it stands there, that write may
    /// still arrive.
    given_away: Option<u64>,
    /// Something else may stand there than what is known.
    doubt: Option<Doubt>,
    /// Whether anything was heard since it was last asked what stands there.
    has_heard: bool,
    /// The highest epoch that somebody else was seen to have signed the record with.
    fence: u64,
    retry: Retry,
}

#[derive(Clone, Copy, Debug, Default)]
struct Doubt {
    /// Under which number that was heard.
    heard: u64,
    /// How often in a row the same was read that stood there before, and under which number.
    earlier: u32,
    shown: u64,
}

#[derive(Debug)]
struct Flight {
    id: OrderId,
    what: Doing,
}

#[derive(Debug)]
enum Doing {
    Read,
    /// An entry, or none at all, in place of what is of that revision.
    Write {
        expected: u64,
        entry: Option<Entry>,
    },
}

impl Directory {
    pub(super) fn get(&self, name: &Name) -> Option<&Listing> {
        self.listings.get(name)
    }

    pub(super) fn get_mut(&mut self, name: &Name) -> Option<&mut Listing> {
        self.listings.get_mut(name)
    }

    /// Whether what stands there cannot be read.
    pub(super) fn is_unreadable(&self, name: &Name) -> bool {
        self.unreadable.contains(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &Name> {
        self.listings.keys()
    }

    /// What stands under a conversation's key, as it was heard or as it was read; a revision of 0 says that
    /// nothing does, not even that something was removed. Servers may begin to number anew: what is
    /// the same goes by the other number, what is not and comes under a lower one is asked about, and what
    /// was read then counts; what stood there before, or that nothing does, once it is read again and
    /// again, since a server that lags may show it, also of numbers that are higher.
    pub(super) fn seen(
        &mut self,
        name: &Name,
        revision: u64,
        entry: Option<Entry>,
        is_read: bool,
        desk: &mut Desk,
    ) {
        self.unreadable.remove(name);
        let Some(listing) = self.listings.get_mut(name) else {
            return self.stands(name, revision, entry, desk);
        };
        let was_before = match &entry {
            Some(entry) => entry.is_before(&listing.entry),
            None => revision < listing.revision,
        };
        let is_lower = revision < listing.revision;
        if revision == listing.revision {
            (listing.doubt, listing.has_heard) = (None, listing.has_heard || !is_read);
        } else if !is_lower && !was_before {
            self.stands(name, revision, entry, desk);
        } else if is_read && !listing.has_heard {
            let is_late = listing.doubt.is_some_and(|doubt| revision < doubt.heard);
            if (was_before || is_late) && listing.is_to_be_read_again(revision, desk) {
                return;
            }
            self.stands(name, revision, entry, desk);
        } else if entry.as_ref() == Some(&listing.entry) {
            listing.revision = revision;
        } else {
            listing.doubt.get_or_insert_default().heard = revision;
            listing.look(name, desk);
        }
    }

    fn stands(&mut self, name: &Name, revision: u64, entry: Option<Entry>, desk: &Desk) {
        let Some(entry) = entry else {
            match self.listings.get_mut(name).filter(|_| revision == 0) {
                // Who removes an entry leaves a mark: the servers have lost it.
                Some(listing) => (listing.revision, listing.doubt) = (0, None),
                None => self.remove(name, revision, desk),
            }
            return;
        };
        let Some(listing) = self.listings.get_mut(name) else {
            self.listings.insert(name.clone(), Listing::new(revision, entry));
            return;
        };
        // Two that find the conversation theirs do not take turns in asking for it.
        let asked = |entry: &Entry| entry.heir.as_ref().is_some_and(|heir| heir.host == desk.host);
        if asked(&listing.entry) && !asked(&entry) && listing.entry.owner == entry.owner {
            listing.retry.failed(desk.now, &desk.settings);
        }
        (listing.revision, listing.entry) = (revision, entry);
        (listing.doubt, listing.has_heard) = (None, true);
    }

    fn remove(&mut self, name: &Name, mark: u64, desk: &Desk) {
        self.removed.retain(|_, (_, at)| may_come(*at, desk));
        if self.listings.remove(name).is_some() && mark > 0 {
            self.removed.insert(name.clone(), (mark, desk.now));
        }
    }

    /// What was read, or the mark of its removal where that was heard of since it was read.
    pub(super) fn unless_removed(
        &self,
        name: &Name,
        found: Option<Found>,
        desk: &Desk,
    ) -> Option<Found> {
        let removed = self.removed.get(name).filter(|(_, at)| may_come(*at, desk));
        let mark = removed.map_or(0, |(mark, _)| *mark);
        let is_late = found.as_ref().is_some_and(|found| found.revision < mark);
        if is_late { Some(Found { revision: mark, value: None }) } else { found }
    }

    /// What stands under a conversation's key cannot be read.
    pub(super) fn forget(&mut self, name: &Name) {
        self.listings.remove(name);
        self.unreadable.insert(name.clone());
    }

    /// What became of a write, or of a read that failed.
    pub(super) fn answered(&mut self, name: &Name, id: OrderId, answer: Answer, desk: &mut Desk) {
        let Some(listing) = self.listings.get_mut(name) else { return };
        let Some(flight) = listing.flight.take_if(|flight| flight.id == id) else { return };
        match (answer, flight.what) {
            (Answer::Done(revision), Doing::Write { expected, entry }) => {
                listing.retry.succeeded();
                // Where something was heard of meanwhile, that is later.
                if listing.revision == expected {
                    self.stands(name, revision, entry, desk);
                }
            }
            (Answer::Conflict | Answer::Unanswered, _) | (Answer::Done(_), Doing::Read) => {
                listing.is_unsure = true;
                listing.retry.failed(desk.now, &desk.settings);
            }
        }
    }

    /// The entry was read, and what stands there is told to [`Directory::seen`]; gives whether it was
    /// asked for here.
    pub(super) fn read(&mut self, name: &Name, id: OrderId) -> bool {
        let Some(listing) = self.listings.get_mut(name) else { return false };
        let is_asked = listing.flight.take_if(|flight| flight.id == id).is_some();
        listing.is_unsure &= !is_asked;
        is_asked
    }

    /// Somebody else, of this epoch, seems to own what an entry calls this host's: it is looked at again
    /// after a pause.
    pub(super) fn doubt(&mut self, name: &Name, epoch: u64, desk: &Desk) {
        if let Some(listing) = self.listings.get_mut(name) {
            listing.fence = listing.fence.max(epoch);
            listing.is_unsure = true;
            listing.retry.failed(desk.now, &desk.settings);
        }
    }

    /// Something else may stand there than what is known: it is read again.
    pub(super) fn tend(&mut self, name: &Name, desk: &mut Desk) {
        if let Some(listing) = self.listings.get_mut(name).filter(|own| own.doubt.is_some()) {
            listing.look(name, desk);
        }
    }

    /// No answer is awaited any more.
    pub(super) fn lose(&mut self) {
        for listing in self.listings.values_mut() {
            listing.is_unsure |= listing.flight.take().is_some();
        }
    }
}

impl Listing {
    fn new(revision: u64, entry: Entry) -> Listing {
        Listing {
            revision,
            entry,
            flight: None,
            is_unsure: false,
            given_away: None,
            doubt: None,
            has_heard: true,
            fence: 0,
            retry: Retry::default(),
        }
    }

    /// It was read, and stood there before: whether that does not count yet.
    fn is_to_be_read_again(&mut self, revision: u64, desk: &Desk) -> bool {
        let doubt = self.doubt.get_or_insert_default();
        let is_same = doubt.earlier > 0 && doubt.shown == revision;
        (doubt.earlier, doubt.shown) = (if is_same { doubt.earlier + 1 } else { 1 }, revision);
        let is_own = self.entry.owner.as_ref().is_some_and(|owner| owner.host == desk.host);
        let most = if revision == 0 && !is_own { NOTHING_MAX } else { EARLIER_MAX };
        let is_open = doubt.earlier < most;
        if is_open {
            self.retry.failed(desk.now, &desk.settings);
        }
        is_open
    }

    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether something else may stand there.
    pub(super) fn is_doubted(&self) -> bool {
        self.doubt.is_some()
    }

    /// Whether the servers have lost the entry: what it said is to be written again.
    pub(super) fn is_lost(&self) -> bool {
        self.revision == 0
    }

    /// Whether a new owner is being written.
    pub(super) fn is_taking(&self, lease: &Lease) -> bool {
        let Some(Flight { what: Doing::Write { entry: Some(entry), .. }, .. }) = &self.flight
        else {
            return false;
        };
        entry.owner.as_ref() == Some(lease) || entry.heir.as_ref() == Some(lease)
    }

    /// Whether this lease's host has asked the owner for it.
    pub(super) fn is_asked_by(&self, lease: &Lease) -> bool {
        self.entry.heir.as_ref() == Some(lease)
    }

    /// A new owner, under a new epoch: no other can replace the same revision.
    pub(super) fn owned_by(&self, owner: Lease) -> Entry {
        let before = self.entry.epoch.max(self.fence);
        let epoch = self.revision.max(before.saturating_add(1));
        Entry { epoch, owner: Some(owner), heir: None, ..self.entry.clone() }
    }

    /// Whether somebody has signed the record since, or with the same epoch: then the entry of that one
    /// is lost, since else it would stand here.
    pub(super) fn is_overtaken(&self) -> bool {
        self.fence >= self.entry.epoch
    }

    /// Writes that it is another's from now on.
    pub(super) fn give_away(&mut self, name: &Name, owner: Lease, desk: &mut Desk) {
        if self.is_free(desk.now) && !self.is_unsure {
            self.given_away = Some(self.revision);
        }
        self.write(name, Some(self.owned_by(owner)), desk);
    }

    /// Writes that it is not, if that may still be so; gives whether it may.
    pub(super) fn take_back(&mut self, name: &Name, desk: &mut Desk) -> bool {
        let is_open = self.given_away == Some(self.revision);
        if is_open {
            self.write(name, Some(Entry { heir: None, ..self.entry.clone() }), desk);
        }
        is_open
    }

    /// The same, asked for.
    pub(super) fn asked_by(&self, heir: Lease) -> Entry {
        Entry { heir: Some(heir), ..self.entry.clone() }
    }

    /// The same, over.
    pub(super) fn over(&self, reason: String) -> Entry {
        Entry { wanted: Wanted::Over(reason), ..self.entry.clone() }
    }

    /// Writes the entry, or removes it, if nothing else is under way and nothing has failed just now;
    /// reads it before where it is not sure what stands there.
    pub(super) fn write(&mut self, name: &Name, entry: Option<Entry>, desk: &mut Desk) {
        if !self.is_free(desk.now) {
            return;
        }
        if self.is_unsure {
            return self.look(name, desk);
        }
        let (whose, address) = (Whose::Listing(name.clone()), Address::Conversation(name.clone()));
        let value = entry.as_ref().map(super::json);
        let id = desk.put(whose, address, self.revision, value);
        let what = Doing::Write { expected: self.revision, entry };
        self.flight = Some(Flight { id, what });
    }

    /// Writes what stood there once more.
    pub(super) fn write_again(&mut self, name: &Name, desk: &mut Desk) {
        self.write(name, Some(self.entry.clone()), desk);
    }

    /// Asks what stands there, as [`Listing::write`].
    fn look(&mut self, name: &Name, desk: &mut Desk) {
        self.is_unsure = true;
        if self.is_free(desk.now) {
            let (whose, address) =
                (Whose::Listing(name.clone()), Address::Conversation(name.clone()));
            self.flight = Some(Flight { id: desk.read(whose, address), what: Doing::Read });
            self.has_heard = false;
        }
    }

    /// What a new conversation's entry says.
    pub(super) fn first(from: Option<directline::Checkpoint>) -> Entry {
        let wanted = Wanted::Running;
        Entry { version: VERSION, epoch: 0, owner: None, heir: None, wanted, from }
    }

    fn is_free(&self, now: Moment) -> bool {
        self.flight.is_none() && self.retry.is_due(now)
    }

    /// Whether nothing has failed just now.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        self.retry.is_due(now)
    }

    /// When something is tried again.
    pub(super) fn wake(&self, now: Moment) -> Option<Moment> {
        self.retry.wake(now)
    }
}

/// Whether an answer may still come to what was asked for before that.
fn may_come(at: Moment, desk: &Desk) -> bool {
    at.saturating_add(desk.settings.answer_wait) >= desk.now
}

/// So often a server that lags would have to show it: other servers that have lost what was written last,
/// as those do that acknowledge before they write, show it for good.
const EARLIER_MAX: u32 = 4;
/// And so often others read that there is nothing, so that its owner is first to write it again.
const NOTHING_MAX: u32 = 6;
