//! HOSTS: which others there are, and whose lease is over. A lease is over once a later one stands in its
//! place, or that it is gone; where a host has not been heard of for as long as a lease lives, the others
//! write there that it is, which the server allows only once it has let go of the lease.

use std::collections::BTreeMap;

use directline::Moment;

use super::desk::{Desk, Whose};
use super::entry::{HostEntry, HostState, Lease, VERSION};
use super::fact::Answer;
use super::name::{HostName, Name};
use super::note::Note;
use super::order::{Address, OrderId};
use super::rendezvous;
use super::retry::Retry;

/// All hosts that anybody has heard of.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    known: BTreeMap<HostName, Known>,
}

/// What is known of a host.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) revision: u64,
    /// Of the lease that stands there, or of the last one that is gone.
    pub(super) number: u64,
    pub(super) nonce: u64,
    /// The latest lease that a conversation's entry names.
    named: u64,
    /// Nothing stood under the key yet where this is none.
    pub(super) state: Option<HostState>,
    /// When it was last heard of; none where it never was.
    heard: Option<Moment>,
    /// What stood there last is not there any more.
    has_vanished: bool,
    flight: Option<Flight>,
    retry: Retry,
}

#[derive(Clone, Debug)]
struct Flight {
    id: OrderId,
    /// What is being written; none where the key is only read.
    written: Option<HostEntry>,
}

impl Known {
    pub(super) fn is_gone(&self) -> bool {
        self.state == Some(HostState::Gone)
    }

    fn takes(&self) -> bool {
        self.state == Some(HostState::Alive)
    }

    /// Whether this is the lease of that number, and not gone.
    pub(super) fn is_lease(&self, number: u64) -> bool {
        self.number == number && matches!(self.state, Some(HostState::Alive | HostState::Draining))
    }

    /// Whether nothing has to be written there: no lease that anybody heard of is left.
    fn is_buried(&self) -> bool {
        self.is_gone() && self.named <= self.number
    }

    /// Asks what stands there.
    fn look(&mut self, host: &HostName, desk: &mut Desk) {
        let (whose, address) = (Whose::Burial(host.clone()), Address::Host(host.clone()));
        self.flight = Some(Flight { id: desk.read(whose, address), written: None });
    }

    fn is_free(&self, now: Moment) -> bool {
        self.flight.is_none() && self.retry.is_due(now)
    }

    /// When its lease may have aged out, unless more is heard.
    pub(super) fn aged_at(&self, desk: &Desk) -> Moment {
        self.heard.map_or(desk.now, |heard| heard.saturating_add(desk.settings.lease))
    }
}

impl Hosts {
    pub(super) fn get(&self, host: &HostName) -> Option<&Known> {
        self.known.get(host)
    }

    /// What stands under a host's key, as it was heard or as it was read; gives whether it changes who
    /// takes conversations, or whose lease is over. Servers may begin to number anew: what was heard under
    /// a lower number is asked about, and what was read then counts, unless that is what a server shows that
    /// lags.
    pub(super) fn seen(
        &mut self,
        host: &HostName,
        revision: u64,
        entry: Option<&HostEntry>,
        is_read: bool,
        desk: &mut Desk,
    ) -> bool {
        let before = self.known.get(host).cloned().unwrap_or_default();
        let state = entry.map_or(HostState::Gone, |entry| entry.state);
        let number = entry.map_or(before.number, |entry| entry.number);
        let nonce = entry.map_or(0, |entry| entry.nonce);
        let is_other = (before.number, before.state) != (number, Some(state));
        let is_lower = before.revision > revision;
        let is_gone = state == HostState::Gone;
        let is_earlier = (number, is_gone) < (before.number, before.is_gone());
        // Under its own key a host has to write.
        let is_late = is_earlier && *host != desk.host;
        if before.revision == revision || (is_lower && (!is_read || is_late)) {
            let is_asked = is_other && !is_read;
            let known = self.known.get_mut(host).filter(|own| is_asked && own.is_free(desk.now));
            known.into_iter().for_each(|known| known.look(host, desk));
            return false;
        }
        let (state, heard) = (Some(state), Some(desk.now));
        let (retry, has_vanished) = (Retry::default(), false);
        let known = Known { revision, number, nonce, state, heard, has_vanished, retry, ..before };
        self.known.insert(host.clone(), known);
        is_other
    }

    /// Nothing stands under another host's key any more, which by itself says nothing of its lease.
    pub(super) fn vanished(&mut self, host: &HostName) {
        if let Some(known) = self.known.get_mut(host) {
            known.has_vanished = true;
        }
    }

