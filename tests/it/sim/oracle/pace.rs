//! RC-13: twelve requests for a connection a minute in the long run, whatever happens.

use crate::sim::setup::Setup;
use crate::sim::violation::{Verdict, ensure};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// When all requests so far will be made up for.
    made_up: u64,
    /// How far they may be ahead of what the long run allows.
    ahead: u64,
}

impl Pace {
    pub(crate) fn new(setup: Setup, now: u64) -> Pace {
        Pace { made_up: now, ahead: (setup.attempts_at_once() - 1) * INTERVAL }
    }

    /// A request goes out.
    pub(crate) fn sent(&mut self, now: u64) -> Verdict {
        let wait = self.wait(now);
        self.made_up = self.made_up.max(now) + INTERVAL;
        ensure(wait == 0, "RC-13", || format!("a request at {now}, {wait} ms early"))
    }

    /// How long it is until the next may go out.
    pub(crate) fn wait(self, now: u64) -> u64 {
        self.made_up.saturating_sub(now + self.ahead)
    }
}

const INTERVAL: u64 = 5_000;
