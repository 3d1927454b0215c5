//! The session of [`directline`] for web pages: facts go in and outputs come out as arrays.
//!
//! It does no I/O itself and decides nothing: `web/ts` has the browser's `fetch`, `WebSocket` and
//! timers, and the two packages that a page sees. `docs/web.md` tells how they are used.

mod inputs;
mod machine;
mod options;
mod outputs;

pub use machine::Machine;

#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
