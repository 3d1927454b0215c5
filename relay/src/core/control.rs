//! CONTROL: commands that wait for a write. What they want is in the conversation's entry before they
//! are answered, so that it holds whoever crashes; and the entry is read before, since what was heard of
//! it may be of long ago.

use std::collections::BTreeMap;

use super::command::{Command, Reply};
use super::desk::{Desk, Whose};
use super::directory::{Directory, Listing};
use super::entry::{Entry, Wanted};
use super::fact::Answer;
use super::name::Name;
use super::order::{Address, Order, OrderId, Ticket};

/// The commands that are not answered yet.
#[derive(Debug, Default)]
pub(super) struct Control {
    pending: BTreeMap<Ticket, Pending>,
}

#[derive(Debug)]
struct Pending {
    command: Command,
    flight: OrderId,
    written: Option<Entry>,
    tries: u32,
}

impl Control {
    /// Whose entry a ticket waits for.
    pub(super) fn conversation(&self, ticket: Ticket) -> Option<&Name> {
        self.pending.get(&ticket).map(|pending| pending.command.conversation())
    }

    /// What its answer says now stands there, if it does.
    pub(super) fn written(&self, ticket: Ticket, id: OrderId) -> Option<Entry> {
        let pending = self.pending.get(&ticket).filter(|pending| pending.flight == id);
        pending.and_then(|pending| pending.written.clone())
    }

    /// Looks what stands there, or answers that there are too many.
    pub(super) fn take(&mut self, ticket: Ticket, command: Command, desk: &mut Desk) {
        if self.pending.len() >= PENDING_MAX {
            reply(ticket, Reply::Refused("too many commands at once".to_owned()), desk);
            return;
        }
        let address = Address::Conversation(command.conversation().clone());
        let flight = desk.read(Whose::Command(ticket), address);
        self.pending.insert(ticket, Pending { command, flight, written: None, tries: 0 });
    }

    /// What stands there cannot be read.
    pub(super) fn damaged(&mut self, ticket: Ticket, desk: &mut Desk) {
        if self.pending.remove(&ticket).is_some() {
            reply(ticket, Reply::Refused("what stands there cannot be read".to_owned()), desk);
        }
    }

    /// What became of a write, which [`Directory::seen`] has been told; or of a read that failed.
    pub(super) fn answered(
        &mut self,
        ticket: Ticket,
        id: OrderId,
        answer: Answer,
        directory: &Directory,
        desk: &mut Desk,
    ) {
        let Some(pending) = self.pending.get_mut(&ticket) else { return };
        if pending.flight != id {
            return;
        }
        if let Answer::Done(_) = answer {
            self.read(ticket, id, 0, directory, desk);
            return;
        }
        pending.tries += 1;
        if pending.tries >= TRIES_MAX {
            self.pending.remove(&ticket);
            reply(ticket, Reply::Refused("NATS does not answer".to_owned()), desk);
            return;
        }
        let address = Address::Conversation(pending.command.conversation().clone());
        pending.written = None;
        pending.flight = desk.read(Whose::Command(ticket), address);
    }

    /// The entry is known again; where none is, this is the revision of the mark that one has left which
    /// was removed, or 0.
    pub(super) fn read(
        &mut self,
        ticket: Ticket,
        id: OrderId,
        mark: u64,
        directory: &Directory,
        desk: &mut Desk,
    ) {
        if self.pending.get(&ticket).is_none_or(|pending| pending.flight != id) {
            return;
        }
        if let Some(pending) = self.pending.remove(&ticket) {
            self.go_on(ticket, pending, mark, directory, desk);
        }
    }

    /// No answer is awaited any more.
    pub(super) fn lose(&mut self, desk: &mut Desk) {
        for ticket in std::mem::take(&mut self.pending).into_keys() {
            reply(ticket, Reply::Refused("this host has lost its lease".to_owned()), desk);
        }
    }

    fn go_on(
        &mut self,
        ticket: Ticket,
        Pending { command, tries, .. }: Pending,
        mark: u64,
        directory: &Directory,
        desk: &mut Desk,
    ) {
        let listing = directory.get(command.conversation());
        let wanted = listing.map(|listing| &listing.entry.wanted);
        let (expected, entry) = match (&command, wanted, listing) {
            (Command::Start { .. }, Some(Wanted::Running), Some(listing)) if listing.is_lost() => {
                (listing.revision(), listing.entry.clone())
            }
            (Command::Start { .. }, Some(Wanted::Running), _)
            | (Command::End { .. }, Some(Wanted::Over(_)), _) => {
                return reply(ticket, Reply::Done, desk);
            }
            (Command::Start { .. }, Some(Wanted::Over(reason)), _) => {
                return reply(ticket, Reply::Refused(format!("it is over: {reason}")), desk);
            }
            (Command::Start { from, .. }, None, _) => (mark, Listing::first(from.clone())),
            (Command::End { .. }, _, Some(listing)) => {
                (listing.revision(), listing.over(BY_COMMAND.to_owned()))
            }
            (Command::End { .. } | Command::Token { .. } | Command::Status { .. }, ..) => {
                return reply(ticket, Reply::Refused(NONE_OF_THIS_NAME.to_owned()), desk);
            }
        };
        let address = Address::Conversation(command.conversation().clone());
        let value = Some(super::json(&entry));
        let flight = desk.put(Whose::Command(ticket), address, expected, value);
        let written = Some(entry);
        self.pending.insert(ticket, Pending { command, flight, written, tries });
    }
}

fn reply(ticket: Ticket, reply: Reply, desk: &mut Desk) {
    desk.order(Order::Reply { ticket, reply });
}

const PENDING_MAX: usize = 256;
const TRIES_MAX: u32 = 5;
pub(super) const NONE_OF_THIS_NAME: &str = "there is none of this name";
const BY_COMMAND: &str = "ended by the application";
