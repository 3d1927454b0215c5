//! REBASE: a session as it would be had it begun just now, so that two that differ in nothing but
//! when things happened and how they were numbered are equal, and a model checker finds an end.

use std::time::Duration;

use super::Session;
use crate::config::Liveness;
use crate::id::{BearerId, Mint, Numbered as _, RequestId, SocketId};
use crate::output::Status;
use crate::phase::{Asking, Live, Node, Phase, PhaseEvent};
use crate::retry::Jitter;
use crate::secret::Secret;
use crate::time::Moment;
use crate::wire::stream_url::fingerprint;

/// Which end of its range every pause is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Draw {
    /// The floor.
    Shortest,
    /// The ceiling.
    Longest,
}

/// The edges of the state graph that were gone along; one bit for each row of the reviewed table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Trail(u128);

impl Trail {
    pub(super) fn note(&mut self, node: Node, event: PhaseEvent) {
        self.0 |= 1 << (node as u32 * EVENTS + event as u32);
    }
}

impl Session {
    /// The present as every rebased session has it; far enough from zero for any past.
    pub const ORIGIN: Moment = Moment::from_millis(1 << 50);

    /// The same session with [`Session::ORIGIN`] as its present, and with the smallest numbers for
    /// ids, in their old order. What the host still holds of ids is renamed with them.
    ///
    /// It goes on as the old one would, to the byte but for the renaming. All outputs must have
    /// been taken out before. Gives two ids that count as given out and awaited no more.
    pub fn rebase(
        &mut self,
        requests: &mut [RequestId],
        sockets: &mut [SocketId],
    ) -> (RequestId, SocketId) {
        debug_assert!(self.queue.is_empty(), "what is queued holds moments and ids");
        self.clamp();
        let (now, origin) = (self.now.as_millis(), Session::ORIGIN.as_millis());
        self.each_moment(&mut |at| {
            let moved = (at.as_millis().saturating_add(origin)).saturating_sub(now);
            *at = Moment::from_millis(moved);
        });
        let mut used = Vec::with_capacity(8);
        self.each_number(&mut |number| used.push(*number / 2));
        used.extend(requests.iter().map(|id| id.as_u64() / 2));
        used.extend(sockets.iter().map(|id| id.as_u64() / 2));
        used.sort_unstable();
        used.dedup();
        let rename = |number: &mut u64| {
            let place = used.iter().position(|own| *own == *number / 2).unwrap_or(used.len());
            *number = place as u64 * 2 + *number % 2;
        };
        self.each_number(&mut |number| rename(number));
        requests.iter_mut().for_each(|id| rename(id.number()));
        sockets.iter_mut().for_each(|id| rename(id.number()));
        self.mint = Mint::after(used.len() as u64);
        let current = self.credentials.rename();
        let flights = [self.phase.flight(), self.pull.flight(), self.outbox.flight()];
        flights.into_iter().flatten().for_each(|(_, bearer)| bearer.rename(current));
        self.due = self.next_timer();
        self.mint.stale()
    }

    /// Levels what shows in nothing but numbers told, in redaction and in pauses: every pause will
    /// be drawn from one end of its range, counters begin anew, failures beyond the longest pause
    /// count no more. The token is renamed to `token`; of stream URLs only the first of `url` is
    /// remembered, by the name of the second: no other may ever be offered again, and no token that
    /// was refused.
    pub fn blur(&mut self, draw: Draw, token: &Secret, url: Option<(&str, &str)>) {
        self.jitter = Jitter::new(match draw {
            Draw::Shortest => DRAWS_ZERO,
            Draw::Longest => DRAWS_ALL_ONES,
        });
        self.counters = super::Counters::default();
        self.patience = crate::patience::Patience::default();
        self.dialled = None;
        let url = url.map(|(old, new)| (fingerprint(old), fingerprint(new)));
        self.link.keep_dialled(url);
        let settings = &self.config.settings;
        let attempts = settings.attempts_max.unwrap_or(0);
        let steps = settings.backoff.steps();
        let probes = settings.handshakes_max.saturating_add(settings.probe_backoff.steps());
        self.link.failures = self.link.failures.min(steps.max(attempts));
        self.link.unopened = self.link.unopened.min(probes);
        self.pull.failures = self.pull.failures.min(steps.max(attempts).max(PAGE_FAILURES_TOLD));
        self.credentials.blur(token, steps);
        self.outbox.blur(steps);
    }

