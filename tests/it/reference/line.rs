//! REFERENCE MODEL, second part: how sockets and requests come to an end, and when the next may go.

use directline::{CloseReason, Purpose, SocketId};

use super::facts::{Answer, is_collision};
use super::model::{Asked, Model};
use super::said::connects;
use crate::sim::setup::{COLLISION_WAIT, Setup};

impl Model {
    /// RC-6, SU-2, RC-12: whatever ran into its deadline has failed.
    pub(super) fn overdue(&mut self, setup: Setup) {
        let by = |asked: &Asked| asked.1 + setup.request_timeout();
        let late: Vec<_> = self.asked.iter().filter(|(_, own)| by(own) <= self.now).collect();
        let late: Vec<_> = late.into_iter().map(|(id, own)| (*id, own.clone())).collect();
        for (request, asked) in late {
            self.asked.remove(&request);
            self.overdue.insert(request);
            self.answered(setup, &asked, Some(Answer::of(599)));
        }
        let Some((_, by, opened, heard, answers)) = self.socket else { return };
        let limit = setup.liveness().unwrap_or(if answers { 60_000 } else { 300_000 });
        let by = opened.map_or(by, |_| heard + limit);
        if by <= self.now {
            self.lost(setup, by, &CloseReason::Broken);
            self.may_shut = true;
        }
    }
    /// RC-2, RC-3, RC-8: a socket is gone, and the next attempt is at once or not.
    pub(super) fn lost(&mut self, setup: Setup, at: u64, reason: &CloseReason) {
        let Some((_, _, opened, ..)) = self.socket.take() else { return };
        self.worked = if opened.is_some() { self.now } else { self.worked };
        let collided = is_collision(reason);
        self.reads |= self.memory.marks[0].is_none();
        self.collisions = if collided { self.collisions + 1 } else { 0 };
        let is_contest = self.collisions >= setup.collisions_max();
        self.end = is_contest.then_some("Collision").or(self.end);
        let is_wall = matches!(reason, CloseReason::FrameTooLarge | CloseReason::Unreadable);
        self.walls += u32::from(is_wall);
        self.unopened = if opened.is_none() { self.unopened + 1 } else { 0 };
        self.polls |= self.unopened >= setup.handshakes_max();
        let is_stable = self.was_stable(setup, opened, at);
        if is_stable && !collided {
            self.window = (self.now, self.now);
        } else {
            self.failed(setup, if collided { COLLISION_WAIT } else { 0 });
        }
    }
    fn was_stable(&mut self, setup: Setup, opened: Option<u64>, at: u64) -> bool {
        let stable = |opened| opened + setup.stable_after() <= at;
        let is_stable = !self.is_fresh && opened.is_some_and(stable);
        self.attempt = if is_stable { 1 } else { self.attempt };
        is_stable
    }
    /// The session lets go of its socket.
    pub(crate) fn shuts(&mut self, setup: Setup) {
        if let Some((_, _, opened, ..)) = self.socket.take() {
            self.worked = if opened.is_some() { self.now } else { self.worked };
            self.was_stable(setup, opened, self.now);
            self.soon(setup);
        }
    }
    /// An attempt has failed: full jitter between a floor and a bound that doubles (RC-2, RC-4).
    pub(super) fn failed(&mut self, setup: Setup, wait: u64) {
        self.attempt += 1;
        self.limits(setup, self.attempt - 1);
        let (first, ceiling) = setup.backoff();
        let bound = ceiling.min(first << self.attempt.saturating_sub(2).min(20));
        let probes = self.polls || self.unopened >= setup.handshakes_max();
        let bound = if probes { setup.probe_backoff().1.max(bound) } else { bound };
        let wait = wait.max(setup.backoff_floor());
        self.window = (self.now + wait, self.now + bound.max(wait));
    }
    /// RC-10: the host's limits may be reached.
    pub(super) fn limits(&mut self, setup: Setup, failures: u32) {
        let is_last = setup.attempts_max().is_some_and(|max| failures >= max);
        let is_up = self.socket.as_ref().is_some_and(|own| own.2.is_some());
        let by = setup.outage_max().map(|max| self.worked + max).filter(|_| !is_up);
        let is_late = by.is_some_and(|by| by <= self.now);
        self.ends.extend((is_last || is_late).then_some("GaveUp"));
    }
    /// No backoff, but never more often than the floor.
    pub(crate) fn soon(&mut self, setup: Setup) {
        self.window = (self.now, self.now + setup.backoff_floor());
    }
    /// Whether news of a socket is to be listened to; any shows that it is open, and alive.
    pub(super) fn hears(&mut self, id: SocketId, answers: bool) -> bool {
        let Some(own) = self.socket.as_mut().filter(|own| own.0 == id) else { return false };
        let opens = own.2.is_none();
        *own = (id, own.1, own.2.or(Some(self.now)), self.now, own.4 || answers);
        self.is_fresh = opens;
        if opens {
            (self.polls, self.paged, self.unopened) = (false, false, 0);
        }
        true
    }
    /// What was asked for in vain is asked for again, at once or after a pause.
    pub(super) fn again(&mut self, setup: Setup, purpose: Purpose, wait: Option<u64>) {
        match wait {
            Some(wait) if connects(purpose) => {
                self.failed(setup, wait.min(setup.retry_after_max()))
            }
            None if purpose == Purpose::Generate
                && self.token.as_ref().is_some_and(|own| own.2 <= self.now) =>
            {
                // CR-2: whether a clamped lifetime is over already, nobody says.
                self.failed(setup, 0);
                (self.window.0, self.unsure) = (self.now, true);
            }
            None if connects(purpose) => self.soon(setup),
            _ => {}
        }
    }
    /// Nobody can read this.
    pub(super) fn wall(&mut self, is_one: bool) {
        (self.walls, self.may_shut) = (self.walls + u32::from(is_one), self.may_shut || is_one);
    }
    /// What became of the first post in the queue.
    pub(crate) fn settle(&mut self, outcome: &'static str) {
        if let Some(key) = self.posts.pop_front() {
            self.outcomes.insert(key, outcome);
        }
    }
}
