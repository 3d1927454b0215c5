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

use crate::goal::{Goal, Verdict};
use crate::source::Source;
use crate::stage::Stage;

/// A figure that a command printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) goal: Option<String>,
}

impl Figure {
    /// Where there is a goal.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        let goal = self.goal.as_deref()?;
        // What cannot be judged is not taken from a stage.
        Some(Goal::read(goal).map_or(Verdict::NotReached, |goal| goal.judge(&self.value)))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Done,
    /// Nothing was found, and less was done than there was to do.
    NotReached,
    /// Something was found, or it could not run.
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
    /// Lines that say what could not run, what was found, or which goal was not reached.
    pub(crate) notes: Vec<String>,
}

impl Run {
    pub(crate) fn begun(source: Source, line: String) -> Run {
        let (figures, notes) = (Vec::new(), Vec::new());
        Run { source, line, seconds: 0, outcome: Outcome::Done, figures, notes }
    }

    /// Whether all that the stage has to do could run.
    pub(crate) fn is_whole(&self) -> bool {
        !self.notes.iter().any(|line| line.starts_with("MISSING") || line.starts_with("NOTE"))
    }

    /// Takes what a line of its output says; whether it is for the reader.
    fn takes(&mut self, line: &str) -> bool {
        if let Some(json) = line.strip_prefix("FIGURE ") {
            match serde_json::from_str::<Figure>(json) {
                Ok(figure) if is_judged(&figure) => self.figures.push(figure),
                Ok(figure) => self.refuse(format!("{:?} is no goal", figure.goal)),
                Err(error) => self.refuse(format!("figure is {json:?}: {error}")),
            }
            return false;
        }
        if NOTES.iter().any(|note| line.starts_with(note)) {
            self.notes.push(line.to_owned());
        }
        if let Some(count) = tests_passed(line) {
            self.count_tests(count);
        }
        true
    }

    fn refuse(&mut self, why: String) {
        println!("{why}");
        self.outcome = Outcome::Failed(why);
    }

    fn count_tests(&mut self, count: u64) {
        let before = self.figures.iter().position(|figure| figure.name == TESTS_PASSED);
        let before = before.map_or(0, |at| self.figures.remove(at).value.as_u64().unwrap_or(0));
        let value = (before + count).into();
        self.figures.push(Figure { name: TESTS_PASSED.to_owned(), value, goal: None });
    }

    /// What becomes of it when its program has ended.
    fn ended(&mut self, code: Option<i32>, status: &str) {
        let is_short = self.figures.iter().any(|own| own.verdict() == Some(Verdict::NotReached));
        self.outcome = match (&self.outcome, code) {
            (Outcome::Failed(why), _) => Outcome::Failed(why.clone()),
            (_, Some(0)) if !is_short => Outcome::Done,
            (_, Some(0 | NOT_REACHED)) => Outcome::NotReached,
            _ => Outcome::Failed(status.to_owned()),
        };
    }
}

fn is_judged(figure: &Figure) -> bool {
    figure.goal.as_deref().is_none_or(|goal| Goal::read(goal).is_some())
}

/// The tests of a line such as `test result: ok. 12 passed; 0 failed; …`.
fn tests_passed(line: &str) -> Option<u64> {
    line.strip_prefix("test result: ok. ")?.split_once(" passed")?.0.parse().ok()
}

const TESTS_PASSED: &str = "tests passed";
/// How lines begin that the page repeats.
const NOTES: [&str; 4] = ["MISSING", "NOTE", "FINDING:", "GOAL NOT REACHED:"];
/// What a stage ends with that found nothing, and did less than it was to do.
const NOT_REACHED: i32 = 3;

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
    let (minutes, seed) = (minutes.to_string(), drawn());
    let fill = |word| if word == DRAWN { seed.as_str() } else { word };
    let mut words: Vec<&str> = stage.command.split(' ').map(fill).collect();
    if stage.takes_minutes {
        words.extend(["--minutes", &minutes]);
    }
    let mut run = Run::begun(Source::now(root), words.join(" "));
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
        if run.takes(&line) {
            println!("{line}");
        }
    }
    match child.try_wait()? {
        None if began.elapsed() >= limit => {
            end(&mut child)?;
            run.outcome = Outcome::CutOff;
        }
        _ => {
            let status = child.wait()?;
            run.ended(status.code(), &status.to_string());
        }
    }
    RUNNING.store(0, Ordering::SeqCst);
    run.seconds = began.elapsed().as_secs();
    let record = serde_json::to_string_pretty(&run)? + "\n";
    std::fs::write(file(root, RECORDS, stage, "json"), record)?;
    Ok(run)
}

/// In a command: draws a number, so that the page shows what repeats the run.
const DRAWN: &str = "DIRECTLINE_SEED=random";

fn drawn() -> String {
    let number = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
    format!("DIRECTLINE_SEED={}", number >> 32)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn run(lines: &[&str], code: i32) -> Run {
        let mut run = Run::begun(Source::now(Path::new(".")), String::new());
        for line in lines {
            run.takes(line);
        }
        run.ended(Some(code), "exit status");
        run
    }

    #[test]
    fn a_finding_and_a_goal_not_reached_look_different() {
        let failed = Outcome::Failed("exit status".to_owned());
        assert_eq!(run(&[], 0).outcome, Outcome::Done);
        assert_eq!(run(&["GOAL NOT REACHED: x"], 3).outcome, Outcome::NotReached);
        assert_eq!(run(&["FINDING: x"], 1).outcome, failed);
        let short = r#"FIGURE {"part":"p","name":"n","value":1,"goal":">= 2"}"#;
        assert_eq!(run(&[short], 0).outcome, Outcome::NotReached);
        assert_eq!(run(&[short], 1).outcome, failed);
        let all = run(&["MISSING: a tool", "FINDING: x", "so what"], 1);
        assert_eq!((all.notes.len(), all.is_whole()), (2, false));
    }

    #[test]
    fn a_goal_that_cannot_be_judged_fails_the_stage() {
        let vague = r#"FIGURE {"part":"p","name":"n","value":1,"goal":"all"}"#;
        assert!(matches!(run(&[vague], 0).outcome, Outcome::Failed(_)));
        assert!(matches!(run(&["FIGURE {"], 0).outcome, Outcome::Failed(_)));
    }

    #[test]
    fn tests_are_counted() {
        let lines =
            ["test result: ok. 12 passed; 0 failed", "test result: ok. 3 passed; 1 ignored"];
        let run = run(&lines, 0);
        assert_eq!(run.figures[0].value, Value::from(15));
        assert_eq!(run.figures.len(), 1);
    }

    #[test]
    fn a_number_is_drawn_anew() {
        let drawn: std::collections::BTreeSet<_> = (0..8).map(|_| drawn()).collect();
        assert!(drawn.len() > 1, "{drawn:?}");
    }
}
