//! Any bytes as the answer to every kind of request.
#![no_main]

use directline_world::replay;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(violation) = replay::response(bytes) {
        panic!("{violation}");
    }
});
