//! The connection: carries out the steps of the graph, and tears old phases down.

use std::time::Duration;

use super::Session;
use crate::config::Way;
use crate::error::{Cause, End, Loss, Next};
use crate::id::BearerId;
use crate::output::{Action, Event};
use crate::pace::Pace;
use crate::patience::Lane;
use crate::phase::{
    Ask, Asking, Bearer, Facts, Live, Phase, PhaseEvent, Plan, Step, plan, transition,
};
use crate::time::Moment;
use crate::wire::request::Request;
use crate::wire::stream_url::StreamUrl;

/// What a session remembers of its connections beyond the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Link {
    pub(super) is_online: bool,
    /// Failed attempts since a connection was last stable.
    pub(super) failures: u32,
    /// Handshakes in a row that never opened.
    pub(super) unopened: u32,
    /// Collisions in a row.
    pub(super) collisions: u32,
    /// Since when there has been neither a socket nor a poll that worked.
    pub(super) outage_since: Moment,
    pace: Pace,
    /// The stream URLs dialled last, newest first, by their fingerprints.
    dialled: [u32; DIALLED_KEPT],
    /// Whether the stream was replayed because of something unreadable, with nothing new since.
    pub(super) has_replayed: bool,
    /// Whether the next reconnect passes over what it cannot get through.
    pub(super) passes_over: bool,
    /// Whether the host wants only what is new, and nothing has shown what that is.
    pub(super) only_new: bool,
    /// Whether tokens can be generated here, as far as we know.
    pub(super) can_generate: bool,
    /// Whether a conversation was started with the secret, so that a repeat opens another.
    pub(super) secret_start: bool,
}

/// Whether the request or socket of the phase that is left is over, or has to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    Over,
    Open,
}

/// What a step needs besides the event that led to it.
#[derive(Debug)]
pub(super) enum Detail {
    Nothing,
    /// Not before this moment.
    Until(Moment),
    Socket {
        url: StreamUrl,
        by: Moment,
        catch_up: bool,
    },
    Open(Live),
}

impl Detail {
    /// Whether this is what the step needs.
    fn suits(&self, step: Step) -> bool {
        match step {
            Step::Wait => matches!(self, Detail::Until(_)),
            Step::Dial => matches!(self, Detail::Socket { .. }),
            Step::GoLive => matches!(self, Detail::Open(_)),
            Step::Stay | Step::Ask | Step::AwaitToken | Step::Rest | Step::End => true,
        }
    }
}

impl Link {
    pub(super) fn new(only_new: bool, now: Moment) -> Link {
        Link {
            is_online: true,
            failures: 0,
            unopened: 0,
            collisions: 0,
            outage_since: now,
            pace: Pace::new(now),
            dialled: [0; DIALLED_KEPT],
            has_replayed: false,
            passes_over: false,
            only_new,
            can_generate: true,
            secret_start: false,
        }
    }

    #[cfg(feature = "proof")]
    pub(super) fn moments(&mut self, f: &mut dyn FnMut(&mut Moment)) {
        f(&mut self.outage_since);
        self.pace.moments(f);
    }

    #[cfg(feature = "proof")]
    pub(super) fn clamp(&mut self, now: Moment, floor: Duration) {
        self.pace.clamp(now, floor);
    }

    /// Forgets all attempts, and all stream URLs but one, which gets another name.
    #[cfg(feature = "proof")]
    pub(super) fn keep_dialled(&mut self, url: Option<(u32, u32)>) {
        self.pace.blur();
        let kept = url.filter(|(old, _)| self.dialled.contains(old)).map(|(_, new)| new);
        self.dialled = [0; DIALLED_KEPT];
        self.dialled[0] = kept.unwrap_or(0);
    }

    /// Notes that a stream URL is about to be dialled; `false` when it was before.
    pub(super) fn may_dial(&mut self, fingerprint: u32) -> bool {
        if self.dialled.contains(&fingerprint) {
            return false;
        }
        self.dialled.rotate_right(1);
        self.dialled[0] = fingerprint;
        true
    }
}

impl Session {
    /// The one way from phase to phase.
    pub(super) fn advance(&mut self, event: PhaseEvent, held: Held, detail: Detail) {
        let step = transition(self.phase.node(), event);
        if step == Step::Stay {
            return;
        }
        debug_assert!(detail.suits(step), "{step:?} comes with what it needs");
        #[cfg(feature = "proof")]
        self.trail.note(self.phase.node(), event);
        self.leave(held);
        self.phase = match (step, detail) {
            (Step::Ask, Detail::Until(until)) if until > self.now => Phase::Waiting { until },
            (Step::Wait, Detail::Until(until)) => Phase::Waiting { until },
            (Step::Dial, Detail::Socket { url, by, catch_up }) => {
                let socket = self.mint.socket();
                self.act(Action::Open { socket, url });
                Phase::Opening { socket, by, catch_up }
            }
            (Step::GoLive, Detail::Open(live)) => Phase::Live(live),
            (Step::AwaitToken, _) => return self.await_token(),
            (Step::Rest, _) => return self.rest(),
            (Step::End, _) => Phase::Ended,
            // Without what they need, the last three could do nothing but ask anew.
            (Step::Stay | Step::Ask | Step::Wait | Step::Dial | Step::GoLive, _) => {
                return self.ask();
            }
        };
    }

