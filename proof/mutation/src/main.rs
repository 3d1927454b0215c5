//! MUTATION: every small change that cargo-mutants can make, one at a time, each held against the
//! tests; what no test notices is printed.
//!
//! ```text
//! cargo run -p directline-mutation [-- --minutes N] [--part NAME] [--file GLOB] [--report]
//! ```
//!
//! The machine comes first, then what stands around it and what judges it (`part`). A mutant faces
//! the quick tests, what is left the other exact ones, and what is left of that those that draw
//! their cases; what only these catch is caught by chance, which does not count. Who caught what is
//! kept in `docs/verification/mutants.json`: a run that was stopped goes on where it was.
//! `--report` only reads. How mutants are built and which are left out, each with a reason, is
//! `.cargo/mutants.toml` and beside this program; why others may survive is `reasons.txt`.
//!
//! It ends with 1 when a mutant survives without a reason, with 3 when some have no good verdict
//! yet, and with 2 when a tool is missing.

#[macro_use]
extern crate directline_shell as shell;

mod args;
mod found;
mod kept;
mod part;
mod reasons;
mod report;
mod text;
mod tool;
mod verdict;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use args::Args;
use kept::Kept;
use part::{PARTS, Part, Pass};
use reasons::Reasons;
use report::Standing;
use text::Texts;
use tool::{Run, STAMP};

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
    if let Some(missing) = tool::missing() {
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
        let (all, others) = texts.split(tool::listed(args, part)?);
        let mut stand = Stand { part, texts, all, others, kept: &mut kept, path: &path };
        stand.recall();
        if !args.only_report {
            stand.run(args, end)?;
        }
        worst = worst.max(report::report(part, &stand.all, stand.kept.part(part), &mut why));
    }
    Ok(worst)
}

/// A part that is worked on.
struct Stand<'a> {
    part: &'a Part,
    texts: Texts,
    /// Its mutants, and those that are listed with them.
    all: Vec<String>,
    others: Vec<String>,
    kept: &'a mut Kept,
    path: &'a Path,
}

impl Stand<'_> {
    fn folder(&self, pass: &Pass) -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR");
        let target = target.map_or(Path::new(ROOT).join("target"), PathBuf::from);
        target.join("mutation").join(format!("{}-{}", self.part.name, pass.name))
    }

    /// Forgets what is stale, and adds what a run found that was killed.
    fn recall(&mut self) {
        self.kept.part(self.part).refresh(&self.texts);
        self.part.passes.iter().for_each(|pass| self.add(pass));
    }

    /// Adds what a run of these texts and tests has left; nothing where it has been added.
    fn add(&mut self, pass: &Pass) {
        let folder = self.folder(pass);
        let stamp = std::fs::read(folder.join(STAMP)).unwrap_or_default();
        let mut files: BTreeMap<String, String> =
            serde_json::from_slice(&stamp).unwrap_or_default();
        if files.get(TESTS) != Some(&self.texts.tests) {
            return;
        }
        files.retain(|file, text| self.texts.files.get(file) == Some(text));
        let outcomes = found::outcomes(&folder.join("mutants.out"));
        self.kept.part(self.part).add(self.part, pass, outcomes, &files);
    }

    /// Lets all mutants face the tests, pass by pass, until all have a verdict or it is `end`.
    fn run(&mut self, args: &Args, end: Option<Instant>) -> Result<(), String> {
        let mut stamp = self.texts.files.clone();
        stamp.insert(TESTS.to_owned(), self.texts.tests.clone());
        let stamp = serde_json::to_string(&stamp).map_err(|error| error.to_string())?;
        self.keep()?;
        for pass in self.part.passes {
            let found = self.kept.part(self.part);
            let is_wanted = |name: &&str| found.wants(self.part, pass, name);
            let all = self.all.iter().map(String::as_str);
            let (wanted, mut but): (Vec<_>, Vec<_>) = all.partition(is_wanted);
            but.extend(self.others.iter().map(String::as_str));
            if wanted.is_empty() {
                continue;
            }
            if end.is_some_and(|end| Instant::now() >= end) {
                break;
            }
            println!("== {}, {}: {} mutants", self.part.name, pass.name, wanted.len());
            let run = Run { part: self.part, pass, folder: &self.folder(pass) };
            let ran = run.go(args, &but, &stamp, end);
            self.add(pass);
            self.keep()?;
            if !ran? {
                break;
            }
        }
        Ok(())
    }

    /// Writes all down; what a run has left is not needed any more then.
    fn keep(&mut self) -> Result<(), String> {
        self.kept.write(self.path)?;
        for pass in self.part.passes {
            // Mostly there is none.
            _ = std::fs::remove_file(self.folder(pass).join(STAMP));
        }
        Ok(())
    }
}

/// Beside the files in a stamp: the hash of all tests.
const TESTS: &str = "tests";
