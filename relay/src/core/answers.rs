//! ANSWERS: what became of orders, told to whoever awaits it.

use directline::Credential;

use super::Core;
use super::book::Fenced;
use super::command::{Command, Reply, Status};
use super::control::{DAMAGED, NONE_OF_THIS_NAME};
use super::desk::Whose;
use super::entry::{HostEntry, VERSION};
use super::fact::{Answer, Found};
use super::membership::Change;
use super::name::{HostName, Name};
use super::note::Note;
use super::order::{Address, Order, OrderId, Ticket};

impl Core {
    /// What stands under a host's key, and whether that is known for sure.
    pub(super) fn host(
        &mut self,
        host: &HostName,
        found: Option<(u64, Option<&HostEntry>)>,
        is_read: bool,
    ) {
        let is_own = *host == self.desk.host;
        let has_changed = match found {
            Some((revision, entry)) => {
                self.hosts.seen(host, revision, entry, is_read, &mut self.desk)
            }
            None if is_own => self.hosts.forget(host),
            None => {
                self.hosts.vanished(host);
                false
            }
        };
        if is_own && self.membership.found(self.hosts.get(host)) == Change::Lost {
            self.lose();
        } else {
            self.hosts_changed(has_changed);
        }
    }

    /// Whether there are other hosts than before, or one has another lease.
    fn hosts_changed(&mut self, have_changed: bool) {
        if have_changed {
            self.tend_all();
        }
    }

    /// What became of a write, a publication, or of a read that failed.
    pub(super) fn answered(&mut self, id: OrderId, answer: Answer) {
        match self.desk.answered(id) {
            None => {}
            Some(Whose::Membership) => {
                let (change, stands) = self.membership.answered(id, answer, &mut self.desk);
                if let Some((revision, entry)) = stands {
                    let host = self.desk.host.clone();
                    self.host(&host, Some((revision, Some(&entry))), true);
                }
                match change {
                    Change::Joined => {
                        self.desk.note(Note::Joined);
                        self.tend_all();
                    }
                    Change::Left => self.depart(),
                    Change::None | Change::Lost => {}
                }
            }
            Some(Whose::Count) => self.membership.count().answered(id, answer, &self.desk),
            Some(Whose::Burial(host)) => {
                let has_changed = self.hosts.answered(&host, id, answer, &mut self.desk);
                self.hosts_changed(has_changed);
            }
            Some(Whose::Listing(name)) => {
                self.directory.answered(&name, id, answer, &mut self.desk);
                self.tend(&name);
            }
            Some(Whose::Tenure(name)) => {
                self.of(&name, |tenure, desk| tenure.answered(id, answer, desk));
            }
            Some(Whose::Command(ticket)) => self.command_answered(ticket, id, answer),
        }
    }

    /// What was read.
    pub(super) fn read(&mut self, id: OrderId, found: Option<Found>) {
        match self.desk.answered(id) {
            None => {}
            Some(Whose::Membership) => {
                let host = self.desk.host.clone();
                let is_readable = self.seen(&Address::Host(host), found, true);
                self.membership.read(id, is_readable, &self.desk);
            }
            Some(Whose::Count) => {
                self.membership.count().read(id, found.as_ref(), &mut self.desk);
            }
            Some(Whose::Burial(host)) => {
                self.seen(&Address::Host(host.clone()), found, true);
                self.hosts.read(&host, id, &self.desk);
            }
            Some(Whose::Listing(name)) => {
                let is_read = self.directory.read(&name, id);
                let found = self.directory.unless_removed(&name, found, &self.desk);
                self.seen(&Address::Conversation(name), found, is_read);
            }
            Some(Whose::Tenure(name)) => {
                let Some(tenure) = self.tenures.get_mut(&name) else { return };
                let own = tenure.epoch;
                if let Err(Fenced(epoch)) = tenure.read(id, found.as_ref(), &mut self.desk) {
                    self.desk.note(Note::Fenced { conversation: name.clone() });
                    self.give_up(&name);
                    // Also where less stands there than this host has written: it begins anew.
                    self.directory.doubt(&name, epoch.max(own), &self.desk);
                }
                self.tend(&name);
            }
            Some(Whose::Command(ticket)) => {
                if self.control.reads_record(ticket) {
                    return self.control.record(ticket, id, found.as_ref(), &mut self.desk);
                }
                let Some(name) = self.control.conversation(ticket).cloned() else { return };
                let found = self.directory.unless_removed(&name, found, &self.desk);
                let mark = found.as_ref().map_or(0, |found| found.revision);
                if self.seen(&Address::Conversation(name), found, false) {
                    self.control.read(ticket, id, mark, &self.directory, &mut self.desk);
                } else {
                    self.control.damaged(ticket, &mut self.desk);
                }
            }
        }
    }

