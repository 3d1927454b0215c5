//! SIMULATION: seeds by the hundred, each with its own configuration and plan of faults.

use crate::sim::operation::Operation;
use crate::sim::plan::plan;
use crate::sim::setup::Setup;
use crate::sim::violation::Violation;
use crate::sim::world::{Report, run, tell};

/// Runs, and takes a panic for a violation.
fn try_run(setup: Setup, operations: &[Operation]) -> Result<Report, Violation> {
    let caught = std::panic::catch_unwind(|| run(setup, operations));
    caught.unwrap_or_else(|_| Err(Violation::new("RX-6", "it panicked")))
}

/// The shortest list of operations found that still breaks the same clause.
fn shrink(setup: Setup, mut operations: Vec<Operation>, clause: &str) -> Vec<Operation> {
    let mut chunk = operations.len().div_ceil(2);
    while chunk > 0 {
        let (mut at, before) = (0, operations.len());
        while at < operations.len() {
            let mut fewer = operations.clone();
            fewer.drain(at..(at + chunk).min(fewer.len()));
            match try_run(setup, &fewer) {
                Err(violation) if violation.clause == clause => operations = fewer,
                _ => at += chunk,
            }
        }
        // Single operations are tried until none of them can go.
        let is_smaller = operations.len() < before;
        chunk = if chunk == 1 && is_smaller { 1 } else { chunk / 2 };
    }
    operations
}

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
        let (setup, operations) = plan(seed);
        match try_run(setup, &operations) {
            Ok(report) => total.add(&report),
            Err(violation) => {
                let fewer = shrink(setup, operations, violation.clause);
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
    println!("{count} seeds: {total}");
}

/// A run in one word: the bytes of its setup and its operations.
pub(crate) fn in_hex(setup: Setup, operations: &[Operation]) -> String {
    let operations = operations.iter().flat_map(|operation| operation.encode());
    setup.bytes.into_iter().chain(operations).map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16);
    let bytes: Result<_, _> = digits.chunks(2).map(byte).collect();
    bytes.unwrap_or_else(|_| panic!("DIRECTLINE_RUN is {text:?}, allowed are pairs of hex digits"))
}

#[test]
fn a_run_that_is_asked_for_keeps_every_promise() {
    // Covers: TM-2
    let Ok(text) = std::env::var("DIRECTLINE_RUN") else { return };
    let bytes = from_hex(&text);
    let (setup, operations) = Setup::split(&bytes);
    println!("{setup:?}");
    if let Err(violation) = tell(setup, &Operation::decode_all(operations)) {
        panic!("{violation}");
    }
}

/// Takes a few seconds in a debug build.
const SEEDS: u64 = 400;