    /// The one teardown, whatever the cause: nothing of the phase that is left stays behind.
    fn leave(&mut self, held: Held) {
        match (self.phase, held) {
            (Phase::Asking(asking), Held::Open) => {
                self.act(Action::Cancel { request: asking.request });
            }
            (Phase::Opening { socket, .. } | Phase::Live(Live { socket, .. }), Held::Open) => {
                self.act(Action::Shut { socket });
            }
            _ => {}
        }
        match self.phase {
            Phase::Live(_) => {
                self.link.outage_since = self.now;
                self.cancel_page();
            }
            Phase::NeedsToken { since } | Phase::Offline { since } => self.spare(since),
            _ => {}
        }
    }

    /// What could not be tried since `since` is no outage.
    pub(super) fn spare(&mut self, since: Moment) {
        let begun = self.link.outage_since;
        self.link.outage_since = begun.saturating_add(self.now.since(since.max(begun)));
    }

    /// When the next request for a connection may go out, whoever wants it.
    pub(super) fn next_attempt(&self) -> Moment {
        self.now.max(self.link.pace.next(self.settings().attempts_at_once))
    }

    /// Sends the request that is next, or does what has to be done before there can be one.
    fn ask(&mut self) {
        let bearer = self.credentials.bearer(self.now).map(|(secret, id)| (secret.clone(), id));
        let facts = Facts {
            is_online: self.link.is_online,
            bearer: match bearer {
                None => Bearer::Nothing,
                Some((_, BearerId::SECRET)) => Bearer::Secret,
                Some(_) => Bearer::Token,
            },
            has_conversation: self.joined,
            generates: self.link.can_generate && !self.settings().secret_only,
            wants_socket: self.settings().way == Way::Stream,
        };
        let until = self.next_attempt();
        match (plan(facts), bearer) {
            (Plan::Send(_), Some(_)) if until > self.now => self.phase = Phase::Waiting { until },
            (Plan::Send(what), Some((secret, bearer))) => {
                if what == Ask::Start && bearer == BearerId::SECRET {
                    if self.link.secret_start {
                        self.fault(Cause::PossibleDuplicateStart, Next::Continues);
                    }
                    self.link.secret_start = true;
                }
                let watermark =
                    self.cursor.stream_watermark().filter(|_| what == Ask::Reconnect).cloned();
                let settings = self.settings();
                let user = settings.user.as_ref();
                let (base, id) = (&self.config.base, &self.conversation);
                let message = match what {
                    Ask::Generate => Request::generate(base, secret, user),
                    Ask::Start => Request::start(base, secret, user, settings.locale.as_deref()),
                    Ask::Reconnect => Request::reconnect(base, secret, id, watermark.as_deref()),
                };
                let (request, by) = self.send(message, Lane::Connection);
                let (sent, has_watermark) = (self.now, watermark.is_some());
                self.link.pace.asked(sent);
                self.phase =
                    Phase::Asking(Asking { what, request, bearer, sent, by, has_watermark });
            }
            (Plan::Poll, _) => self.begin_polling(),
            (Plan::Rest, _) => self.rest(),
            (Plan::AwaitToken | Plan::Send(_), _) => self.await_token(),
        }
    }

    fn begin_polling(&mut self) {
        self.phase = Phase::Polling;
        self.poll_for_activities();
    }

    fn await_token(&mut self) {
        self.cancel_page();
        self.phase = Phase::NeedsToken { since: self.now };
        self.need_token(None);
    }

    fn rest(&mut self) {
        self.cancel_page();
        self.phase = Phase::Offline { since: self.now };
    }

    /// An attempt came to nothing: says so, and pauses or gives up.
    pub(super) fn fail(&mut self, cause: Cause, held: Held, at_least: Duration) {
        self.link.failures = self.link.failures.saturating_add(1);
        self.link.pace.keep_away(self.now.saturating_add(at_least));
        if self.is_over_limit(self.link.failures) {
            self.fault(cause, Next::Stops);
            return self.finish(End::GaveUp { attempts: self.link.failures }, held);
        }
        if self.credentials.bearer(self.now).is_none() {
            // The host was asked when the last credential ran out; no timer runs until it answers.
            self.fault(cause, Next::Stops);
            self.advance(PhaseEvent::Failed, held, Detail::Until(self.now));
            return self.advance(PhaseEvent::Exhausted, Held::Over, Detail::Nothing);
        }
        let settings = self.settings();
        let unopened = self.link.unopened.saturating_add(1);
        let probes = unopened.saturating_sub(settings.handshakes_max);
        let (policy, failures) = if probes > 0 {
            (settings.probe_backoff, probes)
        } else {
            (settings.backoff, self.link.failures)
        };
        let at = self.next_try(policy, failures, at_least).max(self.next_attempt());
        self.fault(cause, Next::Retries { at, attempt: self.link.failures.saturating_add(1) });
        self.advance(PhaseEvent::Failed, held, Detail::Until(at));
    }

