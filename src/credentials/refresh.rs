//! The refresh of a token: due at half its life, tried again until it runs out.

use std::time::Duration;

use crate::time::Moment;

/// When a token is refreshed next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Refresh {
    /// `None` while one is under way, and where there is nothing to refresh or no way to.
    pub(crate) at: Option<Moment>,
    /// In a row.
    pub(crate) failures: u32,
    /// The end of the pause after the last one, or that the service asked for: whatever token comes,
    /// none is refreshed before.
    pub(crate) not_before: Moment,
}

impl Refresh {
    /// Due at `at`, or when the pause is over.
    pub(super) fn schedule(&mut self, at: Moment) {
        self.failures = 0;
        self.at = Some(at.max(self.not_before));
    }

    /// It goes out at `now`, the next one `interval` later at the earliest.
    pub(super) fn asked(&mut self, now: Moment, interval: Duration) {
        self.at = None;
        self.keep_away(now.saturating_add(interval));
    }

    pub(super) fn keep_away(&mut self, until: Moment) {
        self.not_before = self.not_before.max(until);
    }

    /// It failed: once more, not before `at`; gives when.
    pub(super) fn retry(&mut self, at: Moment) -> Moment {
        self.keep_away(at);
        self.failures = self.failures.saturating_add(1);
        self.at = Some(self.not_before);
        self.not_before
    }

    /// There is nothing to refresh, or no way to.
    pub(super) fn stop(&mut self) {
        self.at = None;
        self.failures = 0;
    }
}
