//! REPLAY: what a fuzz target does with its bytes, so that a stable toolchain does the same with
//! the inputs that were kept.

use super::operation::Operation;
use super::setup::Setup;
use super::violation::Verdict;
use super::world::run;
use super::{check, configuration, direct};

pub fn frame(bytes: &[u8]) -> Verdict {
    check::frame(&String::from_utf8_lossy(bytes))
}

pub fn session(bytes: &[u8]) -> Verdict {
    direct::session(bytes)
}

pub fn conversation(bytes: &[u8]) -> Verdict {
    let (setup, rest) = Setup::split(bytes);
    let mut operations = Operation::decode_all(rest);
    operations.truncate(OPERATIONS_MAX);
    run(setup, &operations).map(|_| ())
}

pub fn response(bytes: &[u8]) -> Verdict {
    check::response(bytes)
}

pub fn checkpoint(bytes: &[u8]) -> Verdict {
    check::checkpoint(&String::from_utf8_lossy(bytes))
}

pub fn configuration(bytes: &[u8]) -> Verdict {
    configuration::configuration(bytes)
}

/// More only makes a fuzzer slow.
const OPERATIONS_MAX: usize = 200;
