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
//!
//! Each write bears the revision that it expects. Beside them are a stream of activities, one of
//! outcomes, both with a duplicate window, and a work queue of posts.
//!
//! A host has one lease, not one for each of its conversations: what is renewed a second does not grow
//! with what it owns. A conversation's entry names the lease of its owner. Who finds that a lease has
//! aged out writes [`HostState::Gone`] in its place, which a revision of 0 allows only once the server
//! has let go of it; from then on every host knows, in whatever order it hears, that the lease is over.

mod activity;
mod command;
mod entry;
mod fact;
mod name;
mod note;
mod order;
mod record;
mod rendezvous;
mod settings;

pub use activity::Activity;
pub use command::{Audience, Command, Reply, Stage, Status};
pub use entry::{Entry, HostEntry, HostState, Lease, VERSION, Wanted};
pub use fact::{Answer, Ending, Fact, Found};
pub use name::{HostName, Name, NameError, PostKey};
pub use note::Note;
pub use order::{Address, Order, OrderId, Publication, SessionId, Subject, Ticket};
pub use record::{Given, Outcome, Posts, Record, Settled};
pub use rendezvous::winner;
pub use settings::{SettingError, Settings};

use std::collections::VecDeque;

use directline::Moment;

/// What one host decides; the only mutations are [`handle`](Core::handle) and [`poll`](Core::poll).
#[derive(Debug)]
pub struct Core {
    out: VecDeque<Order>,
}

impl Core {
    /// A host that knows nothing yet. `nonce` is drawn by chance, for each process anew.
    #[must_use]
    pub fn new(settings: Settings, host: HostName, nonce: u64, now: Moment) -> Core {
        let _ = (settings, host, nonce, now);
        Core { out: VecDeque::new() }
    }

    /// Takes in what happened. Whatever is due by `now` is dealt with before: a host that slept past
    /// its lease stops before anything else.
    pub fn handle(&mut self, now: Moment, fact: Fact) {
        let _ = (now, fact);
    }

    /// What is to be done next. Asked with the present moment for the same reason.
    pub fn poll(&mut self, now: Moment) -> Option<Order> {
        let _ = now;
        self.out.pop_front()
    }

    /// When [`Fact::Timeout`] is due; now, while orders wait.
    #[must_use]
    pub fn deadline(&self) -> Option<Moment> {
        None
    }
}
