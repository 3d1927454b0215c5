//! COUNT: the number of this host's next lease. They are counted under a key that stays, by compare and
//! set: of two leases of one name the later bears the higher number, whoever asked for them, whatever has
//! aged out since, and however a server numbers what is written.

use directline::Moment;

use super::desk::{Desk, Whose};
use super::entry::{Leases, VERSION};
use super::fact::{Answer, Found};
use super::note::Note;
use super::order::{Address, OrderId};
use super::retry::Retry;

/// Counts.
#[derive(Debug, Default)]
pub(super) struct Count {
    state: State,
    flight: Option<Flight>,
    /// The highest number that was heard of.
    heard_of: u64,
    retry: Retry,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Unread,
    /// What stands there, under which revision.
    Read {
        revision: u64,
        last: u64,
    },
    Granted(Grant),
}

#[derive(Debug)]
struct Flight {
    id: OrderId,
    sent: Moment,
    /// The number that is being written; none where the key is only read.
    number: Option<u64>,
}

/// A number that nobody else has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grant {
    pub(super) number: u64,
    /// When it was asked for. A lease under it counts from here: then no other can have begun and ended
    /// in between.
    pub(super) sent: Moment,
}

impl Grant {
    /// When a lease under it ends for this host.
    pub(super) fn until(self, desk: &Desk) -> Moment {
        self.sent.saturating_add(desk.settings.lease - desk.settings.margin)
    }
}

impl Count {
    /// The next number, once it is there: it is used up by that. Orders what is due till then.
    pub(super) fn take(&mut self, desk: &mut Desk) -> Option<Grant> {
        if self.flight.is_some() || !self.retry.is_due(desk.now) {
            return None;
        }
        let address = Address::Leases(desk.host.clone());
        let (id, number) = match std::mem::take(&mut self.state) {
            State::Granted(grant) if grant.until(desk) > desk.now => return Some(grant),
            State::Granted(_) | State::Unread => (desk.read(Whose::Count, address), None),
            State::Read { revision, last } => {
                let count = last.max(self.heard_of).saturating_add(1);
                let value = Some(super::json(&Leases { version: VERSION, count }));
                (desk.put(Whose::Count, address, revision, value), Some(count))
            }
        };
        self.flight = Some(Flight { id, sent: desk.now, number });
        None
    }

    /// A lease of this number is named somewhere.
    pub(super) fn heard_of(&mut self, number: u64) {
        self.heard_of = self.heard_of.max(number);
    }

    /// What became of a write, or of a read that failed.
    pub(super) fn answered(&mut self, id: OrderId, answer: Answer, desk: &Desk) {
        let Some(flight) = self.flight.take_if(|flight| flight.id == id) else { return };
        match (answer, flight.number) {
            (Answer::Done(_), Some(number)) => {
                self.retry.succeeded();
                self.state = State::Granted(Grant { number, sent: flight.sent });
            }
            _ => self.retry.failed(desk.now, &desk.settings),
        }
    }

    /// What stands there.
    pub(super) fn read(&mut self, id: OrderId, found: Option<&Found>, desk: &mut Desk) {
        if self.flight.take_if(|flight| flight.id == id).is_none() {
            return;
        }
        let revision = found.map_or(0, |found| found.revision);
        let found = found.and_then(|found| found.value.as_deref());
        match found.map(super::parsed::<Leases>).transpose() {
            Ok(leases) => {
                let last = leases.map_or(0, |leases| leases.count);
                self.state = State::Read { revision, last };
            }
            Err(flaw) => {
                let address = Address::Leases(desk.host.clone());
                desk.note(Note::Damaged { address, flaw });
                self.retry.failed(desk.now, &desk.settings);
            }
        }
    }

    /// No answer is awaited any more.
    pub(super) fn lose(&mut self) {
        (self.flight, self.state) = (None, State::Unread);
    }

    /// Whether an answer is awaited.
    pub(super) fn is_asked(&self) -> bool {
        self.flight.is_some()
    }

    /// When something is tried again.
    pub(super) fn wake(&self, now: Moment) -> Option<Moment> {
        self.retry.wake(now)
    }
}
