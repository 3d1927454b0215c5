//! CONNECTING: what the answers to a request for a connection mean, and what the host says of its
//! network.

use super::Session;
use crate::config::Way;
use crate::credentials::Left;
use crate::error::{Cause, End, Message, Next, Purpose, Refusal};
use crate::flights::{Flight, Lane};
use crate::graph::{Ask, CatchUp, Offer, Phase, Signal};
use crate::id::BearerId;
use crate::output::Event;
use crate::wire::response::{Denial, Grant, Trouble, Verdict};
use crate::wire::stream_url::StreamUrl;

impl Session {
    /// The request of the phase was answered or has failed.
    pub(super) fn connection_landed(&mut self, ask: Ask, flight: Flight, verdict: Verdict<Grant>) {
        match verdict {
            Verdict::Good(grant) => match ask {
                Ask::Generate => self.generated(flight, grant),
                Ask::Start => self.started(flight, grant),
                Ask::Reconnect => self.reconnected(flight, grant),
            },
            Verdict::Failed(cause) => self.fail(cause),
            Verdict::Refused(refusal, message) => {
                self.connection_refused(ask, flight.bearer, refusal, message);
            }
            Verdict::WrongRegion(message) => self.finish(End::WrongRegion { message }),
            Verdict::Denied(denial, trouble) => match ask {
                Ask::Generate => self.generate_denied(denial, trouble),
                Ask::Start => self.start_denied(denial, trouble),
                Ask::Reconnect => self.reconnect_denied(flight, denial, trouble),
            },
        }
    }

    fn generated(&mut self, flight: Flight, grant: Grant) {
        if let Some(token) = grant.token {
            self.adopt(token, grant.lifetime, flight.sent, false);
        }
        if self.credentials.bearer(self.now).is_none_or(|(_, bearer)| bearer == BearerId::SECRET) {
            return self.fail(Cause::BadBody { purpose: Purpose::Generate });
        }
        self.cursor.name(grant.conversation);
        self.advance(Signal::Prepared);
    }

    fn generate_denied(&mut self, denial: Denial, trouble: Trouble) {
        match denial {
            Denial::Missing | Denial::NoRoute => {
                self.credentials.cannot_generate();
                self.advance(Signal::Prepared);
            }
            Denial::Exists | Denial::Rejected => self.rejected(trouble),
        }
    }

    fn started(&mut self, flight: Flight, mut grant: Grant) {
        if let Some(conversation) = grant.conversation.take() {
            self.cursor.name(Some(conversation));
        }
        if !self.join() {
            return self.fail(Cause::BadBody { purpose: Purpose::Start });
        }
        self.take_grant(Ask::Start, flight, grant);
    }

    fn start_denied(&mut self, denial: Denial, trouble: Trouble) {
        if denial == Denial::Exists && self.join() {
            return self.advance(Signal::Again);
        }
        self.rejected(trouble);
    }

    fn reconnected(&mut self, flight: Flight, grant: Grant) {
        if grant.conversation.as_ref().is_some_and(|id| self.cursor.joined() != Some(id)) {
            return self.finish(End::WrongConversation);
        }
        self.take_grant(Ask::Reconnect, flight, grant);
    }

    fn reconnect_denied(&mut self, flight: Flight, denial: Denial, trouble: Trouble) {
        let has_watermark = flight.has_watermark;
        match denial {
            // Some servers have conversations and not this route: reading the activities will tell
            // whether the conversation is gone.
            Denial::Missing | Denial::NoRoute => self.no_socket(trouble.into()),
            Denial::Rejected if !has_watermark && self.pull.is_polling_well() => {
                self.no_socket(trouble.into());
            }
            Denial::Rejected if has_watermark && trouble.status == 400 => {
                self.cursor.stream_watermark_refused();
                let (at, attempt) = (self.next_attempt(), self.connection.attempt());
                self.out.fault(Cause::WatermarkRefused, Next::Retries { at, attempt });
                self.advance(Signal::Again);
            }
            Denial::Exists | Denial::Rejected => self.rejected(trouble),
        }
    }

    fn rejected(&mut self, trouble: Trouble) {
        let Trouble { purpose, status, message, .. } = trouble;
        self.finish(End::Rejected { purpose, status, message });
    }

