//! Any builder calls: refused clearly, or a session that works.
#![no_main]

#[allow(dead_code, reason = "the simulated world has more in it than one target needs")]
#[path = "../../tests/it/sim/mod.rs"]
mod sim;

use libfuzzer_sys::fuzz_target;

use self::sim::replay;

fuzz_target!(|bytes: &[u8]| {
    if let Err(violation) = replay::configuration(bytes) {
        panic!("{violation}");
    }
});
