//! MUTATION: every small change that cargo-mutants can make, one at a time, each held against the
//! tests; what no test notices is printed.
//!
//! ```text
//! cargo run -p directline-mutation [-- --minutes N] [--part NAME] [--file GLOB] [--report]
//! ```
//!
//! The machine comes first, then what stands around it and what judges it (`part`). cargo-mutants names
//! the changes (`mutant`). All of a part are built at once, in a copy of the workspace (`tree`), each
//! behind a switch that an environment variable throws (`sites`, `rewrite`, `fit`). Every test runs once
//! and notes which switches it asks for (`suite`); a mutant faces only those that ask for its own
//! (`trial`), the quick ones first and those that draw their cases last: what only these catch is caught
//! by chance, which does not count. A mutant that can have no switch, as in what the compiler works out,
//! is built alone and faces all. One of a judge is caught, too, by what it says of a machine that is
//! broken (`broken`).
//!
//! Who caught what is kept in `docs/verification/mutants.json`: a run that was stopped goes on where it
//! was. `--report` only reads. Which are left out, each with a reason, is `.cargo/mutants.toml`; why
//! others may survive is `reasons.txt`.
//!
//! It ends with 1 when a mutant survives without a reason, with 3 when some have no good verdict
//! yet, and with 2 when a tool is missing.

#[macro_use]
extern crate directline_shell as shell;

mod args;
mod broken;
mod cargo;
mod fit;
mod kept;
mod mutant;
mod part;
mod pool;
mod reasons;
mod report;
mod rewrite;
mod sites;
mod suite;
mod text;
mod tree;
mod trial;
mod verdict;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use args::Args;
use cargo::Build;
use fit::Fitted;
use kept::Kept;
use mutant::Mutant;
use part::{PARTS, Part};
use reasons::Reasons;
use report::Standing;
use suite::Suite;
use text::{Texts, file_of};
use tree::Tree;
use trial::Trials;
use verdict::Verdict;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// What was found so far.
const KEPT: &str = "docs/verification/mutants.json";

fn figure(name: &str, value: &serde_json::Value, goal: Option<&str>) {
    let mut line = serde_json::json!({ "part": "mutation", "name": name, "value": value });
    if let Some(goal) = goal {
        line["goal"] = goal.into();
    }
    println!("FIGURE {line}");
}

