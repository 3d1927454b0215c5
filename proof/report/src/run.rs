//! RUNNING a stage: its output goes on to the terminal and to a log; its figures are kept, for this
//! page and for a later one.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::source::Source;
use crate::stage::Stage;

/// A figure that a command printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) goal: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Done,
    Failed(String),
    /// It was not done within its time, and ended.
    CutOff,
}

/// What became of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) source: Source,
    pub(crate) line: String,
    pub(crate) seconds: u64,
    pub(crate) outcome: Outcome,
    pub(crate) figures: Vec<Figure>,
    /// Lines that say what could not run for want of a tool.
    pub(crate) missing: Vec<String>,
}

/// A stage, and its run if there was one.
pub(crate) struct Record {
    pub(crate) stage: Stage,
    pub(crate) run: Option<Run>,
}

/// The logs of the stages.
const LOGS: &str = "target/report";
/// Their records, which are kept with the page: what took hours goes on on another machine.
const RECORDS: &str = "docs/verification";

fn file(root: &Path, folder: &str, stage: Stage, extension: &str) -> PathBuf {
    root.join(folder).join(format!("{}.{extension}", stage.name.replace(' ', "-")))
}

/// The run that an earlier report has kept, where it was done on the machine as it is now.
pub(crate) fn kept(root: &Path, stage: Stage, now: &Source) -> Option<Run> {
    let text = std::fs::read(file(root, RECORDS, stage, "json")).ok()?;
    let run: Run = serde_json::from_slice(&text).ok()?;
    run.source.is_same_machine(now).then_some(run)
}

/// Runs a stage within `limit`.
pub(crate) fn run(root: &Path, stage: Stage, minutes: u64, limit: Duration) -> io::Result<Run> {
    let minutes = minutes.to_string();
    let mut words: Vec<&str> = stage.command.split(' ').collect();
    if stage.takes_minutes {
        words.extend(["--minutes", &minutes]);
    }
    let mut run = Run {
        source: Source::now(root),
        line: words.join(" "),
        seconds: 0,
        outcome: Outcome::Done,
        figures: Vec::new(),
        missing: Vec::new(),
    };
    println!("\n== {}: {}", stage.name, run.line);
    let began = Instant::now();
    for folder in [LOGS, RECORDS] {
        std::fs::create_dir_all(root.join(folder))?;
    }
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .current_dir(root)
        // A group of its own, so that all of it can be ended.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(file(root, LOGS, stage, "err"))?)
        .spawn()?;
    RUNNING.store(child.id(), Ordering::SeqCst);
    let mut log = File::create(file(root, LOGS, stage, "log"))?;
    for line in lines(&mut child, began, limit) {
        writeln!(log, "{line}")?;
        match line.strip_prefix("FIGURE ") {
            Some(json) => match serde_json::from_str(json) {
                Ok(figure) => run.figures.push(figure),
                Err(error) => println!("figure is {json:?}: {error}"),
            },
            None => println!("{line}"),
        }
        if line.starts_with("MISSING") || line.starts_with("NOTE") {
            run.missing.push(line);
        }
    }
    run.outcome = match child.try_wait()? {
        None if began.elapsed() >= limit => {
            end(&mut child)?;
            Outcome::CutOff
        }
        _ => match child.wait()? {
            status if status.success() => Outcome::Done,
            status => Outcome::Failed(status.to_string()),
        },
    };
    RUNNING.store(0, Ordering::SeqCst);
    run.seconds = began.elapsed().as_secs();
    let record = serde_json::to_string_pretty(&run)? + "\n";
    std::fs::write(file(root, RECORDS, stage, "json"), record)?;
    Ok(run)
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
    kill(child.id())?;
    child.wait().map(drop)
}

fn kill(group: u32) -> io::Result<()> {
    Command::new("kill").args(["-KILL", "--", &format!("-{group}")]).status().map(drop)
}

/// The stage that is running, by its process; 0 for none.
static RUNNING: AtomicU32 = AtomicU32::new(0);

/// On Ctrl-C the running stage ends too. Nothing is written of it, so that a later run repeats it.
///
/// # Errors
///
/// When the system takes no handler.
pub(crate) fn end_on_signal() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        let group = RUNNING.load(Ordering::SeqCst);
        if group > 0 {
            // It ends either way.
            _ = kill(group);
        }
        std::process::exit(130);
    })
}