    /// We are in the conversation, if it has a name; gives whether it has.
    fn join(&mut self) -> bool {
        let Some(conversation) = self.cursor.join().cloned() else { return false };
        self.out.tell(Event::Joined { conversation });
        true
    }

    /// We are in the conversation: keep the token, and go on to the socket if there is one.
    fn take_grant(&mut self, ask: Ask, flight: Flight, grant: Grant) {
        self.credentials.worked(flight.bearer);
        if let Some(token) = grant.token {
            self.adopt(token, grant.lifetime, flight.sent, false);
        }
        if self.config.settings.way == Way::Polling {
            return self.advance(Signal::Joined);
        }
        match StreamUrl::parse(grant.stream_url.unwrap_or_default(), &self.config.base) {
            Ok(Some(url)) => self.offered(ask, flight, url),
            Ok(None) => self.no_socket(Cause::NoSocketOffered),
            Err(why) => self.bad_offer(why),
        }
    }

    /// As good as a handshake that failed for good: polling takes over, and asks again later.
    fn no_socket(&mut self, cause: Cause) {
        self.count_unopened(self.config.settings.handshakes_max);
        self.fail(cause);
    }

    fn bad_offer(&mut self, why: &'static str) {
        self.count_unopened(0);
        self.fail(Cause::BadStreamUrl(why));
    }

    fn offered(&mut self, ask: Ask, flight: Flight, url: StreamUrl) {
        let settings = &self.config.settings;
        let dies = flight.sent.saturating_add(settings.stream_url_lifetime);
        if self.now.saturating_add(settings.stream_url_margin()) > dies {
            return self.bad_offer("has run out before it could be used");
        }
        let by = self.now.saturating_add(settings.connect_timeout).min(dies);
        if !self.connection.note_dial(&url) {
            return self.bad_offer("was dialled before");
        }
        // Without a watermark the service sends only what is said from now on.
        let is_unmarked = !flight.has_watermark && !self.cursor.skips();
        let catch_up = match ask {
            Ask::Reconnect if is_unmarked => CatchUp::History,
            Ask::Reconnect if self.outbox.must_read_first() => CatchUp::RestoredPosts,
            _ => CatchUp::No,
        };
        self.advance(Signal::Granted(Offer { url, by, catch_up }));
    }

    fn connection_refused(
        &mut self,
        ask: Ask,
        bearer: BearerId,
        refusal: Refusal,
        message: Message,
    ) {
        let is_dead_end = ask == Ask::Start && self.credentials.generates();
        match self.note_refusal(bearer, refusal, is_dead_end) {
            Left::SameAgain => self.finish(End::Refused { refusal, message }),
            left => {
                self.refusal_told(ask.purpose(), refusal, message, left);
                let is_before = ask == Ask::Generate;
                self.advance(if is_before { Signal::Prepared } else { Signal::Again });
            }
        }
    }

    pub(super) fn woke(&mut self) {
        self.pull.hasten(self.now);
        if let Phase::Asking(ask) = self.connection.phase() {
            // A start with the secret cannot be taken back, and another would greet the bot again.
            let is_secret_start = ask == Ask::Start
                && self.flights.bearer(Lane::Connection) == Some(BearerId::SECRET);
            // What was sent a moment ago was sent into the world as it is now.
            let is_fresh =
                self.may_send() && self.connection.next_call(&self.config.settings) > self.now;
            if is_secret_start || is_fresh {
                return;
            }
        }
        if !self.connection.may_wake() {
            return;
        }
        let is_trying = self.connection.is_trying();
        self.advance(Signal::Woke);
        if is_trying {
            self.connection.begun_anew();
        }
    }

    pub(super) fn network_down(&mut self) {
        self.connection.network(false);
        self.advance(Signal::Down);
    }

    pub(super) fn network_up(&mut self) {
        self.connection.network(true);
        self.advance(Signal::Up);
    }
}

impl Ask {
    pub(super) fn purpose(self) -> Purpose {
        match self {
            Ask::Generate => Purpose::Generate,
            Ask::Start => Purpose::Start,
            Ask::Reconnect => Purpose::Reconnect,
        }
    }
}
