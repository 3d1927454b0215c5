//! The end of a run: the faults stop, and everything must come right within the promised time.

use directline::{Input, Status, Way};

use super::World;
use crate::sim::faults::Faults;
use crate::sim::operation::HostCall;
use crate::sim::setup::{COLLISION_WAIT, RETRY_AFTER_MAX};
use crate::sim::violation::{Verdict, ensure};

impl World {
    /// Stops the faults and checks that all is delivered, once, and that nothing is left open.
    pub(crate) fn come_to_rest(&mut self) -> Verdict {
        self.faults = Faults::default();
        self.resets = true;
        self.lazy = 0;
        self.network.latency = 20;
        self.drain()?;
        if self.is_offline {
            self.host_calls(HostCall::Up, 0)?;
        }
        let begun = self.clock;
        let by = begun + self.recovery();
        self.run_while(by, |world| !world.is_live())?;
        ensure(self.is_live(), "LV-1", || {
            format!("{:?} after {} ms without faults", self.session.status(), self.clock - begun)
        })?;
        // The history may be in a pause of its own by now.
        let by = self.clock + RETRY_AFTER_MAX + 10 * self.setup.backoff().1 + 600_000;
        self.run_while(by, |world| !world.oracle.missing(&world.service).is_empty())?;
        let missing = self.oracle.missing(&self.service);
        ensure(missing.is_empty(), "TM-7", || format!("lost: {missing:?}"))?;
        self.run_until(self.clock + 120_000)?;
        self.finish()
    }

    fn finish(&mut self) -> Verdict {
        self.traffic.counts.closes += 1;
        self.feed(Input::Close)?;
        ensure(self.session.deadline().is_none() && self.is_over, "TM-6", || {
            format!("closed, and {:?}", self.session.status())
        })?;
        self.report.millis = self.clock - super::START;
        self.report.renumbered_losses = self.oracle.renumbered_losses;
        Ok(())
    }

    fn is_live(&self) -> bool {
        let wanted = match self.setup.way() {
            Way::Polling => Status::Polling,
            Way::Stream => Status::Live,
        };
        let socket = self.traffic.socket().map(|(socket, _)| socket.as_u64());
        self.session.status() == wanted
            && !socket.is_some_and(|socket| self.network.is_half_open(socket))
            && !self.is_over
    }

    /// LV-1: the backoff ceiling and three request times; and what the state at hand adds to it:
    /// the ends of waits that were asked for, of silence, and of the host's own pauses.
    fn recovery(&self) -> u64 {
        let setup = &self.setup;
        let ceiling = match self.session.status() {
            Status::Polling => setup.probe_backoff().1,
            _ => setup.backoff().1.max(setup.probe_backoff().1),
        };
        let waits = ceiling.max(RETRY_AFTER_MAX).max(COLLISION_WAIT);
        let silence = setup.liveness().unwrap_or(300_000);
        let host = 2 * setup.token_delay() + 2_000;
        waits + 3 * setup.request_timeout() + setup.connect_timeout() + silence + host
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
