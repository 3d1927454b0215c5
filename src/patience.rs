//! PATIENCE: how long a request is waited for. A service that answers a moment after the timeout
//! every time would never be heard; whoever was not waited for long enough is given more time.

use std::time::Duration;

use crate::input::Failure;

/// The requests that are sent again when they ran out of time. A post never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lane {
    Connection,
    Refresh,
    Page,
}

/// How many requests of each kind ran out of time since one was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Patience {
    late: [u8; 3],
}

impl Patience {
    /// How long the next request may take, where `timeout` is what is configured.
    pub(crate) fn limit(self, lane: Lane, timeout: Duration) -> Duration {
        timeout.saturating_mul(1 << self.late[lane as usize])
    }

    /// A request failed.
    pub(crate) fn failed(&mut self, lane: Lane, failure: Failure) {
        let late = &mut self.late[lane as usize];
        *late = if failure == Failure::TimedOut { (*late + 1).min(DOUBLINGS_MAX) } else { 0 };
    }

    /// A request was answered.
    pub(crate) fn landed(&mut self, lane: Lane) {
        self.late[lane as usize] = 0;
    }
}

/// Four times the default of 20 s is longer than a stream URL lives.
const DOUBLINGS_MAX: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_request_has_its_own_patience_and_it_ends() {
        // Covers: RC-6
        let (mut patience, second) = (Patience::default(), Duration::from_secs(1));
        let limits = |patience: Patience| {
            [Lane::Connection, Lane::Refresh, Lane::Page]
                .map(|lane| patience.limit(lane, second).as_secs())
        };
        assert_eq!(limits(patience), [1, 1, 1]);
        patience.failed(Lane::Page, Failure::TimedOut);
        (0..9).for_each(|_| patience.failed(Lane::Connection, Failure::TimedOut));
        assert_eq!(limits(patience), [4, 1, 2]);
        patience.landed(Lane::Connection);
        assert_eq!(limits(patience), [1, 1, 2]);
        patience.failed(Lane::Page, Failure::Broken);
        assert_eq!(limits(patience), [1, 1, 1]);
        patience.failed(Lane::Page, Failure::TimedOut);
        assert_eq!(patience.limit(Lane::Page, Duration::MAX), Duration::MAX);
    }
}
