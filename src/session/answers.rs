//! Answers: who was waiting for this one, and what it means to the connection.

use std::time::Duration;

use http::Response;

use super::Session;
use super::link::{Detail, Held};
use crate::config::Way;
use crate::error::{Cause, End, Message, Next, Purpose, Refusal};
use crate::id::{BearerId, RequestId};
use crate::input::Failure;
use crate::patience::Lane;
use crate::phase::{Ask, Asking, PhaseEvent};
use crate::redact::Hidden;
use crate::token::Left;
use crate::wire::response::{Grant, Trouble, Verdict, read};
use crate::wire::stream_url::StreamUrl;

/// How a request that concerns one part only has failed for now.
pub(super) struct Setback {
    pub(super) cause: Cause,
    /// As `Retry-After` says, within bounds.
    pub(super) at_least: Duration,
}

impl Session {
    pub(super) fn answered(&mut self, request: RequestId, response: Response<Vec<u8>>) {
        if response.body().len() > self.settings().body_bytes_max {
            return self.unanswered(request, Failure::TooLarge);
        }
        let hidden = self.hidden();
        let read = |purpose| read(purpose, response, &hidden);
        if let Some(asking) = self.phase.asking(request) {
            self.patience.landed(Lane::Connection);
            self.ask_answered(asking, read(asking.what.purpose()));
        } else if let Some(asked) = self.credentials.take_refresh(request) {
            self.patience.landed(Lane::Refresh);
            self.refresh_answered(asked, read(Purpose::Refresh));
        } else if let Some((bearer, has_watermark)) = self.pull.take(request) {
            self.patience.landed(Lane::Page);
            self.page_answered(bearer, has_watermark, read(Purpose::Activities));
        } else if let Some(flight) = self.outbox.land(request) {
            self.post_answered(flight, read(Purpose::Post));
        }
    }

    pub(super) fn unanswered(&mut self, request: RequestId, failure: Failure) {
        if let Some(asking) = self.phase.asking(request) {
            self.patience.failed(Lane::Connection, failure);
            let cause = Cause::NotAnswered { purpose: asking.what.purpose(), failure };
            self.fail(cause, Held::Over, Duration::ZERO);
        } else if let Some(asked) = self.credentials.take_refresh(request) {
            self.patience.failed(Lane::Refresh, failure);
            self.refresh_failed(asked, Setback::unanswered(Purpose::Refresh, failure));
        } else if self.pull.take(request).is_some() {
            self.patience.failed(Lane::Page, failure);
            self.page_failed(Setback::unanswered(Purpose::Activities, failure));
        } else if let Some(flight) = self.outbox.land(request) {
            self.post_unanswered(flight, failure);
        }
    }

    /// Everything that must not show in what is told, though the peer may quote it.
    pub(super) fn hidden(&self) -> Hidden {
        Hidden::new(self.credentials.secrets(), self.dialled.as_ref().map(StreamUrl::shared))
    }

    /// The request of the phase is overdue.
    pub(super) fn ask_overdue(&mut self, asking: Asking) {
        self.patience.failed(Lane::Connection, Failure::TimedOut);
        let cause =
            Cause::NotAnswered { purpose: asking.what.purpose(), failure: Failure::TimedOut };
        self.fail(cause, Held::Open, Duration::ZERO);
    }

    fn ask_answered(&mut self, asking: Asking, verdict: Verdict) {
        let purpose = asking.what.purpose();
        match verdict {
            Verdict::Granted(grant) => match asking.what {
                Ask::Generate => self.generated(asking, grant),
                Ask::Start => self.started(asking, grant),
                Ask::Reconnect => self.reconnected(asking, grant),
            },
            Verdict::BadBody | Verdict::Page(_) | Verdict::Taken(_) => {
                self.fail(Cause::BadBody { purpose }, Held::Over, Duration::ZERO);
            }
            Verdict::Later(trouble) => {
                let Setback { cause, at_least } = self.setback(purpose, trouble);
                self.fail(cause, Held::Over, at_least);
            }
            Verdict::Refused(refusal, message) => self.ask_refused(asking, refusal, message),
            Verdict::WrongRegion(message) => {
                self.finish(End::WrongRegion { message }, Held::Over);
            }
            // Some servers have conversations and not this route: reading the activities will tell
            // whether the conversation is gone.
            Verdict::Missing(trouble) | Verdict::NoRoute(trouble)
                if asking.what == Ask::Reconnect =>
            {
                let Setback { cause, at_least } = self.setback(purpose, trouble);
                self.no_socket(cause, at_least);
            }
            Verdict::Rejected(trouble)
                if asking.what == Ask::Reconnect
                    && !asking.has_watermark
                    && self.pull.is_polling_well() =>
            {
                let Setback { cause, at_least } = self.setback(purpose, trouble);
                self.no_socket(cause, at_least);
            }
            Verdict::Missing(_) | Verdict::NoRoute(_) if asking.what == Ask::Generate => {
                self.link.can_generate = false;
                self.again();
            }
            Verdict::Exists(_) if asking.what == Ask::Start && !self.conversation.is_empty() => {
                self.join();
                self.again();
            }
            Verdict::Rejected(Trouble { status: 400, .. }) if asking.has_watermark => {
                self.cursor.drop_stream_watermark();
                let attempt = self.link.failures.saturating_add(1);
                let next = Next::Retries { at: self.next_attempt(), attempt };
                self.fault(Cause::WatermarkRefused, next);
                self.again();
            }
            Verdict::Missing(trouble)
            | Verdict::NoRoute(trouble)
            | Verdict::Exists(trouble)
            | Verdict::Rejected(trouble) => {
                let Trouble { status, message, .. } = trouble;
                self.finish(End::Rejected { purpose, status, message }, Held::Over);
            }
        }
    }