fn main() -> ExitCode {
    let args = shell::asked(args::USAGE, Args::read);
    if let Some(missing) = mutant::missing() {
        report::not_run(&missing);
        return ExitCode::from(2);
    }
    match work(&args) {
        Ok(Standing::Reached) => ExitCode::SUCCESS,
        Ok(Standing::Open) => ExitCode::from(3),
        Ok(Standing::Survivor) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn work(args: &Args) -> Result<Standing, String> {
    let path = Path::new(ROOT).join(KEPT);
    let end = args.minutes.map(|minutes| Instant::now() + Duration::from_secs(minutes * 60));
    let reasons = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/reasons.txt"));
    let reasons = reasons.map_err(|error| format!("reasons.txt: {error}"))?;
    let (mut kept, mut why) = (Kept::read(&path)?, Reasons::read(&reasons)?);
    let is_asked = |part: &&Part| args.part.as_deref().is_none_or(|name| name == part.name);
    let mut worst = Standing::Reached;
    for part in PARTS.iter().filter(is_asked) {
        let texts = Texts::read(Path::new(ROOT), part)?;
        let mut all = mutant::listed(part, None)?;
        all.retain(|mutant| texts.has(&mutant.name));
        kept.part(part).refresh(&texts);
        let mut stand = Stand { part, texts, all, kept: &mut kept, path: &path, end };
        if !args.only_report {
            stand.run(args)?;
        }
        let asked = stand.asked(args)?;
        worst = worst.max(report::report(part, &asked, stand.kept.part(part), &mut why));
    }
    Ok(worst)
}

/// A part that is worked on.
struct Stand<'a> {
    part: &'static Part,
    texts: Texts,
    /// All its mutants; one is told by its place among them.
    all: Vec<Mutant>,
    kept: &'a mut Kept,
    path: &'a Path,
    end: Option<Instant>,
}

impl Stand<'_> {
    /// The names of those in the files that are asked for.
    fn asked(&self, args: &Args) -> Result<Vec<String>, String> {
        let all = self.all.iter().map(|mutant| mutant.name.clone());
        let Some(file) = &args.file else { return Ok(all.collect()) };
        let some = mutant::listed(self.part, Some(file))?;
        let some: BTreeSet<_> = some.into_iter().map(|mutant| mutant.name).collect();
        Ok(all.filter(|name| some.contains(name)).collect())
    }

    /// Lets all mutants without a verdict face the tests, until it is `end`.
    fn run(&mut self, args: &Args) -> Result<(), String> {
        let asked: BTreeSet<_> = self.asked(args)?.into_iter().collect();
        let is_late = self.is_late();
        let found = self.kept.part(self.part);
        let is_wanted = |own: &usize| {
            let name = &self.all[*own].name;
            asked.contains(name) && found.verdict(name).is_none()
        };
        let wanted: BTreeSet<_> = (0..self.all.len()).filter(is_wanted).collect();
        // The others have a switch, too, so that the build stays from run to run.
        let compiles =
            |own: &usize| found.verdict(&self.all[*own].name) != Some(&Verdict::Unviable);
        let viable: Vec<_> = (0..self.all.len()).filter(compiles).collect();
        if wanted.is_empty() || is_late {
            return self.keep();
        }
        println!("== {}: {} mutants", self.part.name, wanted.len());
        let tree = Tree::copy(Path::new(ROOT), &folder(), self.part, self.all.len())?;
        let fitted = Fitted::of(&tree, &self.all, viable.into_iter())?;
        fitted.unviable.iter().for_each(|own| self.add(*own, Verdict::Unviable));
        self.keep()?;
        let machines = match self.part.breaks {
            Some(machine) => broken::machines(&tree, machine, self.kept.part(machine))?,
            None => Vec::new(),
        };
        let suite = Suite::read(self.part, &fitted.programs, &folder().join("reached"))?;
        println!("{} tests pass without a mutant", suite.tests.len());
        let alarms = (self.part.jobs(), self.end);
        let alarms = broken::alarms(&suite, machines, alarms, &folder().join("said"))?;
        let trials = Trials::new(&suite, &alarms, self.part.times());
        self.switched(wanted.intersection(&fitted.switched).copied().collect(), &trials)?;
        let is_left =
            |own: &usize| !fitted.switched.contains(own) && !fitted.unviable.contains(own);
        for own in wanted.into_iter().filter(is_left) {
            if self.is_late() {
                break;
            }
            self.alone(own, &tree, &fitted, &trials)?;
        }
        Ok(())
    }

    /// Builds one that has no switch by itself, and lets it face all tests.
    fn alone(
        &mut self,
        own: usize,
        tree: &Tree,
        fitted: &Fitted,
        trials: &Trials,
    ) -> Result<(), String> {
        let mutant = &self.all[own];
        println!("alone: {}", mutant.name);
        let file = file_of(&mutant.name);
        tree.put(&file, &mutant.made(&tree.texts[&file]))?;
        let verdict = match tree.build()? {
            Build::Wrong(_) => Verdict::Unviable,
            Build::Done(_) => trials.of_built(),
        };
        tree.put(&file, fitted.text(&file))?;
        self.add(own, verdict);
        self.keep()
    }

    /// Lets those with a switch face the tests that ask for it.
    fn switched(&mut self, numbers: Vec<usize>, trials: &Trials) -> Result<(), String> {
        let (count, start) = (numbers.len(), Instant::now());
        let (mut done, mut last) = (0, start);
        let work = |own| (own, trials.of_switched(own));
        pool::each(self.part.jobs(), self.end, numbers.into_iter(), work, |(own, verdict)| {
            self.add(own, verdict);
            done += 1;
            if last.elapsed() >= WRITTEN_EVERY {
                last = Instant::now();
                println!("{done} of {count} in {} s", start.elapsed().as_secs());
                self.keep()?;
            }
            Ok(())
        })?;
        println!("{done} of {count} in {} s", start.elapsed().as_secs());
        self.keep()
    }

    fn is_late(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }

    fn add(&mut self, own: usize, verdict: Verdict) {
        self.kept.part(self.part).add(&self.texts, &self.all[own].name, verdict);
    }

    fn keep(&self) -> Result<(), String> {
        self.kept.write(self.path)
    }
}

/// So that a run that is killed loses little.
const WRITTEN_EVERY: Duration = Duration::from_secs(30);

/// Where mutants are built and run.
fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    target.map_or(Path::new(ROOT).join("target"), PathBuf::from).join("mutation")
}
