//! Any builder calls: refused clearly, or a session that works.
#![no_main]

use directline_world::replay;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(violation) = replay::configuration(bytes) {
        panic!("{violation}");
    }
});
