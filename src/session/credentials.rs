//! Credentials at work: refreshed at half their life, asked for once, replaced at any time.

use std::time::Duration;

use super::Session;
use super::answers::Setback;
use super::link::{Detail, Held};
use crate::error::{Cause, End, Message, Next, Purpose, Refusal};
use crate::id::BearerId;
use crate::input::Failure;
use crate::output::{Action, Event};
use crate::patience::Lane;
use crate::phase::{Phase, PhaseEvent};
use crate::secret::Secret;
use crate::time::Moment;
use crate::token::{Asked, Left};
use crate::wire::request::Request;
use crate::wire::response::Verdict;

impl Session {
    pub(super) fn supplied(&mut self, token: Secret, lifetime: Option<Duration>) {
        if let Some(request) = self.credentials.stop_refreshing() {
            self.act(Action::Cancel { request });
        }
        self.credentials.supply(token, lifetime, self.now);
        self.forget_retired();
        self.advance(PhaseEvent::Supplied, Held::Over, Detail::Nothing);
    }

    /// A response brought a token; a refresh of the one before it is no use any more.
    pub(super) fn adopt(
        &mut self,
        token: Secret,
        lifetime: Option<Duration>,
        sent: Moment,
        is_refresh: bool,
    ) {
        if let Some(request) = self.credentials.adopt(token, lifetime, sent, is_refresh) {
            self.act(Action::Cancel { request });
        }
        self.forget_retired();
    }

    fn forget_retired(&mut self) {
        let carried = [
            self.phase.bearer(),
            self.credentials.refresh_bearer(),
            self.pull.bearer(),
            self.outbox.bearer(),
        ];
        self.credentials.forget_retired(|id| carried.contains(&Some(id)));
    }

    /// Asks the host for a token, once until it comes.
    pub(super) fn need_token(&mut self, refusal: Option<Refusal>) {
        if self.credentials.ask() {
            self.tell(Event::NeedsToken { refusal });
        }
    }

    pub(super) fn token_expired(&mut self) {
        if let Some(request) = self.credentials.expire() {
            self.act(Action::Cancel { request });
        }
        if self.credentials.bearer(self.now).is_none() {
            self.need_token(None);
            self.advance(PhaseEvent::Exhausted, Held::Open, Detail::Nothing);
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
        match self.refuse(bearer, refusal, false) {
            Left::SameAgain => self.finish(End::Refused { refusal, message }, Held::Open),
            left => {
                self.refusal_told(purpose, refusal, message, left);
                if left == Left::Nothing {
                    self.advance(PhaseEvent::Exhausted, Held::Open, Detail::Nothing);
                }
            }
        }
    }

    /// Notes a refusal; what was begun with the same credential is over too.
    pub(super) fn refuse(&mut self, bearer: BearerId, refusal: Refusal, is_dead_end: bool) -> Left {
        let left = self.credentials.refused(self.now, bearer, refusal, is_dead_end);
        if let Some(request) = self.credentials.drop_orphaned_refresh() {
            self.act(Action::Cancel { request });
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
        self.fault(Cause::Answered { purpose, status: refusal.status(), message }, next);
        if left == Left::Nothing {
            self.need_token(Some(refusal));
        }
    }

    /// When the refresh wants attention; while nothing may be sent, only when it is overdue.
    pub(super) fn refresh_deadline(&self) -> Option<Moment> {
        let is_asked = self.credentials.is_refreshing();
        self.credentials.refresh_due().filter(|_| is_asked || self.may_send())
    }

    pub(super) fn refresh_due(&mut self) {
        if let Some(request) = self.credentials.overdue_refresh(self.now) {
            self.act(Action::Cancel { request });
            return self.unanswered(request, Failure::TimedOut);
        }
        if let Some((secret, asked)) = self.credentials.to_refresh(self.now) {
            let message = Request::refresh(&self.config.base, secret.clone());
            let (request, by) = self.send(message, Lane::Refresh);
            self.credentials.refresh_asked(asked, request, by);
        } else {
            // The token has run out meanwhile, and cannot be refreshed any more.
            self.credentials.stop_refreshing();
        }
    }

    pub(super) fn refresh_answered(&mut self, asked: Asked, verdict: Verdict) {
        match verdict {
            Verdict::Granted(grant) => match grant.token {
                Some(token) => {
                    self.credentials.worked(asked.bearer);
                    self.adopt(token, grant.lifetime, asked.sent, true);
                }
                None => self.refresh_failed(asked, Setback::bad_body(Purpose::Refresh)),
            },
            Verdict::BadBody | Verdict::Page(_) | Verdict::Taken(_) => {
                self.refresh_failed(asked, Setback::bad_body(Purpose::Refresh));
            }
            Verdict::Later(trouble) => {
                let setback = self.setback(Purpose::Refresh, trouble);
                self.refresh_failed(asked, setback);
            }
            Verdict::Refused(refusal, message) => {
                self.refused(Purpose::Refresh, asked.bearer, refusal, message);
            }
            Verdict::WrongRegion(message) => self.finish(End::WrongRegion { message }, Held::Open),
            // A server without this route; the token is good until it runs out.
            Verdict::Missing(trouble)
            | Verdict::NoRoute(trouble)
            | Verdict::Exists(trouble)
            | Verdict::Rejected(trouble) => {
                let Setback { cause, at_least } = self.setback(Purpose::Refresh, trouble);
                self.credentials.pause_refreshing(self.now.saturating_add(at_least));
                self.fault(cause, Next::Stops);
            }
        }
    }

    pub(super) fn refresh_failed(&mut self, asked: Asked, setback: Setback) {
        let failures = asked.failures.saturating_add(1);
        let at = self.next_try_beside(failures, setback.at_least);
        let next = if self.credentials.retry_refresh(at, failures) {
            Next::Retries { at, attempt: failures.saturating_add(1) }
        } else {
            Next::Stops
        };
        self.fault(setback.cause, next);
    }

    /// Whether anything may be sent at all.
    pub(super) fn may_send(&self) -> bool {
        self.bearer().is_some()
    }

    /// What a request beside the connection carries, if anything may be sent at all. The phases
    /// that send are those of a network that is up.
    pub(super) fn bearer(&self) -> Option<(&Secret, BearerId)> {
        let phase_sends = match self.phase {
            Phase::Asking(_)
            | Phase::Opening { .. }
            | Phase::Live(_)
            | Phase::Waiting { .. }
            | Phase::Polling => true,
            Phase::NeedsToken { .. } | Phase::Offline { .. } | Phase::Ended => false,
        };
        self.credentials.bearer(self.now).filter(|_| phase_sends)
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
