//! THE REPORT on a part: who catches its mutants, and what survives.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kept::Found;
use crate::part::{Part, Survivors};
use crate::reasons::Reasons;
use crate::text::file_of;
use crate::verdict::Verdict;

/// How a part stands, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    Reached,
    /// Some have no verdict yet, or one by chance.
    Open,
    /// One survives, and nobody knows why.
    Survivor,
}

/// The mutants of a part by what became of them.
#[derive(Debug, Default)]
struct Count<'a> {
    caught: usize,
    by_chance: Vec<(&'a str, &'a str)>,
    unviable: usize,
    open: usize,
    survivors: Vec<&'a str>,
}

/// Prints what was found of these mutants of a part.
pub(crate) fn report(part: &Part, all: &[String], found: &Found, why: &mut Reasons) -> Standing {
    let count = count(all, found);
    for (name, test) in &count.by_chance {
        println!("by chance alone: {name} ({test})");
    }
    let (mut unexplained, is_strict) = (0, part.may_survive == Survivors::None);
    for name in &count.survivors {
        let reason = why.take(name).filter(|_| !is_strict);
        unexplained += usize::from(reason.is_none());
        println!("survives: {name} ({})", reason.unwrap_or("no reason is known"));
    }
    by_file(all, found);
    let figure = |name: &str, value: usize, goal: Option<String>| {
        crate::figure(&format!("{}: {name}", part.name), &value.into(), goal.as_deref());
    };
    let strict = |goal: String| is_strict.then_some(goal);
    let zero = || "= 0".to_owned();
    figure("mutants", all.len(), None);
    figure("without a verdict yet", count.open, strict(zero()));
    figure("caught by an exact test", count.caught, None);
    figure("caught by chance alone", count.by_chance.len(), strict(zero()));
    figure("do not compile", count.unviable, None);
    figure("survive", count.survivors.len(), strict(zero()));
    if part.may_survive == Survivors::WithReason {
        figure("survive without a reason", unexplained, Some(zero()));
    }
    let is_open = is_strict && count.open + count.by_chance.len() > 0;
    let is_wrong = unexplained > 0 && part.may_survive != Survivors::Listed;
    match (is_wrong, is_open) {
        (false, false) => Standing::Reached,
        (false, true) => Standing::Open,
        (true, _) => Standing::Survivor,
    }
}

fn count<'a>(all: &'a [String], found: &'a Found) -> Count<'a> {
    let mut count = Count::default();
    for name in all {
        match found.verdict(name) {
            Some(Verdict::Caught(_) | Verdict::ByBroken(_)) => count.caught += 1,
            Some(Verdict::ByChance(test)) => count.by_chance.push((name, test)),
            Some(Verdict::Unviable) => count.unviable += 1,
            Some(Verdict::Missed) => count.survivors.push(name),
            None => count.open += 1,
        }
    }
    count
}

/// Which files are done, and which test catches most.
fn by_file(all: &[String], found: &Found) {
    let mut files = BTreeMap::<String, (usize, usize)>::new();
    let mut tests = BTreeMap::<&str, usize>::new();
    for name in all {
        let (count, done) = files.entry(file_of(name)).or_default();
        *count += 1;
        let verdict = found.verdict(name);
        *done += usize::from(verdict.is_some());
        if let Some(Verdict::Caught(test)) = verdict {
            *tests.entry(test).or_default() += 1;
        }
    }
    println!("\n{:<44}{:>9}{:>9}", "", "mutants", "tested");
    for (file, (count, done)) in &files {
        println!("{file:<44}{count:>9}{done:>9}");
    }
    let mut tests: Vec<_> = tests.into_iter().collect();
    tests.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (test, count) in tests.into_iter().take(BUSIEST) {
        println!("{count:>9} caught by {test}");
    }
}

/// So many of the tests that catch most are told.
const BUSIEST: usize = 12;

/// That nothing could run.
pub(crate) fn not_run(missing: &str) {
    println!("MISSING: {missing}");
    let value = Value::from(format!("not run: {missing}"));
    crate::figure("machine: without a verdict yet", &value, Some("= 0"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::PARTS;
    use crate::text::Texts;

    fn standing(part: &Part, verdicts: &[Verdict], reasons: &str) -> Standing {
        let name = |at: usize| format!("src/a.rs:{at}:1: x");
        let all: Vec<_> = (0..verdicts.len()).map(name).collect();
        let files = BTreeMap::from([("src/a.rs".to_owned(), "1".to_owned())]);
        let texts = Texts { files, ..Texts::default() };
        let mut found = Found::default();
        found.refresh(&texts);
        for (name, verdict) in all.iter().zip(verdicts) {
            found.add(&texts, name, verdict.clone());
        }
        report(part, &all, &found, &mut Reasons::read(reasons).expect("reasons"))
    }

    #[test]
    fn a_part_stands_as_its_worst_mutant() {
        let [machine, drivers, judges] = [&PARTS[0], &PARTS[1], &PARTS[4]];
        let caught = || Verdict::Caught("a::b".to_owned());
        let by_chance = || Verdict::ByChance("a::b".to_owned());
        let is = |part, verdicts: &[Verdict]| standing(part, verdicts, "");
        assert_eq!(is(machine, &[Verdict::Unviable, caught()]), Standing::Reached);
        assert_eq!(is(machine, &[Verdict::Unviable, by_chance()]), Standing::Open);
        assert_eq!(is(machine, &[by_chance(), Verdict::Missed]), Standing::Survivor);
        assert_eq!(is(drivers, &[by_chance()]), Standing::Reached);
        assert_eq!(is(drivers, &[Verdict::Missed]), Standing::Survivor);
        assert_eq!(is(judges, &[Verdict::Missed]), Standing::Reached);
        let reason = "src/a.rs: x | it is harmless";
        assert_eq!(standing(drivers, &[Verdict::Missed], reason), Standing::Reached);
        assert_eq!(standing(machine, &[Verdict::Missed], reason), Standing::Survivor);
    }
}
