//! SIMULATION: seeds by the hundred, each with its own configuration and plan of faults.

use directline_world::operation::Operation;
use directline_world::plan;
use directline_world::setup::Setup;
use directline_world::shrink::{SHRINK_TRIES, from_hex, in_hex, shrink, try_run};
use directline_world::world::fork::{run_with_forks, tell_fork};
use directline_world::world::{Report, tell};

use super::draw;

/// What tells a run step by step.
fn shown(setup: Setup, operations: &[Operation]) -> String {
    format!("cargo run -p directline-simulation -- run {}", in_hex(setup, operations))
}

#[test]
fn seeds_keep_every_promise() {
    // Covers: WM-1, WM-2, WM-3, WM-4, WM-5, WM-6, WM-7, WM-9, DD-1, DD-2, DD-3, SU-1, SU-2, SU-3, RC-1, RC-2, RC-3, RC-4, RC-5, RC-6, RC-7, RC-8, RC-9, RC-12, CR-1, CR-3, CR-4, CR-6, CR-8, RX-1, RX-2, RX-3, RX-4, RX-5, RX-7, TX-1, TX-2, TX-5, TM-6, TM-7, LV-1, LV-2
    let (first, count) = (draw::first(), draw::times(SEEDS));
    let mut total = Report::default();
    for seed in first..first + count {
        let (setup, operations) = plan::plan(seed);
        match try_run(setup, &operations) {
            Ok(report) => total.add(&report),
            Err(violation) => {
                let attempt = |fewer: &[Operation]| try_run(setup, fewer).err();
                let fewer =
                    shrink(operations, violation.clause, draw::tries(SHRINK_TRIES), attempt);
                let again = try_run(setup, &fewer).err();
                println!("{setup:?}");
                _ = std::panic::catch_unwind(|| tell(setup, &fewer, |line| println!("{line}")));
                let short = shown(setup, &fewer);
                let what = format!("seed {seed}: {violation}\n{short}\n{again:?}\n{fewer:?}");
                draw::fail("simulation::seeds_keep_every_promise", &what);
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
    let (mut kinds, first) = (Vec::new(), draw::first());
    for seed in [3, 7, 11].map(|own| first + own) {
        let (kind, setup, operations) = plan::any(seed);
        kinds.push(kind);
        // Release builds run them whole.
        let some = &operations[..operations.len().min(60)];
        let verdict = try_run(setup, some);
        verdict.unwrap_or_else(|violation| {
            let what = format!("seed {seed}, {kind:?}: {violation}\n{}", shown(setup, some));
            draw::fail("simulation::runs_of_every_kind_keep_every_promise", &what)
        });
    }
    assert_eq!(kinds, [plan::Kind::Storm, plan::Kind::Long, plan::Kind::Talk]);
}

#[test]
fn a_process_that_dies_at_any_step_loses_nothing() {
    // Covers: TM-7, WM-5
    let steps = |seed| {
        let (setup, operations) = plan::short(seed);
        run_with_forks(setup, &operations).unwrap_or_else(|felled| {
            _ = std::panic::catch_unwind(|| {
                tell_fork(setup, &operations, felled.step, |line| println!("{line}"))
            });
            let what =
                format!("seed {seed}, killed after step {}: {}", felled.step, felled.violation);
            draw::fail("simulation::a_process_that_dies_at_any_step_loses_nothing", &what)
        })
    };
    let (mut seed, mut killed) = (draw::first(), 0);
    while killed < draw::times(KILLS) {
        killed += steps(seed).steps;
        seed += 1;
    }
}

#[test]
fn a_run_fits_into_a_word() {
    let (setup, operations) = plan::plan(7);
    let word = in_hex(setup, &operations);
    assert_eq!(from_hex(&word), Ok((setup, operations)));
    for bad in ["", "0", "zz", &word[..6], &word[..word.len() - 1]] {
        assert!(from_hex(bad).is_err(), "{bad:?}");
    }
}

/// Takes a few seconds in a debug build.
const SEEDS: u64 = 120;
/// Of a few runs, each killed at every one of its steps.
const KILLS: u64 = 600;
