//! BOOK: the record of one conversation. What the owner wants stored is the draft; one write is under
//! way at a time, and each expects the revision of the one before. The first signs the record with the
//! owner's epoch and lease: from then on no owner before can write, however late its orders arrive.

use directline::{Checkpoint, Moment};

use super::desk::{Desk, Whose};
use super::entry::{Entry, Lease};
use super::fact::{Answer, Found};
use super::name::Name;
use super::note::Note;
use super::order::{Address, OrderId};
use super::record::Record;
use super::retry::Retry;

/// The record, as it is and as it is to be.
#[derive(Debug)]
pub(super) struct Book {
    name: Name,
    epoch: u64,
    owner: Option<Lease>,
    /// Where the conversation begins that has no record yet.
    from: Option<Checkpoint>,
    /// What is to be stored; nobody changes it before the record is signed.
    pub(super) draft: Record,
    /// What stands there for sure, once it has been read; `None` where nothing does.
    stored: Option<Record>,
    revision: u64,
    state: State,
    flight: Option<Flight>,
    /// A write was not answered: it may still arrive, unless another does before.
    is_doubtful: bool,
    /// What stands there cannot be read.
    is_damaged: bool,
    retry: Retry,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It has to be read: for the first time, or after a conflict.
    Unread,
    Read,
    /// It is to be removed, and has to be read before where that failed.
    Removing {
        is_read: bool,
    },
    Removed,
}

#[derive(Debug)]
enum Flight {
    Read(OrderId),
    Write(OrderId, Box<Record>),
    Remove(OrderId),
}

/// Somebody else has signed the record, with this epoch: this owner is none any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fenced(pub(super) u64);

impl Book {
    /// The record of a conversation under the owner that its entry names.
    pub(super) fn new(name: Name, entry: &Entry) -> Book {
        Book {
            name,
            epoch: entry.epoch,
            owner: entry.owner.clone(),
            from: entry.from.clone(),
            draft: Record::begin(entry.from.clone()),
            stored: None,
            revision: 0,
            state: State::Unread,
            flight: None,
            is_doubtful: false,
            is_damaged: false,
            retry: Retry::default(),
        }
    }

    /// What is stored under this owner's epoch, once it has signed.
    pub(super) fn signed(&self) -> Option<&Record> {
        self.stored.as_ref().filter(|stored| self.has_signed(stored))
    }

    fn has_signed(&self, record: &Record) -> bool {
        record.epoch == self.epoch && record.owner == self.owner
    }

    /// What is stored under this owner's epoch, once it has signed and as long as it is not removed, and
    /// what is to be.
    pub(super) fn pages(&mut self) -> Option<(&Record, &mut Record)> {
        self.signed().filter(|_| !self.is_removing())?;
        Some((self.stored.as_ref()?, &mut self.draft))
    }

    /// Whether nothing is on its way, and nothing may still arrive.
    pub(super) fn is_settled(&self) -> bool {
        self.flight.is_none() && !self.is_doubtful
    }

    /// Whether all that is to be stored is, for sure.
    pub(super) fn is_clean(&self) -> bool {
        self.is_settled() && self.stored.as_ref() == Some(&self.draft)
    }

    /// The record is to be removed, for good.
    pub(super) fn remove(&mut self) {
        if let State::Unread | State::Read = self.state {
            self.state = State::Removing { is_read: self.state == State::Read };
        }
    }

    /// Whether it is on its way out, or gone: nothing is written any more.
    pub(super) fn is_removing(&self) -> bool {
        matches!(self.state, State::Removing { .. } | State::Removed)
    }

    pub(super) fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    pub(super) fn is_removed(&self) -> bool {
        self.state == State::Removed
    }

