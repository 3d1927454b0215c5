//! CREDENTIALS: which one goes with the next request; tokens fresh, refreshed, expired, refused.

mod refresh;

use std::time::Duration;

pub(crate) use self::refresh::Asked;
use self::refresh::Refresh;
use crate::error::Refusal;
use crate::id::{BearerId, RequestId};
use crate::secret::Secret;
use crate::time::Moment;

/// The secret and the token of a session, as far as it has them, and what it knows of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Credentials {
    secret: Option<Secret>,
    /// The host wants the secret used for everything, unless it is refused.
    secret_only: bool,
    secret_refused: bool,
    token: Option<Token>,
    tokens_numbered: u32,
    refused_last: Option<Secret>,
    /// The last tokens, newest first, and those that requests under way carry: answers may still
    /// quote them.
    retired: Vec<(BearerId, Secret)>,
    /// Refusals that led into a dead end since a credential last worked. The same one again means
    /// that fresh credentials do not help.
    dead_ends: u8,
    /// Whether a new token was asked for and has not come.
    asked: bool,
    refresh: Refresh,
    /// The end of the pause after the last refresh that failed, or that the service asked for.
    refresh_not_before: Moment,
    /// How far apart refreshes are at least.
    refresh_interval: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Token {
    secret: Secret,
    id: BearerId,
    /// When the request that brought it was sent: a token of a later request is newer.
    sent: Moment,
    lifetime: Duration,
    expires: Moment,
}

/// What a refusal leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Another credential, or a newer one than the refused.
    Another,
    /// None: a new token is needed.
    Nothing,
    /// The same refusal as before the last fresh credential: no use in asking.
    SameAgain,
}

impl Credentials {
    pub(crate) fn new(
        secret: Option<Secret>,
        secret_only: bool,
        refresh_interval: Duration,
    ) -> Credentials {
        Credentials {
            secret,
            secret_only,
            secret_refused: false,
            token: None,
            tokens_numbered: 0,
            refused_last: None,
            retired: Vec::new(),
            dead_ends: 0,
            asked: false,
            refresh: Refresh::Off,
            refresh_not_before: Moment::ZERO,
            refresh_interval,
        }
    }

    /// What a request at `now` should carry: the token while there is a good one, else the secret.
    pub(crate) fn bearer(&self, now: Moment) -> Option<(&Secret, BearerId)> {
        let secret = || {
            let secret = self.secret.as_ref().filter(|_| !self.secret_refused)?;
            Some((secret, BearerId::SECRET))
        };
        let fresh = || self.token.as_ref().filter(|token| token.expires > now);
        let token = || fresh().map(|token| (&token.secret, token.id));
        if self.secret_only { secret().or_else(token) } else { token().or_else(secret) }
    }

    /// A response to a request of `sent` brought a token. One that names no lifetime keeps the one
    /// before: counted anew after a refresh, which is there to renew it, and with the old end after
    /// anything else, since nobody says that a reconnect renews it.
    ///
    /// Gives the refresh that was under way for the token it replaces.
    pub(crate) fn adopt(
        &mut self,
        secret: Secret,
        lifetime: Option<Duration>,
        sent: Moment,
        is_refresh: bool,
    ) -> Option<RequestId> {
        let is_older = self.token.as_ref().is_some_and(|token| token.sent > sent);
        // What a refresh brings renews the token in hand, whatever goes before it.
        let is_unwanted = self.secret_only && !is_refresh;
        if is_unwanted || is_older || self.was_refused(&secret) {
            return None;
        }
        let overtaken = match self.refresh {
            Refresh::Asked { request, .. } => Some(request),
            Refresh::Off | Refresh::Due { .. } => None,
        };
        let before = self.token.as_ref().filter(|_| lifetime.is_none());
        if let Some(before) = before.filter(|_| !is_refresh) {
            let (lifetime, expires) = (before.lifetime, before.expires);
            let id = self.number(&secret);
            self.token = Some(Token { secret, id, sent, lifetime, expires });
            if overtaken.is_some() {
                self.schedule_refresh(sent);
            }
        } else {
            let lifetime = lifetime.or_else(|| before.map(|token| token.lifetime));
            self.keep(secret, lifetime, sent);
        }
        overtaken
    }

    /// The host handed a token in.
    pub(crate) fn supply(&mut self, secret: Secret, lifetime: Option<Duration>, now: Moment) {
        self.asked = false;
        self.keep(secret, lifetime, now);
    }

    fn keep(&mut self, secret: Secret, lifetime: Option<Duration>, sent: Moment) {
        let lifetime = lifetime.unwrap_or(LIFETIME_ASSUMED).max(LIFETIME_MIN);
        let id = self.number(&secret);
        let expires = sent.saturating_add(lifetime);
        self.token = Some(Token { secret, id, sent, lifetime, expires });
        self.schedule_refresh(sent.saturating_add(lifetime / 2));
    }

