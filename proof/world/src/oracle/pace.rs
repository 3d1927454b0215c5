//! When something may be sent again: not before a pause is over (RC-4, RC-13, PO-2).

use std::collections::BTreeMap;

use directline::Purpose;

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
        self.own.insert(kind, now + floor.max(PAUSE_MIN));
        self.asks(kind, now + wait);
    }

    /// None of this kind before `until`, whatever the host calls.
    pub(crate) fn asks(&mut self, kind: Purpose, until: u64) {
        let asked = self.asked.entry(kind).or_default();
        *asked = until.max(*asked);
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
pub(crate) const PAUSE_MIN: u64 = 200;
