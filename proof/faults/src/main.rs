//! Plants every fault of `proof/faults/faults` in a copy of the sources, one at a time, and sees
//! which checker finds it. A fault that nobody finds is a hole in the proof.

mod args;
mod checker;
mod fault;
mod lane;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use self::args::{Args, USAGE};
use self::checker::{CHECKERS, Checker};
use self::fault::Fault;
use self::lane::{Finding, Lane, Outcome};

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let args = match args::read(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(flaw) => return refuse(&format!("{flaw}\n\n{USAGE}")),
    };
    let faults = match fault::all(&root.join("proof/faults/faults")) {
        Ok(faults) => faults,
        Err(flaw) => return refuse(&flaw),
    };
    let chosen = match choose(faults, &args.only) {
        Ok(chosen) => chosen,
        Err(flaw) => return refuse(&flaw),
    };
    if args.lists {
        for fault in &chosen {
            println!("{} ({}): {} As {}.", fault.name, fault.clause, fault.what, fault.who);
        }
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

/// Runs everything; whether each fault was found by each checker.
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
            let findings = lane.run(Some(fault), &checkers);
            told.lock().expect("nobody panics with it").tell(fault, findings);
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
    Ok(tally.sum_up(faults.len(), &checkers, &missing, began.elapsed().as_secs_f64()))
}

fn checkers(root: &Path, args: &Args) -> (Vec<&'static Checker>, Vec<&'static str>) {
    let wanted = |checker: &&Checker| {
        args.checkers.is_empty() || args.checkers.iter().any(|name| name == checker.name)
    };
    let (there, missing): (Vec<_>, Vec<_>) =
        CHECKERS.iter().filter(wanted).partition(|checker| checker.exists(root));
    for checker in &missing {
        println!("MISSING: {}, a package of this workspace", checker.package);
    }
    (there, missing.into_iter().map(|checker| checker.name).collect())
}

#[derive(Default)]
struct Tally {
    killed: Vec<(&'static str, String)>,
    survivors: Vec<String>,
    broken: Vec<String>,
}

impl Tally {
    fn tell(&mut self, fault: &Fault, findings: Result<Vec<Finding>, String>) {
        let Fault { name, clause, .. } = fault;
        println!("{name} ({clause})");
        let findings = match findings {
            Ok(findings) => findings,
            Err(flaw) => {
                println!("    ERROR {flaw}");
                return self.broken.push(name.clone());
            }
        };
        for Finding { checker, outcome, seconds } in findings {
            match outcome {
                Outcome::Killed(words) => {
                    println!("    {checker:<9} killed   {seconds:>6.1} s  {words}");
                    self.killed.push((checker, name.clone()));
                }
                Outcome::Survived => {
                    println!("    {checker:<9} SURVIVED {seconds:>6.1} s");
                    self.survivors.push(format!("{name} survives the {checker}"));
                }
                Outcome::Broken(why) => {
                    println!("    {checker:<9} ERROR    {seconds:>6.1} s  {why}");
                    self.broken.push(name.clone());
                }
            }
        }
    }

    fn sum_up(&self, all: usize, checkers: &[&Checker], missing: &[&str], seconds: f64) -> bool {
        println!();
        for list in [&self.survivors, &self.broken] {
            list.iter().for_each(|line| println!("{line}"));
        }
        figure("planted faults", &all.to_string(), Some(">= 40"));
        for checker in checkers {
            let killed = self.killed.iter().filter(|(name, _)| *name == checker.name).count();
            let goal = format!("= {all}");
            figure(&format!("killed by the {}", checker.name), &killed.to_string(), Some(&goal));
        }
        for name in missing {
            figure(&format!("killed by the {name}"), "\"not run: it is not there\"", None);
        }
        figure("seconds", &format!("{seconds:.0}"), None);
        self.survivors.is_empty() && self.broken.is_empty() && missing.is_empty()
    }
}

fn figure(name: &str, value: &str, goal: Option<&str>) {
    let goal = goal.map(|goal| format!(",\"goal\":\"{goal}\"")).unwrap_or_default();
    println!("FIGURE {{\"part\":\"planted faults\",\"name\":\"{name}\",\"value\":{value}{goal}}}");
}
