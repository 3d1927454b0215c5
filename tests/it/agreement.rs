//! The session does what the reference model says, and the model stays small enough to be right.

use crate::reference::compare::{search, shrunk};
use crate::tidy::read;

#[test]
fn the_session_and_the_model_agree() {
    // Covers: WM-1, WM-2, WM-4, WM-6, DD-1, DD-2, DD-3, SU-1, SU-3, RC-1, RC-2, RC-3, RC-5, RC-6, RC-7, RC-8, RC-9, RC-12, CR-1, CR-3, CR-4, CR-6, RX-4, RX-5, RX-7, TX-1, TX-2, TX-5, LV-2
    let (_, _, divergence) = search(0, STEPS);
    if let Some(found) = divergence {
        panic!("seed {}: {}\n{}", found.seed, found.violation, shrunk(found.seed));
    }
}

#[test]
fn the_model_has_few_lines_of_code() {
    let model = read("tests/it/reference/model.rs");
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let lines = model.lines().filter(is_code).count();
    assert!(lines <= LINES_MAX, "the model has {lines} lines of code, allowed are {LINES_MAX}");
}

/// A second or two in a debug build; `directline-reference` takes ten million.
const STEPS: u64 = 100_000;
/// Of code, without comments and blank lines; a model that grows beyond it is on its way to being a
/// second session. What only keeps book or reads the wire is apart, and so are the comparisons.
const LINES_MAX: usize = 200;
