//! Any bytes as inputs of a session, with nothing between: the one that is to be fast.
#![no_main]

#[allow(dead_code, reason = "the simulated world has more in it than one target needs")]
#[path = "../../tests/it/sim/mod.rs"]
mod sim;

use libfuzzer_sys::fuzz_target;

use self::sim::replay;

fuzz_target!(|bytes: &[u8]| {
    if let Err(violation) = replay::session(bytes) {
        panic!("{violation}");
    }
});
