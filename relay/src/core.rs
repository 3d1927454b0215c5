//! THE CORE: what a host does, as a value without I/O, without a clock and without chance. Facts go in
//! with the moment at which they are told, orders come out, and a deadline says when it is time.
//!
//! # What it needs
//!
//! | bucket | key | value | |
//! |---|---|---|---|
//! | hosts | [`HostName`] | [`HostEntry`] | maximum age: [`Settings::lease`]; history 1; watched by all |
//! | conversations | [`Name`] | [`Entry`] | no age; watched by all; written when an owner changes |
//! | records | [`Name`] | [`Record`] | no age; read and written by the owner |
//! | records | [`HostName`] | [`Leases`] | the same; by the host, before it asks for a lease |
//!
//! Each write bears the revision that it expects. Beside them are a stream of activities, one of
//! outcomes, both with a duplicate window, and a work queue of posts.
//!
//! A host has one lease, not one for each of its conversations: what is renewed a second does not grow
//! with what it owns. A conversation's entry names the lease of its owner. Who finds that a lease has
//! aged out writes [`HostState::Gone`] in its place, which a revision of 0 allows only once the server
//! has let go of it; from then on every host knows, in whatever order it hears, that the lease is over.
//!
//! # The rooms, in the order in which to read them
//!
//! | | |
//! |---|---|
//! | `fact`, `order`, `entry`, `record`, `command` | what goes in, what comes out, what is written down |
//! | `membership`, `count` | this host's own lease, and its number |
//! | `hosts` | the others, and how it is known that a lease is over |
//! | `rendezvous`, `ownership` | whose a conversation is, and what is done about it |
//! | `tenure` | one conversation in this host's hands, with a `book`, a `stream` and an `outbox` |
//! | `directory`, `control` | the entries of all conversations, and commands that change them |
//! | `desk`, `pace`, `retry`, `wakes` | orders, and when which is due |
//!
//! A room takes what happened, orders what is due when it is tended, and knows no other. What nobody
//! answered may still arrive: wherever something is built on a write's not having happened, another
//! write under the same revision has to succeed first.

mod activity;
mod answers;
mod book;
mod command;
mod control;
mod count;
mod desk;
mod directory;
mod entry;
mod fact;
mod hosts;
mod membership;
mod name;
mod note;
mod order;
mod outbox;
mod ownership;
mod pace;
mod record;
mod rendezvous;
mod retry;
mod settings;
mod stream;
mod tenure;
mod wakes;

pub use activity::Activity;
pub use command::{Audience, Command, Reply, Stage, Status};
pub use entry::{Entry, HostEntry, HostState, Lease, Leases, VERSION, Wanted};
pub use fact::{Answer, Ending, Fact, Found};
pub use name::{HostName, Name, NameError, PostKey};
pub use note::Note;
pub use order::{Address, Order, OrderId, Publication, SessionId, Subject, Ticket};
pub use record::{Given, Outcome, Posts, Record, Settled, Told};
pub use rendezvous::winner;
pub use settings::{SettingError, Settings};

use std::collections::{BTreeMap, BTreeSet};

use directline::Moment;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::control::Control;
use self::desk::Desk;
use self::directory::Directory;
use self::hosts::Hosts;
use self::membership::Membership;
use self::pace::Pace;
use self::tenure::Tenure;
use self::wakes::Wakes;

/// What one host decides; the only mutations are [`handle`](Core::handle) and [`poll`](Core::poll).
#[derive(Debug)]
pub struct Core {
    desk: Desk,
    membership: Membership,
    hosts: Hosts,
    directory: Directory,
    tenures: BTreeMap<Name, Tenure>,
    control: Control,
    pace: Pace,
    wakes: Wakes,
    is_synced: bool,
    /// On their way here: bounded, so that none that another host has waits for its turn here.
    arriving: BTreeSet<Name>,
    /// Those that belong here and are not on their way because of that bound.
    wanting: BTreeSet<Name>,
    /// Until when this host tries to hand over what it has, if it is to leave.
    drain: Option<Moment>,
    has_left: bool,
    /// The last order is out.
    is_gone: bool,
}

impl Core {
    /// A host that knows nothing yet. `nonce` is drawn by chance, for each process anew.
    #[must_use]
    pub fn new(settings: Settings, host: HostName, nonce: u64, now: Moment) -> Core {
        let pace = Pace::new(settings.starts_a_second, now);
        Core {
            desk: Desk::new(settings, host, now),
            membership: Membership::new(nonce),
            hosts: Hosts::default(),
            directory: Directory::default(),
            tenures: BTreeMap::new(),
            control: Control::default(),
            pace,
            wakes: Wakes::default(),
            is_synced: false,
            arriving: BTreeSet::new(),
            wanting: BTreeSet::new(),
            drain: None,
            has_left: false,
            is_gone: false,
        }
    }

