//! WHAT A RUN FOUND: the lists of cargo-mutants, and in its logs the tests that failed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::verdict::Outcome;

/// Of each mutant that is in the lists in `folder`.
pub(crate) fn outcomes(folder: &Path) -> Vec<(String, Outcome)> {
    let killers = killers(&folder.join("log"));
    let mut found = Vec::new();
    for (list, outcome) in LISTS {
        let names = fs::read_to_string(folder.join(list)).unwrap_or_default();
        for name in names.lines() {
            let test = killers.get(name).cloned().flatten().unwrap_or_else(|| UNNAMED.to_owned());
            found.push((name.to_owned(), outcome(test)));
        }
    }
    found
}

/// The lists, and what it means to be in one; for those that were caught, by which test.
const LISTS: [(&str, Of); 4] = [
    ("caught.txt", Outcome::Caught),
    ("unviable.txt", |_| Outcome::Unviable),
    ("missed.txt", |_| Outcome::Missed),
    ("timeout.txt", |_| Outcome::TimedOut),
];

type Of = fn(String) -> Outcome;

/// For a mutant whose log names no test that failed.
pub(crate) const UNNAMED: &str = "a test that is not named";

/// The first test that failed, of each mutant that has a log.
fn killers(logs: &Path) -> BTreeMap<String, Option<String>> {
    let files = fs::read_dir(logs).into_iter().flatten().flatten();
    let texts = files.filter_map(|file| fs::read(file.path()).ok());
    texts.filter_map(|text| killer(&String::from_utf8_lossy(&text))).collect()
}

/// The mutant that a log is about, and the test that failed.
fn killer(log: &str) -> Option<(String, Option<String>)> {
    let mut lines = log.lines();
    let name = lines.find_map(|line| line.strip_prefix("*** "))?;
    Some((name.to_owned(), lines.find_map(failed)))
}

/// The test of a line such as `FAIL [   0.012s] (3/340) directline::it stories::start::x`.
fn failed(line: &str) -> Option<String> {
    let (status, rest) = line.trim().split_once(" [")?;
    let is_bad = ["FAIL", "TIMEOUT", "ABORT"].contains(&status) || status.starts_with("SIG");
    let (_, place) = rest.split_once(']').filter(|_| is_bad)?;
    place.split(' ').next_back().filter(|test| !test.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_names_the_test_that_failed() {
        let log = "\n*** src/a.rs:1:2: replace a -> b with c\n\n*** mutation diff:\n+ FAIL\n\n\
                   *** result: Exit(101)\n        PASS [   0.005s] (1/3) directline a::tests::b\n        \
                   FAIL [   0.012s] (2/3) directline::it stories::start::a_start\n    \
                   TIMEOUT [  20.012s] (3/3) directline::it stories::time::late\n";
        let name = "src/a.rs:1:2: replace a -> b with c".to_owned();
        let test = "stories::start::a_start".to_owned();
        assert_eq!(killer(log), Some((name, Some(test))));
        assert_eq!(failed(" SIGABRT [   0.1s] (2/3) directline x::y"), Some("x::y".to_owned()));
        assert_eq!(killer("*** src/a.rs\nok\n"), Some(("src/a.rs".to_owned(), None)));
    }
}
