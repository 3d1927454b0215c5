//! PROCESS: a host as the operating system sees it: a core with its driver, a clock that runs as it
//! will, and sessions.
//!
//! The sessions are stand-ins and not the machine itself. To the core a session is what the machine's
//! contract makes of it: batches in order with a checkpoint that covers them (WM-5, TM-7), one outcome
//! for each post, of which none is sent twice (TX-2). Those promises are proven where the machine is;
//! the machine itself below each of a dozen conversations would make a step twenty times as dear, and
//! show the core nothing that a stand-in can't.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use directline::Moment;
use directline_relay::core::{
    Core, Ending, Fact, HostName, Name, Order, OrderId, Outcome, PostKey, SessionId, Settings,
};

/// One run of a host's program.
pub(crate) struct Process {
    pub(crate) core: Core,
    /// When it began, and how fast its clock runs: in millionths.
    born: u64,
    rate: u64,
    /// It sleeps; what happens to it waits.
    pub(crate) sleeps: bool,
    pub(crate) inbox: VecDeque<Message>,
    /// It has just woken: what it performs was due before, some of it.
    pub(crate) has_woken: bool,
    /// What the driver had taken when it fell asleep, and performs first when it wakes.
    pub(crate) in_hand: Option<Order>,
    /// When it is next called.
    pub(crate) timer: Option<u64>,
    pub(crate) talks: BTreeMap<Name, Talk>,
    pub(crate) fetching: BTreeMap<Name, u64>,
    /// Which watches have told what stood there when they began.
    pub(crate) are_synced: [bool; 2],
    /// The orders that have no answer yet.
    pub(crate) open: BTreeSet<OrderId>,
    /// When sessions began, by its own clock.
    pub(crate) begins: VecDeque<u64>,
}

/// What reaches a process.
pub(crate) enum Message {
    Fact(Fact),
    Timeout,
    Talk(Name, SessionId, Step),
    /// What it fetches may have come.
    Fetch(Name, u64),
}

/// What happens in a session.
pub(crate) enum Step {
    /// The conversation is open.
    Open,
    /// There may be something to deliver.
    Deliver,
    /// A post leaves.
    Depart(PostKey),
    /// Its answer comes.
    Answer(PostKey, Option<Outcome>),
    /// It is over by itself.
    End(Ending),
    /// It has no credential left.
    Lack,
}

/// A session.
pub(crate) struct Talk {
    pub(crate) session: SessionId,
    /// The service's conversation, once it is open.
    pub(crate) conversation: Option<usize>,
    /// How much of it was delivered.
    pub(crate) position: usize,
    pub(crate) is_held: bool,
    /// A post that has not left yet, and one that has and is not answered.
    pub(crate) waits: Option<PostKey>,
    pub(crate) left: Option<PostKey>,
}

impl Process {
    pub(crate) fn new(
        settings: Settings,
        host: HostName,
        nonce: u64,
        now: u64,
        rate: u64,
    ) -> Process {
        Process {
            core: Core::new(settings, host, nonce, Moment::from_millis(EPOCH)),
            born: now,
            rate,
            sleeps: false,
            has_woken: false,
            inbox: VecDeque::new(),
            in_hand: None,
            timer: None,
            talks: BTreeMap::new(),
            fetching: BTreeMap::new(),
            are_synced: [false; 2],
            open: BTreeSet::new(),
            begins: VecDeque::new(),
        }
    }

    /// What its clock shows.
    pub(crate) fn local(&self, now: u64) -> Moment {
        Moment::from_millis(EPOCH + (now - self.born) * self.rate / MILLION)
    }

    /// When its clock will show that.
    pub(crate) fn global(&self, at: Moment) -> u64 {
        let local = at.as_millis().saturating_sub(EPOCH);
        self.born + (local * MILLION).div_ceil(self.rate)
    }
}

/// Where every clock begins; any number would do.
const EPOCH: u64 = 1_000;
pub(crate) const MILLION: u64 = 1_000_000;
