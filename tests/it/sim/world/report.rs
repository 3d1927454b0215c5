//! What a run leaves behind: what went in and came out, and what it amounted to.

use directline::{Checkpoint, Config, Input, Moment, Output, Session};

use crate::sim::excuse::{Ledger, Scale};
use crate::sim::oracle::Account;
use crate::sim::tally::Tally;

/// One session from its beginning to its end, with all that went in and came out.
#[derive(Clone)]
pub(crate) struct Life {
    pub(crate) config: Config,
    pub(crate) checkpoint: Option<Checkpoint>,
    pub(crate) began: Moment,
    pub(crate) inputs: Vec<(Moment, Input)>,
    pub(crate) outputs: Vec<Output>,
}

impl Life {
    /// A session as this one began.
    pub(crate) fn begin(&self) -> Session {
        match self.checkpoint.clone() {
            Some(checkpoint) => Session::resume(self.config.clone(), checkpoint, self.began),
            None => Session::new(self.config.clone(), self.began),
        }
    }
}

/// What a run amounted to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) millis: u64,
    pub(crate) inputs: u64,
    pub(crate) handed: u64,
    pub(crate) opened: u64,
    pub(crate) lives: u64,
    pub(crate) kills: u64,
    pub(crate) gaps: u64,
    pub(crate) faults: u64,
    pub(crate) posts: u64,
    pub(crate) duplicates: u64,
    pub(crate) requests: u64,
    /// Runs that ended live, with nothing missing.
    pub(crate) rested: u64,
    pub(crate) account: Account,
    pub(crate) ledger: Ledger,
    pub(crate) tally: Tally,
}

impl Report {
    pub(crate) fn add(&mut self, other: &Report) {
        self.millis += other.millis;
        self.inputs += other.inputs;
        self.handed += other.handed;
        self.opened += other.opened;
        self.lives += other.lives;
        self.kills += other.kills;
        self.gaps += other.gaps;
        self.faults += other.faults;
        self.posts += other.posts;
        self.duplicates += other.duplicates;
        self.requests += other.requests;
        self.rested += other.rested;
        self.account.add(other.account);
        self.ledger.add(&other.ledger);
        self.tally.add(&other.tally);
    }

    /// What the bounds of excuses go by.
    pub(crate) fn scale(&self) -> Scale {
        let Report { rested, handed, posts, requests, .. } = *self;
        Scale { runs: rested, handed, posts, requests }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let days = self.millis / 86_400_000;
        write!(f, "{days} simulated days, {} sessions ({} killed), ", self.lives, self.kills)?;
        write!(f, "{} sockets opened, {} activities handed out, ", self.opened, self.handed)?;
        write!(
            f,
            "{} inputs, {} posts, {} requests and handshakes hit, ",
            self.inputs, self.posts, self.faults
        )?;
        write!(f, "{} gaps told", self.gaps)
    }
}
