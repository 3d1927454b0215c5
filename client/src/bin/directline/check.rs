//! `directline check`: the contract as cases, run against any client.

use std::io::{self, Write};
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use directline_activity::text::plain;
use directline_testbed::{Case, Stop, Verdict};

use crate::args::Check;
use crate::problem::Problem;

pub(crate) fn run(arguments: &Check) -> Result<(), Problem> {
    let cases = cases(arguments)?;
    if arguments.list {
        for case in &cases {
            write(&format!("{:<5} {}", case.clause(), case.name()))?;
        }
        return Ok(());
    }
    let stop = Stop::new();
    let asked = stop.clone();
    // The clients are not of the terminal's own group, and would be left behind.
    ctrlc::set_handler(move || asked.stop())
        .map_err(|error| Problem::fatal(format!("signals cannot be caught: {error}")))?;
    let started = Instant::now();
    let count = cases.len();
    let waiting = Mutex::new(cases.into_iter());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let (sender, verdicts) = channel();
    let failed = thread::scope(|scope| {
        for _ in 0..arguments.jobs {
            let (sender, stop, next) = (sender.clone(), stop.clone(), &next);
            scope.spawn(move || {
                while let Some(case) = next().filter(|_| !stop.is_stopped()) {
                    let verdict = case.run(&arguments.command, arguments.limit, &stop);
                    if sender.send((case, verdict)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut failed = 0;
        for (case, verdict) in verdicts {
            if let Some(why) = &verdict.unstarted {
                // It would be the same with each of them.
                stop.stop();
                return Err(Problem::usage(why.clone()));
            }
            failed += usize::from(!verdict.complaints.is_empty());
            tell(&case, &verdict)?;
        }
        Ok(failed)
    })?;
    let seconds = started.elapsed().as_secs_f64();
    if stop.is_stopped() {
        return Err(Problem::fatal("interrupted before all cases were through"));
    }
    write(&format!("{} passed, {failed} failed ({seconds:.1} s)", count - failed))?;
    match failed {
        0 => Ok(()),
        1 => Err(Problem::fatal("the client has not passed 1 case")),
        failed => Err(Problem::fatal(format!("the client has not passed {failed} cases"))),
    }
}

/// The cases that are wanted, in their order.
fn cases(arguments: &Check) -> Result<Vec<Case>, Problem> {
    let mut cases = Vec::new();
    for path in &arguments.cases {
        let read = Case::load(path).map_err(|error| Problem::usage(format!("--cases: {error}")))?;
        cases.extend(read);
    }
    if arguments.cases.is_empty() {
        cases = Case::all();
    }
    for clause in &arguments.only {
        if !cases.iter().any(|case| is_of(case, clause)) {
            let mut known: Vec<_> = cases.iter().map(Case::clause).collect();
            known.dedup();
            let known = known.join(", ");
            return Err(Problem::usage(format!(
                "--only is {clause:?}, allowed is one of {known}, or the letters in front"
            )));
        }
    }
    if !arguments.only.is_empty() {
        cases.retain(|case| arguments.only.iter().any(|clause| is_of(case, clause)));
    }
    Ok(cases)
}

fn is_of(case: &Case, clause: &str) -> bool {
    let group = case.clause().split('-').next();
    case.clause().eq_ignore_ascii_case(clause)
        || group.is_some_and(|group| group.eq_ignore_ascii_case(clause))
}

/// One line for a case that was passed; for another one all that helps to find out why.
fn tell(case: &Case, verdict: &Verdict) -> Result<(), Problem> {
    let seconds = verdict.took.as_secs_f64();
    let line = format!("{:<5} {} ({seconds:.1} s)", case.clause(), case.name());
    if verdict.complaints.is_empty() {
        return write(&format!("ok      {line}"));
    }
    write(&format!("FAILED  {line}"))?;
    for complaint in &verdict.complaints {
        write(&format!("        {complaint}"))?;
    }
    for (what, lines) in [("the service", &verdict.happened), ("the client", &verdict.told)] {
        let skipped = lines.len().saturating_sub(LINES_MAX);
        if !lines.is_empty() {
            write(&format!("        what {what} told last:"))?;
        }
        for line in lines.iter().skip(skipped) {
            write(&format!("        | {line}"))?;
        }
    }
    Ok(())
}

/// A line on stdout, in which nothing that a client wrote controls the terminal.
fn write(line: &str) -> Result<(), Problem> {
    writeln!(io::stdout(), "{}", plain(line))
        .map_err(|error| Problem::fatal(format!("stdout cannot be written to: {error}")))
}

/// Enough to see how it came to that.
const LINES_MAX: usize = 40;
