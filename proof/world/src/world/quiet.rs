//! The end of a run: the faults stop, and everything must come right within the promised time.

use directline::{Input, Status, Way};

use super::World;
use crate::excuse::Rule;
use crate::operation::HostCall;
use crate::violation::{Verdict, ensure};

impl World {
    /// Stops the faults and checks that all is delivered, once, and that nothing is left open.
    pub(crate) fn come_to_rest(&mut self) -> Verdict {
        self.faults.stop();
        self.service.stop_clocks();
        self.resets = true;
        self.lazy = 0;
        self.network.latency = self.setup.latency(20);
        self.take_outputs(false)?;
        if self.is_offline {
            self.host_calls(HostCall::Up, 0)?;
        }
        let begun = self.clock;
        // What is under way may still be bad news.
        self.run_while(begun + self.request_time(), |world| !world.is_live())?;
        if !self.is_live() {
            self.run_until(self.clock.max(begun + self.request_time()))?;
            let by = self.clock + self.recovery();
            self.run_while(by, |world| !world.is_live())?;
        }
        ensure(self.is_live(), "LV-1", || {
            format!("{:?} after {} ms without faults", self.session.status(), self.clock - begun)
        })?;
        let plain = self.setup.backoff().1 + 3 * self.request_time();
        self.oracle.ledger.excuses(Rule::LateLive, self.clock - begun > plain);
        self.delivers_all()?;
        let looks_on = if self.is_fork() { 2_000 } else { 120_000 };
        self.run_until(self.clock + looks_on)?;
        // What was said meanwhile, such as the echo of a post that had to wait.
        self.delivers_all()?;
        self.finish()
    }

    /// Nothing is lost: all is delivered, within a time that is long.
    fn delivers_all(&mut self) -> Verdict {
        // The history may be in a pause of its own by now, and the next poll far.
        let pauses = self.setup.retry_after_max() + 10 * self.setup.backoff().1;
        // And what looked live may yet turn out to be lost, and its token with it.
        // Of pages that hold one each a hundred are read at once, from the start on where a watermark
        // was lost.
        let said = |joined: usize| self.service.conversations[joined].log.len() as u64;
        let polls = 2 + self.oracle.joined.map_or(0, said) / 100;
        let anew = 2 * self.setup.token_delay() + polls * self.setup.poll_interval();
        // A collision may be on its way.
        let longest = pauses + anew + self.setup.collision_wait() + 600_000;
        // A token that dies while all is read may be one of many, and the host takes its time with
        // each: as long as something comes, it goes on.
        let mut left = self.oracle.missing(&self.service).len();
        while left > 0 {
            let by = self.clock + longest;
            self.run_while(by, |world| world.oracle.missing(&world.service).len() >= left)?;
            let missing = self.oracle.missing(&self.service);
            ensure(missing.len() < left, "TM-7", || format!("lost: {missing:?}"))?;
            left = missing.len();
        }
        Ok(())
    }

    fn finish(&mut self) -> Verdict {
        self.feed(Input::Close)?;
        ensure(self.session.deadline().is_none() && self.is_over, "TM-6", || {
            format!("closed, and {:?}", self.session.status())
        })?;
        self.report.duplicates += self.session.counters().duplicates;
        self.report.millis = self.clock - super::START;
        self.report.rested = 1;
        self.report.account = self.oracle.account_for(&self.service);
        self.report.ledger = self.oracle.ledger.clone();
        self.report.tally.add(&std::mem::take(&mut self.faults.tally));
        self.report.ledger.check(self.report.scale())
    }

    fn is_live(&self) -> bool {
        let wanted = match self.setup.way() {
            Way::Polling => Status::Polling,
            Way::Stream => Status::Live,
        };
        let socket = self.judge.socket().map(|(socket, _)| socket.as_u64());
        self.session.status() == wanted
            && !socket.is_some_and(|socket| self.network.is_half_open(socket))
            && !self.is_over
    }

    /// One request time; a handshake is a request, and who ran out of time waits longer.
    fn request_time(&self) -> u64 {
        (4 * self.setup.request_timeout()).max(self.setup.connect_timeout())
    }

    /// LV-1: the backoff ceiling and what is left of three request times; and what the state at
    /// hand adds to it: a wait that was asked for, the silence of a socket that nobody knows to be
    /// dead, a token that the host has still to bring.
    fn recovery(&mut self) -> u64 {
        let ends = self.oracle.ends_to_come(&self.service);
        let setup = &self.setup;
        // The ceiling in force: looking for a socket beside polling has its own.
        let looks = self.judge.polls() && setup.way() == Way::Stream;
        let probes = if looks { setup.probe_backoff().1 } else { 0 };
        let ceiling = setup.backoff().1.max(probes);
        let asked = self.judge.wait(self.clock);
        let is_deaf = match self.judge.socket() {
            Some((socket, _)) => self.network.is_half_open(socket.as_u64()),
            None => false,
        };
        let silence = if is_deaf { setup.liveness().unwrap_or(300_000) } else { 0 };
        let may_need_token = self.session.status() == Status::NeedsToken || !setup.uses_secret();
        let host = if may_need_token { 2 * setup.token_delay() } else { 0 };
        // Each end that is still to be handed out ends a session, and the host begins the next.
        let restart = 2_000 * (1 + ends);
        ceiling.max(asked) + 2 * self.request_time() + silence + host + restart
    }

    fn run_while(&mut self, by: u64, mut goes_on: impl FnMut(&mut World) -> bool) -> Verdict {
        while goes_on(self) {
            match self.next_due().filter(|(at, _)| *at <= by) {
                Some((at, _)) => self.run_until(at.max(self.clock))?,
                None => break,
            }
        }
        Ok(())
    }
}
