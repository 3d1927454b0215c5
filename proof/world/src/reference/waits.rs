//! WAITS: when the next request for a connection may go out, and until when it must.

use super::model::Model;

impl Model {
    /// RC-11, SU-5: whether there has been no socket for so long that the session polls.
    pub(crate) fn polls(&self) -> bool {
        self.facts.unopened >= self.facts.setup.handshakes_max()
    }

    /// RC-2, RC-11: the least pause between two attempts, beside polling that of the probes.
    pub(crate) fn floor(&self) -> u64 {
        let (own, probes) = (self.facts.setup.backoff_floor(), self.facts.setup.probe_floor());
        if self.polls() { own.min(probes) } else { own }
    }

    /// RC-2, RC-4: after a failure full jitter between a floor and a bound that doubles every time,
    /// else no backoff, but never more often than the floor.
    pub(crate) fn pause(&mut self, failed: Option<u64>) {
        let (setup, now) = (self.facts.setup, self.facts.now);
        let held = self.held();
        self.window = (held, held.max(now + setup.backoff_floor()));
        let Some(asked) = failed else { return };
        self.hurries = false;
        let wait = asked.max(self.floor());
        self.asked_to_wait = self.asked_to_wait.max(now + asked);
        self.failures += 1;
        self.step.gives_up |= self.limits(self.failures);
        let bound = setup
            .backoff()
            .1
            .min(setup.backoff().0.saturating_mul(1 << (self.failures - 1).min(63)));
        let bound = if self.polls() { setup.probe_backoff().1.max(bound) } else { bound };
        let held = self.held();
        self.window = (held.max(now + wait), held.max(now + bound.max(wait)));
    }

    /// RC-4, RC-7, RC-8, RC-13: the earliest moment for an attempt, whoever wants it.
    pub(crate) fn held(&self) -> u64 {
        let ahead = (self.facts.setup.attempts_at_once() - 1) * ATTEMPT_INTERVAL;
        self.facts.now.max(self.asked_to_wait).max(self.made_up.saturating_sub(ahead))
    }

    /// RC-13: an attempt is made.
    pub(crate) fn attempts(&mut self) {
        self.asked_at = Some(self.facts.now);
        (self.hurries, self.step.has_attempted) = (false, true);
        self.made_up = self.made_up.max(self.facts.now) + ATTEMPT_INTERVAL;
    }

    /// RC-10: the host's limits may be reached; gives whether so many failures do.
    pub(super) fn limits(&mut self, failures: u32) -> bool {
        let is_last = self.facts.setup.attempts_max().is_some_and(|max| failures >= max);
        let is_late = self.facts.setup.outage_max().is_some_and(|max| self.facts.outage() >= max);
        // Nobody but the host knows when it was late, which is no outage.
        self.step.ends.extend((is_last || is_late).then_some("GaveUp"));
        is_last
    }
}

/// Twelve attempts a minute in the long run.
const ATTEMPT_INTERVAL: u64 = 5_000;
