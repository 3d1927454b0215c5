//! TIMERS: names every deadline, and takes the earliest of those that the parts report.
//!
//! Each deadline lives in the part that it belongs to and dies with it, so that there is nothing
//! to cancel and nothing left armed.

use crate::time::Moment;

/// What is due when a deadline comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// What is due first; of two at the same moment, the one that was named first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Earliest(Option<(Moment, Timer)>);

impl Earliest {
    /// The same, with another deadline looked at.
    pub(crate) fn or(self, at: Option<Moment>, timer: Timer) -> Earliest {
        match (self.0, at) {
            (_, None) => self,
            (Some((first, _)), Some(at)) if first <= at => self,
            (_, Some(at)) => Earliest(Some((at, timer))),
        }
    }

    pub(crate) fn get(self) -> Option<(Moment, Timer)> {
        self.0
    }
}

/// The earlier of two deadlines, either of which may not be there.
pub(crate) fn sooner(one: Option<Moment>, other: Option<Moment>) -> Option<Moment> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (at, None) | (None, at) => at,
    }
}
