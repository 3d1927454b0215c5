//! MEMBERSHIP: this host's own lease. It counts from the moment at which the last write that is known
//! to have succeeded was sent, by the host's own clock, and ends a margin before the server could let
//! go of it: the server's count begins later. Whoever finds the key empty, or writes over it, can do so
//! only after this host has stopped.

use directline::Moment;

use super::count::{Count, Grant};
use super::desk::{Desk, Whose};
use super::entry::{HostEntry, HostState, Lease, VERSION};
use super::fact::Answer;
use super::hosts::Known;
use super::note::Note;
use super::order::{Address, OrderId};
use super::retry::Retry;

/// Where this host stands.
#[derive(Debug)]
pub(super) struct Membership {
    standing: Standing,
    flight: Option<Flight>,
    /// The key has to be read before it is written again.
    is_unsure: bool,
    retry: Retry,
    /// Drawn for this process.
    nonce: u64,
    count: Count,
    /// The revision under which another process was first seen to have this host's name, and whether it
    /// was told that it lives.
    rival: Option<(u64, bool)>,
}

#[derive(Debug)]
enum Standing {
    Out,
    Held(Held),
    Left,
}

#[derive(Clone, Debug)]
struct Held {
    number: u64,
    revision: u64,
    /// When this host stops, come what may.
    until: Moment,
    renew_at: Moment,
    state: HostState,
}

#[derive(Debug)]
struct Flight {
    id: OrderId,
    sent: Moment,
    what: Doing,
}

#[derive(Debug)]
enum Doing {
    Claim(Grant),
    Renew(HostState),
    Leave,
    Read,
}

/// What has become of the lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Joined,
    Lost,
    Left,
}

impl Membership {
    pub(super) fn new(nonce: u64) -> Membership {
        Membership {
            standing: Standing::Out,
            flight: None,
            is_unsure: false,
            retry: Retry::default(),
            nonce,
            count: Count::default(),
            rival: None,
        }
    }

    /// The lease, while it is held.
    pub(super) fn lease(&self, desk: &Desk) -> Option<Lease> {
        match &self.standing {
            Standing::Held(held) => Some(Lease { host: desk.host.clone(), number: held.number }),
            Standing::Out | Standing::Left => None,
        }
    }

    /// When this host has to stop.
    pub(super) fn until(&self) -> Option<Moment> {
        match &self.standing {
            Standing::Held(held) => Some(held.until),
            Standing::Out | Standing::Left => None,
        }
    }

    /// What the number of the next lease is made of.
    pub(super) fn count(&mut self) -> &mut Count {
        &mut self.count
    }

    /// The lease is over: begins anew.
    pub(super) fn lose(&mut self) {
        self.standing = Standing::Out;
        self.flight = None;
        self.is_unsure = true;
        self.count.lose();
    }

    /// What stands under the host's own key, by a watch or because it was read; `None` where nothing
    /// does.
    pub(super) fn found(&mut self, own: Option<&Known>) -> Change {
        let Standing::Held(held) = &mut self.standing else { return Change::None };
        match own {
            Some(own) if own.is_lease(held.number) => {
                held.revision = own.revision;
                Change::None
            }
            // What a server shows that lags.
            Some(own) if own.number < held.number => Change::None,
            Some(_) | None => Change::Lost,
        }
    }

    /// The key was read, and what stands there was told to [`Membership::found`], if it can be read.
    pub(super) fn read(&mut self, id: OrderId, is_readable: bool, desk: &Desk) {
        if self.flight.take_if(|flight| flight.id == id).is_none() {
            return;
        }
        if is_readable {
            self.is_unsure = false;
        } else {
            self.retry.failed(desk.now, &desk.settings);
        }
    }

