//! Runs the release set of the proof within a time and writes `docs/verification.md`.

#[macro_use]
extern crate directline_shell as shell;

mod goal;
mod head;
mod page;
mod run;
mod shown;
mod source;
mod stage;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use self::run::{Outcome, Record};
use self::source::Source;
use self::stage::{MINUTES, STAGES};

const USAGE: &str = "\
directline-report: runs the release set of the proof and writes down what it came to

  --minutes N    the time for all of it, 10 to 1440; default: 180
  --only NAME    this stage only; may be repeated
  --resume       keeps what docs/verification/ holds on the same text of src/, stage by stage,
                 and runs what is missing or failed
  --list         tells the stages and runs nothing
  --out FILE     where to write; default: docs/verification.md";

struct Args {
    minutes: u64,
    only: Vec<String>,
    resumes: bool,
    lists: bool,
    out: PathBuf,
}

fn main() -> ExitCode {
    let args = shell::asked(USAGE, read);
    if args.lists {
        for stage in STAGES {
            println!("{:16} {:>3} min  {}", stage.name, stage.minutes, stage.what);
        }
        return ExitCode::SUCCESS;
    }
    if let Err(error) = run::end_on_signal() {
        eprintln!("Ctrl-C would leave a stage behind: {error}");
        return ExitCode::FAILURE;
    }
    match report(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn read(mut given: impl Iterator<Item = String>) -> Result<Args, String> {
    let mut args = Args {
        minutes: MINUTES,
        only: Vec::new(),
        resumes: false,
        lists: false,
        out: PathBuf::from("docs/verification.md"),
    };
    while let Some(name) = given.next() {
        match name.as_str() {
            "--list" => args.lists = true,
            "--resume" => args.resumes = true,
            "--minutes" => args.minutes = shell::number(&name, &mut given, 10..=1_440)?,
            "--only" => {
                let own = shell::value(&name, &mut given)?;
                if !STAGES.iter().any(|stage| stage.name == own) {
                    let names = STAGES.map(|stage| stage.name).join(", ");
                    return Err(format!("--only is {own:?}, allowed is {names}"));
                }
                args.only.push(own);
            }
            "--out" => args.out = shell::value(&name, &mut given)?.into(),
            _ => return Err(format!("argument is {name:?}")),
        }
    }
    Ok(args)
}

/// What a stage that keeps to its minutes itself gets beyond them, to come to its end.
const GRACE: Duration = Duration::from_secs(180);

/// Runs what was asked for; 1 when something was found or failed, 3 when a goal was not reached.
fn report(args: &Args) -> std::io::Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let began = Instant::now();
    let end = Duration::from_secs(args.minutes * 60);
    let now = Source::now(&root);
    let mut records = STAGES.map(|stage| {
        let run = args.resumes.then(|| run::kept(&root, stage, &now)).flatten();
        Record { stage, run }
    });
    let is_asked = |record: &Record| {
        let named = |own: &String| own == record.stage.name;
        let is_done = record.run.as_ref().is_some_and(|run| run.outcome == Outcome::Done);
        !is_done && (args.only.is_empty() || args.only.iter().any(named))
    };
    for at in 0..records.len() {
        let stage = records[at].stage;
        let left = end.saturating_sub(began.elapsed());
        let minutes = if stage.takes_minutes {
            let shares = |record: &&Record| record.stage.takes_minutes && is_asked(record);
            let rest: Vec<_> = records[at..].iter().filter(shares).collect();
            let weight: u64 = rest.iter().map(|record| record.stage.minutes).sum();
            let count = u32::try_from(rest.len()).unwrap_or(u32::MAX);
            let shared = left.saturating_sub(GRACE * count);
            shared.as_secs() / 60 * stage.minutes / weight.max(1)
        } else {
            stage.minutes
        };
        let grace = if stage.takes_minutes { GRACE } else { Duration::ZERO };
        let limit = (Duration::from_secs(minutes * 60) + grace).min(left);
        if is_asked(&records[at]) && limit >= Duration::from_secs(60) {
            records[at].run = Some(run::run(&root, stage, minutes.max(1), limit)?);
            // What is known so far is written down, should the rest be interrupted.
            write(&root, args, &records)?;
        }
    }
    write(&root, args, &records)?;
    let is_bad = |record: &Record| match &record.run {
        Some(run) => run.outcome != Outcome::Done,
        None => args.only.is_empty(),
    };
    let bad: Vec<_> = records.iter().filter(|record| is_bad(record)).collect();
    for record in &bad {
        println!("{}: see target/report", record.stage.name);
    }
    let is_short = |record: &&&Record| {
        record.run.as_ref().is_some_and(|run| run.outcome == Outcome::NotReached)
    };
    let short = bad.iter().filter(is_short).count();
    Ok(match bad.len() - short {
        0 if short == 0 => ExitCode::SUCCESS,
        0 => ExitCode::from(3),
        _ => ExitCode::FAILURE,
    })
}

fn write(root: &Path, args: &Args, records: &[Record]) -> std::io::Result<()> {
    let page = page::write(root, &Source::now(root), args.minutes, records);
    std::fs::write(root.join(&args.out), page)
}
