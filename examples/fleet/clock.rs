//! How long a piece of work keeps the processor busy.

use std::fs;
use std::time::{Duration, Instant};

/// Runs from its start.
pub(crate) struct Stopwatch {
    begun: Instant,
    busy: Option<Duration>,
}

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "the clock of the measurement, not of a session")]
    pub(crate) fn start() -> Stopwatch {
        Stopwatch { begun: Instant::now(), busy: busy() }
    }

    /// Seconds on the processor; on the wall where the system does not tell.
    pub(crate) fn seconds(&self) -> f64 {
        let busy = busy().zip(self.busy).map(|(now, then)| now.saturating_sub(then));
        busy.unwrap_or_else(|| self.begun.elapsed()).as_secs_f64()
    }
}

/// How long this thread has been on a processor, as Linux counts it.
fn busy() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = text.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}
