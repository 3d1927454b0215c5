//! SHRINK: a failing run made short, and a run in one word.

use super::operation::Operation;
use super::setup::Setup;
use super::violation::Violation;
use super::world::{Report, run};

/// Runs, and takes a panic for a violation.
pub fn try_run(setup: Setup, operations: &[Operation]) -> Result<Report, Violation> {
    let caught = std::panic::catch_unwind(|| run(setup, operations));
    caught.unwrap_or_else(|_| Err(Violation::new("RX-6", "it panicked")))
}

/// What a run is worth, which may be one of months.
pub const SHRINK_TRIES: u32 = 2_000;

/// The shortest list of operations found, in so many tries, that still breaks the same clause.
pub fn shrink(
    mut operations: Vec<Operation>,
    clause: &str,
    mut tries: u32,
    attempt: impl Fn(&[Operation]) -> Option<Violation>,
) -> Vec<Operation> {
    let mut chunk = operations.len().div_ceil(2);
    while chunk > 0 && tries > 0 {
        let (mut at, before) = (0, operations.len());
        while at < operations.len() && tries > 0 {
            tries -= 1;
            let mut fewer = operations.clone();
            fewer.drain(at..(at + chunk).min(fewer.len()));
            match attempt(&fewer) {
                Some(violation) if violation.clause == clause => operations = fewer,
                _ => at += chunk,
            }
        }
        // Single operations are tried until none of them can go.
        let is_smaller = operations.len() < before;
        chunk = if chunk == 1 && is_smaller { 1 } else { chunk / 2 };
    }
    operations
}

/// A run in one word: the bytes of its setup and its operations.
pub fn in_hex(setup: Setup, operations: &[Operation]) -> String {
    let operations = operations.iter().flat_map(|operation| operation.encode());
    setup.bytes.into_iter().chain(operations).map(|byte| format!("{byte:02x}")).collect()
}

/// The run that such a word says.
///
/// # Errors
///
/// What is wrong with it, and what is allowed.
pub fn from_hex(text: &str) -> Result<(Setup, Vec<Operation>), String> {
    let refused = |why: String| {
        format!(
            "the run {why}, allowed are pairs of hex digits: 8 bytes of \
        setup, then 4 for each operation"
        )
    };
    if let Some(strange) = text.chars().find(|digit| !digit.is_ascii_hexdigit()) {
        return Err(refused(format!("holds {strange:?}")));
    }
    let bytes = text.len() / 2;
    if text.len() % 2 == 1 || bytes < Setup::BYTES || bytes % Operation::BYTES != 0 {
        return Err(refused(format!("has {} digits", text.len())));
    }
    let byte = |at: usize| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex digits");
    let bytes: Vec<u8> = (0..bytes).map(byte).collect();
    let (setup, rest) = Setup::split(&bytes);
    for record in rest.chunks_exact(Operation::BYTES) {
        if Operation::decode(record.try_into().expect("four bytes")).is_none() {
            return Err(format!("the run holds {record:02x?}, which is no operation"));
        }
    }
    Ok((setup, Operation::decode_all(rest)))
}
