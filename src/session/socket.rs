//! The socket: opened, probed, silent, closed, lost.

use std::time::Duration;

use super::Session;
use super::link::{Detail, Held};
use crate::config::Liveness;
use crate::error::{Cause, End, GapCause, Loss, Next};
use crate::id::SocketId;
use crate::input::CloseReason;
use crate::output::Action;
use crate::phase::{Live, Phase, PhaseEvent};
use crate::time::Moment;
use crate::timer::sooner;

impl Session {
    pub(super) fn opened(&mut self, socket: SocketId) {
        let Phase::Opening { socket: current, catch_up, .. } = self.phase else { return };
        if current != socket {
            return;
        }
        self.link.unopened = 0;
        self.link.passes_over = false;
        self.link.only_new = false;
        self.pull_beside_socket(catch_up);
        let settings = self.settings();
        let live = Live {
            socket,
            stable_at: Some(self.now.saturating_add(settings.stable_after)),
            probe_at: settings.keepalive_interval.map(|interval| self.now.saturating_add(interval)),
            heard: self.now,
            answers: false,
        };
        self.advance(PhaseEvent::Opened, Held::Over, Detail::Open(live));
    }

    pub(super) fn closed(&mut self, socket: SocketId, reason: CloseReason) {
        if self.phase.socket() != Some(socket) {
            return;
        }
        let loss = match reason {
            CloseReason::Refused { status } => Loss::Refused { status },
            CloseReason::Broken => Loss::Broken,
            CloseReason::FrameTooLarge => {
                return self.blocked(GapCause::FrameTooLarge, Loss::FrameTooLarge, Held::Over);
            }
            CloseReason::Unreadable => {
                return self.blocked(GapCause::UnreadableFrame, Loss::Unreadable, Held::Over);
            }
            CloseReason::Closed { code, reason } => {
                let mut reason = self.hidden().redact(&reason);
                let mut end = reason.len().min(CLOSE_REASON_BYTES);
                // Nothing is in the middle of a character at 0.
                while !reason.is_char_boundary(end) {
                    end -= 1;
                }
                reason.truncate(end);
                Loss::Closed { code, reason: reason.into() }
            }
        };
        self.lost(loss, Held::Over);
    }

    /// The socket is gone, or never came to be.
    pub(super) fn lost(&mut self, loss: Loss, held: Held) {
        let collided = matches!(&loss, Loss::Closed { reason, .. } if is_collision(reason));
        let mut is_stable = false;
        if let Phase::Live(live) = self.phase {
            is_stable = live.stable_at.is_none();
            if !collided {
                self.link.collisions = 0;
            }
        } else {
            self.count_unopened(0);
        }
        let mut at_least = Duration::ZERO;
        if collided {
            self.link.collisions += 1;
            let collisions = self.link.collisions;
            if collisions >= self.settings().collisions_max {
                return self.finish(End::Collision { collisions }, held);
            }
            at_least = self.settings().collision_wait;
        } else if is_stable {
            let at = self.next_attempt();
            self.fault(Cause::SocketLost(loss), Next::Retries { at, attempt: 1 });
            return self.advance(PhaseEvent::Again, held, Detail::Nothing);
        }
        self.fail(Cause::SocketLost(loss), held, at_least);
    }

    pub(super) fn live_deadline(&self, live: Live) -> Option<Moment> {
        sooner(sooner(live.stable_at, live.probe_at), self.quiet_by(live))
    }

    /// The socket has become stable, wants a probe, or has been silent for too long: whichever
    /// came first.
    pub(super) fn live_due(&mut self, mut live: Live) {
        let due = self.live_deadline(live);
        if live.stable_at.is_some() && live.stable_at == due {
            live.stable_at = None;
            self.link.failures = 0;
        } else if live.probe_at.is_some() && live.probe_at == due {
            let interval = self.settings().keepalive_interval;
            live.probe_at = interval.map(|interval| self.now.saturating_add(interval));
            self.act(Action::Probe { socket: live.socket });
        } else {
            return self.lost(Loss::Silent, Held::Open);
        }
        self.phase = Phase::Live(live);
    }

    /// When the socket counts as lost if nothing is heard of it.
    fn quiet_by(&self, live: Live) -> Option<Moment> {
        let limit = match self.settings().liveness {
            Liveness::Never => return None,
            Liveness::After(limit) => limit,
            Liveness::Known if live.answers => LIVENESS_OF_ANSWERING,
            Liveness::Known => LIVENESS_OF_UNKNOWN,
        };
        Some(live.heard.saturating_add(limit))
    }
}

/// Whether a close reason says that another client took the conversation over. No close code is
/// documented for it, only the word.
fn is_collision(reason: &str) -> bool {
    reason.to_ascii_lowercase().contains("collision")
}

/// All that a close frame can hold (RFC 6455, 5.5.1).
const CLOSE_REASON_BYTES: usize = 123;
/// Three probes without an answer.
const LIVENESS_OF_ANSWERING: Duration = Duration::from_secs(60);
/// The service's interval of empty messages is documented nowhere, and some servers send none and
/// answer no probe; minutes of silence are normal there.
const LIVENESS_OF_UNKNOWN: Duration = Duration::from_secs(300);