    /// The edges gone along since the last call: bit `n` is row `n` of the reviewed table.
    pub fn take_edges(&mut self) -> u128 {
        std::mem::take(&mut self.trail).0
    }

    /// The token that it holds, whether good or not.
    #[must_use]
    pub fn token(&self) -> Option<&Secret> {
        self.credentials.token()
    }

    /// What lies in the past and makes no difference there.
    fn clamp(&mut self) {
        let now = self.now;
        self.link.clamp(now, self.config.settings.backoff.floor());
        self.link.outage_since = match self.config.settings.outage_max {
            Some(max) if !matches!(self.phase, Phase::Live(_)) => {
                self.link.outage_since.max(now.before(max))
            }
            _ => now,
        };
        if let Phase::NeedsToken { since } | Phase::Offline { since } = &mut self.phase {
            if self.config.settings.outage_max.is_none() {
                *since = now;
            }
        }
        if let Phase::Live(live) = &mut self.phase {
            if self.config.settings.liveness == Liveness::Never {
                live.heard = now;
            }
        }
        self.credentials.clamp(now);
        self.pull.clamp(now);
        self.outbox.resume(now);
    }

    fn each_moment(&mut self, f: &mut dyn FnMut(&mut Moment)) {
        f(&mut self.now);
        if let Status::Waiting { until } = &mut self.status {
            f(until);
        }
        self.phase.moments(f);
        self.link.moments(f);
        self.credentials.moments(f);
        self.pull.moments(f);
        self.outbox.moments(f);
    }

    fn each_number(&mut self, f: &mut dyn FnMut(&mut u64)) {
        self.phase.socket_mut().into_iter().for_each(|id| f(id.number()));
        self.credentials.refresh_request().into_iter().for_each(|id| f(id.number()));
        let flights = [self.phase.flight(), self.pull.flight(), self.outbox.flight()];
        flights.into_iter().flatten().for_each(|(request, _)| f(request.number()));
    }
}

impl Phase {
    fn moments(&mut self, f: &mut dyn FnMut(&mut Moment)) {
        match self {
            Phase::Asking(Asking { sent, by, .. }) => [sent, by].into_iter().for_each(f),
            Phase::Opening { by, .. } => f(by),
            Phase::Live(live) => {
                live.stable_at.iter_mut().chain(&mut live.probe_at).for_each(&mut *f);
                f(&mut live.heard);
            }
            Phase::Waiting { until } => f(until),
            Phase::NeedsToken { since } | Phase::Offline { since } => f(since),
            Phase::Polling | Phase::Ended => {}
        }
    }

    fn flight(&mut self) -> Option<(&mut RequestId, &mut BearerId)> {
        match self {
            Phase::Asking(Asking { request, bearer, .. }) => Some((request, bearer)),
            _ => None,
        }
    }

    fn socket_mut(&mut self) -> Option<&mut SocketId> {
        match self {
            Phase::Opening { socket, .. } | Phase::Live(Live { socket, .. }) => Some(socket),
            _ => None,
        }
    }
}

impl Moment {
    fn before(self, span: Duration) -> Moment {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Moment::from_millis(self.as_millis().saturating_sub(millis))
    }
}

/// How many events the table has for each node.
const EVENTS: u32 = PhaseEvent::Finished as u32 + 1;
/// The states from which the generator draws zero and all ones next.
const DRAWS_ZERO: u64 = 0x61c8_8646_80b5_83eb;
const DRAWS_ALL_ONES: u64 = 0x3162_8af6_7b21_31ab;
/// As many failures of a page in a row as are told or acted on.
const PAGE_FAILURES_TOLD: u32 = 8;
