//! Years of simulated conversation on bad days, and what came of them.

#[macro_use]
extern crate directline_shell as shell;

mod ask;
mod crowd;
mod figures;
mod forks;

use std::ops::Range;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use directline_world::operation::Operation;
use directline_world::plan::{self, Kind};
use directline_world::setup::Setup;
use directline_world::shrink::{SHRINK_TRIES, from_hex, in_hex, shrink, try_run};
use directline_world::violation::Violation;
use directline_world::world::tell;

use self::ask::{Ask, USAGE};
use self::crowd::{Failure, Total};

fn main() -> ExitCode {
    let ask = shell::asked(USAGE, |words| Ask::read(&words.collect::<Vec<_>>()));
    // A panic is a violation like any other; its text would only be in the way.
    std::panic::set_hook(Box::new(|_| {}));
    match ask {
        Ask::Years { years, fork_runs, is_strict } => simulate(years, fork_runs, is_strict),
        Ask::Kill { by_lists: false } => kill(),
        Ask::Kill { by_lists: true } => kill_by_lists(),
        Ask::Forks(runs) => only_forks(runs),
        Ask::Seed(seed) => {
            let (_, setup, operations) = plan::any(seed);
            replay(told, setup, &operations)
        }
        Ask::ForksOfSeed(seed) => {
            let (setup, operations) = plan::short(seed);
            replay(forks::told, setup, &operations)
        }
        Ask::Run(text) => replay_hex(told, &text),
        Ask::ForksOfRun(text) => replay_hex(forks::told, &text),
    }
}

/// Simulates so many years, and kills so many runs at every step.
fn simulate(years: f64, fork_runs: u64, is_strict: bool) -> ExitCode {
    let began = Instant::now();
    let mut total = Total::default();
    let mut block = 0;
    while total.years() < years {
        let seeds = block * SEEDS_PER_BLOCK..(block + 1) * SEEDS_PER_BLOCK;
        if let Err(failure) = crowd::run(seeds, &mut total) {
            let (_, setup, operations) = plan::any(failure.seed);
            let attempt = |fewer: &[Operation]| try_run(setup, fewer).err();
            return fail(&failure, "", (setup, operations), attempt, told);
        }
        block += 1;
    }
    let seconds = began.elapsed().as_secs_f64();
    figures::print(&total, seconds, is_strict.then_some(years));
    let missing = figures::print_tally(&total.report.tally);
    if let Err(violation) = total.report.ledger.check(total.report.scale()) {
        println!("{violation}");
        return ExitCode::FAILURE;
    }
    let forks = only_forks(0..fork_runs);
    println!("{:.0} s in all", began.elapsed().as_secs_f64());
    if missing > 0 && is_strict { ExitCode::FAILURE } else { forks }
}

fn only_forks(runs: Range<u64>) -> ExitCode {
    if runs.is_empty() {
        return ExitCode::SUCCESS;
    }
    let began = Instant::now();
    match forks::run(runs.clone()) {
        Ok(forked) => {
            figures::print_forks(runs.end - runs.start, forked, began.elapsed().as_secs_f64());
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let (setup, operations) = plan::short(failure.seed);
            let attempt =
                |fewer: &[Operation]| Some(forks::try_forks(setup, fewer).err()?.violation);
            fail(&failure, "forks ", (setup, operations), attempt, forks::told)
        }
    }
}

/// A quick look whether anything is wrong: stops at the first violation. What nobody drew is left
/// out, so that what is found would be found without it.
fn kill() -> ExitCode {
    let is_drawn = |seed| !plan::has_list(seed);
    // The cheap runs first: most mistakes show in the first few hundred of them.
    let mut total = Total::default();
    let is_cheap = |seed| plan::kind(seed) == Kind::Mixed && is_drawn(seed);
    if let Err(failure) = crowd::run_some(0..KILL_SEEDS, &mut total, is_cheap) {
        return killed(&failure, "by");
    }
    if let Err(failure) = forks::run_some(0..KILL_FORKS, is_drawn) {
        return killed(&failure, "at a step of");
    }
    let others =
        crowd::run_some(0..KILL_OTHERS, &mut total, |seed| plan::kind(seed) != Kind::Mixed);
    if let Err(failure) = others {
        return killed(&failure, "by");
    }
    println!("clean: {} seeds, and those below {KILL_FORKS} killed at every step", total.seeds);
    ExitCode::SUCCESS
}

