//! REFRESHING: credentials at work, refreshed at half their life, asked for once, replaced at any
//! time.

use std::time::Duration;

use super::Session;
use crate::credentials::Left;
use crate::error::{Cause, End, Message, Next, Purpose, Refusal};
use crate::flights::{Flight, Lane};
use crate::graph::Signal;
use crate::id::BearerId;
use crate::secret::{Secret, Token};
use crate::time::Moment;
use crate::wire::request::Request;
use crate::wire::response::{Renewed, Verdict};

impl Session {
    pub(super) fn supplied(&mut self, token: &Token) {
        self.cancel(Lane::Refresh);
        self.credentials.supply(token, self.now);
        self.forget_retired();
        self.advance(Signal::Supplied);
    }

    /// A response brought a token; a refresh of the one before it is no use any more.
    pub(super) fn adopt(
        &mut self,
        token: Secret,
        lifetime: Option<Duration>,
        sent: Moment,
        is_refresh: bool,
    ) {
        if self.credentials.adopt(token, lifetime, sent, is_refresh)
            && self.cancel(Lane::Refresh).is_some()
        {
            self.credentials.refresh_overtaken(sent);
        }
        self.credentials.served(self.now);
        self.forget_retired();
    }

    fn forget_retired(&mut self) {
        let flights = &self.flights;
        self.credentials.forget_retired(|bearer| flights.carry(bearer));
    }

    pub(super) fn token_expired(&mut self) {
        self.cancel(Lane::Refresh);
        self.credentials.expire();
        if self.credentials.bearer(self.now).is_none() {
            self.need_token(None);
            self.advance(Signal::Exhausted);
        }
    }

    /// A request of another part was refused.
    pub(super) fn refused(
        &mut self,
        purpose: Purpose,
        bearer: BearerId,
        refusal: Refusal,
        message: Message,
    ) {
        match self.note_refusal(bearer, refusal, false) {
            Left::SameAgain => self.finish(End::Refused { refusal, message }),
            left => {
                self.refusal_told(purpose, refusal, message, left);
                if left == Left::Nothing {
                    self.advance(Signal::Exhausted);
                }
            }
        }
    }

    /// Notes a refusal; what was begun with the same credential is over too.
    pub(super) fn note_refusal(
        &mut self,
        bearer: BearerId,
        refusal: Refusal,
        is_dead_end: bool,
    ) -> Left {
        let left = self.credentials.refused(self.now, bearer, refusal, is_dead_end);
        if !self.credentials.has_token() {
            self.cancel(Lane::Refresh);
        }
        left
    }

    pub(super) fn refusal_told(
        &mut self,
        purpose: Purpose,
        refusal: Refusal,
        message: Message,
        left: Left,
    ) {
        let next = match left {
            Left::Another => Next::Continues,
            Left::Nothing | Left::SameAgain => Next::Stops,
        };
        self.out.fault(Cause::Answered { purpose, status: refusal.status(), message }, next);
        if left == Left::Nothing {
            self.need_token(Some(refusal));
        }
    }

    pub(super) fn refresh_due(&mut self) {
        let interval = self.config.settings.refresh_interval_min;
        if let Some((secret, bearer)) = self.credentials.begin_refresh(self.now, interval) {
            let message = Request::refresh(&self.config.base, secret);
            self.send(Lane::Refresh, message, bearer, false);
        }
    }

    pub(super) fn refresh_landed(&mut self, flight: Flight, verdict: Verdict<Renewed>) {
        match verdict {
            Verdict::Good(Renewed { token, lifetime }) => {
                self.credentials.worked(flight.bearer);
                self.adopt(token, lifetime, flight.sent, true);
            }
            Verdict::Failed(cause) => {
                let failures = self.credentials.refresh_failures();
                let at = self.next_try_beside(failures);
                let next = match self.credentials.retry_refresh(at) {
                    Some(at) => Next::Retries { at, attempt: failures.saturating_add(1) },
                    None => Next::Stops,
                };
                self.out.fault(cause, next);
            }
            Verdict::Refused(refusal, message) => {
                self.refused(Purpose::Refresh, flight.bearer, refusal, message);
            }
            Verdict::WrongRegion(message) => self.finish(End::WrongRegion { message }),
            // A server without this route; the token is good until it runs out.
            Verdict::Denied(_, trouble) => self.out.fault(trouble.into(), Next::Stops),
        }
    }
}

impl Refusal {
    fn status(self) -> u16 {
        match self {
            Refusal::Unauthorized => 401,
            Refusal::Expired | Refusal::Forbidden => 403,
            Refusal::MissingUser => 400,
        }
    }
}
