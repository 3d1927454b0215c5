//! CREDENTIALS: which one goes with the next request; tokens fresh, refreshed, expired, refused.

mod refresh;

use std::time::Duration;

pub(crate) use self::refresh::Refresh;
use crate::error::Refusal;
use crate::few::Few;
use crate::id::BearerId;
use crate::secret::{Credential, Secret, Token};
use crate::time::Moment;
use crate::timer::{Due, Timer, first};

/// The secret and the token of a session, as far as it has them, and what it knows of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Credentials {
    pub(crate) secret: Option<Secret>,
    /// The host wants the secret used for everything, unless it is refused.
    pub(crate) secret_only: bool,
    pub(crate) secret_refused: bool,
    /// Whether tokens can be generated here, as far as we know.
    pub(crate) can_generate: bool,
    pub(crate) token: Option<Current>,
    pub(crate) tokens_numbered: u32,
    pub(crate) refused_last: Option<Secret>,
    /// The tokens before it, newest first, and those that requests under way carry: answers may
    /// still quote them.
    pub(crate) retired: Few<(BearerId, Secret)>,
    /// Refusals that led into a dead end since a credential last worked. The same one again means
    /// that fresh credentials do not help.
    pub(crate) dead_ends: u8,
    /// Whether a new token was asked for and has not come.
    pub(crate) asked: bool,
    pub(crate) refresh: Refresh,
}

