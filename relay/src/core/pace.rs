//! PACE: how fast sessions begin, so that a host that comes back does not hammer the service.

use std::collections::VecDeque;

use directline::Moment;

use super::name::Name;

/// The conversations whose turn is still to come, and when the next may begin.
#[derive(Debug)]
pub(super) struct Pace {
    turns: VecDeque<Name>,
    /// In thousandths of a start: what the time so far allows, at most one start or what a
    /// millisecond brings.
    saved: u64,
    counted: Moment,
    a_second: u64,
}

impl Pace {
    pub(super) fn new(starts_a_second: u32, now: Moment) -> Pace {
        let a_second = u64::from(starts_a_second);
        Pace { turns: VecDeque::new(), saved: START, counted: now, a_second }
    }

    /// A conversation is ready to begin, and waits for its turn.
    pub(super) fn wait(&mut self, name: Name) {
        self.turns.push_back(name);
    }

    /// Whose turn it is at `now`, if it is anybody's.
    pub(super) fn next(&mut self, now: Moment) -> Option<Name> {
        let millis = u64::try_from(now.since(self.counted).as_millis()).unwrap_or(u64::MAX);
        self.counted = self.counted.max(now);
        let saved = self.saved.saturating_add(millis.saturating_mul(self.a_second));
        self.saved = saved.min(START.max(self.a_second));
        if self.saved < START { None } else { self.turns.pop_front() }
    }

    /// One has begun.
    pub(super) fn began(&mut self) {
        self.saved = self.saved.saturating_sub(START);
    }

    /// Nobody waits any more.
    pub(super) fn clear(&mut self) {
        self.turns.clear();
    }

    /// When the next turn is, if anybody waits.
    pub(super) fn deadline(&self) -> Option<Moment> {
        let lack = START.saturating_sub(self.saved).div_ceil(self.a_second);
        let at = Moment::from_millis(self.counted.as_millis().saturating_add(lack));
        (!self.turns.is_empty()).then_some(at)
    }
}

const START: u64 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_evenly_spaced_and_a_rest_saves_none_up() {
        // Covers: RL-30
        for (a_second, total) in [(1, 3), (3, 10), (100, 250), (1_000, 3_000), (7_000, 9_000)] {
            let name = Name::new("c").expect("a name");
            let mut pace = Pace::new(a_second, Moment::ZERO);
            (0..total).for_each(|_| pace.wait(name.clone()));
            // A long rest first.
            let (mut now, mut began) = (Moment::from_millis(60_000), Vec::new());
            while let Some(at) = pace.deadline() {
                now = now.max(at);
                while pace.next(now).is_some() {
                    pace.began();
                    began.push(now.as_millis());
                }
            }
            let a_second = usize::try_from(a_second).expect("small");
            let within = |from: usize| {
                began[from..].iter().take_while(|at| **at < began[from] + 1_000).count()
            };
            let most = (0..began.len()).step_by(97).map(within).max().expect("some");
            assert!(most <= a_second + a_second.div_ceil(1_000), "{most} of {a_second} a second");
            let seconds = u64::try_from(total / a_second).expect("small");
            let took = began[began.len() - 1] - began[0];
            assert!(
                took <= seconds * 1_000 + 1_000,
                "{total} at {a_second} a second took {took} ms"
            );
        }
    }
}
