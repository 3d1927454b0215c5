//! Any bytes as a frame, against the obvious reader.
#![no_main]

use directline_world::replay;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(violation) = replay::frame(bytes) {
        panic!("{violation}");
    }
});
