//! BACKOFF: how long to wait before trying again. Pure arithmetic that knows no state graph.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Moment;

/// The least pause after a page that brought nothing new or failed, and after a post or a refresh
/// that failed, however it is configured: the lower bound of the poll interval in DirectLineJS.
pub(crate) const PAUSE_MIN: Duration = Duration::from_millis(200);

/// Exponential backoff with full jitter between a floor and a ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct RetryPolicy {
    pub(crate) initial: Duration,
    pub(crate) max: Duration,
}

impl RetryPolicy {
    pub(crate) const fn new(initial: Duration, max: Duration) -> RetryPolicy {
        RetryPolicy { initial, max }
    }

    /// No pause is shorter than this, or full jitter would now and then not wait at all.
    pub(crate) fn floor(&self) -> Duration {
        (self.initial / 4).max(Duration::from_millis(1))
    }

    /// The pause after `attempts` failures in a row: drawn evenly between the floor and a bound
    /// that doubles with every failure until it meets the ceiling.
    pub(crate) fn pause(&self, attempts: u32, jitter: &mut Jitter) -> Duration {
        let (floor, bound) = self.bounds(attempts);
        Duration::from_millis(jitter.between(floor, bound))
    }

    /// After how many failures, with one more, no pause is longer than `time`; as many as there are
    /// where that is shorter than every bound.
    pub(crate) fn failures_within(&self, time: Duration) -> u32 {
        let initials = millis(time) / millis(self.initial).max(1);
        initials.checked_ilog2().unwrap_or(u32::MAX)
    }

    /// The least and the most that the pause may be, in milliseconds.
    fn bounds(&self, attempts: u32) -> (u64, u64) {
        // 2^63 times a millisecond is far above every ceiling; more would only overflow.
        let doublings = attempts.saturating_sub(1).min(63);
        let initial = millis(self.initial);
        let bound = initial.saturating_mul(1 << doublings).min(millis(self.max));
        (millis(self.floor()).min(bound), bound)
    }
}

/// A seeded generator for the jitter (SplitMix64, public domain, Steele et al. 2014).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Jitter {
    state: u64,
}

impl Jitter {
    pub(crate) const fn new(seed: u64) -> Jitter {
        Jitter { state: seed }
    }

    /// A key that no other post has, as far as sessions have seeds of their own.
    pub(crate) fn key(&mut self, post: u64, now: Moment) -> String {
        format!(
            "{:016x}{:08x}{:08x}",
            self.next(),
            post & 0xffff_ffff,
            now.as_millis() & 0xffff_ffff
        )
    }

    /// An even draw from `low..=high`; `low` when the range is empty.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        spread(self.next(), low, high)
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// Spreads draws from all numbers evenly over `low..=high`.
fn spread(draw: u64, low: u64, high: u64) -> u64 {
    let width = u128::from(high.saturating_sub(low)) + 1;
    // The high half of a 128-bit product needs no division.
    let drawn = (u128::from(draw) * width) >> 64;
    low.saturating_add(u64::try_from(drawn).unwrap_or(u64::MAX))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RetryPolicy = RetryPolicy::new(Duration::from_secs(1), Duration::from_secs(30));

    #[test]
    fn pauses_grow_to_the_ceiling_and_never_fall_below_the_floor() {
        // Covers: RC-2
        let mut jitter = Jitter::new(1);
        for attempts in (0..70).chain([1_000, u32::MAX]) {
            let mut longest = Duration::ZERO;
            for _ in 0..200 {
                let pause = POLICY.pause(attempts, &mut jitter);
                assert!(pause >= POLICY.floor() && pause <= POLICY.max, "{attempts}: {pause:?}");
                longest = longest.max(pause);
            }
            let bound = Duration::from_secs(1 << attempts.saturating_sub(1).min(5)).min(POLICY.max);
            assert!(longest <= bound && longest > bound / 2, "{attempts}: {longest:?}");
        }
    }

    #[test]
    fn every_attempt_is_within_bounds_at_the_edges_of_the_configuration() {
        // Covers: RC-2
        let day = Duration::from_secs(86_400);
        let ms = Duration::from_millis;
        // The least, the most and the defaults of what a configuration may say, and odd pairs.
        let edges = [
            (ms(1), ms(1)),
            (ms(1), day),
            (day, day),
            (ms(2), ms(3)),
            (ms(3), ms(1_000)),
            (Duration::from_micros(1_999), ms(7)),
            (Duration::from_secs(1), Duration::from_secs(30)),
            (Duration::from_secs(60), Duration::from_secs(1_800)),
            (day - ms(1), day),
        ];
        for (initial, max) in edges {
            let policy = RetryPolicy::new(initial, max);
            let mut jitter = Jitter::new(9);
            let mut bound_before = 0;
            for attempts in (0..=65_536).chain([u32::MAX]) {
                let (floor, bound) = policy.bounds(attempts);
                let place = format_args!("{initial:?} to {max:?}, attempt {attempts}");
                assert_eq!(floor, millis(policy.floor()), "{place}");
                assert!(1 <= floor && floor <= bound && bound <= millis(max), "{place}");
                assert!(bound >= bound_before, "{place}: it falls");
                let is_doubled = bound == bound_before * 2;
                assert!(attempts < 2 || is_doubled || bound == millis(max), "{place}: {bound}");
                assert_eq!(spread(0, floor, bound), floor, "{place}");
                assert_eq!(spread(u64::MAX, floor, bound), bound, "{place}");
                let pause = millis(policy.pause(attempts, &mut jitter));
                assert!((floor..=bound).contains(&pause), "{place}: {pause}");
                bound_before = bound;
            }
            assert_eq!(bound_before, millis(max), "the ceiling is reached");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_pauses() {
        // Covers: RC-2, TM-2
        let draw = |seed| {
            let mut jitter = Jitter::new(seed);
            (1..9).map(|attempt| POLICY.pause(attempt, &mut jitter).as_millis()).collect::<Vec<_>>()
        };
        assert_eq!(draw(42), draw(42));
        assert_ne!(draw(42), draw(43));
    }

    #[test]
    fn extreme_policies_do_not_overflow() {
        let longest = RetryPolicy::new(Duration::from_secs(86_400), Duration::MAX);
        let mut jitter = Jitter::new(3);
        assert!(longest.pause(u32::MAX, &mut jitter) >= longest.floor());
        assert_eq!(jitter.between(5, 5), 5);
        assert_eq!(jitter.between(u64::MAX, 0), u64::MAX);
    }

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        // From the reference implementation by Sebastiano Vigna.
        let mut jitter = Jitter::new(1_234_567);
        let drawn = [jitter.next(), jitter.next(), jitter.next()];
        let published =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(drawn, published);
    }
}
