//! CONNECTION: where it stands in the graph, and what is remembered of the attempts so far.

mod live;

use std::time::Duration;

use crate::config::Settings;
use crate::error::Loss;
use crate::graph::{Live, Node, Phase};
use crate::pace::Pace;
use crate::retry::RetryPolicy;
use crate::time::Moment;
use crate::timer::{Due, Timer};
use crate::wire::stream_url::StreamUrl;

/// The connection of a session, and what it remembers beyond the present phase.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Connection {
    pub(crate) phase: Phase,
    pub(crate) is_online: bool,
    /// Whether silence after a post has ended a socket, and none has spoken in time since.
    pub(crate) has_doubted: bool,
    /// Failed attempts since a connection was last stable; fewer after one that lived for a while.
    pub(crate) failures: u32,
    /// Handshakes in a row that never opened.
    pub(crate) unopened: u32,
    /// Collisions in a row.
    pub(crate) collisions: u32,
    /// Since when there has been neither a socket nor a poll that worked.
    pub(crate) outage_since: Moment,
    pub(crate) pace: Pace,
    /// The stream URLs dialled last, newest first, by their fingerprints.
    pub(crate) dialled: Vec<u32>,
    /// The last of them, to be hidden should the peer quote it.
    pub(crate) url: Option<StreamUrl>,
    /// Whether a call of the host has begun the present attempt anew.
    pub(crate) woken: bool,
    /// Whether a conversation was started with the secret, so that a repeat opens another.
    pub(crate) secret_start: bool,
}

/// What follows the loss of a socket, or of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// It was stable: another at once.
    Again,
    /// An attempt that failed: another, after a pause.
    Failed,
    /// Another client has the conversation, so many times in a row.
    Evicted { collisions: u32 },
}

/// Whether the open socket has been silent since a post went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quiet {
    No,
    /// It spoke after the post before, if there was one.
    Anew,
    /// As after the post before, or since it opened.
    Still,
}