    /// Whether the host's limits are reached, and nothing else brings activities meanwhile.
    pub(super) fn is_over_limit(&self, failures: u32) -> bool {
        let settings = self.settings();
        let attempts = settings.attempts_max.is_some_and(|max| failures >= max);
        let is_live = matches!(self.phase, Phase::Live(_));
        let outage = if is_live { Duration::ZERO } else { self.now.since(self.link.outage_since) };
        let elapsed = settings.outage_max.is_some_and(|max| outage >= max);
        (attempts || elapsed) && !self.pull.may_serve(self.now)
    }

    /// A handshake never opened; after a few of them, polling begins beside the attempts.
    pub(super) fn count_unopened(&mut self, at_least: u32) {
        self.link.unopened = self.link.unopened.saturating_add(1).max(at_least);
        if self.link.unopened >= self.settings().handshakes_max {
            self.poll_for_activities();
        }
    }

    pub(super) fn phase_deadline(&self) -> Option<Moment> {
        match self.phase {
            Phase::Asking(asking) => Some(asking.by),
            Phase::Opening { by, .. } => Some(by),
            Phase::Live(live) => self.live_deadline(live),
            Phase::Waiting { until } => Some(until),
            Phase::Polling | Phase::NeedsToken { .. } | Phase::Offline { .. } | Phase::Ended => {
                None
            }
        }
    }

    pub(super) fn phase_due(&mut self) {
        match self.phase {
            Phase::Asking(asking) => self.ask_overdue(asking),
            Phase::Opening { .. } => self.lost(Loss::HandshakeTimedOut, Held::Open),
            Phase::Live(live) => self.live_due(live),
            // Only a pause can be over, says the graph.
            Phase::Waiting { .. }
            | Phase::Polling
            | Phase::NeedsToken { .. }
            | Phase::Offline { .. }
            | Phase::Ended => self.advance(PhaseEvent::Elapsed, Held::Over, Detail::Nothing),
        }
    }

    pub(super) fn woke(&mut self) {
        self.pull.hasten(self.now);
        let detail = self.not_too_soon();
        if let Phase::Asking(asking) = self.phase {
            // A start with the secret cannot be taken back, and another would greet the bot again.
            let is_secret_start = asking.what == Ask::Start && asking.bearer == BearerId::SECRET;
            // What was sent a moment ago was sent into the world as it is now.
            if is_secret_start || matches!(detail, Detail::Until(until) if until > self.now) {
                return;
            }
        }
        self.advance(PhaseEvent::Woke, Held::Open, detail);
    }

    pub(super) fn network_down(&mut self) {
        self.link.is_online = false;
        self.advance(PhaseEvent::Down, Held::Open, Detail::Nothing);
    }

    pub(super) fn network_up(&mut self) {
        self.link.is_online = true;
        self.advance(PhaseEvent::Up, Held::Over, self.not_too_soon());
    }

    /// When the host may make us ask again: one that wakes us in a loop, or whose network flaps,
    /// must not hammer the service, and what the service asked for holds against its calls.
    fn not_too_soon(&self) -> Detail {
        if self.credentials.bearer(self.now).is_none() {
            return Detail::Nothing;
        }
        let settings = self.settings();
        let (at_once, floor) = (settings.attempts_at_once, settings.backoff.floor());
        Detail::Until(self.link.pace.next_call(at_once, floor))
    }

    pub(super) fn close(&mut self) {
        self.finish(End::Closed, Held::Open);
    }

    /// Ends the session: everything under way is ended, every post accounted for, and nothing
    /// follows.
    pub(super) fn finish(&mut self, end: End, held: Held) {
        self.advance(PhaseEvent::Finished, held, Detail::Nothing);
        self.stop_pulling();
        if let Some(request) = self.credentials.stop_refreshing() {
            self.act(Action::Cancel { request });
        }
        self.close_outbox();
        self.announce_status();
        self.tell(Event::Ended(end));
    }
}

/// More than a server could mint within the minute that a stream URL lives, at our backoff.
const DIALLED_KEPT: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_what_it_needs_is_found_out() {
        for (step, is_free) in [
            (Step::Ask, true),
            (Step::End, true),
            (Step::Wait, false),
            (Step::Dial, false),
            (Step::GoLive, false),
        ] {
            assert_eq!(Detail::Nothing.suits(step), is_free, "{step:?}");
        }
        assert!(Detail::Until(Moment::ZERO).suits(Step::Wait));
        assert!(!Detail::Until(Moment::ZERO).suits(Step::Dial));
    }
}
