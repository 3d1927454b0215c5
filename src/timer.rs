//! TIMERS: every deadline of a session by its name. Each lives in the part that it belongs to and
//! dies with it, so that there is nothing to disarm; here they are named, and the earliest is taken.

use crate::flights::Lane;
use crate::time::Moment;

/// What is due when a deadline comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Timer {
    /// When to give a request up.
    Overdue(Lane),
    /// When to give a handshake up, or its URL dies.
    Handshake,
    /// When a socket has lasted long enough to forgive all failures before it.
    Stable,
    /// When to probe the socket.
    Probe,
    /// When to count a silent socket as lost.
    Silence,
    /// When the pause before the next attempt is over.
    Pause,
    /// When the token runs out.
    Expiry,
    /// When to refresh the token.
    Refresh,
    /// When to ask for the next page.
    Page,
    /// When to try the next post again.
    Post,
}

/// The first of these; of two at the same moment, the one that is named first.
pub(crate) fn earliest<const N: usize>(
    all: [(Timer, Option<Moment>); N],
) -> Option<(Moment, Timer)> {
    let mut first: Option<(Moment, Timer)> = None;
    for (timer, at) in all {
        if let Some(at) = at.filter(|at| first.is_none_or(|(first, _)| *at < first)) {
            first = Some((at, timer));
        }
    }
    first
}
