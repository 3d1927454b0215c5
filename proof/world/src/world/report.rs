//! What a run leaves behind: what went in and came out, and what it amounted to.

use directline::{Checkpoint, Config, Input, Moment, Output, Session};

use crate::excuse::{Ledger, Scale};
use crate::oracle::Account;
use crate::tally::Tally;

/// One session from its beginning to its end, with all that went in and came out.
#[derive(Clone)]
pub struct Life {
    pub config: Config,
    pub checkpoint: Option<Checkpoint>,
    pub began: Moment,
    pub inputs: Vec<(Moment, Input)>,
    pub outputs: Vec<Output>,
}

impl Life {
    /// A session as this one began.
    pub fn begin(&self) -> Session {
        match self.checkpoint.clone() {
            Some(checkpoint) => Session::resume(self.config.clone(), checkpoint, self.began),
            None => Session::new(self.config.clone(), self.began),
        }
    }
}

/// What a run amounted to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub millis: u64,
    pub inputs: u64,
    pub handed: u64,
    pub opened: u64,
    pub lives: u64,
    pub kills: u64,
    pub gaps: u64,
    pub faults: u64,
    pub posts: u64,
    pub duplicates: u64,
    pub requests: u64,
    /// Runs that ended live, with nothing missing.
    pub rested: u64,
    pub account: Account,
    pub ledger: Ledger,
    pub tally: Tally,
}

impl Report {
    pub fn add(&mut self, other: &Report) {
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
    pub fn scale(&self) -> Scale {
        let Report { rested, handed, kills, posts, requests, .. } = *self;
        Scale { runs: rested, handed, kills, posts, requests }
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
