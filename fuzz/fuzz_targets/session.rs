//! Any bytes as inputs of a session, with nothing between: the one that is to be fast.
#![no_main]

use directline_world::replay;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(violation) = replay::session(bytes) {
        panic!("{violation}");
    }
});
