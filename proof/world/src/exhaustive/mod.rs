//! SMALL DOMAINS, completely: every status, every close code, every way to write a lifetime, every
//! attempt, every damage to every corpus frame, each against a table that a reader can check by eye.
//!
//! `cargo test` takes what a debug build does in seconds; `cargo run --release -p directline-domains`
//! takes the rest.

pub mod backoff;
pub mod closes;
pub mod damage;
pub mod lifetimes;
mod observed;
mod stand;
mod stands;
pub mod statuses;
