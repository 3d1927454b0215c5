//! DUE: what time alone brings about, one deadline after the other.

use super::Session;
use crate::error::Loss;
use crate::flights::Lane;
use crate::graph::{Phase, Signal};
use crate::pull::PullPurpose;
use crate::time::Moment;
use crate::timer::{Due, Timer, first};

impl Session {
    /// The latest moment to call `handle` with [`Input::Timeout`](crate::Input::Timeout); the
    /// latest moment seen while outputs are queued, `None` while nothing but an input can change
    /// anything.
    #[must_use]
    pub fn deadline(&self) -> Option<Moment> {
        debug_assert_eq!(self.due, self.next_timer(self.gates()), "`due` is what the parts report");
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
                Timer::AskOverdue => self.overdue(Lane::Connection),
                Timer::RefreshOverdue => self.overdue(Lane::Refresh),
                Timer::PageOverdue => self.overdue(Lane::Page),
                Timer::PostOverdue => self.overdue(Lane::Post),
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
            self.due = self.next_timer(self.gates());
            rounds += 1;
            debug_assert!(rounds < 64, "a deadline that is dealt with moves or goes: {timer:?}");
        }
    }

    /// Begins what can begin now, tells where that leaves us, and notes what is due next.
    pub(super) fn settle(&mut self) {
        let gates = self.gates();
        if gates.page {
            self.pull_if_due();
        }
        if gates.post {
            self.post_if_ready();
        }
        self.announce_status();
        self.due = self.next_timer(gates);
    }

    /// Which of what waits may go out. Neither a page nor a post that does opens or shuts a gate.
    pub(crate) fn gates(&self) -> Gates {
        let (sends, is_live) = (self.may_send(), self.connection.is_live());
        Gates {
            refresh: sends,
            // The history and a check are for a live socket only.
            page: sends && (is_live || self.pull.is_for(PullPurpose::Polling)),
            // Posts wait until their echo can be seen, that is until a socket is open or polling
            // works; and until it is clear where the new begins, so that what answers them is no
            // old news.
            post: sends
                && (is_live || self.pull.is_polling_well())
                && !self.cursor.takes_bearings(),
        }
    }

    /// What is due next. What would be sent waits, however long it is due, while its gate is shut.
    pub(crate) fn next_timer(&self, gates: Gates) -> Option<Due> {
        if self.connection.has_ended() {
            return None;
        }
        first([
            self.connection.due(&self.config.settings),
            self.flights.due(),
            self.credentials.due(gates.refresh),
            self.pull.due().filter(|_| gates.page).map(|at| (at, Timer::Page)),
            self.outbox.resumes_at().filter(|_| gates.post).map(|at| (at, Timer::Post)),
        ])
    }
}

/// Which of what waits may go out.
#[derive(Clone, Copy)]
pub(crate) struct Gates {
    refresh: bool,
    page: bool,
    post: bool,
}
