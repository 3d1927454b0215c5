//! USAGE: what this process takes of the machine, as Linux counts it; elsewhere nobody knows.

use std::fs;
use std::time::Duration;

pub(crate) use self::clocks::{of_process, of_thread};

/// Processor time.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod clocks {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    pub(crate) fn of_process() -> Option<Duration> {
        Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).ok()
    }

    pub(crate) fn of_thread() -> Option<Duration> {
        Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).ok()
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod clocks {
    use std::time::Duration;

    pub(crate) fn of_process() -> Option<Duration> {
        None
    }

    pub(crate) fn of_thread() -> Option<Duration> {
        None
    }
}

/// From one reading of a clock to a later one.
pub(crate) fn between(before: Option<Duration>, after: Option<Duration>) -> Option<Duration> {
    after.zip(before).map(|(after, before)| after.saturating_sub(before))
}

/// The bytes of this process that lie in memory.
pub(crate) fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let field = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(field.trim().strip_suffix(" kB")?.parse::<usize>().ok()? << 10)
}
