//! SIMULATION: seeds by the hundred, each with its own configuration and plan of faults.

use crate::sim::operation::Operation;
use crate::sim::plan;
use crate::sim::shrink::{from_hex, in_hex, shrink, try_run};
use crate::sim::world::fork::{run_with_forks, tell_fork};
use crate::sim::world::{Report, tell};

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is {text:?}, allowed is a number")))
}

#[test]
fn seeds_keep_every_promise() {
    // Covers: WM-1, WM-2, WM-3, WM-4, WM-5, WM-6, WM-7, WM-9, DD-1, DD-2, DD-3, SU-1, SU-2, SU-3, RC-1, RC-2, RC-4, RC-5, RC-6, RC-8, CR-1, CR-4, CR-8, RX-1, RX-2, RX-3, RX-4, RX-7, TX-1, TX-2, TX-5, TM-6, TM-7, LV-1, LV-2
    let count = number("DIRECTLINE_SEEDS").unwrap_or(SEEDS);
    let first = number("DIRECTLINE_SEED").unwrap_or(0);
    let mut total = Report::default();
    for seed in first..first + count {
        let (setup, operations) = plan::plan(seed);
        match try_run(setup, &operations) {
            Ok(report) => total.add(&report),
            Err(violation) => {
                let attempt = |fewer: &[Operation]| try_run(setup, fewer).err();
                let fewer = shrink(operations, violation.clause, SHRINK_TRIES, attempt);
                let again = try_run(setup, &fewer).err();
                println!("{setup:?}");
                _ = std::panic::catch_unwind(|| tell(setup, &fewer));
                panic!(
                    "DIRECTLINE_SEED={seed} DIRECTLINE_SEEDS=1 cargo test --test it simulation\n\
                     {violation}\nDIRECTLINE_RUN={} cargo test --test it simulation\n{again:?}\n\
                     {fewer:?}",
                    in_hex(setup, &fewer)
                );
            }
        }
    }
    let excused = total.ledger.check(total.scale());
    excused.unwrap_or_else(|violation| panic!("{count} seeds from {first} on: {violation}"));
    println!("{count} seeds: {total}");
    let never = total.tally.expected().into_iter().filter(|(_, _, times)| *times == 0);
    let never: Vec<_> = never.map(|(kind, name, _)| format!("{kind} {name}")).collect();
    println!("never happened: {never:?}");
}

#[test]
fn runs_of_every_kind_keep_every_promise() {
    // Covers: TM-7, LV-1, RC-2, RC-3, CR-3
    let mut kinds = Vec::new();
    for seed in [3, 7, 11] {
        let (kind, setup, operations) = plan::any(seed);
        kinds.push(kind);
        // Release builds run them whole.
        let some = &operations[..operations.len().min(60)];
        let verdict = try_run(setup, some);
        verdict.unwrap_or_else(|violation| panic!("seed {seed}, {kind:?}: {violation}"));
    }
    assert_eq!(kinds, [plan::Kind::Storm, plan::Kind::Long, plan::Kind::Talk]);
}

#[test]
fn a_process_that_dies_at_any_step_loses_nothing() {
    // Covers: TM-7, WM-5
    let steps = |seed| {
        let (setup, operations) = plan::short(seed);
        run_with_forks(setup, &operations).unwrap_or_else(|felled| {
            _ = std::panic::catch_unwind(|| tell_fork(setup, &operations, felled.step));
            panic!("seed {seed}, killed after step {}: {}", felled.step, felled.violation)
        })
    };
    let steps: u64 = (0..FORKED_SEEDS).map(steps).sum();
    assert!(steps > 500, "{steps} steps");
}

#[test]
fn a_run_that_is_asked_for_keeps_every_promise() {
    // Covers: TM-2
    let Ok(text) = std::env::var("DIRECTLINE_RUN") else { return };
    let (setup, operations) = from_hex(&text).unwrap_or_else(|flaw| panic!("{flaw}"));
    println!("{setup:?}");
    if let Err(violation) = tell(setup, &operations) {
        panic!("{violation}");
    }
}

/// Takes a few seconds in a debug build.
const SEEDS: u64 = 120;
/// Each is killed some thousand times.
const FORKED_SEEDS: u64 = 3;
/// A run of months takes a while to shrink.
const SHRINK_TRIES: u32 = 2_000;
