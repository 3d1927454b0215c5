//! HOSTS: which others there are, and whose lease is over. A lease is over once something later stands
//! in its place; where a host has not been heard of for as long as a lease lives, the others write
//! there that it is gone, which the server allows only once it has let go of the lease.

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
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) revision: u64,
    /// The revision of the lease's first write.
    since: u64,
    pub(super) nonce: u64,
    /// Nothing stood under the key yet where this is none.
    pub(super) state: Option<HostState>,
    /// When it was last heard of; none where it never was.
    heard: Option<Moment>,
    burial: Option<OrderId>,
    retry: Retry,
}

impl Known {
    pub(super) fn is_gone(&self) -> bool {
        self.state == Some(HostState::Gone)
    }

    fn takes(&self) -> bool {
        self.state == Some(HostState::Alive)
    }

    /// Whether this is the lease that began with that revision.
    pub(super) fn is_lease(&self, since: u64) -> bool {
        self.since == since && matches!(self.state, Some(HostState::Alive | HostState::Draining))
    }

    /// Asks what stands there.
    fn look(&mut self, host: &HostName, desk: &mut Desk) {
        let (whose, address) = (Whose::Burial(host.clone()), Address::Host(host.clone()));
        self.burial = Some(desk.read(whose, address));
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
    /// a lower number is asked about, and what was read then counts.
    pub(super) fn seen(
        &mut self,
        host: &HostName,
        revision: u64,
        entry: Option<&HostEntry>,
        is_read: bool,
        desk: &mut Desk,
    ) -> bool {
        let now = desk.now;
        let state = entry.map_or(HostState::Gone, |entry| entry.state);
        let since = match state {
            HostState::Gone => revision,
            HostState::Alive | HostState::Draining => {
                entry.and_then(|entry| entry.since).unwrap_or(revision)
            }
        };
        if let Some(known) = self.known.get_mut(host).filter(|own| own.revision >= revision) {
            let is_lower = known.revision > revision;
            if !(is_lower && is_read) {
                let is_other = (known.since, known.state) != (since, Some(state));
                let is_free = known.burial.is_none() && known.retry.is_due(now);
                if is_other && is_free {
                    known.look(host, desk);
                }
                return false;
            }
        }
        let before = self.known.get(host);
        let before_that = before.map(|known| (known.since, known.state));
        let known = Known {
            revision,
            since,
            nonce: entry.map_or(0, |entry| entry.nonce),
            state: Some(state),
            heard: Some(now),
            burial: before.and_then(|known| known.burial),
            retry: Retry::default(),
        };
        self.known.insert(host.clone(), known);
        before_that != Some((since, Some(state)))
    }

    /// Nothing stands under a host's key; gives whether there are others now.
    pub(super) fn forget(&mut self, host: &HostName) -> bool {
        self.known.remove(host).is_some()
    }

    /// Somebody's entry names this host, of which nothing is known.
    pub(super) fn suspect(&mut self, host: &HostName) {
        if !self.known.contains_key(host) {
            let known = Known {
                revision: 0,
                since: 0,
                nonce: 0,
                state: None,
                heard: None,
                burial: None,
                retry: Retry::default(),
            };
            self.known.insert(host.clone(), known);
        }
    }

    /// Whether a lease is over for good.
    pub(super) fn is_over(&self, lease: &Lease) -> bool {
        self.known.get(&lease.host).is_some_and(|known| known.since > lease.since)
    }

    /// Whether a lease lives, as far as anybody knows.
    pub(super) fn lives(&self, lease: &Lease) -> bool {
        self.known.get(&lease.host).is_some_and(|known| known.is_lease(lease.since))
    }

    /// Whether it does, and its host takes conversations.
    pub(super) fn takes(&self, lease: &Lease) -> bool {
        let known = self.known.get(&lease.host);
        known.is_some_and(|known| known.is_lease(lease.since) && known.takes())
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
            let is_due = known.burial.is_none() && known.retry.is_due(desk.now);
            if !is_due || known.is_gone() || *host == desk.host || known.aged_at(desk) > desk.now {
                continue;
            }
            let entry =
                HostEntry { version: VERSION, since: None, nonce: 0, state: HostState::Gone };
            let (whose, address) = (Whose::Burial(host.clone()), Address::Host(host.clone()));
            known.burial = Some(desk.put(whose, address, 0, Some(super::json(&entry))));
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
        if known.burial.take_if(|burial| *burial == id).is_none() {
            return false;
        }
        match answer {
            Answer::Done(revision) => {
                desk.note(Note::Fell { host: host.clone() });
                self.seen(host, revision, None, true, desk)
            }
            // It lives, or another was first: the key says which.
            Answer::Conflict => {
                known.look(host, desk);
                false
            }
            Answer::Unanswered => {
                known.retry.failed(desk.now, &desk.settings);
                false
            }
        }
    }

    /// The key was read, and what stands there was told to [`Hosts::seen`].
    pub(super) fn read(&mut self, host: &HostName, id: OrderId, desk: &Desk) {
        let Some(known) = self.known.get_mut(host) else { return };
        if known.burial.take_if(|burial| *burial == id).is_some() && known.aged_at(desk) <= desk.now
        {
            known.retry.failed(desk.now, &desk.settings);
        }
    }

    /// No answer is awaited any more.
    pub(super) fn lose(&mut self) {
        self.known.values_mut().for_each(|known| known.burial = None);
    }

    /// When something is due.
    pub(super) fn deadline(&self, desk: &Desk) -> Option<Moment> {
        let waits = self.known.iter().filter(|(host, known)| {
            **host != desk.host && known.burial.is_none() && !known.is_gone()
        });
        let due = waits.map(|(_, known)| {
            let aged = known.aged_at(desk);
            known.retry.wake(desk.now).map_or(aged, |at| at.max(aged))
        });
        due.min()
    }
}