    fn generated(&mut self, asking: Asking, grant: Grant) {
        if let Some(token) = grant.token {
            self.adopt(token, grant.lifetime, asking.sent, false);
        }
        if self.credentials.bearer(self.now).is_none_or(|(_, bearer)| bearer == BearerId::SECRET) {
            let cause = Cause::BadBody { purpose: Purpose::Generate };
            return self.fail(cause, Held::Over, Duration::ZERO);
        }
        self.conversation = grant.conversation.unwrap_or_default();
        self.again();
    }

    fn started(&mut self, asking: Asking, mut grant: Grant) {
        if let Some(conversation) = grant.conversation.take() {
            self.conversation = conversation;
        }
        if self.conversation.is_empty() {
            let cause = Cause::BadBody { purpose: Purpose::Start };
            return self.fail(cause, Held::Over, Duration::ZERO);
        }
        self.join();
        self.take_grant(asking, grant);
    }

    fn reconnected(&mut self, asking: Asking, grant: Grant) {
        if grant.conversation.as_ref().is_some_and(|id| *id != self.conversation) {
            return self.finish(End::WrongConversation, Held::Over);
        }
        self.take_grant(asking, grant);
    }

    fn join(&mut self) {
        self.joined = true;
        self.announce_joined();
    }

    /// We are in the conversation: keep the token, and go on to the socket if there is one.
    fn take_grant(&mut self, asking: Asking, grant: Grant) {
        self.credentials.worked(asking.bearer);
        if let Some(token) = grant.token {
            self.adopt(token, grant.lifetime, asking.sent, false);
        }
        if self.settings().way == Way::Polling {
            return self.advance(PhaseEvent::Joined, Held::Over, Detail::Nothing);
        }
        let offered = grant.stream_url.as_deref().unwrap_or("");
        match StreamUrl::parse(offered, &self.config.base) {
            Ok(Some(url)) => self.dial(asking, url),
            Ok(None) => self.no_socket(Cause::NoSocketOffered, Duration::ZERO),
            Err(why) => {
                self.count_unopened(0);
                self.fail(Cause::BadStreamUrl(why), Held::Over, Duration::ZERO);
            }
        }
    }

    /// As good as a handshake that failed for good: polling takes over, and asks again later.
    fn no_socket(&mut self, cause: Cause, at_least: Duration) {
        self.count_unopened(self.settings().handshakes_max);
        self.fail(cause, Held::Over, at_least);
    }

    fn dial(&mut self, asking: Asking, url: StreamUrl) {
        let settings = self.settings();
        let dies = asking.sent.saturating_add(settings.stream_url_lifetime);
        if self.now.saturating_add(settings.stream_url_margin()) > dies {
            let cause = Cause::BadStreamUrl("has run out before it could be used");
            return self.fail(cause, Held::Over, Duration::ZERO);
        }
        let by = self.now.saturating_add(settings.connect_timeout).min(dies);
        if !self.link.may_dial(url.fingerprint()) {
            self.count_unopened(0);
            let cause = Cause::BadStreamUrl("was dialled before");
            return self.fail(cause, Held::Over, Duration::ZERO);
        }
        self.dialled = Some(url.clone());
        // Without a watermark the service sends only what is said from now on.
        let skips = self.link.passes_over || self.link.only_new;
        let is_unmarked = !asking.has_watermark && !skips;
        // The stream brings what was missed as well, but not the news that it was all.
        let catch_up = asking.what == Ask::Reconnect && (is_unmarked || self.outbox.is_unproven());
        self.advance(PhaseEvent::Granted, Held::Over, Detail::Socket { url, by, catch_up });
    }

    fn ask_refused(&mut self, asking: Asking, refusal: Refusal, message: Message) {
        let generates = self.link.can_generate && !self.settings().secret_only;
        let is_dead_end = asking.what == Ask::Start && generates;
        match self.refuse(asking.bearer, refusal, is_dead_end) {
            Left::SameAgain => self.finish(End::Refused { refusal, message }, Held::Over),
            left => {
                let purpose = asking.what.purpose();
                self.refusal_told(purpose, refusal, message, left);
                self.again();
            }
        }
    }

    /// The request is over, and another is worth sending at once.
    fn again(&mut self) {
        self.advance(PhaseEvent::Again, Held::Over, Detail::Nothing);
    }

    /// An error status that may be gone the next time, with the wait that the server asks for.
    pub(super) fn setback(&self, purpose: Purpose, trouble: Trouble) -> Setback {
        let Trouble { status, retry_after, message } = trouble;
        let at_least = retry_after.unwrap_or_default().min(self.settings().retry_after_max);
        Setback { cause: Cause::Answered { purpose, status, message }, at_least }
    }
}

impl Setback {
    pub(super) fn unanswered(purpose: Purpose, failure: Failure) -> Setback {
        Setback { cause: Cause::NotAnswered { purpose, failure }, at_least: Duration::ZERO }
    }

    pub(super) fn bad_body(purpose: Purpose) -> Setback {
        Setback { cause: Cause::BadBody { purpose }, at_least: Duration::ZERO }
    }
}

impl Ask {
    fn purpose(self) -> Purpose {
        match self {
            Ask::Generate => Purpose::Generate,
            Ask::Start => Purpose::Start,
            Ask::Reconnect => Purpose::Reconnect,
        }
    }
}
