//! TIMERS: every deadline of a session by its name. Each lives in the part that it belongs to and
//! dies with it, so that there is nothing to disarm; a part says which of its own comes first.

use crate::time::Moment;

/// What is due when a deadline comes; of two at the same moment, what is named first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Timer {
    /// When to give a request for a connection up.
    AskOverdue,
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
    /// When to give the refresh of the token up.
    RefreshOverdue,
    /// When to refresh the token.
    Refresh,
    /// When to give a page up.
    PageOverdue,
    /// When to ask for the next page.
    Page,
    /// When to give up waiting for the answer to a post.
    PostOverdue,
    /// When to try the next post again.
    Post,
}

/// A deadline, and what it is for.
pub(crate) type Due = (Moment, Timer);

/// The one that comes first.
pub(crate) fn first<const N: usize>(all: [Option<Due>; N]) -> Option<Due> {
    all.into_iter().fold(None, |first, due| match (first, due) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (first, due) => first.or(due),
    })
}
