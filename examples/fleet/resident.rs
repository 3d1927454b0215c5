//! What the process occupies.

use std::fs;

/// In bytes, as Linux counts; not a number elsewhere.
#[derive(Clone, Copy)]
pub(crate) struct Resident {
    pub(crate) now: f64,
    /// At most, since the process began.
    pub(crate) most: f64,
}

impl Resident {
    pub(crate) fn read() -> Resident {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kibibytes =
                line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
            kibibytes.map_or(f64::NAN, |kibibytes| kibibytes * 1_024.0)
        };
        Resident { now: bytes("VmRSS:"), most: bytes("VmHWM:") }
    }
}
