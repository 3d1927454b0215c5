//! Runs the release set of the proof within a time and writes `docs/verification.md`.

mod page;
mod run;
mod stage;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use self::run::{Outcome, Record};
use self::stage::{STAGES, Stage};

const USAGE: &str = "\
directline-report: runs the release set of the proof and writes down what it came to

  --minutes N    the time for all of it, 10 to 1440; default: 180
  --only NAME    this stage only; may be repeated
  --list         tells the stages and runs nothing
  --out FILE     where to write; default: docs/verification.md";

struct Args {
    minutes: u64,
    only: Vec<String>,
    lists: bool,
    out: PathBuf,
}

fn main() -> ExitCode {
    let args = match read(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(flaw) => {
            eprintln!("{flaw}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if args.lists {
        for stage in STAGES {
            println!("{:16} {}", stage.name, stage.what);
        }
        return ExitCode::SUCCESS;
    }
    match report(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn read(mut given: impl Iterator<Item = String>) -> Result<Args, String> {
    let mut args = Args {
        minutes: 180,
        only: Vec::new(),
        lists: false,
        out: PathBuf::from("docs/verification.md"),
    };
    while let Some(name) = given.next() {
        let mut value = |allowed: &str| {
            given.next().ok_or_else(|| format!("{name} has no value, allowed is {allowed}"))
        };
        match name.as_str() {
            "--list" => args.lists = true,
            "--minutes" => {
                let text = value("10 to 1440")?;
                let minutes = text.parse().ok().filter(|minutes| (10..=1_440).contains(minutes));
                args.minutes = minutes
                    .ok_or_else(|| format!("--minutes is {text:?}, allowed is 10 to 1440"))?;
            }
            "--only" => {
                let names = STAGES.map(|stage| stage.name).join(", ");
                let own = value(&names)?;
                if !STAGES.iter().any(|stage| stage.name == own) {
                    return Err(format!("--only is {own:?}, allowed is {names}"));
                }
                args.only.push(own);
            }
            "--out" => args.out = value("a file")?.into(),
            _ => return Err(format!("argument is {name:?}")),
        }
    }
    Ok(args)
}

/// Runs what was asked for; whether all of it passed.
fn report(args: &Args) -> std::io::Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::create_dir_all(root.join("target/report"))?;
    let began = Instant::now();
    let end = Duration::from_secs(args.minutes * 60);
    let is_asked =
        |stage: &Stage| args.only.is_empty() || args.only.iter().any(|own| own == stage.name);
    let mut records: Vec<Record> = Vec::new();
    for (at, stage) in STAGES.into_iter().enumerate() {
        let left = end.saturating_sub(began.elapsed());
        let weight = |stages: &[Stage]| -> u64 {
            let shared = stages.iter().filter(|stage| stage.takes_minutes && is_asked(stage));
            shared.map(|stage| stage.minutes).sum()
        };
        let minutes = if stage.takes_minutes {
            left.as_secs() / 60 * stage.minutes / weight(&STAGES[at..]).max(1)
        } else {
            stage.minutes
        };
        // A stage that keeps to its minutes itself gets some more to come to its end.
        let grace = Duration::from_secs(if stage.takes_minutes { 300 } else { 0 });
        let limit = (Duration::from_secs(minutes * 60) + grace).min(left);
        if !is_asked(&stage) || limit < Duration::from_secs(60) {
            let line = stage.command.to_owned();
            let (figures, missing) = (Vec::new(), Vec::new());
            let outcome = Outcome::NotRun;
            records.push(Record { stage, line, seconds: 0, outcome, figures, missing });
            continue;
        }
        records.push(run::run(&root, stage, minutes.max(1), limit)?);
        // What is known so far is written down, should the rest be interrupted.
        write(&root, args, began, &records)?;
    }
    write(&root, args, began, &records)?;
    let is_bad = |record: &Record| match record.outcome {
        Outcome::Failed(_) | Outcome::CutOff => true,
        Outcome::NotRun => args.only.is_empty(),
        Outcome::Done => false,
    };
    let bad: Vec<_> = records.iter().filter(|record| is_bad(record)).collect();
    for record in &bad {
        println!("{}: see target/report", record.stage.name);
    }
    Ok(bad.is_empty())
}

fn write(root: &Path, args: &Args, began: Instant, records: &[Record]) -> std::io::Result<()> {
    let page = page::write(root, args.minutes, began.elapsed().as_secs(), records);
    std::fs::write(root.join(&args.out), page)
}
