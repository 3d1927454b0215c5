//! What time alone brings about: everything that is due, one deadline after the other.

use super::Session;
use crate::phase::Phase;
use crate::time::Moment;
use crate::timer::{Earliest, Timer};

impl Session {
    /// The latest moment to call `handle` with [`Input::Timeout`](crate::Input::Timeout); the
    /// latest moment seen while outputs are queued, `None` while nothing but an input can change
    /// anything.
    #[must_use]
    pub fn deadline(&self) -> Option<Moment> {
        debug_assert_eq!(self.due, self.next_timer(), "`due` is what the parts report");
        if !self.queue.is_empty() {
            return Some(self.now);
        }
        self.due.map(|(at, _)| at.max(self.now))
    }

    /// Whether anything is due. Time that passes arms nothing, so the moment noted last will do.
    pub(super) fn is_due(&self) -> bool {
        self.due.is_some_and(|(at, _)| at <= self.now)
    }

    /// Deals with everything that is due, in order.
    pub(super) fn expire(&mut self) {
        let mut rounds = 0;
        while let Some((_, timer)) = self.due.filter(|(at, _)| *at <= self.now) {
            match timer {
                Timer::Phase => self.phase_due(),
                Timer::Expiry => self.token_expired(),
                Timer::Refresh => self.refresh_due(),
                Timer::Pull => self.pull_due(),
                Timer::Post => self.post_due(),
            }
            self.due = self.next_timer();
            rounds += 1;
            debug_assert!(rounds < 64, "a deadline that is dealt with moves or goes: {timer:?}");
        }
    }

    /// Which of the parts wants attention next, and when.
    pub(super) fn next_timer(&self) -> Option<(Moment, Timer)> {
        if matches!(self.phase, Phase::Ended) {
            return None;
        }
        Earliest::default()
            .or(self.phase_deadline(), Timer::Phase)
            .or(self.credentials.expires(), Timer::Expiry)
            .or(self.refresh_deadline(), Timer::Refresh)
            .or(self.pull_deadline(), Timer::Pull)
            .or(self.post_deadline(), Timer::Post)
            .get()
    }
}