    /// Somebody wants something.
    pub(super) fn command(&mut self, ticket: Ticket, command: Command) {
        let reply = match &command {
            Command::Start { .. } | Command::End { .. } => {
                return self.control.take(ticket, command, &mut self.desk);
            }
            Command::Token { conversation, token } => {
                if !self.tenures.contains_key(conversation) {
                    return self.nobody_has(ticket, conversation);
                }
                match self.credential(conversation, Some(token.clone().into())) {
                    true => Reply::Done,
                    false => Reply::Refused("it waits for none just now".to_owned()),
                }
            }
            Command::Status { conversation } => {
                let Some(tenure) = self.tenures.get(conversation) else {
                    return self.nobody_has(ticket, conversation);
                };
                let (stage, position, waiting) = tenure.status();
                let reason = tenure.over().map(str::to_owned);
                let (host, epoch) = (self.desk.host.clone(), tenure.epoch);
                let conversation = conversation.clone();
                let version = VERSION;
                Reply::Status(Status {
                    version,
                    conversation,
                    host,
                    epoch,
                    stage,
                    reason,
                    position,
                    waiting,
                })
            }
        };
        self.desk.order(Order::Reply { ticket, reply });
    }

    /// What only an owner can answer: where there is none, one host says so.
    fn nobody_has(&mut self, ticket: Ticket, name: &Name) {
        let listing = self.directory.get(name);
        let owner = listing.and_then(|listing| listing.entry.owner.as_ref());
        let is_asked = match owner.filter(|owner| !self.hosts.is_over(owner)) {
            Some(owner) => self.membership.lease(&self.desk).as_ref() == Some(owner),
            None => self.hosts.winner(name) == Some(&self.desk.host),
        };
        if is_asked {
            let reason = match listing {
                Some(_) => "nobody has it just now",
                None if self.directory.is_unreadable(name) => DAMAGED,
                None => NONE_OF_THIS_NAME,
            };
            let reply = Reply::Refused(reason.to_owned());
            self.desk.order(Order::Reply { ticket, reply });
        }
    }

    fn command_answered(&mut self, ticket: Ticket, id: OrderId, answer: Answer) {
        let name = self.control.conversation(ticket).cloned();
        if let (Answer::Done(revision), Some(name)) = (answer, &name) {
            let written = self.control.written(ticket, id);
            self.directory.seen(name, revision, written, false, &mut self.desk);
        }
        self.control.answered(ticket, id, answer, &self.directory, &mut self.desk);
        name.iter().for_each(|name| self.tend(name));
    }

    /// A credential came, or did not; gives whether anybody wants it.
    pub(super) fn credential(&mut self, name: &Name, credential: Option<Credential>) -> bool {
        let Some(tenure) = self.tenures.get_mut(name) else { return false };
        let was_ready = tenure.is_ready();
        let is_taken = tenure.credential(credential, &mut self.desk);
        if tenure.is_ready() && !was_ready {
            self.pace.wait(name.clone());
        }
        self.tend(name);
        is_taken
    }
}
