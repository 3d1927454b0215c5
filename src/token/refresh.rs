//! The refresh of a token: due at half its life, one at a time, tried again until it runs out.

use super::Credentials;
use crate::id::{BearerId, RequestId};
use crate::secret::Secret;
use crate::time::Moment;

/// The state of the refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Refresh {
    /// Nothing to refresh, or no way to.
    Off,
    /// Due at `at`, after so many failures.
    Due { at: Moment, failures: u32 },
    /// Under way until `by`.
    Asked { request: RequestId, bearer: BearerId, sent: Moment, by: Moment, failures: u32 },
}

/// A refresh that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) bearer: BearerId,
    pub(crate) sent: Moment,
    pub(crate) failures: u32,
}

impl Credentials {
    /// When a refresh is due, or one under way is overdue.
    pub(crate) fn refresh_due(&self) -> Option<Moment> {
        match self.refresh {
            Refresh::Off => None,
            Refresh::Due { at, .. } => Some(at),
            Refresh::Asked { by, .. } => Some(by),
        }
    }

    #[cfg(feature = "proof")]
    pub(super) fn refresh_moments(&mut self, f: &mut dyn FnMut(&mut Moment)) {
        f(&mut self.refresh_not_before);
        match &mut self.refresh {
            Refresh::Off => {}
            Refresh::Due { at, .. } => f(at),
            Refresh::Asked { sent, by, .. } => [sent, by].into_iter().for_each(f),
        }
    }

    #[cfg(feature = "proof")]
    pub(super) fn rename_refresh(&mut self, current: Option<BearerId>) {
        if let Refresh::Asked { bearer, .. } = &mut self.refresh {
            bearer.rename(current);
        }
    }

    #[cfg(feature = "proof")]
    pub(super) fn blur_refresh(&mut self, steps: u32) {
        match &mut self.refresh {
            Refresh::Off => {}
            Refresh::Due { failures, .. } | Refresh::Asked { failures, .. } => {
                *failures = steps.min(*failures);
            }
        }
    }

    /// What is due already is due now, however long it has been.
    #[cfg(feature = "proof")]
    pub(crate) fn clamp(&mut self, now: Moment) {
        if let Refresh::Due { at, .. } = &mut self.refresh {
            *at = now.max(*at);
        }
        self.refresh_not_before = now.max(self.refresh_not_before);
    }

    /// The request for a refresh that is under way.
    #[cfg(feature = "proof")]
    pub(crate) fn refresh_request(&mut self) -> Option<&mut RequestId> {
        match &mut self.refresh {
            Refresh::Asked { request, .. } => Some(request),
            Refresh::Off | Refresh::Due { .. } => None,
        }
    }

    /// What a refresh under way carries.
    pub(crate) fn refresh_bearer(&self) -> Option<BearerId> {
        match self.refresh {
            Refresh::Asked { bearer, .. } => Some(bearer),
            Refresh::Off | Refresh::Due { .. } => None,
        }
    }

    /// Whether a refresh is under way.
    pub(crate) fn is_refreshing(&self) -> bool {
        matches!(self.refresh, Refresh::Asked { .. })
    }

    /// The token to refresh, and what is then asked for at `now`, when that is due.
    pub(crate) fn to_refresh(&self, now: Moment) -> Option<(&Secret, Asked)> {
        let token = self.token.as_ref().filter(|token| token.expires > now)?;
        match self.refresh {
            Refresh::Due { at, failures } if at <= now => {
                Some((&token.secret, Asked { bearer: token.id, sent: now, failures }))
            }
            Refresh::Off | Refresh::Due { .. } | Refresh::Asked { .. } => None,
        }
    }

    /// The refresh was sent.
    pub(crate) fn refresh_asked(&mut self, asked: Asked, request: RequestId, by: Moment) {
        let Asked { bearer, sent, failures } = asked;
        self.pause_refreshing(sent.saturating_add(self.refresh_interval));
        self.refresh = Refresh::Asked { request, bearer, sent, by, failures };
    }

    /// The refresh under way, if it is overdue.
    pub(crate) fn overdue_refresh(&self, now: Moment) -> Option<RequestId> {
        match self.refresh {
            Refresh::Asked { request, by, .. } if by <= now => Some(request),
            Refresh::Off | Refresh::Due { .. } | Refresh::Asked { .. } => None,
        }
    }

    /// Takes the refresh under way, if `request` is it.
    pub(crate) fn take_refresh(&mut self, request: RequestId) -> Option<Asked> {
        match self.refresh {
            Refresh::Asked { request: asked, bearer, sent, failures, .. } if asked == request => {
                self.refresh = Refresh::Off;
                Some(Asked { bearer, sent, failures })
            }
            Refresh::Off | Refresh::Due { .. } | Refresh::Asked { .. } => None,
        }
    }

    /// A refresh is due at `at`, or when the pause after the last failure is over.
    pub(super) fn schedule_refresh(&mut self, at: Moment) {
        self.refresh = Refresh::Due { at: at.max(self.refresh_not_before), failures: 0 };
    }

    /// Whatever token comes, none is refreshed before this moment.
    pub(crate) fn pause_refreshing(&mut self, until: Moment) {
        self.refresh_not_before = self.refresh_not_before.max(until);
    }

    /// The refresh failed: once more at `at`, unless the token is gone by then.
    pub(crate) fn retry_refresh(&mut self, at: Moment, failures: u32) -> bool {
        self.pause_refreshing(at);
        self.refresh = Refresh::Due { at, failures };
        self.expires().is_some_and(|expires| at < expires)
    }

    /// With the token its refresh is gone; gives the one under way.
    pub(crate) fn drop_orphaned_refresh(&mut self) -> Option<RequestId> {
        if self.token.is_none() { self.stop_refreshing() } else { None }
    }

    /// No more refreshes; gives the one under way.
    pub(crate) fn stop_refreshing(&mut self) -> Option<RequestId> {
        match std::mem::replace(&mut self.refresh, Refresh::Off) {
            Refresh::Asked { request, .. } => Some(request),
            Refresh::Off | Refresh::Due { .. } => None,
        }
    }
}
