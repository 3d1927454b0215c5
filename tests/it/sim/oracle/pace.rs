//! When something may be sent again: not before a pause is over (RC-2, RC-4, PO-2), and twelve
//! requests for a connection a minute in the long run (RC-13).

use std::collections::BTreeMap;

use directline::Purpose;

use crate::sim::setup::Setup;
use crate::sim::violation::{Verdict, ensure};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// When all requests so far will be made up for.
    made_up: u64,
    /// How far they may be ahead of what the long run allows.
    ahead: u64,
}

impl Pace {
    pub(crate) fn new(setup: Setup, now: u64) -> Pace {
        Pace { made_up: now, ahead: (setup.attempts_at_once() - 1) * INTERVAL }
    }

    /// A request goes out.
    pub(crate) fn sent(&mut self, now: u64) -> Verdict {
        let wait = self.wait(now);
        self.made_up = self.made_up.max(now) + INTERVAL;
        ensure(wait == 0, "RC-13", || format!("a request at {now}, {wait} ms early"))
    }

    /// How long it is until the next may go out.
    pub(crate) fn wait(self, now: u64) -> u64 {
        self.made_up.saturating_sub(now + self.ahead)
    }
}

const INTERVAL: u64 = 5_000;

/// Before when nothing of a kind may be sent again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pauses {
    /// Unless the host calls.
    own: BTreeMap<Purpose, u64>,
    /// As the service or a collision asked for: no call of the host lifts it.
    asked: BTreeMap<Purpose, u64>,
}

impl Pauses {
    /// Before this, nothing of this kind may be sent.
    pub(crate) fn until(&self, kind: Purpose) -> u64 {
        let until = |waits: &BTreeMap<Purpose, u64>| waits.get(&kind).copied().unwrap_or(0);
        until(&self.own).max(until(&self.asked))
    }

    /// Something of this kind failed, and it was asked to wait.
    pub(crate) fn begin(&mut self, now: u64, kind: Purpose, floor: u64, wait: u64) {
        let least = if kind == Purpose::Reconnect { 0 } else { PAUSE_MIN };
        self.own.insert(kind, now + floor.max(least));
        let asked = self.asked.entry(kind).or_default();
        *asked = (now + wait).max(*asked);
    }

    /// Nothing failed, and yet the next of this kind keeps a distance to the last.
    pub(crate) fn rest(&mut self, kind: Purpose, last: u64) {
        self.own.insert(kind, last + PAUSE_MIN);
    }

    pub(crate) fn lift_all(&mut self) {
        self.own.clear();
    }

    pub(crate) fn lift(&mut self, kind: Purpose) {
        self.own.remove(&kind);
    }
}

/// PO-2 and RC-13: the least pause between two pages, and after what failed.
const PAUSE_MIN: u64 = 200;
