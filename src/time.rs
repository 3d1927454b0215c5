//! TIME: [`Moment`], the only notion of time in this crate.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since an epoch that the host picks and keeps for one session.
///
/// Only differences matter. There is no way to ask for "now": the host reads its own monotonic
/// clock and passes the reading in. Two sessions may use different epochs; one session may not. A
/// reading that is rounded up keeps a pause in full where the host sleeps until the deadline itself, and
/// may end it within its last millisecond where other news comes in just then; one that is rounded down
/// may end it by as much as it cut off in any case.
///
/// ```
/// use std::time::Duration;
/// use directline::Moment;
///
/// let start = Moment::from_millis(1_000);
/// let later = start.saturating_add(Duration::from_micros(1_500));
/// assert_eq!(later.as_millis(), 1_002, "rounded up, so that nothing fires early");
/// assert_eq!(later.since(start), Duration::from_millis(2));
/// assert_eq!(start.since(later), Duration::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
pub struct Moment(
    /// One more than the milliseconds, so that a moment that may be missing takes no more room.
    NonZeroU64,
);

impl Moment {
    /// The epoch itself.
    pub const ZERO: Moment = Moment(NonZeroU64::MIN);

    /// The moment `millis` milliseconds after the epoch; the far end of time, half a billion years
    /// away, is at `u64::MAX - 1`.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Moment {
        Moment(NonZeroU64::MIN.saturating_add(millis))
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0.get() - 1
    }

    /// This moment plus `duration`, rounded up to a whole millisecond; the far end of time on
    /// overflow.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Moment {
        let rest = u64::from(duration.subsec_nanos().div_ceil(1_000_000));
        let millis = duration.as_secs().saturating_mul(1_000).saturating_add(rest);
        Moment(self.0.saturating_add(millis))
    }

    /// How long after `earlier` this moment is; zero when it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Moment) -> Duration {
        Duration::from_millis(self.0.get().saturating_sub(earlier.0.get()))
    }
}

impl Default for Moment {
    fn default() -> Moment {
        Moment::ZERO
    }
}

impl From<u64> for Moment {
    fn from(millis: u64) -> Moment {
        Moment::from_millis(millis)
    }
}

impl From<Moment> for u64 {
    fn from(at: Moment) -> u64 {
        at.as_millis()
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Moment({})", self.as_millis())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.as_millis();
        write!(f, "{}.{:03} s", millis / 1_000, millis % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let end = Moment::from_millis(u64::MAX);
        assert_eq!(end.saturating_add(Duration::MAX), end);
        assert_eq!(Moment::ZERO.since(end), Duration::ZERO);
    }

    #[test]
    fn every_part_of_a_millisecond_counts_as_a_whole_one() {
        for (nanos, millis) in
            [(0, 0), (1, 1), (1_000_000, 1), (1_000_001, 2), (999_999_999, 1_000)]
        {
            let later = Moment::ZERO.saturating_add(Duration::new(7, nanos));
            assert_eq!(later.as_millis(), 7_000 + millis, "{nanos}");
        }
    }
}
