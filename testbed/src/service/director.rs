//! Decides which rules fire: counts what happens and draws the chances.

use crate::log::LogEvent;
use crate::plan::fault::Fault;
use crate::plan::occasion::Occasion;
use crate::plan::rule::{Rule, Trigger};
use crate::random::SplitMix64;
use crate::service::State;

/// The rules with their counters and generators.
#[derive(Debug)]
pub(crate) struct Director {
    seed: u64,
    /// The number of the next rule; rules keep theirs when others are cleared.
    next_number: usize,
    rules: Vec<Running>,
}

#[derive(Debug)]
struct Running {
    number: usize,
    rule: Rule,
    /// How many of its occasion's happenings the rule has met.
    met: u64,
    fired: u64,
    /// Its own, so that no rule shifts another's draws.
    chances: SplitMix64,
}

impl Director {
    pub(crate) fn new(rules: &[Rule], seed: u64) -> Self {
        let mut director = Director { seed, next_number: 1, rules: Vec::new() };
        for rule in rules {
            director.add(rule.clone());
        }
        director
    }

    /// Adds a rule and gives its number.
    pub(crate) fn add(&mut self, rule: Rule) -> usize {
        let number = self.next_number;
        self.next_number += 1;
        let chances = SplitMix64::branch(self.seed ^ CHANCES, number as u64);
        self.rules.push(Running { number, rule, met: 0, fired: 0, chances });
        number
    }

    /// Removes a rule; false if there is none of that number.
    pub(crate) fn remove(&mut self, number: usize) -> bool {
        let count = self.rules.len();
        self.rules.retain(|running| running.number != number);
        self.rules.len() < count
    }

    /// Begins anew with these rules alone, numbered and drawn as in the beginning.
    pub(crate) fn restart(&mut self, rules: &[Rule]) {
        *self = Director::new(rules, self.seed);
    }

    /// The rules with their numbers and how often each has fired.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (usize, &Rule, u64)> {
        self.rules.iter().map(|running| (running.number, &running.rule, running.fired))
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// The faults that fire now, each with its rule's number.
    ///
    /// A fault that does not apply, such as refusing a watermark that a request does not carry,
    /// isn't counted.
    fn consult(&mut self, on: Occasion, applies: impl Fn(&Fault) -> bool) -> Vec<(usize, Fault)> {
        let concerned =
            |running: &&mut Running| running.rule.on == on && applies(&running.rule.fault);
        let firing = self.rules.iter_mut().filter(concerned).filter_map(Running::meet);
        firing.collect()
    }
}

impl Running {
    fn meet(&mut self) -> Option<(usize, Fault)> {
        self.met += 1;
        let hit = match &self.rule.trigger {
            Trigger::Every(n) => *n > 0 && self.met % n == 0,
            Trigger::Nth(positions) => positions.contains(&self.met),
            Trigger::Chance(probability) => self.chances.chance(*probability),
        };
        let spent = self.rule.limit.is_some_and(|limit| self.fired >= limit);
        if !hit || spent {
            return None;
        }
        self.fired += 1;
        Some((self.number, self.rule.fault.clone()))
    }
}

impl State {
    /// The faults that fire now; each is noted in the log.
    pub(crate) fn fire(&mut self, on: Occasion, applies: impl Fn(&Fault) -> bool) -> Vec<Fault> {
        let firing = self.director.consult(on, applies);
        for (rule, fault) in &firing {
            self.note(LogEvent::FaultFired { rule: *rule, on, fault: fault.kind() });
        }
        firing.into_iter().map(|(_, fault)| fault).collect()
    }
}

const CHANCES: u64 = 0x6368_616E;

#[cfg(test)]
mod tests {
    use super::*;

    fn fired(rule: Rule, happenings: u64) -> Vec<u64> {
        let mut director = Director::new(&[rule], 11);
        let fires =
            |director: &mut Director| !director.consult(Occasion::Post, |_| true).is_empty();
        (1..=happenings).filter(|_| fires(&mut director)).collect()
    }

    fn rule(trigger: Trigger) -> Rule {
        Rule::always(Occasion::Post, Fault::Cut).expect("allowed").with_trigger(trigger)
    }

    #[test]
    fn triggers_fire_when_they_should() {
        assert_eq!(fired(rule(Trigger::Every(3)), 7), [3, 6]);
        assert_eq!(fired(rule(Trigger::Every(0)), 7), [0; 0]);
        assert_eq!(fired(rule(Trigger::Nth(vec![1, 4])), 7), [1, 4]);
        assert_eq!(fired(rule(Trigger::Every(2)).with_limit(1), 7), [2]);
    }

    #[test]
    fn chances_repeat_by_seed() {
        let once = fired(rule(Trigger::Chance(0.3)), 200);
        assert_eq!(once, fired(rule(Trigger::Chance(0.3)), 200));
        assert!((30..90).contains(&once.len()), "{}", once.len());
    }

    #[test]
    fn chances_differ_by_seed() {
        let drawn = |seed| {
            let mut director = Director::new(&[rule(Trigger::Chance(0.5))], seed);
            let mut draw = |_| !director.consult(Occasion::Post, |_| true).is_empty();
            (0..64).map(&mut draw).collect::<Vec<_>>()
        };
        // One bit each, set in the purpose or not.
        for seed in [1, 2] {
            assert_ne!(drawn(seed), drawn(0), "{seed}");
        }
    }

    #[test]
    fn what_does_not_apply_is_not_counted() {
        let mut director = Director::new(&[rule(Trigger::Nth(vec![1]))], 1);
        assert!(director.consult(Occasion::Post, |_| false).is_empty());
        assert!(director.consult(Occasion::Upload, |_| true).is_empty());
        assert_eq!(director.consult(Occasion::Post, |_| true), [(1, Fault::Cut)]);
    }
}