    /// What became of an order; and the revision and the entry that are known to stand there now.
    pub(super) fn answered(
        &mut self,
        id: OrderId,
        answer: Answer,
        desk: &mut Desk,
    ) -> (Change, Option<(u64, HostEntry)>) {
        let Some(flight) = self.flight.take_if(|flight| flight.id == id) else {
            return (Change::None, None);
        };
        let settings = &desk.settings;
        let until = flight.sent.saturating_add(settings.lease - settings.margin);
        let renew_at = flight.sent.saturating_add(settings.renew_after);
        match (answer, flight.what) {
            (_, Doing::Leave) => {
                self.standing = Standing::Left;
                (Change::Left, None)
            }
            (Answer::Done(revision), Doing::Claim(grant)) => {
                self.retry.succeeded();
                self.rival = None;
                let (number, until) = (grant.number, grant.until(desk));
                let stands = self.entry(number, HostState::Alive);
                // An answer that took as long as that is of a lease that nobody may count on.
                if until <= desk.now {
                    return (Change::None, Some((revision, stands)));
                }
                let state = HostState::Alive;
                let held = Held { number, revision, until, renew_at, state };
                self.standing = Standing::Held(held);
                (Change::Joined, Some((revision, stands)))
            }
            (Answer::Done(revision), Doing::Renew(state)) => {
                self.retry.succeeded();
                let Standing::Held(held) = &mut self.standing else { return (Change::None, None) };
                *held = Held { number: held.number, revision, until, renew_at, state };
                let number = held.number;
                (Change::None, Some((revision, self.entry(number, state))))
            }
            (Answer::Conflict, Doing::Claim(_) | Doing::Renew(_))
            | (Answer::Unanswered, Doing::Claim(_)) => {
                self.is_unsure = true;
                self.retry.failed(desk.now, &desk.settings);
                (Change::None, None)
            }
            // Written again as it was: if it had arrived, that is a conflict.
            (Answer::Unanswered, Doing::Renew(_)) | (_, Doing::Read) => {
                self.retry.failed(desk.now, &desk.settings);
                (Change::None, None)
            }
        }
    }

    /// Orders what is due; `own` is what is known to stand under the host's own key.
    pub(super) fn tend(&mut self, own: Option<&Known>, state: HostState, desk: &mut Desk) {
        if self.flight.is_some() || !self.retry.is_due(desk.now) {
            return;
        }
        let address = Address::Host(desk.host.clone());
        let (expected, wanted, what) = match &self.standing {
            Standing::Left => return,
            Standing::Out | Standing::Held(_) if self.is_unsure => {
                let id = desk.read(Whose::Membership, address);
                self.flight = Some(Flight { id, sent: desk.now, what: Doing::Read });
                return;
            }
            Standing::Held(held) if state == HostState::Gone => {
                (held.revision, self.entry(held.number, state), Doing::Leave)
            }
            Standing::Held(held) => {
                if held.renew_at > desk.now && held.state == state {
                    return;
                }
                (held.revision, self.entry(held.number, state), Doing::Renew(state))
            }
            Standing::Out => {
                let own = own.filter(|own| own.state.is_some());
                let is_foreign = own.is_some_and(|own| !own.is_gone() && own.nonce != self.nonce);
                if is_foreign && own.is_some_and(|own| own.aged_at(desk) > desk.now) {
                    // What this host left when it crashed is not renewed.
                    let now = own.map_or(0, |own| own.revision);
                    let (first, has_told) = self.rival.get_or_insert((now, false));
                    if *first != now && !std::mem::replace(has_told, true) {
                        desk.note(Note::NameTaken);
                    }
                    return;
                }
                self.count.heard_of(own.map_or(0, |own| own.number));
                let Some(grant) = self.count.take(desk) else { return };
                let expected = own.filter(|_| !is_foreign).map_or(0, |own| own.revision);
                (expected, self.entry(grant.number, HostState::Alive), Doing::Claim(grant))
            }
        };
        let value = super::json(&wanted);
        let id = desk.put(Whose::Membership, address, expected, Some(value));
        self.flight = Some(Flight { id, sent: desk.now, what });
    }

    /// When something is due.
    pub(super) fn deadline(&self, own: Option<&Known>, desk: &Desk) -> Option<Moment> {
        let until = self.until();
        if self.flight.is_some() {
            return until;
        }
        let next = match &self.standing {
            Standing::Left => None,
            Standing::Out if self.count.is_asked() => None,
            Standing::Held(held) => self.retry.wake(desk.now).or(Some(held.renew_at)),
            Standing::Out => {
                let aged = own.filter(|own| !own.is_gone()).map(|own| own.aged_at(desk));
                let wakes = [self.retry.wake(desk.now), self.count.wake(desk.now), aged];
                wakes.into_iter().flatten().max()
            }
        };
        until.into_iter().chain(next).min()
    }

    fn entry(&self, number: u64, state: HostState) -> HostEntry {
        HostEntry { version: VERSION, number, nonce: self.nonce, state }
    }
}
