//! DUE: what time alone brings about, one deadline after the other.

use super::Session;
use crate::error::Loss;
use crate::flights::Lane;
use crate::graph::{Phase, Signal};
use crate::time::Moment;
use crate::timer::{Timer, earliest};

impl Session {
    /// The latest moment to call `handle` with [`Input::Timeout`](crate::Input::Timeout); the
    /// latest moment seen while outputs are queued, `None` while nothing but an input can change
    /// anything.
    #[must_use]
    pub fn deadline(&self) -> Option<Moment> {
        debug_assert_eq!(self.due, self.next_timer(), "`due` is what the parts report");
        debug_assert!(self.is_whole(), "a phase has the request or the socket that it is about");
        if !self.out.is_empty() {
            return Some(self.now);
        }
        self.due.map(|(at, _)| at.max(self.now))
    }

    /// Whether what is under way is what the phase is about.
    fn is_whole(&self) -> bool {
        let phase = self.connection.phase();
        let is_asking = matches!(phase, Phase::Asking(_));
        let has_socket = matches!(phase, Phase::Opening { .. } | Phase::Live(_));
        self.flights.is_busy(Lane::Connection) == is_asking
            && self.flights.socket().is_some() == has_socket
            && self.flights.is_busy(Lane::Post) == self.outbox.is_in_flight()
    }

    /// Whether anything is due. Time that passes arms nothing, so the moment noted last will do.
    pub(super) fn is_due(&self) -> bool {
        self.due.is_some_and(|(at, _)| at <= self.now)
    }

    /// Deals with everything that is due, in order.
    pub(super) fn expire(&mut self) {
        let mut rounds = 0;
        while let Some((_, timer)) = self.due.filter(|(at, _)| *at <= self.now) {
            match timer {
                Timer::Overdue(lane) => self.overdue(lane),
                Timer::Handshake => self.lost(Loss::HandshakeTimedOut),
                Timer::Stable => self.connection.lasted(),
                Timer::Probe => self.probe(),
                Timer::Silence => self.lost(Loss::Silent),
                Timer::Pause => self.advance(Signal::Elapsed),
                Timer::Expiry => self.token_expired(),
                Timer::Refresh => self.refresh_due(),
                Timer::Page => self.pull_if_due(),
                Timer::Post => self.outbox.resume(self.now),
            }
            self.due = self.next_timer();
            rounds += 1;
            debug_assert!(rounds < 64, "a deadline that is dealt with moves or goes: {timer:?}");
        }
    }

    /// What is due next, and when.
    pub(crate) fn next_timer(&self) -> Option<(Moment, Timer)> {
        let phase = self.connection.phase();
        if phase == Phase::Ended {
            return None;
        }
        let (mut handshake, mut stable, mut probe, mut pause) = (None, None, None, None);
        match phase {
            Phase::Opening { by, .. } => handshake = Some(by),
            Phase::Live(live) => (stable, probe) = (live.stable_at, live.probe_at),
            Phase::Waiting { until } => pause = Some(until),
            _ => {}
        }
        // What would be sent waits, however long it is due, while nothing may be sent.
        let flights = &self.flights;
        let refresh = self.credentials.refresh_at().filter(|_| self.may_send());
        let page = self.pull.due().filter(|_| self.may_pull());
        let post = self.outbox.resumes_at().filter(|_| self.may_post());
        earliest([
            (Timer::Overdue(Lane::Connection), flights.by(Lane::Connection)),
            (Timer::Handshake, handshake),
            (Timer::Stable, stable),
            (Timer::Probe, probe),
            (Timer::Silence, self.connection.silent_at(&self.config.settings)),
            (Timer::Pause, pause),
            (Timer::Expiry, self.credentials.expires()),
            (Timer::Overdue(Lane::Refresh), flights.by(Lane::Refresh)),
            (Timer::Refresh, refresh),
            (Timer::Overdue(Lane::Page), flights.by(Lane::Page)),
            (Timer::Page, page),
            (Timer::Overdue(Lane::Post), flights.by(Lane::Post)),
            (Timer::Post, post),
        ])
    }
}
