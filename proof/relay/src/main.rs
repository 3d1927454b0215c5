//! Hosts that crash, sleep and are cut off share conversations over a NATS in memory: each conversation
//! has one owner, what is said is on a stream once and in order, what is posted is sent at most once.

#[macro_use]
extern crate directline_shell as shell;

mod app;
mod deeds;
mod driver;
mod nats;
mod oracle;
mod process;
mod server;
mod service;
mod setup;
mod talks;
mod tally;
mod world;

use std::process::ExitCode;
use std::time::Instant;

use directline_world::violation::Violation;

use self::tally::Tally;
use self::world::World;

const USAGE: &str = "\
directline-relay-proof push [--steps N]   so many steps, 10,000,000 if nothing else is said
directline-relay-proof kill               a quick look whether anything is wrong
directline-relay-proof seed N             one run, with all that happens";

enum Ask {
    Push(u64),
    Kill,
    Seed(u64),
}

fn main() -> ExitCode {
    let ask = shell::asked(USAGE, |mut words| match words.next().as_deref() {
        Some("push") => match words.next() {
            None => Ok(Ask::Push(PUSH_STEPS)),
            Some(name) if name == "--steps" => {
                shell::number(&name, &mut words, 1..=u64::MAX).map(Ask::Push)
            }
            Some(other) => Err(format!("{other:?} is not known")),
        },
        Some("kill") => Ok(Ask::Kill),
        Some("seed") => shell::number("seed", &mut words, 0..=u64::MAX).map(Ask::Seed),
        other => Err(format!("{other:?} is not known")),
    });
    match ask {
        Ask::Push(steps) => push(steps),
        Ask::Kill => kill(),
        Ask::Seed(seed) => match told(seed) {
            None => ExitCode::SUCCESS,
            Some(_) => ExitCode::FAILURE,
        },
    }
}

/// One run; gives what happened.
fn run(seed: u64) -> Result<Tally, Violation> {
    let attempt = std::panic::catch_unwind(|| {
        let mut world = World::new(seed, None);
        world.run().map(|()| world.oracle.tally)
    });
    attempt.unwrap_or_else(|_| Err(Violation::new("RL-40", "it panicked")))
}

fn told(seed: u64) -> Option<Violation> {
    let mut tell = |line| println!("{line}");
    let mut world = World::new(seed, Some(&mut tell));
    let setup = world.setup.clone();
    println!("{setup:#?}");
    let violation = world.run().err();
    match &violation {
        None => println!("nothing is wrong"),
        Some(violation) => println!("{violation}"),
    }
    violation
}

fn push(steps: u64) -> ExitCode {
    let (began, mut total, mut seed) = (Instant::now(), Tally::default(), 0);
    while total.steps < steps {
        match run(seed) {
            Ok(own) => total += own,
            Err(violation) => {
                println!("{violation}");
                println!("cargo run --release -p directline-relay-proof -- seed {seed}");
                figure("violations", 1, "0");
                return ExitCode::FAILURE;
            }
        }
        seed += 1;
    }
    for (count, words) in total.lines() {
        println!("{count:>12} {words}");
    }
    println!("no violation in {seed} runs, {:.1} s", began.elapsed().as_secs_f64());
    figure("steps", total.steps, ">= 10000000");
    figure("violations", 0, "0");
    let never = total.lines().into_iter().filter(|(count, _)| *count == 0).count();
    if never == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A figure as the report reads it.
fn figure(name: &str, value: u64, goal: &str) {
    println!(
        "FIGURE {{\"part\":\"relay\",\"name\":\"{name}\",\"value\":{value},\"goal\":\"{goal}\"}}"
    );
}

fn kill() -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    for seed in 0..KILL_SEEDS {
        if let Err(violation) = run(seed) {
            println!("killed by seed {seed}: {violation}");
            return ExitCode::FAILURE;
        }
    }
    println!("clean: {KILL_SEEDS} seeds");
    ExitCode::SUCCESS
}

const PUSH_STEPS: u64 = 10_000_000;
const KILL_SEEDS: u64 = 1_000;

#[cfg(test)]
mod tests {
    use super::{World, run};

    #[test]
    fn conversations_survive_hosts_that_crash_sleep_and_are_cut_off() {
        // Covers: RL-1, RL-2, RL-5, RL-11, RL-12, RL-20, RL-22, RL-30
        for seed in 0..24 {
            run(seed).unwrap_or_else(|violation| panic!("seed {seed}: {violation}"));
        }
    }

    #[test]
    fn a_seed_is_a_whole_run() {
        // Covers: RL-40
        let told = |seed| {
            let mut lines = Vec::new();
            let mut tell = |line| lines.push(line);
            World::new(seed, Some(&mut tell)).run().expect("nothing is wrong");
            lines
        };
        let lines = told(5);
        assert!(lines.len() > 1_000 && lines == told(5));
    }
}
