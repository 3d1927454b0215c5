//! Any bytes as a checkpoint: refused, or read back as itself and resumed.
#![no_main]

use directline_world::replay;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(violation) = replay::checkpoint(bytes) {
        panic!("{violation}");
    }
});
