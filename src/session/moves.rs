//! MOVES: carries out the steps of the graph, and tears old phases down. What every room may need
//! of the connection is here; this file needs none of them.

use std::time::Duration;

use super::Session;
use crate::config::{History, Way};
use crate::connection::Quiet;
use crate::error::{Cause, End, Next, Refusal};
use crate::flights::{LANES, Lane};
use crate::graph::{Ask, Bearer, Facts, Offer, Phase, Plan, Signal, Step, plan, step};
use crate::id::BearerId;
use crate::output::{Action, Event, Status};
use crate::pull::PullPurpose;
use crate::secret::Secret;
use crate::time::Moment;
use crate::wire::request::Request;

impl Session {
    /// The one way from phase to phase.
    pub(super) fn advance(&mut self, signal: Signal) {
        let (from, name) = (self.connection.node(), signal.name());
        let Some(step) = step(from, signal) else { return };
        // The socket that has just opened is the one that was dialled: it is not left.
        if !matches!(step, Step::GoLive(_)) {
            self.leave();
        }
        match step {
            Step::Ask => self.ask(self.next_attempt()),
            Step::AskForHost => self.ask(self.connection.next_call(&self.config.settings)),
            Step::AskBehind => self.ask(self.connection.next_start(self.now)),
            Step::Dial(offer) => self.dial(offer),
            Step::GoLive(live) => self.connection.enter(Phase::Live(live)),
            Step::Wait { until } => self.connection.enter(Phase::Waiting { until }),
            Step::AwaitToken => self.await_token(),
            Step::Rest => self.go_offline(),
            Step::End => self.connection.enter(Phase::Ended),
        }
        self.trail.note(from, name, self.connection.node());
    }

    /// The one teardown of a phase, whatever the cause: nothing of it stays behind.
    fn leave(&mut self) {
        self.cancel(Lane::Connection);
        if let Some(socket) = self.flights.hang_up() {
            self.out.act(Action::Shut { socket });
        }
        if self.connection.is_live() {
            self.cancel_page();
            if self.pull.is_for(PullPurpose::Check) {
                self.pull.stop();
            }
        }
        self.connection.leave(self.now);
    }

    /// Does what is next, but sends nothing before `earliest`.
    fn ask(&mut self, earliest: Moment) {
        let bearer = self.credentials.bearer(self.now).map(|(secret, id)| (secret.clone(), id));
        let facts = Facts {
            is_online: self.connection.is_online,
            bearer: Bearer::of(bearer.as_ref().map(|(_, id)| *id)),
            has_conversation: self.cursor.joined().is_some(),
            generates: self.credentials.generates(),
            wants_socket: self.config.settings.way == Way::Stream,
            is_early: earliest > self.now,
        };
        match (plan(facts), bearer) {
            (Plan::Send(ask), Some((secret, id))) => self.ask_now(ask, secret, id),
            (Plan::Wait, _) => self.connection.enter(Phase::Waiting { until: earliest }),
            (Plan::Poll, _) => {
                self.connection.enter(Phase::Polling);
                self.begin_polling();
            }
            (Plan::Rest, _) => self.go_offline(),
            (Plan::AwaitToken | Plan::Send(_), _) => self.await_token(),
        }
    }

    fn ask_now(&mut self, ask: Ask, secret: Secret, bearer: BearerId) {
        if ask == Ask::Start && bearer == BearerId::SECRET && self.connection.note_secret_start() {
            self.out.fault(Cause::PossibleDuplicateStart, Next::Continues);
        }
        let watermark = self.cursor.stream_watermark().filter(|_| ask == Ask::Reconnect);
        let has_watermark = watermark.is_some();
        let settings = &self.config.settings;
        let (base, user, locale) = (&self.config.base, settings.user.as_ref(), &settings.locale);
        let message = match ask {
            Ask::Generate => Request::generate(base, secret, user),
            Ask::Start => Request::start(base, secret, user, locale.as_deref()),
            Ask::Reconnect => {
                let id = self.cursor.joined().map_or("", |id| id);
                Request::reconnect(base, secret, id, watermark.map(|watermark| &**watermark))
            }
        };
        self.send(Lane::Connection, message, bearer, has_watermark);
        self.connection.asked(self.now);
        self.connection.enter(Phase::Asking(ask));
    }

    fn dial(&mut self, offer: Offer) {
        let Offer { url, by, catch_up } = offer;
        let socket = self.mint.socket();
        self.flights.dial(socket);
        self.out.act(Action::Open { socket, url });
        self.connection.enter(Phase::Opening { by, catch_up });
    }

    fn await_token(&mut self) {
        self.cancel_page();
        self.connection.enter(Phase::NeedsToken { since: self.now });
        self.need_token(None);
    }

