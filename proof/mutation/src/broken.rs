//! BROKEN MACHINES, of which a judge has to say what is wrong: a mutant of a judge that says something
//! else of one, or nothing, is caught by it. Each is a mutant of the machine that the machine's own tests
//! catch, behind a switch of its own beside those of the judge.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::fit::Fitted;
use crate::kept::Found;
use crate::mutant::{self, Genre, Mutant};
use crate::part::Part;
use crate::pool;
use crate::suite::{Suite, Test};
use crate::text::file_of;
use crate::tree::Tree;
use crate::verdict::Verdict;

/// What a test says of a machine that is broken.
#[derive(Debug)]
pub(crate) struct Alarm {
    /// How it is broken.
    pub(crate) change: String,
    number: usize,
    test: Test,
    said: String,
    /// Where what is said is written down.
    notes: PathBuf,
}

impl Alarm {
    /// The alarm of a test, if it says the same of this machine every time.
    fn of(test: &Test, number: usize, change: &str, notes: PathBuf) -> Option<Alarm> {
        let said = test.said(None, number, &notes)?;
        // Else the machine itself has noticed it.
        verdict(&said)?;
        let (change, test) = (change.to_owned(), test.clone());
        let alarm = Alarm { change, number, test, said, notes };
        alarm.is_raised(None).then_some(alarm)
    }

    /// Whether the same is said with this mutant.
    pub(crate) fn is_raised(&self, mutant: Option<usize>) -> bool {
        let name = mutant.map_or("none".to_owned(), |number| number.to_string());
        let notes = self.notes.with_extension(name);
        let said = self.test.said(mutant, self.number, &notes);
        // What is left of it is in nobody's way.
        _ = std::fs::remove_file(&notes);
        said.as_ref() == Some(&self.said)
    }

    /// What it is about, so far as words tell.
    fn kind(&self) -> String {
        let about = verdict(&self.said).unwrap_or_default();
        about.chars().filter(|own| !own.is_numeric()).take(KIND_CHARS).collect()
    }
}

/// The first clause that is named, and what follows.
fn verdict(said: &str) -> Option<&str> {
    CLAUSES.iter().filter_map(|own| said.find(own)).min().map(|at| &said[at + 2..])
}

/// Puts switches for the machine's mutants into a tree and builds it; gives their numbers and names.
///
/// # Errors
///
/// When it cannot be built.
pub(crate) fn machines(
    tree: &Tree,
    machine: &'static Part,
    found: &Found,
) -> Result<Vec<(usize, String)>, String> {
    let all = mutant::listed(machine, None)?;
    let tree = tree.breaking(crate::ROOT.as_ref(), machine, all.len())?;
    // A value that a function gives at once breaks more than one operator does.
    let is_wanted = |own: &Mutant| {
        own.genre == Genre::FnValue && matches!(found.verdict(&own.name), Some(Verdict::Caught(_)))
    };
    let wanted = (0..all.len()).filter(|own| is_wanted(&all[*own]));
    let fitted = Fitted::of(&tree, &all, wanted)?;
    let mut turns = BTreeMap::<_, usize>::new();
    let mut named: Vec<_> = fitted.switched.into_iter().collect();
    // The first of every file before the second of any.
    named.sort_by_cached_key(|own| {
        let turn = turns.entry(file_of(&all[*own].name)).or_default();
        *turn += 1;
        *turn
    });
    Ok(named.into_iter().map(|own| (own, all[own].name.clone())).collect())
}

/// What the tests say that ask for a switch of a judge, of each kind a few.
pub(crate) fn alarms(
    suite: &Suite,
    machines: Vec<(usize, String)>,
    (jobs, end): (usize, Option<Instant>),
    notes: &std::path::Path,
) -> Result<Vec<Alarm>, String> {
    if machines.is_empty() {
        return Ok(Vec::new());
    }
    std::fs::create_dir_all(notes).map_err(|error| format!("{}: {error}", notes.display()))?;
    let tests: Vec<_> = suite.tests.iter().filter(|own| own.judges() && own.took < QUICK).collect();
    let (mut alarms, mut kinds) = (Vec::new(), BTreeMap::<_, usize>::new());
    let is_enough = AtomicBool::new(false);
    let machines = machines.into_iter().take_while(|_| !is_enough.load(Ordering::Relaxed));
    let work = |(number, change): (usize, String)| {
        let of = |(at, test): (usize, &&Test)| {
            Alarm::of(test, number, &change, notes.join(format!("{number}-{at}")))
        };
        tests.iter().enumerate().filter_map(of).collect::<Vec<_>>()
    };
    pool::each(jobs, end, machines, work, |found: Vec<Alarm>| {
        for alarm in found {
            let count = kinds.entry(alarm.kind()).or_default();
            *count += 1;
            if *count <= OF_A_KIND {
                alarms.push(alarm);
            }
        }
        is_enough.store(alarms.len() >= ENOUGH, Ordering::Relaxed);
        Ok(())
    })?;
    println!("{} alarms are raised by broken machines", alarms.len());
    Ok(alarms)
}

/// How clauses begin, one of which a judge names.
const CLAUSES: [&str; 10] =
    [": WM-", ": DD-", ": SU-", ": RC-", ": CR-", ": RX-", ": TX-", ": TM-", ": PO-", ": LV-"];
/// A slower test would take the time of many.
const QUICK: Duration = Duration::from_secs(2);
/// As much of what is said as tells one kind from another.
const KIND_CHARS: usize = 24;
/// Of one kind so many are kept.
const OF_A_KIND: usize = 3;
/// With so many a judge has said most that it can say.
const ENOUGH: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::tests::script;

    #[test]
    fn an_alarm_is_what_is_said_of_a_broken_machine_every_time() {
        let folder = std::env::temp_dir().join(format!("directline-broken-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let of = |name: &str, text: &str| {
            let test = script(&folder, name, text);
            Alarm::of(&test, 5, "a.rs:1:1: x", folder.join(name).with_extension("said"))
        };
        let says = "[ \"$DIRECTLINE_BROKEN\" = 5 ] || exit 0\n\
            echo \"thread 'a' ($$) panicked\" >&2\n\
            [ -n \"$DIRECTLINE_MUTANT\" ] && [ $DIRECTLINE_MUTANT -gt 2 ] && exit 0\n\
            echo \"seed 7: RC-2: ${DIRECTLINE_MUTANT:-1}\" >&2; exit 1\n";
        let alarm = of("says", says).expect("it says the same twice");
        assert_eq!(alarm.said, "seed 7: RC-2: 1");
        assert!(alarm.is_raised(None) && alarm.is_raised(Some(1)));
        assert!(!alarm.is_raised(Some(2)), "something else");
        assert!(!alarm.is_raised(Some(3)), "nothing");
        assert_eq!(alarm.kind(), "RC-: ");
        assert!(of("good", "exit 0\n").is_none());
        assert!(of("panics", "echo attempt to divide by zero >&2; exit 1\n").is_none());
        assert!(of("fickle", "echo seed $$: RC-2: >&2; exit 1\n").is_none());
        std::fs::remove_dir_all(&folder).expect("it is there");
    }
}
