//! TRIALS: a mutant faces the tests, one after the other, until one fails.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::broken::Alarm;
use crate::suite::{Suite, Test};
use crate::verdict::Verdict;

/// Trials one after the other, of mutants as they stand in the sources.
#[derive(Debug)]
pub(crate) struct Trials<'a> {
    suite: &'a Suite,
    /// What is said of broken machines, where the mutants are those of a judge.
    alarms: &'a [Alarm],
    /// How often a test has to fail.
    times: usize,
    count: AtomicUsize,
    /// In which one each test has failed last: what catches a mutant catches its neighbours.
    last: Vec<AtomicUsize>,
    /// The same of the alarms.
    missing: Vec<AtomicUsize>,
}

impl<'a> Trials<'a> {
    pub(crate) fn new(suite: &'a Suite, alarms: &'a [Alarm], times: usize) -> Trials<'a> {
        let none = |count| (0..count).map(|_| AtomicUsize::new(0)).collect();
        let (last, missing) = (none(suite.tests.len()), none(alarms.len()));
        Trials { suite, alarms, times, count: AtomicUsize::new(0), last, missing }
    }

    /// What the tests say that ask for the switch of a mutant.
    pub(crate) fn of_switched(&self, mutant: usize) -> Verdict {
        self.verdict(Some(mutant), |test| test.reaches(mutant))
    }

    /// What all tests say of the one that was built without a switch.
    pub(crate) fn of_built(&self) -> Verdict {
        self.verdict(None, |_| true)
    }

    fn verdict(&self, mutant: Option<usize>, is_asked: impl Fn(&Test) -> bool) -> Verdict {
        let turn = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let all = self.suite.tests.iter().zip(&self.last);
        let mut tests: Vec<_> = all.filter(|(test, _)| is_asked(test)).collect();
        tests.sort_by_cached_key(|(test, last)| {
            let last = if test.took < QUICK { last.load(Ordering::Relaxed) } else { 0 };
            (test.is_chance, Reverse(last))
        });
        let fails = |test: &Test| (0..self.times).all(|_| !test.passes(mutant, None));
        let failed = tests.into_iter().find(|(test, _)| fails(test));
        let Some((test, last)) = failed else { return self.of_alarms(mutant, turn) };
        last.store(turn, Ordering::Relaxed);
        match test.is_chance {
            true => Verdict::ByChance(test.name.clone()),
            false => Verdict::Caught(test.name.clone()),
        }
    }
}

impl Trials<'_> {
    /// What becomes of a mutant that passes all tests, as far as broken machines tell.
    fn of_alarms(&self, mutant: Option<usize>, turn: usize) -> Verdict {
        let mut alarms: Vec<_> = self.alarms.iter().zip(&self.missing).collect();
        alarms.sort_by_cached_key(|(_, last)| Reverse(last.load(Ordering::Relaxed)));
        match alarms.into_iter().find(|(alarm, _)| !alarm.is_raised(mutant)) {
            Some((alarm, last)) => {
                last.store(turn, Ordering::Relaxed);
                Verdict::ByBroken(alarm.change.clone())
            }
            None => Verdict::Missed,
        }
    }
}

/// One that takes longer waits for its turn, even where it has caught the last one.
const QUICK: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::tests::{script, test};

    #[test]
    fn a_mutant_faces_the_exact_tests_first_and_only_those_that_ask_for_it() {
        let tests = vec![
            test("drawn", "false", true, &[0, 1]),
            test("good", "true", false, &[0, 1]),
            test("a", "false", false, &[0]),
            test("b", "false", false, &[0, 2]),
        ];
        let suite = Suite { tests };
        let trials = Trials::new(&suite, &[], 2);
        let caught = |name: &str| Verdict::Caught(name.to_owned());
        assert_eq!(trials.of_switched(0), caught("a"));
        assert_eq!(trials.of_switched(1), Verdict::ByChance("drawn".to_owned()));
        assert_eq!(trials.of_switched(2), caught("b"));
        assert_eq!(trials.of_switched(3), Verdict::Missed);
        assert_eq!(trials.of_switched(0), caught("b"), "what has caught the last but one");
        assert_eq!(trials.of_built(), caught("b"));
    }

    #[test]
    fn a_test_that_fails_once_only_has_caught_nothing() {
        let folder = std::env::temp_dir().join(format!("directline-trial-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let text = "[ -e \"$0.failed\" ] || { : > \"$0.failed\"; exit 1; }\n";
        let suite = Suite { tests: vec![script(&folder, "once", text)] };
        assert_eq!(Trials::new(&suite, &[], 2).of_switched(0), Verdict::Missed);
        std::fs::remove_file(folder.join("once.failed")).expect("it has failed once");
        assert_eq!(Trials::new(&suite, &[], 1).of_switched(0), Verdict::Caught("once".to_owned()));
        std::fs::remove_dir_all(&folder).expect("it is there");
    }
}
