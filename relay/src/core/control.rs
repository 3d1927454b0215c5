//! CONTROL: commands that wait for a write. What they want is in the conversation's entry before they
//! are answered, so that it holds whoever crashes; and the entry is read before, since what was heard of
//! it may be of long ago.

use std::collections::BTreeMap;

use super::command::{Command, Reply};
use super::desk::{Desk, Whose};
use super::directory::{Directory, Listing};
use super::entry::{Entry, Wanted};
use super::fact::{Answer, Found};
use super::name::Name;
use super::order::{Address, Order, OrderId, Ticket};
use super::record::Record;

/// The commands that are not answered yet.
#[derive(Debug, Default)]
pub(super) struct Control {
    pending: BTreeMap<Ticket, Pending>,
}

#[derive(Debug)]
struct Pending {
    command: Command,
    flight: OrderId,
    step: Step,
    tries: u32,
}

/// What is under way of a command.
#[derive(Debug)]
enum Step {
    /// The entry is read.
    Entry,
    /// So is the record of a conversation that seems to have no entry.
    Record,
    /// This is written.
    Write(Entry),
}

impl Control {
    /// Whose entry a ticket waits for.
    pub(super) fn conversation(&self, ticket: Ticket) -> Option<&Name> {
        self.pending.get(&ticket).map(|pending| pending.command.conversation())
    }

    /// What its answer says now stands there, if it does.
    pub(super) fn written(&self, ticket: Ticket, id: OrderId) -> Option<Entry> {
        match self.pending.get(&ticket) {
            Some(Pending { flight, step: Step::Write(entry), .. }) if *flight == id => {
                Some(entry.clone())
            }
            _ => None,
        }
    }

    /// Whether it is the record that a ticket waits for.
    pub(super) fn reads_record(&self, ticket: Ticket) -> bool {
        self.pending.get(&ticket).is_some_and(|pending| matches!(pending.step, Step::Record))
    }

    /// Looks what stands there, or answers that there are too many.
    pub(super) fn take(&mut self, ticket: Ticket, command: Command, desk: &mut Desk) {
        if self.pending.len() >= PENDING_MAX {
            reply(ticket, Reply::Refused("too many commands at once".to_owned()), desk);
            return;
        }
        let address = Address::Conversation(command.conversation().clone());
        let flight = desk.read(Whose::Command(ticket), address);
        self.pending.insert(ticket, Pending { command, flight, step: Step::Entry, tries: 0 });
    }

    /// What stands there cannot be read.
    pub(super) fn damaged(&mut self, ticket: Ticket, desk: &mut Desk) {
        if self.pending.remove(&ticket).is_some() {
            reply(ticket, Reply::Refused(DAMAGED.to_owned()), desk);
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
        if self.pending.get(&ticket).is_none_or(|pending| pending.flight != id) {
            return;
        }
        match answer {
            Answer::Done(_) => self.read(ticket, id, 0, directory, desk),
            Answer::Conflict | Answer::Unanswered => self.again(ticket, desk),
        }
    }

    /// Looks what stands there once more, for a bounded number of times.
    fn again(&mut self, ticket: Ticket, desk: &mut Desk) {
        let Some(pending) = self.pending.get_mut(&ticket) else { return };
        pending.tries += 1;
        if pending.tries >= TRIES_MAX {
            self.pending.remove(&ticket);
            reply(ticket, Reply::Refused("NATS does not answer".to_owned()), desk);
            return;
        }
        let address = Address::Conversation(pending.command.conversation().clone());
        pending.step = Step::Entry;
        pending.flight = desk.read(Whose::Command(ticket), address);
    }

    /// What stands there of a conversation that seems to have no entry: where it has been owned, the
    /// servers have lost that, and it is written again; else it is new.
    pub(super) fn record(
        &mut self,
        ticket: Ticket,
        id: OrderId,
        found: Option<&Found>,
        desk: &mut Desk,
    ) {
        let Some(pending) = self.pending.remove(&ticket).filter(|own| own.flight == id) else {
            return;
        };
        let value = found.and_then(|found| found.value.as_deref());
        match (value.map(super::parsed::<Record>).transpose(), &pending.command) {
            (Ok(Some(record)), _) => self.write(ticket, pending, 0, Entry::of(&record), desk),
            (Ok(None), Command::Start { from, .. }) => {
                let first = Listing::first(from.clone());
                self.write(ticket, pending, 0, first, desk);
            }
            (Ok(None), _) => reply(ticket, Reply::Refused(NONE_OF_THIS_NAME.to_owned()), desk),
            (Err(_), _) => reply(ticket, Reply::Refused(DAMAGED.to_owned()), desk),
        }
    }

    fn write(
        &mut self,
        ticket: Ticket,
        pending: Pending,
        expected: u64,
        entry: Entry,
        desk: &mut Desk,
    ) {
        let address = Address::Conversation(pending.command.conversation().clone());
        let value = Some(super::json(&entry));
        let flight = desk.put(Whose::Command(ticket), address, expected, value);
        self.pending.insert(ticket, Pending { flight, step: Step::Write(entry), ..pending });
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
        let Some(pending) = self.pending.get(&ticket) else { return };
        let listing = directory.get(pending.command.conversation());
        if listing.is_some_and(Listing::is_doubted) {
            return self.again(ticket, desk);
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
        pending: Pending,
        mark: u64,
        directory: &Directory,
        desk: &mut Desk,
    ) {
        let name = pending.command.conversation();
        let listing = directory.get(name);
        let wanted = listing.map(|listing| &listing.entry.wanted);
        let (expected, entry) = match (&pending.command, wanted, listing) {
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
            (Command::Start { .. } | Command::End { .. }, None, _) if mark == 0 => {
                let flight = desk.read(Whose::Command(ticket), Address::Record(name.clone()));
                let pending = Pending { flight, step: Step::Record, ..pending };
                self.pending.insert(ticket, pending);
                return;
            }
            (Command::Start { from, .. }, None, _) => (mark, Listing::first(from.clone())),
            (Command::End { .. }, _, Some(listing)) => {
                (listing.revision(), listing.over(BY_COMMAND.to_owned()))
            }
            (Command::End { .. } | Command::Token { .. } | Command::Status { .. }, ..) => {
                return reply(ticket, Reply::Refused(NONE_OF_THIS_NAME.to_owned()), desk);
            }
        };
        self.write(ticket, pending, expected, entry, desk);
    }
}

fn reply(ticket: Ticket, reply: Reply, desk: &mut Desk) {
    desk.order(Order::Reply { ticket, reply });
}

const PENDING_MAX: usize = 256;
const TRIES_MAX: u32 = 5;
pub(super) const NONE_OF_THIS_NAME: &str = "there is none of this name";
pub(super) const DAMAGED: &str = "what stands there cannot be read";
const BY_COMMAND: &str = "ended by the application";