    fn go_offline(&mut self) {
        self.cancel_page();
        self.connection.enter(Phase::Offline { since: self.now });
    }

    /// An attempt came to nothing: says so, and pauses or gives up.
    pub(super) fn fail(&mut self, cause: Cause) {
        let failures = self.connection.failed();
        if self.is_over_limit(failures) {
            self.out.fault(cause, Next::Stops);
            return self.finish(End::GaveUp { attempts: failures });
        }
        if self.credentials.bearer(self.now).is_none() {
            // The host was asked when the last credential ran out; no timer runs until it answers.
            self.out.fault(cause, Next::Stops);
            return self.advance(Signal::Stranded);
        }
        let (policy, failures) = self.connection.retry_policy(&self.config.settings);
        let until = self.next_try(policy, failures, Duration::ZERO).max(self.next_attempt());
        let attempt = self.connection.attempt();
        self.out.fault(cause, Next::Retries { at: until, attempt });
        self.advance(Signal::Failed { until });
    }

    /// Whether the host's limits are reached, and nothing else brings activities meanwhile.
    pub(super) fn is_over_limit(&self, failures: u32) -> bool {
        let is_over = self.connection.is_over_limit(&self.config.settings, failures, self.now);
        is_over && !self.pull.may_serve(self.now)
    }

    /// A handshake never opened; after a few of them, polling begins beside the attempts.
    pub(super) fn count_unopened(&mut self, at_least: u32) {
        if self.connection.note_unopened(&self.config.settings, at_least) {
            self.begin_polling();
        }
    }

    /// There is no socket, and pages have to do.
    fn begin_polling(&mut self) {
        if !self.pull.is_for(PullPurpose::Polling) {
            self.stop_pulling();
            self.cursor.hand_history_over();
            self.pull.begin(PullPurpose::Polling, self.now);
        }
    }

    /// A post was taken that went out at `sent`. Where the socket stays silent, a page will show
    /// whether it is dead and only looks open, unless pages are asked for anyway.
    pub(super) fn check_socket(&mut self, sent: Moment) {
        let at = self.now.saturating_add(ECHO_LATE);
        match (self.connection.quiet_since(sent, at), self.pull.is_for(PullPurpose::Check)) {
            (Quiet::No, _) => return,
            // That of an earlier post has its answer, since the socket spoke.
            (Quiet::Anew, true) if !self.flights.is_busy(Lane::Page) => self.pull.stop(),
            (Quiet::Anew | Quiet::Still, true) => return self.pull.check_later(at),
            (Quiet::Anew | Quiet::Still, false) => {}
        }
        // Who wants only what is new and has no watermark would be given all from the start.
        let is_blind = self.config.settings.history == History::OnlyNew
            && self.cursor.page_watermark().is_none();
        if self.pull.on.is_none() && !is_blind {
            self.pull.begin(PullPurpose::Check, at);
        }
    }

    /// Asks the host for a token, once until it comes.
    pub(super) fn need_token(&mut self, refusal: Option<Refusal>) {
        if self.credentials.ask() {
            self.out.tell(Event::NeedsToken { refusal });
        }
    }

    /// Ends the session: everything under way is ended, every post accounted for, and nothing
    /// follows.
    pub(super) fn finish(&mut self, end: End) {
        self.advance(Signal::Finished);
        for lane in LANES {
            self.cancel(lane);
        }
        self.pull.stop();
        // Before the conversation was joined there is no checkpoint that could keep anything.
        let keeps = self.config.settings.keeps_posts && self.cursor.joined().is_some();
        for (key, outcome) in self.outbox.close(keeps, self.config.settings.posts_max) {
            self.out.tell(Event::Posted { key, outcome });
        }
        self.announce_status();
        self.out.tell(Event::Ended(end));
    }

    pub(super) fn announce_status(&mut self) {
        let status = match self.connection.phase() {
            Phase::Live(_) => Status::Live,
            Phase::NeedsToken { .. } => Status::NeedsToken,
            Phase::Offline { .. } => Status::Offline,
            Phase::Ended => Status::Ended,
            Phase::Asking(_) | Phase::Opening { .. } | Phase::Waiting { .. } | Phase::Polling
                if self.pull.is_polling_well() =>
            {
                Status::Polling
            }
            Phase::Waiting { until } => Status::Waiting { until },
            Phase::Asking(_) | Phase::Opening { .. } | Phase::Polling => Status::Connecting,
        };
        if status != self.status {
            self.status = status;
            self.out.tell(Event::Status(status));
        }
    }
}

/// How long after the answer to a post its echo may well take; seen in the field within a second.
const ECHO_LATE: Duration = Duration::from_secs(3);