impl Connection {
    pub(crate) fn new(now: Moment) -> Connection {
        Connection {
            phase: Phase::Waiting { until: now },
            is_online: true,
            has_doubted: false,
            failures: 0,
            unopened: 0,
            collisions: 0,
            outage_since: now,
            pace: Pace::new(now),
            dialled: Vec::new(),
            url: None,
            woken: false,
            secret_start: false,
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    pub(crate) fn node(&self) -> Node {
        self.phase.node()
    }

    pub(crate) fn live(&self) -> Option<Live> {
        match self.phase {
            Phase::Live(live) => Some(live),
            _ => None,
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.live().is_some()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    pub(crate) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.woken &= self.is_trying();
    }

    /// Whether an attempt is under way.
    pub(crate) fn is_trying(&self) -> bool {
        matches!(self.phase, Phase::Asking(_) | Phase::Opening { .. })
    }

    /// Whether a call of the host may begin the present attempt anew: one that was begun so comes to
    /// its own end, or a host that calls all the time would never be connected.
    pub(crate) fn may_wake(&self) -> bool {
        !(self.woken && self.is_trying())
    }

    /// A call of the host has begun an attempt.
    pub(crate) fn begun_anew(&mut self) {
        self.woken = true;
    }

    /// The phase is over at `now`.
    pub(crate) fn leave(&mut self, now: Moment) {
        match self.phase {
            Phase::Live(_) => self.outage_since = now,
            Phase::NeedsToken { since } | Phase::Offline { since } => self.spare(since, now),
            _ => {}
        }
    }

    /// What could not be tried since `since` is no outage.
    pub(crate) fn spare(&mut self, since: Moment, now: Moment) {
        let begun = self.outage_since;
        self.outage_since = begun.saturating_add(now.since(since.max(begun)));
    }

    /// Activities came, by whatever way.
    pub(crate) fn outage_ends(&mut self, now: Moment) {
        self.outage_since = now;
    }

    pub(crate) fn network(&mut self, is_online: bool) {
        self.is_online = is_online;
    }

    /// A conversation is started with the secret; gives whether one was before.
    pub(crate) fn note_secret_start(&mut self) -> bool {
        std::mem::replace(&mut self.secret_start, true)
    }

    /// A request for a connection goes out.
    pub(crate) fn asked(&mut self, now: Moment) {
        self.pace.asked(now);
    }

    /// When the next request for a connection may go out, whoever wants it.
    pub(crate) fn next_attempt(&self, settings: &Settings, now: Moment) -> Moment {
        now.max(self.pace.next(settings.attempts_at_once))
    }

    /// The same behind the request for a token, which may not live until the pace allows.
    pub(crate) fn next_start(&self, now: Moment) -> Moment {
        now.max(self.pace.not_before)
    }

    /// The same where the host wants it.
    pub(crate) fn next_call(&self, settings: &Settings) -> Moment {
        self.pace.next_call(settings.attempts_at_once, settings.backoff.floor())
    }

    /// None may go out before `until`.
    pub(crate) fn keep_away(&mut self, until: Moment) {
        self.pace.keep_away(until);
    }

    /// An attempt came to nothing; gives how many in a row.
    pub(crate) fn failed(&mut self) -> u32 {
        self.failures = self.failures.saturating_add(1);
        self.failures
    }

    /// The number of the next attempt, counted from 1.
    pub(crate) fn attempt(&self) -> u32 {
        self.failures.saturating_add(1)
    }

    /// How to pause after a failure: after many handshakes in vain by the policy of probes.
    pub(crate) fn retry_policy(&self, settings: &Settings) -> (RetryPolicy, u32) {
        let unopened = self.unopened.saturating_add(1);
        match unopened.saturating_sub(settings.handshakes_max) {
            0 => (settings.backoff, self.failures),
            probes => (settings.probe_backoff, probes),
        }
    }

    /// Whether the host's limits are reached after so many failures.
    pub(crate) fn is_over_limit(&self, settings: &Settings, failures: u32, now: Moment) -> bool {
        let attempts = settings.attempts_max.is_some_and(|max| failures >= max);
        let outage = if self.is_live() { Duration::ZERO } else { now.since(self.outage_since) };
        attempts || settings.outage_max.is_some_and(|max| outage >= max)
    }

    /// Notes that a stream URL is about to be dialled; `false` when it was before.
    pub(crate) fn note_dial(&mut self, url: &StreamUrl) -> bool {
        let fingerprint = url.fingerprint();
        if self.dialled.contains(&fingerprint) {
            return false;
        }
        self.dialled.truncate(DIALLED_KEPT - 1);
        self.dialled.insert(0, fingerprint);
        self.url = Some(url.clone());
        true
    }

    /// The stream URL dialled last.
    pub(crate) fn url(&self) -> Option<&StreamUrl> {
        self.url.as_ref()
    }

    /// A handshake never opened, which counts as `at_least` of them; gives whether there were so
    /// many that polling has to help.
    pub(crate) fn note_unopened(&mut self, settings: &Settings, at_least: u32) -> bool {
        self.unopened = self.unopened.saturating_add(1).max(at_least);
        self.unopened >= settings.handshakes_max
    }

    /// A handshake is done.
    pub(crate) fn opened(&mut self) {
        self.unopened = 0;
    }

    /// Something came on the open socket.
    pub(crate) fn hear(&mut self, now: Moment) {
        if let Phase::Live(live) = &mut self.phase {
            // One that speaks in time shows that the next may be judged by its silence again.
            self.has_doubted &= live.echo_by <= now;
            live.heard = now;
            live.is_quiet = false;
        }
    }

    /// The peer of the open socket has shown that its silence means something.
    pub(crate) fn trust_silence(&mut self) {
        if let Phase::Live(live) = &mut self.phase {
            live.answers = true;
        }
    }

    /// The socket has lasted: the failures before it are forgiven.
    pub(crate) fn lasted(&mut self) {
        if let Phase::Live(live) = &mut self.phase {
            live.stable_at = None;
            self.failures = 0;
        }
    }

    /// A post was taken that went out at `sent`, and a word until `by` is in time: gives whether the
    /// open socket, if there is one, has been silent since.
    pub(crate) fn quiet_since(&mut self, sent: Moment, by: Moment) -> Quiet {
        let Phase::Live(live) = &mut self.phase else { return Quiet::No };
        let was_quiet = live.is_quiet;
        live.is_quiet |= live.heard < sent;
        if !live.is_quiet {
            self.has_doubted = false;
            return Quiet::No;
        }
        live.echo_by = by;
        if was_quiet { Quiet::Still } else { Quiet::Anew }
    }

    /// Whether the open socket may be dead for its silence after a post, and was silent before
    /// `asked`, when what should show it was asked for, as well.
    pub(crate) fn may_be_dead(&self, asked: Moment) -> bool {
        self.live().is_some_and(|live| live.is_quiet && live.heard < asked) && !self.has_doubted
    }

    /// The open socket is given up for its silence after a post.
    pub(crate) fn doubted(&mut self) {
        self.has_doubted = true;
    }

    /// The next probe goes out at `at`.
    pub(crate) fn probe_next(&mut self, at: Option<Moment>) {
        if let Phase::Live(live) = &mut self.phase {
            live.probe_at = at;
        }
    }

    /// What is due first.
    pub(crate) fn due(&self, settings: &Settings) -> Option<Due> {
        match &self.phase {
            Phase::Opening { by, .. } => Some((*by, Timer::Handshake)),
            Phase::Waiting { until } => Some((*until, Timer::Pause)),
            Phase::Live(live) => live.due(settings),
            Phase::Asking(_)
            | Phase::Polling
            | Phase::NeedsToken { .. }
            | Phase::Offline { .. }
            | Phase::Ended => None,
        }
    }

    /// The socket is gone, or never came to be.
    pub(crate) fn lost(&mut self, settings: &Settings, loss: &Loss, now: Moment) -> Lost {
        let has_collided = matches!(loss, Loss::Closed { reason, .. } if is_collision(reason));
        if has_collided {
            self.collisions += 1;
            if self.collisions >= settings.collisions_max {
                return Lost::Evicted { collisions: self.collisions };
            }
            self.keep_away(now.saturating_add(settings.collision_wait));
            return Lost::Failed;
        }
        let Some(live) = self.live() else { return Lost::Failed };
        self.collisions = 0;
        match live.stable_at {
            None => Lost::Again,
            Some(stable_at) => {
                let end = live.end(loss, now);
                let lived = settings.stable_after.saturating_sub(stable_at.since(end));
                self.failures = self.failures.min(settings.backoff.failures_within(lived));
                Lost::Failed
            }
        }
    }
}

/// Whether a close reason says that another client took the conversation over. No close code is
/// documented for it, only the word.
fn is_collision(reason: &str) -> bool {
    reason.to_ascii_lowercase().contains("collision")
}

/// More than are dialled within the minute that a stream URL lives: so many attempts may follow each
/// other by default, and one every 5 s after them.
const DIALLED_KEPT: usize = 24;
