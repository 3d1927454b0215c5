//! PACE: when the next request for a connection may go out, whoever wants it. It outlives every
//! phase, since neither the network nor the host can be trusted not to press.

use std::time::Duration;

use crate::time::Moment;

/// What the requests for a connection so far leave open to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pace {
    /// When the last one was sent.
    pub(crate) asked_at: Option<Moment>,
    /// Before this the service wants none, or another client has the conversation.
    pub(crate) not_before: Moment,
    /// When all so far will be made up for, at one every [`ATTEMPT_INTERVAL`].
    pub(crate) made_up: Moment,
}

impl Pace {
    /// Nothing was asked for before `now`.
    pub(crate) fn new(now: Moment) -> Pace {
        Pace { asked_at: None, not_before: now, made_up: now }
    }

    /// The earliest moment for the next request, where `at_once` may follow each other without a
    /// pause; it may be in the past.
    pub(crate) fn next(self, at_once: u32) -> Moment {
        let ahead = ATTEMPT_INTERVAL.saturating_mul(at_once.saturating_sub(1));
        let ahead = u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX);
        let budget = Moment::from_millis(self.made_up.as_millis().saturating_sub(ahead));
        self.not_before.max(budget)
    }

    /// The same where the host wants it: not within `floor` of the last one either.
    pub(crate) fn next_call(self, at_once: u32, floor: Duration) -> Moment {
        let after_last = self.asked_at.map(|at| at.saturating_add(floor));
        after_last.map_or(self.next(at_once), |at| at.max(self.next(at_once)))
    }

    /// A request goes out at `now`.
    pub(crate) fn asked(&mut self, now: Moment) {
        self.asked_at = Some(now);
        self.made_up = self.made_up.max(now).saturating_add(ATTEMPT_INTERVAL);
    }

    /// None may go out before `until`.
    pub(crate) fn keep_away(&mut self, until: Moment) {
        self.not_before = self.not_before.max(until);
    }
}

/// Twelve a minute: asking for stream URLs more often is a documented cause of throttling.
const ATTEMPT_INTERVAL: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_made_up_for_in_the_long_run() {
        // Covers: RC-13
        let mut now = Moment::from_millis(7);
        let (mut pace, mut made) = (Pace::new(Moment::ZERO), Vec::new());
        while now.as_millis() < 3_600_000 {
            made.push(now.as_millis());
            pace.asked(now);
            now = now.max(pace.next(12));
        }
        assert_eq!(made[..12], [7; 12], "so many at once");
        assert!(made[11..].windows(2).all(|pair| pair[1] - pair[0] == 5_000), "then one by one");
        // After a rest as long as it takes, as many again.
        now = now.saturating_add(12 * ATTEMPT_INTERVAL);
        for _ in 0..12 {
            assert!(pace.next(12) <= now);
            pace.asked(now);
        }
        assert_eq!(pace.next(12), now.saturating_add(ATTEMPT_INTERVAL));
        assert_eq!(pace.next(u32::MAX), Moment::ZERO, "no more than there is time");
    }

    #[test]
    fn what_was_asked_for_holds_and_the_host_keeps_a_distance() {
        // Covers: RC-4, RC-7
        let at = Moment::from_millis;
        let mut pace = Pace::new(at(0));
        assert_eq!(pace.next_call(2, Duration::from_secs(1)), at(0));
        pace.asked(at(10));
        assert_eq!((pace.next(2), pace.next_call(2, Duration::from_secs(1))), (at(10), at(1_010)));
        pace.keep_away(at(9_000));
        pace.keep_away(at(8_000));
        assert_eq!(
            (pace.next(2), pace.next_call(2, Duration::from_secs(1))),
            (at(9_000), at(9_000))
        );
    }
}