    /// Nothing stands under a host's key; gives whether there are others now.
    pub(super) fn forget(&mut self, host: &HostName) -> bool {
        self.known.remove(host).is_some()
    }

    /// Somebody's entry names this lease, which is not over as far as is known.
    pub(super) fn suspect(&mut self, lease: &Lease) {
        let known = self.known.entry(lease.host.clone()).or_default();
        known.named = known.named.max(lease.number);
    }

    /// Whether a lease is over for good.
    pub(super) fn is_over(&self, lease: &Lease) -> bool {
        self.known.get(&lease.host).is_some_and(|known| {
            known.number > lease.number || (known.is_gone() && known.number == lease.number)
        })
    }

    /// Whether a lease lives, as far as anybody knows.
    pub(super) fn lives(&self, lease: &Lease) -> bool {
        self.known.get(&lease.host).is_some_and(|known| known.is_lease(lease.number))
    }

    /// Whether it does, and its host takes conversations.
    pub(super) fn takes(&self, lease: &Lease) -> bool {
        let known = self.known.get(&lease.host);
        known.is_some_and(|known| known.is_lease(lease.number) && known.takes())
    }

    /// Whether any host but `me` takes conversations.
    pub(super) fn has_others(&self, me: &HostName) -> bool {
        self.alive().any(|host| host != me)
    }

    /// Whom a conversation belongs to, among the hosts that take some.
    pub(super) fn winner(&self, name: &Name) -> Option<&HostName> {
        rendezvous::winner(self.alive(), name)
    }

    pub(super) fn alive(&self) -> impl Iterator<Item = &HostName> {
        self.known.iter().filter(|(_, known)| known.takes()).map(|(host, _)| host)
    }

    /// Tries to write that those are gone who have not been heard of for so long.
    pub(super) fn tend(&mut self, desk: &mut Desk) {
        for (host, known) in &mut self.known {
            let is_silent = known.aged_at(desk) <= desk.now;
            if !is_silent || !known.is_free(desk.now) || known.is_buried() || *host == desk.host {
                continue;
            }
            let number = known.number.max(known.named);
            let (version, nonce, state) = (VERSION, 0, HostState::Gone);
            let entry = HostEntry { version, number, nonce, state };
            // Over a lease it is never written: only where nothing stands, or that an earlier one is gone.
            let is_over_another = known.is_gone() && !known.has_vanished;
            let expected = if is_over_another { known.revision } else { 0 };
            let (whose, address) = (Whose::Burial(host.clone()), Address::Host(host.clone()));
            let id = desk.put(whose, address, expected, Some(super::json(&entry)));
            known.flight = Some(Flight { id, written: Some(entry) });
        }
    }

    /// What became of that; gives whether there are other hosts now.
    pub(super) fn answered(
        &mut self,
        host: &HostName,
        id: OrderId,
        answer: Answer,
        desk: &mut Desk,
    ) -> bool {
        let Some(known) = self.known.get_mut(host) else { return false };
        let Some(flight) = known.flight.take_if(|flight| flight.id == id) else { return false };
        match (answer, flight.written) {
            (Answer::Done(revision), Some(written)) => {
                desk.note(Note::Fell { host: host.clone() });
                self.seen(host, revision, Some(&written), true, desk)
            }
            // It lives, or another was first: the key says which.
            (Answer::Conflict, _) => {
                known.look(host, desk);
                false
            }
            (Answer::Unanswered, _) | (Answer::Done(_), None) => {
                known.retry.failed(desk.now, &desk.settings);
                false
            }
        }
    }

    /// The key was read, and what stands there was told to [`Hosts::seen`].
    pub(super) fn read(&mut self, host: &HostName, id: OrderId, desk: &Desk) {
        let Some(known) = self.known.get_mut(host) else { return };
        let is_asked = known.flight.take_if(|flight| flight.id == id).is_some();
        if is_asked && known.aged_at(desk) <= desk.now {
            known.retry.failed(desk.now, &desk.settings);
        }
    }

    /// No answer is awaited any more.
    pub(super) fn lose(&mut self) {
        self.known.values_mut().for_each(|known| known.flight = None);
    }

    /// When something is due.
    pub(super) fn deadline(&self, desk: &Desk) -> Option<Moment> {
        let waits = self.known.iter().filter(|(host, known)| {
            **host != desk.host && known.flight.is_none() && !known.is_buried()
        });
        let due = waits.map(|(_, known)| {
            let aged = known.aged_at(desk);
            known.retry.wake(desk.now).map_or(aged, |at| at.max(aged))
        });
        due.min()
    }
}
