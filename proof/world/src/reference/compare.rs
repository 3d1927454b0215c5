//! COMPARE: mixed runs of the one world, by the number of steps; the session's every step is held
//! against the model there.

use crate::operation::Operation;
use crate::plan;
use crate::shrink::{in_hex, shrink, try_run};
use crate::violation::Violation;

/// Where session and model part.
pub struct Divergence {
    pub seed: u64,
    pub violation: Violation,
}

/// Runs seeds until so many steps were compared or a divergence is found; gives the steps, the
/// seeds, and the divergence.
pub fn search(first: u64, steps: u64) -> (u64, u64, Option<Divergence>) {
    let (mut taken, mut seed) = (0, first);
    while taken < steps {
        let (setup, operations) = plan::plan(seed);
        match try_run(setup, &operations) {
            Ok(report) => taken += report.inputs,
            Err(violation) => {
                return (taken, seed + 1 - first, Some(Divergence { seed, violation }));
            }
        }
        seed += 1;
    }
    (taken, seed - first, None)
}

/// A short list of operations of this seed that still breaks the same clause, as text, found in so many
/// tries at most.
pub fn shrunk(seed: u64, tries: u32) -> String {
    let (setup, operations) = plan::plan(seed);
    let Err(first) = try_run(setup, &operations) else { return "no divergence".to_owned() };
    let attempt = |fewer: &[Operation]| try_run(setup, fewer).err();
    let fewer = shrink(operations, first.clause, tries, attempt);
    let violation = attempt(&fewer).unwrap_or(first);
    format!("{setup:?}\n{fewer:?}\n{}\n{violation}", in_hex(setup, &fewer))
}
