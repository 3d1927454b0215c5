//! CLOCK: readings of a clock as the moments that a session understands.
//!
//! Tokens and stream URLs grow old while a device sleeps, so that it is a clock that goes on then, where
//! the operating system has one that nobody can set.

use std::time::Duration;

use directline::Moment;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Duration,
    #[cfg(test)]
    slept: &'static std::sync::atomic::AtomicU64,
}

impl Clock {
    pub(crate) fn start() -> Clock {
        Clock {
            start: system::steady(),
            #[cfg(test)]
            slept: Box::leak(Box::default()),
        }
    }

    pub(crate) fn now(self) -> Moment {
        // Whole milliseconds that have passed, so that no moment is reached early.
        let millis = self.elapsed().as_millis();
        Moment::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    /// The first moment that is not before now.
    pub(crate) fn next(self) -> Moment {
        Moment::ZERO.saturating_add(self.elapsed())
    }

    /// How long it is from now until `moment`; zero when it has passed.
    pub(crate) fn until(self, moment: Moment) -> Duration {
        Duration::from_millis(moment.as_millis()).saturating_sub(self.elapsed())
    }

    /// What a clock says that goes on while the device sleeps, even if it can be set.
    pub(crate) fn awake_or_not(self) -> Duration {
        system::sleepless() + self.slept()
    }

    fn elapsed(self) -> Duration {
        system::steady().saturating_sub(self.start) + self.slept()
    }

    #[cfg(not(test))]
    fn slept(self) -> Duration {
        Duration::ZERO
    }

    #[cfg(test)]
    fn slept(self) -> Duration {
        Duration::from_secs(self.slept.load(std::sync::atomic::Ordering::SeqCst))
    }

    /// As if the device had been asleep for so long.
    #[cfg(test)]
    pub(crate) fn sleep(self, seconds: u64) {
        self.slept.fetch_add(seconds, std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    /// The time since the device was switched on, with that asleep.
    pub(super) fn steady() -> Duration {
        // Neither is ever negative for this clock.
        Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default()
    }

    pub(super) fn sleepless() -> Duration {
        steady()
    }
}

/// Elsewhere the one that nobody can set may stand still in sleep, and the other is the wall's.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use std::sync::LazyLock;
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    pub(super) fn steady() -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }

    pub(super) fn sleepless() -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_by_which_sleep_is_noticed_goes_on() {
        // Since the device was switched on, or since 1970.
        assert!(Clock::start().awake_or_not() > Duration::ZERO);
    }
}
