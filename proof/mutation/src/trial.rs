//! TRIALS: a mutant faces the tests, one after the other, until one fails.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::suite::{Suite, Test};
use crate::verdict::Verdict;

/// Trials one after the other, of mutants as they stand in the sources.
#[derive(Debug)]
pub(crate) struct Trials<'a> {
    suite: &'a Suite,
    /// How often a test has to fail.
    times: usize,
    count: AtomicUsize,
    /// In which one each test has failed last: what catches a mutant catches its neighbours.
    last: Vec<AtomicUsize>,
}

impl<'a> Trials<'a> {
    pub(crate) fn new(suite: &'a Suite, times: usize) -> Trials<'a> {
        let last = suite.tests.iter().map(|_| AtomicUsize::new(0)).collect();
        Trials { suite, times, count: AtomicUsize::new(0), last }
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
        let Some((test, last)) = failed else { return Verdict::Missed };
        last.store(turn, Ordering::Relaxed);
        match test.is_chance {
            true => Verdict::ByChance(test.name.clone()),
            false => Verdict::Caught(test.name.clone()),
        }
    }
}

/// One that takes longer waits for its turn, even where it has caught the last one.
const QUICK: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::tests::test;

    #[test]
    fn a_mutant_faces_the_exact_tests_first_and_only_those_that_ask_for_it() {
        let tests = vec![
            test("drawn", "false", true, &[0, 1]),
            test("good", "true", false, &[0, 1]),
            test("a", "false", false, &[0]),
            test("b", "false", false, &[0, 2]),
        ];
        let suite = Suite { tests };
        let trials = Trials::new(&suite, 2);
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
        let program = folder.join("once");
        std::fs::create_dir_all(&folder).expect("a folder");
        let text = "#!/bin/sh\n[ -e \"$0.failed\" ] || { : > \"$0.failed\"; exit 1; }\n";
        std::fs::write(&program, text).expect("a program");
        let may_run = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, may_run).expect("it is there");
        let path = program.to_str().expect("text");
        let suite = Suite { tests: vec![test("a", path, false, &[0])] };
        assert_eq!(Trials::new(&suite, 2).of_switched(0), Verdict::Missed);
        std::fs::remove_file(folder.join("once.failed")).expect("it has failed once");
        assert_eq!(Trials::new(&suite, 1).of_switched(0), Verdict::Caught("a".to_owned()));
        std::fs::remove_dir_all(&folder).expect("it is there");
    }
}
