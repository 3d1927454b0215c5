//! OWNERSHIP: what is to be done about each conversation, by its entry and the hosts that there are.
//!
//! | the entry says | and | this host |
//! |---|---|---|
//! | it is ours | | has a tenure of it |
//! | | its record is signed by another, of no lower epoch | takes it anew |
//! | | its heir takes conversations, and it belongs to that one | hands it over |
//! | it is nobody's, or its owner's lease is over | it belongs here | takes it |
//! | it is another's | it belongs here | asks for it |
//! | anything | the servers have lost it, and no other owner lives | writes it again |
//!
//! To whom it belongs, the hosts draw lots for (`rendezvous.rs`). What an owner has, it keeps until
//! somebody asks who it finds that it belongs to as well: while hosts know of different ones, nothing
//! moves back and forth.

use super::Core;
use super::desk::Desk;
use super::entry::{HostState, Lease};
use super::name::Name;
use super::note::Note;
use super::order::Order;
use super::tenure::{Tenure, Wish};

impl Core {
    /// Does what is to be done about a conversation.
    pub(super) fn tend(&mut self, name: &Name) {
        let Some(lease) = self.membership.lease(&self.desk).filter(|_| !self.has_left) else {
            return;
        };
        self.wanting.remove(name);
        self.directory.tend(name, &mut self.desk);
        let owner = self.directory.get(name).map(|listing| listing.entry.owner.clone());
        match owner {
            Some(Some(owner)) if owner == lease => self.own(name),
            Some(owner) => {
                if self.give_up(name) {
                    if let Some(Lease { host, .. }) = owner.clone() {
                        self.desk.note(Note::Gave { conversation: name.clone(), to: host });
                    }
                }
                self.consider(name, owner.as_ref(), &lease);
            }
            None => _ = self.give_up(name),
        }
        self.remember(name, &lease);
    }

    /// Does so about all.
    pub(super) fn tend_all(&mut self) {
        let names: Vec<_> = self.directory.names().cloned().collect();
        names.iter().for_each(|name| self.tend(name));
    }

    /// A conversation is this host's.
    fn own(&mut self, name: &Name) {
        let Core { desk, hosts, directory, tenures, .. } = self;
        let Some(listing) = directory.get_mut(name) else { return };
        if tenures.get(name).is_some_and(|tenure| tenure.epoch != listing.entry.epoch) {
            tenures.remove(name).into_iter().for_each(|mut tenure| tenure.stop(desk));
        }
        if !tenures.contains_key(name) {
            if !listing.is_due(desk.now) {
                return;
            }
            if let Some(owner) = listing.entry.owner.clone().filter(|_| listing.is_overtaken()) {
                listing.write(name, Some(listing.owned_by(owner)), desk);
                return;
            }
            let epoch = listing.entry.epoch;
            desk.note(Note::Took { conversation: name.clone(), epoch });
            tenures.insert(name.clone(), Tenure::new(name.clone(), &listing.entry));
        }
        if listing.is_lost() {
            listing.write_again(name, desk);
        }
        let Some(tenure) = tenures.get_mut(name) else { return };
        tenure.wanted(&listing.entry.wanted, desk);
        let belongs = |to: &Lease| hosts.takes(to) && hosts.winner(name) == Some(&to.host);
        let heir = listing.entry.heir.clone().filter(belongs);
        heir.iter().for_each(|heir| tenure.hand_over(heir.clone(), desk));
        if self.drain.is_some() && !hosts.has_others(&desk.host) {
            tenure.depart(desk);
        }
        let mut wish = tenure.tend(desk);
        // What has become over by that was closing till then, and can be handed over now.
        if let (None, Some(heir)) = (&wish, heir.filter(|_| tenure.is_open())) {
            tenure.hand_over(heir, desk);
            wish = tenure.tend(desk);
        }
        match wish {
            None => {}
            Some(Wish::HandOver(to)) if belongs(&to) => listing.give_away(name, to, desk),
            // What nobody answered may still arrive, unless something else stands there before.
            Some(Wish::HandOver(_)) if listing.take_back(name, desk) => {}
            Some(Wish::HandOver(_)) => {
                tenure.stay();
                tenure.tend(desk);
            }
            Some(Wish::End(reason)) => listing.write(name, Some(listing.over(reason)), desk),
            Some(Wish::Remove) => listing.write(name, None, desk),
        }
    }

