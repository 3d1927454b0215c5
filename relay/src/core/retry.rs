//! RETRY: the pause before what failed is tried again.

use directline::Moment;

use super::settings::Settings;

/// How often in a row something failed, and when it may be tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Retry {
    failures: u32,
    at: Option<Moment>,
}

impl Retry {
    pub(super) fn is_due(self, now: Moment) -> bool {
        self.at.is_none_or(|at| at <= now)
    }

    pub(super) fn failed(&mut self, now: Moment, settings: &Settings) {
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        let pause = settings.retry_min.saturating_mul(factor).min(settings.retry_max);
        // Beyond this no factor is larger.
        self.failures = (self.failures + 1).min(31);
        self.at = Some(now.saturating_add(pause));
    }

    pub(super) fn succeeded(&mut self) {
        *self = Retry::default();
    }

    /// When it may be tried again, if that is still to come.
    pub(super) fn wake(self, now: Moment) -> Option<Moment> {
        self.at.filter(|at| *at > now)
    }
}
