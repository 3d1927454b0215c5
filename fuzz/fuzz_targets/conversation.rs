//! Any bytes as a setup and operations, for the interpreter that the simulation drives.
#![no_main]

use directline_world::replay;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(violation) = replay::conversation(bytes) {
        panic!("{violation}");
    }
});
