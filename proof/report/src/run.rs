//! RUNNING a stage: its output goes on to the terminal and to a log; its figures are kept.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;

use crate::stage::Stage;

/// A figure that a command printed.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) goal: Option<String>,
}

pub(crate) enum Outcome {
    Done,
    Failed(String),
    /// It was not done within its time, and ended.
    CutOff,
    /// It was not asked for.
    NotRun,
}

pub(crate) struct Record {
    pub(crate) stage: Stage,
    pub(crate) line: String,
    pub(crate) seconds: u64,
    pub(crate) outcome: Outcome,
    pub(crate) figures: Vec<Figure>,
    /// Lines that say what could not run for want of a tool.
    pub(crate) missing: Vec<String>,
}

/// Runs a stage within `limit`.
pub(crate) fn run(root: &Path, stage: Stage, minutes: u64, limit: Duration) -> io::Result<Record> {
    let minutes = minutes.to_string();
    let mut words: Vec<&str> = stage.command.split(' ').collect();
    if stage.takes_minutes {
        words.extend(["--minutes", &minutes]);
    }
    let mut record = Record {
        stage,
        line: words.join(" "),
        seconds: 0,
        outcome: Outcome::Done,
        figures: Vec::new(),
        missing: Vec::new(),
    };
    println!("\n== {}: {}", stage.name, record.line);
    let began = Instant::now();
    let log = root.join("target/report").join(format!("{}.log", stage.name.replace(' ', "-")));
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .current_dir(root)
        // A group of its own, so that all of it can be ended.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(log.with_extension("err"))?)
        .spawn()?;
    let mut log = File::create(log)?;
    for line in lines(&mut child, began, limit) {
        writeln!(log, "{line}")?;
        match line.strip_prefix("FIGURE ") {
            Some(json) => match serde_json::from_str(json) {
                Ok(figure) => record.figures.push(figure),
                Err(error) => println!("figure is {json:?}: {error}"),
            },
            None => println!("{line}"),
        }
        if line.starts_with("MISSING") || line.starts_with("NOTE") {
            record.missing.push(line);
        }
    }
    record.outcome = match child.try_wait()? {
        None if began.elapsed() >= limit => {
            end(&mut child)?;
            Outcome::CutOff
        }
        _ => match child.wait()? {
            status if status.success() => Outcome::Done,
            status => Outcome::Failed(status.to_string()),
        },
    };
    record.seconds = began.elapsed().as_secs();
    Ok(record)
}

/// What a program prints, until it ends or the time is over.
fn lines(child: &mut Child, began: Instant, limit: Duration) -> impl Iterator<Item = String> {
    let (give, take) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                if give.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
            }
        });
    }
    std::iter::from_fn(move || take.recv_timeout(limit.saturating_sub(began.elapsed())).ok())
}

/// Ends a program and all that it began.
fn end(child: &mut Child) -> io::Result<()> {
    let group = format!("-{}", child.id());
    Command::new("kill").args(["-KILL", "--", &group]).status()?;
    child.wait().map(drop)
}
