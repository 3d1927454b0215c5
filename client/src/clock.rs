//! CLOCK: readings of the monotonic clock as the moments that a session understands.

use std::time::{Duration, Instant};

use directline::Moment;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    pub(crate) fn start() -> Clock {
        Clock { start: Instant::now() }
    }

    pub(crate) fn now(self) -> Moment {
        // Whole milliseconds that have passed, so that no moment is reached early.
        let millis = self.start.elapsed().as_millis();
        Moment::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    /// How long it is from now until `moment`; zero when it has passed.
    pub(crate) fn until(self, moment: Moment) -> Duration {
        Duration::from_millis(moment.as_millis()).saturating_sub(self.start.elapsed())
    }
}