    /// Orders what is due.
    pub(super) fn tend(&mut self, desk: &mut Desk) {
        if self.flight.is_some() || !self.retry.is_due(desk.now) {
            return;
        }
        let (whose, address) =
            (Whose::Tenure(self.name.clone()), Address::Record(self.name.clone()));
        match self.state {
            State::Removed => {}
            State::Removing { is_read: true } => {
                let id = desk.put(whose, address, self.revision, None);
                self.flight = Some(Flight::Remove(id));
            }
            State::Unread | State::Removing { is_read: false } => {
                self.flight = Some(Flight::Read(desk.read(whose, address)))
            }
            State::Read if self.is_clean() => {}
            State::Read => {
                let value = Some(super::json(&self.draft));
                let id = desk.put(whose, address, self.revision, value);
                self.flight = Some(Flight::Write(id, Box::new(self.draft.clone())));
            }
        }
    }

    /// What became of a write, or of a read that failed.
    pub(super) fn answered(&mut self, id: OrderId, answer: Answer, desk: &Desk) {
        let Some(flight) = self.flight.take_if(|flight| flight.id() == id) else { return };
        match (answer, flight) {
            (Answer::Done(revision), Flight::Write(_, record)) => {
                self.retry.succeeded();
                self.revision = revision;
                self.is_doubtful = false;
                self.stored = Some(*record);
            }
            (Answer::Done(_), Flight::Remove(_)) => self.state = State::Removed,
            (Answer::Conflict, Flight::Write(..)) => {
                self.state = State::Unread;
                self.retry.failed(desk.now, &desk.settings);
            }
            // It may be removed, or a write of before has arrived after all.
            (Answer::Conflict | Answer::Unanswered, Flight::Remove(_)) => {
                self.state = State::Removing { is_read: false };
                self.retry.failed(desk.now, &desk.settings);
            }
            (_, Flight::Read(_)) => self.retry.failed(desk.now, &desk.settings),
            (Answer::Unanswered, Flight::Write(..)) => {
                self.is_doubtful = true;
                self.retry.failed(desk.now, &desk.settings);
            }
        }
    }

    /// What was read.
    pub(super) fn read(
        &mut self,
        id: OrderId,
        found: Option<&Found>,
        desk: &mut Desk,
    ) -> Result<(), Fenced> {
        if self.flight.take_if(|flight| flight.id() == id).is_none() {
            return Ok(());
        }
        let revision = found.map_or(0, |found| found.revision);
        let found = found.and_then(|found| found.value.as_deref());
        let found = match found.map(super::parsed::<Record>).transpose() {
            Ok(found) => found,
            Err(flaw) => {
                let address = Address::Record(self.name.clone());
                desk.note(Note::Damaged { address, flaw });
                self.is_damaged = true;
                self.retry.failed(desk.now, &desk.settings);
                return Ok(());
            }
        };
        self.is_damaged = false;
        if let State::Removing { is_read } = &mut self.state {
            match &found {
                Some(record) if record.epoch > self.epoch => return Err(Fenced(record.epoch)),
                // Also where nothing is shown: a server that lags may not have it yet.
                Some(_) | None => (*is_read, self.revision) = (true, revision),
            }
            return Ok(());
        }
        let epoch = found.as_ref().map_or(0, |record| record.epoch);
        let is_own = found.as_ref().is_some_and(|record| self.has_signed(record));
        // Once it is signed, nobody but a later owner writes it; and nobody takes it away.
        if !is_own && (epoch >= self.epoch || self.signed().is_some()) {
            return Err(Fenced(epoch));
        }
        if self.signed().is_none() {
            // What was read before may have been of a server that lags.
            let first = || Record::begin(self.from.clone());
            self.draft = found.clone().unwrap_or_else(first);
            (self.draft.epoch, self.draft.owner) = (self.epoch, self.owner.clone());
        }
        self.is_doubtful &= revision <= self.revision;
        (self.stored, self.revision) = (found, revision);
        if self.state == State::Unread {
            self.state = State::Read;
        }
        Ok(())
    }

    /// When something is tried again.
    pub(super) fn wake(&self, now: Moment) -> Option<Moment> {
        self.retry.wake(now)
    }
}

impl Flight {
    fn id(&self) -> OrderId {
        match self {
            Flight::Read(id) | Flight::Write(id, _) | Flight::Remove(id) => *id,
        }
    }
}