/// As [`kill`], the runs that end in a list of operations written by hand.
fn kill_by_lists() -> ExitCode {
    let mut total = Total::default();
    let wanted = |seed| plan::kind(seed) == Kind::Mixed && plan::has_list(seed);
    if let Err(failure) = crowd::run_some(0..KILL_SEEDS, &mut total, wanted) {
        return killed(&failure, "by");
    }
    println!("clean: {} seeds", total.seeds);
    ExitCode::SUCCESS
}

fn killed(failure: &Failure, how: &str) -> ExitCode {
    println!("killed {how} seed {}: {}", failure.seed, failure.violation);
    ExitCode::FAILURE
}

/// Says what went wrong, in one line that repeats it, and the shrunk log.
fn fail(
    failure: &Failure,
    kind: &str,
    (setup, operations): (Setup, Vec<Operation>),
    attempt: impl Fn(&[Operation]) -> Option<Violation>,
    tells: impl Fn(Setup, &[Operation]) -> Option<Violation>,
) -> ExitCode {
    println!("{}", failure.violation);
    println!("cargo run --release -p directline-simulation -- {kind}seed {}", failure.seed);
    let began = Instant::now();
    let attempt = |fewer: &[Operation]| {
        let has_time = began.elapsed() < SHRINK_TIME;
        if has_time { attempt(fewer) } else { None }
    };
    let fewer = shrink(operations, failure.violation.clause, SHRINK_TRIES, attempt);
    println!("shrunk to {} operations:", fewer.len());
    println!("cargo run --release -p directline-simulation -- {kind}run {}", in_hex(setup, &fewer));
    let _: Option<Violation> = tells(setup, &fewer);
    println!(
        "FIGURE {{\"part\":\"simulation\",\"name\":\"violations\",\"value\":1,\"goal\":\"0\"}}"
    );
    ExitCode::FAILURE
}

/// One run with all that goes in and comes out.
fn replay(
    tells: impl Fn(Setup, &[Operation]) -> Option<Violation>,
    setup: Setup,
    operations: &[Operation],
) -> ExitCode {
    println!("{setup:?}");
    match tells(setup, operations) {
        None => {
            println!("nothing is wrong");
            ExitCode::SUCCESS
        }
        Some(_) => ExitCode::FAILURE,
    }
}

fn replay_hex(tells: impl Fn(Setup, &[Operation]) -> Option<Violation>, text: &str) -> ExitCode {
    match from_hex(text) {
        Ok((setup, operations)) => replay(tells, setup, &operations),
        Err(flaw) => {
            eprintln!("{flaw}");
            ExitCode::from(2)
        }
    }
}

fn told(setup: Setup, operations: &[Operation]) -> Option<Violation> {
    let verdict = std::panic::catch_unwind(|| tell(setup, operations, |line| println!("{line}")));
    let verdict = verdict.unwrap_or_else(|_| Err(Violation::new("RX-6", "it panicked")));
    verdict.inspect_err(|violation| println!("{violation}")).err()
}

/// What is run before the total is looked at again; the same whatever the machine.
const SEEDS_PER_BLOCK: u64 = 512;
const KILL_SEEDS: u64 = 2_000;
const KILL_FORKS: u64 = 40;
const KILL_OTHERS: u64 = 64;
/// A shorter log is worth no longer wait.
const SHRINK_TIME: Duration = Duration::from_secs(10);