    /// Takes in what happened. A lease that ended by `now` is dealt with before: a host that slept
    /// past it stops before anything else.
    pub fn handle(&mut self, now: Moment, fact: Fact) {
        self.pass(now);
        if self.is_gone {
            return;
        }
        match fact {
            Fact::Timeout => {}
            Fact::Synced => self.is_synced = true,
            Fact::Seen { address, found } => _ = self.seen(&address, Some(found), false),
            Fact::Read { id, found } => self.read(id, found),
            Fact::Answered { id, answer } => self.answered(id, answer),
            Fact::Command { ticket, command } => self.command(ticket, command),
            Fact::Drain => {
                let until = self.desk.now.saturating_add(self.desk.settings.drain_wait);
                self.drain.get_or_insert(until);
                self.tend_all();
            }
            Fact::Credential { conversation, credential } => {
                _ = self.credential(&conversation, credential);
            }
            Fact::NeedsCredential { conversation, session } => {
                self.of(&conversation, |tenure, _| tenure.needs_credential(session));
            }
            Fact::Joined { conversation, session, checkpoint } => {
                self.of(&conversation, |tenure, _| tenure.joined(session, &checkpoint));
            }
            Fact::Delivered { conversation, session, activities, checkpoint } => {
                self.of(&conversation, |tenure, desk| {
                    tenure.delivered(session, activities, checkpoint, desk);
                });
            }
            Fact::Outcome { conversation, session, key, outcome } => {
                self.of(&conversation, |tenure, desk| {
                    tenure.outcome(session, &key, outcome, desk);
                });
            }
            Fact::Ended { conversation, session, ending } => {
                self.of(&conversation, |tenure, desk| tenure.ended(session, ending, desk));
            }
            Fact::Post { conversation, epoch, sequence, key, activity } => {
                self.of(&conversation, |tenure, desk| {
                    if tenure.epoch == epoch {
                        tenure.post(Given { key, sequence }, activity, desk);
                    }
                });
            }
        }
        self.go_on();
    }

    /// What is to be done next. Asked with the present moment, for the same reason.
    pub fn poll(&mut self, now: Moment) -> Option<Order> {
        if self.pass(now) {
            self.go_on();
        }
        self.desk.out.pop_front()
    }

    /// When [`Fact::Timeout`] is due; now, while orders wait.
    #[must_use]
    pub fn deadline(&self) -> Option<Moment> {
        if !self.desk.out.is_empty() {
            return Some(self.desk.now);
        }
        let own = self.hosts.get(&self.desk.host);
        let is_held = self.membership.until().is_some();
        let deadlines = [
            self.membership.deadline(own, &self.desk).filter(|_| self.is_tending()),
            self.hosts.deadline(&self.desk).filter(|_| is_held && !self.has_left),
            self.wakes.first(),
            self.pace.deadline(),
            self.drain.filter(|_| !self.has_left),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// How many conversations this host owns, by what they are at, and how many activities wait for
    /// the stream.
    #[must_use]
    pub fn figures(&self) -> (BTreeMap<Stage, usize>, usize) {
        let (mut stages, mut waiting) = (BTreeMap::new(), 0);
        for tenure in self.tenures.values() {
            let (stage, _, own) = tenure.status();
            *stages.entry(stage).or_insert(0) += 1;
            waiting += own;
        }
        (stages, waiting)
    }

    /// How many hosts there are that take conversations, and how many conversations on all of them.
    #[must_use]
    pub fn neighbours(&self) -> (usize, usize) {
        (self.hosts.alive().count(), self.directory.names().count())
    }

    /// Whether this host sees to its own lease.
    fn is_tending(&self) -> bool {
        let is_held = self.membership.until().is_some();
        is_held || (self.is_synced && self.drain.is_none())
    }

    /// Time passes: a lease that has ended is over before anything else happens. Gives whether it has.
    fn pass(&mut self, now: Moment) -> bool {
        self.desk.now = self.desk.now.max(now);
        let is_over = self.membership.until().is_some_and(|until| until <= self.desk.now);
        if is_over {
            self.lose();
        }
        is_over
    }

    /// Something happened to a conversation of this host.
    fn of(&mut self, name: &Name, happened: impl FnOnce(&mut Tenure, &mut Desk)) {
        if let Some(tenure) = self.tenures.get_mut(name) {
            happened(tenure, &mut self.desk);
            self.tend(name);
        }
    }

    /// What stands under a watched key, `None` where nothing does, and whether it was asked for; gives
    /// whether it can be read.
    fn seen(&mut self, address: &Address, found: Option<Found>, is_read: bool) -> bool {
        let value = found.as_ref().and_then(|found| found.value.as_deref());
        let revision = found.as_ref().map(|found| found.revision);
        let flaw = match address {
            Address::Record(_) | Address::Leases(_) => None,
            Address::Host(host) => match value.map(parsed::<HostEntry>).transpose() {
                Ok(entry) => {
                    self.host(host, revision.map(|revision| (revision, entry.as_ref())), is_read);
                    None
                }
                Err(flaw) => Some(flaw),
            },
            Address::Conversation(name) => {
                let entry = value.map(parsed::<Entry>).transpose();
                let flaw = entry.as_ref().err().cloned();
                match entry {
                    Ok(entry) => {
                        let revision = revision.unwrap_or(0);
                        self.directory.seen(name, revision, entry, is_read, &mut self.desk);
                    }
                    // What cannot be read is left alone.
                    Err(_) => self.directory.forget(name),
                }
                let owner = self.directory.get(name).and_then(|own| own.entry.owner.as_ref());
                if let Some(own) = owner.filter(|owner| owner.host == self.desk.host) {
                    self.membership.count().heard_of(own.number);
                }
                self.tend(name);
                flaw
            }
        };
        let is_readable = flaw.is_none();
        if let Some(flaw) = flaw {
            self.desk.note(Note::Damaged { address: address.clone(), flaw });
        }
        is_readable
    }
}

/// As it is written down.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("text, numbers and lists can always be written")
}

/// What was written down, by this version.
fn parsed<T: DeserializeOwned>(json: &str) -> Result<T, String> {
    #[derive(serde::Deserialize)]
    struct Versioned {
        version: u32,
    }
    let Versioned { version } = serde_json::from_str(json).map_err(|error| error.to_string())?;
    if version != VERSION {
        return Err(format!("version is {version}, allowed is {VERSION}"));
    }
    serde_json::from_str(json).map_err(|error| error.to_string())
}