    /// A conversation is not this host's: whether it is to be.
    fn consider(&mut self, name: &Name, owner: Option<&Lease>, lease: &Lease) {
        let Core { desk, hosts, directory, .. } = self;
        let Some(listing) = directory.get_mut(name) else { return };
        let is_free = owner.is_none_or(|owner| hosts.is_over(owner));
        if let Some(owner) = owner.filter(|_| !is_free) {
            hosts.suspect(owner);
        }
        let is_ours = hosts.winner(name) == Some(&lease.host) && self.drain.is_none();
        let can_ask = owner.is_some_and(|owner| hosts.lives(owner)) && !listing.is_asked_by(lease);
        if listing.is_lost() && !(is_ours && is_free) {
            // Its owner knows best what stood there.
            let is_anybodys = owner.is_none_or(|owner| !hosts.lives(owner));
            if is_anybodys {
                listing.write_again(name, desk);
            }
            return;
        }
        if !is_ours || !(is_free || can_ask) {
            return;
        }
        if self.arriving.len() >= desk.settings.arriving as usize && !self.arriving.contains(name) {
            self.wanting.insert(name.clone());
            return;
        }
        let entry =
            if is_free { listing.owned_by(lease.clone()) } else { listing.asked_by(lease.clone()) };
        listing.write(name, Some(entry), desk);
    }

    /// Drops a conversation without another word; gives whether there was one.
    pub(super) fn give_up(&mut self, name: &Name) -> bool {
        let tenure = self.tenures.remove(name);
        let had = tenure.is_some();
        tenure.into_iter().for_each(|mut tenure| tenure.stop(&mut self.desk));
        had
    }

    /// Remembers whether a conversation is on its way here, and when it is to be looked at again.
    fn remember(&mut self, name: &Name, lease: &Lease) {
        let (listing, tenure) = (self.directory.get(name), self.tenures.get(name));
        let is_coming = listing.is_some_and(|listing| {
            let is_ours = listing.entry.owner.as_ref() == Some(lease);
            listing.is_taking(lease) || (listing.is_asked_by(lease) && !is_ours)
        });
        if is_coming || tenure.is_some_and(Tenure::is_arriving) {
            self.arriving.insert(name.clone());
        } else {
            self.arriving.remove(name);
        }
        let now = self.desk.now;
        let listing = listing.and_then(|listing| listing.wake(now));
        let tenure = tenure.and_then(|tenure| tenure.wake(now));
        self.wakes.set(name, listing.into_iter().chain(tenure).min());
    }

    /// Goes on with all that is due.
    pub(super) fn go_on(&mut self) {
        if self.is_gone {
            return;
        }
        let state = self.state();
        let own = self.hosts.get(&self.desk.host);
        if self.is_tending() {
            self.membership.tend(own, state, &mut self.desk);
        }
        if self.membership.until().is_some() && !self.has_left {
            self.hosts.tend(&mut self.desk);
        }
        while let Some(name) = self.wakes.due(self.desk.now) {
            self.tend(&name);
        }
        while let Some(name) = self.pace.next(self.desk.now) {
            let Some(tenure) = self.tenures.get_mut(&name) else { continue };
            if tenure.begin(&mut self.desk) {
                self.pace.began();
                self.tend(&name);
            }
        }
        while self.arriving.len() < self.desk.settings.arriving as usize {
            let Some(name) = self.wanting.pop_first() else { break };
            self.tend(&name);
        }
        self.leave();
    }

    /// Leaves, if this host is to and nothing speaks for staying.
    fn leave(&mut self) {
        let Some(until) = self.drain.filter(|_| !self.has_left) else { return };
        let now = self.desk.now;
        let is_held = self.membership.until().is_some();
        let is_done = self.tenures.values().all(|tenure| tenure.has_departed(now));
        let is_done =
            self.tenures.is_empty() || (is_done && !self.hosts.has_others(&self.desk.host));
        if is_held && !is_done && until > now {
            return;
        }
        self.has_left = true;
        self.stop();
        if is_held {
            let own = self.hosts.get(&self.desk.host);
            self.membership.tend(own, HostState::Gone, &mut self.desk);
        } else {
            self.depart();
        }
    }

    /// Nothing is ordered any more.
    pub(super) fn depart(&mut self) {
        self.desk.order(Order::Leave);
        self.is_gone = true;
    }

    /// Drops all conversations.
    pub(super) fn stop(&mut self) {
        for tenure in self.tenures.values_mut() {
            tenure.stop(&mut self.desk);
        }
        self.tenures.clear();
        self.pace.clear();
        self.arriving.clear();
        self.wanting.clear();
        self.wakes.clear();
    }

    /// This host's lease is over.
    pub(super) fn lose(&mut self) {
        let conversations = self.tenures.len();
        self.stop();
        let desk: &mut Desk = &mut self.desk;
        desk.clear();
        self.membership.lose();
        self.hosts.lose();
        self.directory.lose();
        self.control.lose(desk);
        if self.has_left {
            self.depart();
        } else {
            desk.note(Note::LeaseLost { conversations });
        }
    }

    fn state(&self) -> HostState {
        match self.drain {
            _ if self.has_left => HostState::Gone,
            Some(_) => HostState::Draining,
            None => HostState::Alive,
        }
    }
}