/// The token at work.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Current {
    pub(crate) secret: Secret,
    pub(crate) id: BearerId,
    /// When the request that brought it was sent: a token of a later request is newer.
    pub(crate) sent: Moment,
    pub(crate) lifetime: Duration,
    pub(crate) expires: Moment,
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
    pub(crate) fn new(credential: &Credential, secret_only: bool, now: Moment) -> Credentials {
        let mut credentials = Credentials {
            secret: None,
            secret_only,
            secret_refused: false,
            can_generate: true,
            token: None,
            tokens_numbered: 0,
            refused_last: None,
            retired: Few::None,
            dead_ends: 0,
            asked: false,
            refresh: Refresh::default(),
        };
        match credential {
            Credential::Secret(secret) => credentials.secret = Some(secret.clone()),
            Credential::Token(token) => credentials.supply(token, now),
        }
        credentials
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
    /// Gives whether it is taken.
    pub(crate) fn adopt(
        &mut self,
        secret: Secret,
        lifetime: Option<Duration>,
        sent: Moment,
        is_refresh: bool,
    ) -> bool {
        if is_refresh {
            self.refresh.stop();
        }
        let is_older = self.token.as_ref().is_some_and(|token| token.sent > sent);
        // What a refresh brings renews the token in hand, whatever goes before it.
        let is_unwanted = self.secret_only && !is_refresh;
        if is_unwanted || is_older || self.was_refused(&secret) {
            return false;
        }
        let before = self.token.as_ref().filter(|_| lifetime.is_none());
        if let Some(before) = before.filter(|_| !is_refresh) {
            let (lifetime, expires) = (before.lifetime, before.expires);
            let id = self.number(&secret);
            self.token = Some(Current { secret, id, sent, lifetime, expires });
        } else {
            let lifetime = lifetime.or_else(|| before.map(|token| token.lifetime));
            self.keep(secret, lifetime, sent);
        }
        true
    }

    /// The refresh under way for the token before this one, of a request of `sent`, is no use any
    /// more.
    pub(crate) fn refresh_overtaken(&mut self, sent: Moment) {
        if self.refresh.at.is_none() {
            self.refresh.schedule(sent);
        }
    }

    /// The host handed a token in.
    pub(crate) fn supply(&mut self, token: &Token, now: Moment) {
        self.asked = false;
        self.keep(token.text.clone(), token.lifetime, now);
    }

    fn keep(&mut self, secret: Secret, lifetime: Option<Duration>, sent: Moment) {
        let lifetime = lifetime.unwrap_or(LIFETIME_ASSUMED).max(LIFETIME_MIN);
        let id = self.number(&secret);
        let expires = sent.saturating_add(lifetime);
        self.token = Some(Current { secret, id, sent, lifetime, expires });
        self.refresh.schedule(sent.saturating_add(lifetime / 2));
    }

    /// The number of a token: its old one when it is the one we have, which makes way otherwise.
    fn number(&mut self, secret: &Secret) -> BearerId {
        if let Some(token) = self.token.as_ref().filter(|token| token.secret == *secret) {
            return token.id;
        }
        self.retire();
        self.tokens_numbered += 1;
        BearerId::token(self.tokens_numbered)
    }

    /// The token that we have is at work no more.
    fn retire(&mut self) {
        if let Some(token) = self.token.take() {
            self.retired.insert(0, (token.id, token.secret));
        }
    }

    /// Forgets the tokens of long ago, but for those that something under way carries.
    pub(crate) fn forget_retired(&mut self, is_carried: impl Fn(BearerId) -> bool) {
        let mut kept = usize::from(self.has_token());
        self.retired.retain(|(id, _)| {
            kept += 1;
            kept <= TOKENS_KEPT || is_carried(*id)
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
            if std::mem::replace(&mut self.secret_refused, true) {
                return Left::Another;
            }
        } else {
            let Some(token) = self.token.take_if(|token| token.id == bearer) else {
                return if self.bearer(now).is_some() { Left::Another } else { Left::Nothing };
            };
            self.retired.insert(0, (token.id, token.secret.clone()));
            self.refused_last = Some(token.secret);
        }
        if self.token.is_none() {
            self.refresh.stop();
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

    /// An answer has brought what the host was asked for: when that is gone, it is asked again.
    pub(crate) fn served(&mut self, now: Moment) {
        self.asked &= self.token.as_ref().is_none_or(|token| token.expires <= now);
    }

    /// What is due first; a refresh only where it `sends`.
    pub(crate) fn due(&self, sends: bool) -> Option<Due> {
        let refresh = self.refresh.at.filter(|_| sends);
        first([
            self.expires().map(|at| (at, Timer::Expiry)),
            refresh.map(|at| (at, Timer::Refresh)),
        ])
    }

    /// When the token runs out.
    pub(crate) fn expires(&self) -> Option<Moment> {
        self.token.as_ref().map(|token| token.expires)
    }

    /// The token has run out.
    pub(crate) fn expire(&mut self) {
        self.retire();
        self.refresh.stop();
    }

    pub(crate) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Whether a token is to be generated before a conversation is started with the secret.
    pub(crate) fn generates(&self) -> bool {
        self.can_generate && !self.secret_only
    }

    /// The server generates no tokens.
    pub(crate) fn cannot_generate(&mut self) {
        self.can_generate = false;
    }

    /// The token to refresh at `now`, if that is due and it has not run out meanwhile; otherwise it
    /// cannot be refreshed any more. The next one comes `interval` later at the earliest.
    pub(crate) fn begin_refresh(
        &mut self,
        now: Moment,
        interval: Duration,
    ) -> Option<(Secret, BearerId)> {
        self.refresh.at.filter(|at| *at <= now)?;
        let Some(token) = self.token.as_ref().filter(|token| token.expires > now) else {
            self.refresh.stop();
            return None;
        };
        self.refresh.asked(now, interval);
        Some((token.secret.clone(), token.id))
    }

    /// How many refreshes have failed in a row, with the one that has just failed.
    pub(crate) fn refresh_failures(&self) -> u32 {
        self.refresh.failures.saturating_add(1)
    }

    /// The refresh failed: once more, not before `at`; gives when, unless the token is gone by then.
    pub(crate) fn retry_refresh(&mut self, at: Moment) -> Option<Moment> {
        let at = self.refresh.retry(at);
        self.expires().filter(|expires| at < *expires).map(|_| at)
    }

    /// Whatever token comes, none is refreshed before this.
    pub(crate) fn keep_away(&mut self, until: Moment) {
        self.refresh.keep_away(until);
    }
}

/// A peer may quote a token that it was shown a while ago: the one at work and one before it.
const TOKENS_KEPT: usize = 2;
/// Lifetimes are told in seconds; in less than one there is no time to do anything.
const LIFETIME_MIN: Duration = Duration::from_secs(1);
/// Documented as the lifetime of a token (the live service says 3,600 s).
const LIFETIME_ASSUMED: Duration = Duration::from_secs(1_800);

#[cfg(test)]
mod tests;
