//! Mixed runs in which the process dies at every single step: a copy of the world goes on from the
//! last checkpoint, comes to rest, and must have lost nothing.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use directline_world::operation::Operation;
use directline_world::plan;
use directline_world::setup::Setup;
use directline_world::violation::Violation;
use directline_world::world::fork::{Felled, Forked, run_with_forks, tell_fork};

use crate::crowd::{Failure, crowd};

/// Gives what came of these runs.
pub(crate) fn run(runs: Range<u64>) -> Result<Forked, Failure> {
    run_some(runs, |_| true)
}

/// As [`run`], those that are `wanted`.
pub(crate) fn run_some(
    runs: Range<u64>,
    wanted: impl Fn(u64) -> bool + Sync,
) -> Result<Forked, Failure> {
    let next = AtomicU64::new(runs.start);
    let results = crowd(|| {
        let mut sum = Forked::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= runs.end {
                return Ok(sum);
            }
            if !wanted(seed) {
                continue;
            }
            match fork(seed) {
                Ok(own) => add(&mut sum, own),
                Err(violation) => {
                    next.store(runs.end, Ordering::Relaxed);
                    return Err(Failure { seed, violation });
                }
            }
        }
    });
    let mut sum = Forked::default();
    let mut failures = Vec::new();
    for result in results {
        match result {
            Ok(own) => add(&mut sum, own),
            Err(failure) => failures.push(failure),
        }
    }
    match failures.into_iter().min_by_key(|failure| failure.seed) {
        Some(failure) => Err(failure),
        None => Ok(sum),
    }
}

fn add(sum: &mut Forked, own: Forked) {
    sum.steps += own.steps;
    sum.account.add(own.account);
}

fn fork(seed: u64) -> Result<Forked, Violation> {
    let (setup, operations) = plan::short(seed);
    try_forks(setup, &operations).map_err(|felled| felled.violation)
}

/// Kills this run at every step, and takes a panic for a violation.
pub(crate) fn try_forks(setup: Setup, operations: &[Operation]) -> Result<Forked, Felled> {
    let caught = std::panic::catch_unwind(|| run_with_forks(setup, operations));
    let panicked = Felled { step: NOBODY_KNOWS, violation: Violation::new("RX-6", "it panicked") };
    caught.unwrap_or(Err(panicked))
}

/// Kills this run at every step, and prints all of the first that breaks a promise.
pub(crate) fn told(setup: Setup, operations: &[Operation]) -> Option<Violation> {
    let felled = try_forks(setup, operations).err()?;
    let verdict = std::panic::catch_unwind(|| {
        tell_fork(setup, operations, felled.step, |line| println!("{line}"))
    });
    let violation = verdict.unwrap_or(Ok(())).err().unwrap_or(felled.violation);
    match felled.step {
        NOBODY_KNOWS => println!("it panicked at some step; this was the run without a kill"),
        step => println!("killed after step {step}"),
    }
    println!("{violation}");
    Some(violation)
}

/// A panic takes the count of the steps with it.
const NOBODY_KNOWS: u64 = u64::MAX;
