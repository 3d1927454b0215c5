//! Plants every fault of `proof/faults/faults` in a copy of the sources, one at a time, and sees it
//! caught by each checker that it names. One that survives is a hole in the proof.

#[macro_use]
extern crate directline_shell as shell;

mod args;
mod checker;
mod lane;
mod table;
mod tally;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use directline_faults::fault::{self, Fault};

use self::args::{Args, USAGE};
use self::checker::{CHECKERS, Checker};
use self::lane::{Finding, Lane, Outcome};
use self::tally::Tally;

fn main() -> ExitCode {
    let args = shell::asked(USAGE, args::read);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let faults = match fault::all(&root.join("proof/faults/faults")) {
        Ok(faults) => faults,
        Err(flaw) => return refuse(&flaw),
    };
    let chosen = match choose(faults, &args.only) {
        Ok(chosen) => chosen,
        Err(flaw) => return refuse(&flaw),
    };
    if args.lists {
        table::print(&chosen);
        return ExitCode::SUCCESS;
    }
    match hunt(&root, &args, &chosen) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(flaw) => {
            eprintln!("{flaw}");
            ExitCode::FAILURE
        }
    }
}

fn refuse(flaw: &str) -> ExitCode {
    eprintln!("{flaw}");
    ExitCode::from(2)
}

fn choose(faults: Vec<Fault>, only: &[String]) -> Result<Vec<Fault>, String> {
    for name in only {
        if !faults.iter().any(|fault| fault.name.contains(name)) {
            let names: Vec<_> = faults.iter().map(|fault| fault.name.as_str()).collect();
            return Err(format!("--only is {name:?}, allowed is one of\n{}", names.join("\n")));
        }
    }
    let is_chosen =
        |fault: &Fault| only.is_empty() || only.iter().any(|name| fault.name.contains(name));
    Ok(faults.into_iter().filter(is_chosen).collect())
}

/// Runs everything; whether each fault was caught by those that have to.
fn hunt(root: &Path, args: &Args, faults: &[Fault]) -> Result<bool, String> {
    let began = Instant::now();
    let (checkers, missing) = checkers(root, args);
    if checkers.is_empty() {
        return Err("no checker is there".to_owned());
    }
    // What is found in sources without a fault would be found in all.
    let lane = Lane::new(root, 0)?;
    for finding in lane.run(None, &checkers)? {
        let Finding { checker, outcome, seconds } = finding;
        if outcome != Outcome::Survived {
            return Err(format!("{checker} fails without any fault: {outcome:?}"));
        }
        println!("{checker} finds nothing without a fault ({seconds:.1} s)");
    }
    let (next, told) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    let work = |lane: &Lane| {
        while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
            let faces = |checker: &&&Checker| args.to_all || fault.caught.contains(&checker.name);
            let faced: Vec<_> = checkers.iter().filter(faces).copied().collect();
            if !faced.is_empty() {
                let findings = lane.run(Some(fault), &faced);
                told.lock().expect("nobody panics with it").tell(fault, findings);
            }
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..args.jobs)
            .map(|number| scope.spawn(move || Lane::new(root, number).map(|lane| work(&lane))))
            .collect();
        work(&lane);
        others.into_iter().try_for_each(|lane| lane.join().unwrap_or(Err("a lane broke".into())))
    })?;
    let tally = told.into_inner().expect("nobody panics with it");
    Ok(tally.sum_up(faults, &checkers, &missing, began.elapsed().as_secs_f64()))
}

fn checkers(root: &Path, args: &Args) -> (Vec<&'static Checker>, Vec<&'static str>) {
    let wanted =
        |checker: &&Checker| args.by.is_empty() || args.by.iter().any(|name| name == checker.name);
    let (there, missing): (Vec<_>, Vec<_>) =
        CHECKERS.iter().filter(wanted).partition(|checker| checker.exists(root));
    for checker in &missing {
        println!("MISSING: {}, a part of this workspace", checker.name);
    }
    (there, missing.into_iter().map(|checker| checker.name).collect())
}
