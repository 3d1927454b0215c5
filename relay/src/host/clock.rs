//! CLOCK: the moments of a host. A lease goes on while its machine sleeps, and so does this clock where
//! the operating system has one that does.

use std::time::Duration;

use directline::Moment;

/// A clock that began with the host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Duration,
}

impl Clock {
    pub(crate) fn start() -> Clock {
        Clock { start: steady() }
    }

    /// Whole milliseconds that have passed, rounded up: a lease is over no later than it is.
    pub(crate) fn now(self) -> Moment {
        let passed = steady().saturating_sub(self.start);
        Moment::from_millis(0).saturating_add(passed)
    }

    /// How long it is until `moment`; nothing when it has passed.
    pub(crate) fn until(self, moment: Moment) -> Duration {
        moment.since(self.now())
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn steady() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    // It is never negative.
    Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default()
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn steady() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}
