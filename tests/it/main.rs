//! The crate observed from outside. `cargo quick` runs what is exact and takes about a second: all
//! but the tests that try many cases (see `draw`) or all of a small domain.

mod agreement;
mod blessed;
mod clauses;
mod corpus;
mod draw;
mod exhaustive;
mod frames;
mod lives;
mod packages;
mod planted;
mod property;
mod redaction;
mod scenario;
mod settings;
mod shown;
mod simulation;
mod states;
mod tidy;
mod traceability;
mod transcript;