    /// The number of a token: its old one when it is the one we have.
    fn number(&mut self, secret: &Secret) -> BearerId {
        if let Some(token) = self.token.as_ref().filter(|token| token.secret == *secret) {
            return token.id;
        }
        self.tokens_numbered += 1;
        let id = BearerId::token(self.tokens_numbered);
        self.retired.insert(0, (id, secret.clone()));
        id
    }

    /// Forgets the tokens of long ago, but for those that something under way carries.
    pub(crate) fn forget_retired(&mut self, is_carried: impl Fn(BearerId) -> bool) {
        let mut kept = 0;
        self.retired.retain(|(id, _)| {
            kept += 1;
            kept <= RETIRED_KEPT || is_carried(*id)
        });
    }

    /// A request with this credential was answered well.
    pub(crate) fn worked(&mut self, bearer: BearerId) {
        let is_token = self.token.as_ref().is_some_and(|token| token.id == bearer);
        if is_token || (self.token.is_none() && bearer == BearerId::SECRET) {
            self.dead_ends = 0;
        }
    }

    /// A request with this credential was refused. `is_dead_end` says that another credential would
    /// not lead on: a start whose token was refused would only generate the next.
    pub(crate) fn refused(
        &mut self,
        now: Moment,
        bearer: BearerId,
        refusal: Refusal,
        is_dead_end: bool,
    ) -> Left {
        if bearer == BearerId::SECRET {
            if self.secret_refused {
                return Left::Another;
            }
            self.secret_refused = true;
        } else {
            let Some(token) = self.token.take_if(|token| token.id == bearer) else {
                return if self.bearer(now).is_some() { Left::Another } else { Left::Nothing };
            };
            self.refused_last = Some(token.secret);
        }
        let left = self.bearer(now).is_some();
        if left && !is_dead_end {
            return Left::Another;
        }
        let mark = 1 << refusal as u8;
        if self.dead_ends & mark != 0 {
            return Left::SameAgain;
        }
        self.dead_ends |= mark;
        if left { Left::Another } else { Left::Nothing }
    }

    /// Everything that must not show in what is told.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let token = self.token.as_ref().map(|token| &token.secret);
        let retired = self.retired.iter().map(|(_, secret)| secret);
        self.secret.iter().chain(token).chain(retired).cloned().collect()
    }

    /// Whether this token is the one that was refused last.
    pub(crate) fn was_refused(&self, secret: &Secret) -> bool {
        self.refused_last.as_ref() == Some(secret)
    }

    /// Whether the host has to be asked for a token now: `true` once, until one comes.
    pub(crate) fn ask(&mut self) -> bool {
        !std::mem::replace(&mut self.asked, true)
    }

    /// When the token runs out.
    pub(crate) fn expires(&self) -> Option<Moment> {
        self.token.as_ref().map(|token| token.expires)
    }

    #[cfg(feature = "proof")]
    pub(crate) fn moments(&mut self, f: &mut dyn FnMut(&mut Moment)) {
        if let Some(token) = &mut self.token {
            f(&mut token.sent);
            f(&mut token.expires);
        }
        self.refresh_moments(f);
    }

    /// Renames the credentials to the fewest that can be told apart; gives the name that the
    /// present token had.
    #[cfg(feature = "proof")]
    pub(crate) fn rename(&mut self) -> Option<BearerId> {
        let current = self.token.as_ref().map(|token| token.id);
        if let Some(token) = &mut self.token {
            token.id.rename(current);
        }
        self.rename_refresh(current);
        self.tokens_numbered = 2;
        current
    }

    /// Forgets what only redaction needs, refused tokens that will not come again, and failures
    /// beyond `steps`; the token gets this name.
    #[cfg(feature = "proof")]
    pub(crate) fn blur(&mut self, name: &Secret, steps: u32) {
        self.retired.clear();
        self.refused_last = None;
        if let Some(token) = &mut self.token {
            token.secret = name.clone();
        }
        self.blur_refresh(steps);
    }

    #[cfg(feature = "proof")]
    pub(crate) fn token(&self) -> Option<&Secret> {
        self.token.as_ref().map(|token| &token.secret)
    }

    /// The token has run out; gives the refresh that is no use any more.
    pub(crate) fn expire(&mut self) -> Option<RequestId> {
        self.token = None;
        self.stop_refreshing()
    }
}

/// A peer may quote a token that it was shown a while ago.
const RETIRED_KEPT: usize = 2;
/// Lifetimes are told in seconds; in less than one there is no time to do anything.
const LIFETIME_MIN: Duration = Duration::from_secs(1);
/// Documented as the lifetime of a token (the live service says 3,600 s).
const LIFETIME_ASSUMED: Duration = Duration::from_secs(1_800);

#[cfg(test)]
mod tests;
