//! TIMERS: names every deadline, and takes the earliest of those that the parts report.
//!
//! Each deadline lives in the part that it belongs to and dies with it, so that there is nothing
//! to cancel and nothing left armed.

use crate::time::Moment;

/// What is due when a deadline comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// When the request of the phase is overdue, its handshake is, its socket wants a probe or has
    /// been silent for too long, or its pause is over.
    Phase,
    /// When the token runs out.
    Expiry,
    /// When the token should be refreshed, or the refresh under way is overdue.
    Refresh,
    /// When the next page should be asked for, or the one under way is overdue.
    Pull,
    /// When the next post may be tried again, or the one under way is overdue.
    Post,
}

/// The earliest of these deadlines; of two at the same moment, the first.
pub(crate) fn earliest<const N: usize>(
    deadlines: [(Option<Moment>, Timer); N],
) -> Option<(Moment, Timer)> {
    let mut earliest: Option<(Moment, Timer)> = None;
    for (at, timer) in deadlines {
        if let Some(at) = at {
            if earliest.is_none_or(|(first, _)| at < first) {
                earliest = Some((at, timer));
            }
        }
    }
    earliest
}
