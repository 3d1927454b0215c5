//! ONE WORLD, for tests and proof alike: a model service, a lossy network and an oracle around a
//! real session, on virtual time. Properties, simulation and fuzzing all drive it by the same
//! operations. Beside it the reference model, small domains as tables, and a session that is live in
//! one call, for benchmarks.
#![allow(missing_docs, reason = "what speaks for itself has no words, and nobody outside reads it")]

pub mod bounds;
pub mod check;
pub(crate) mod clock;
pub mod clockwork;
pub(crate) mod configuration;
pub(crate) mod direct;
pub mod excuse;
pub mod exhaustive;
pub(crate) mod faults;
pub mod graph;
pub mod live;
pub(crate) mod network;
pub mod operation;
pub mod oracle;
pub mod plan;
pub mod random;
pub(crate) mod record;
pub mod reference;
pub mod replay;
pub(crate) mod service;
pub mod setup;
pub mod shrink;
pub(crate) mod slow;
pub mod tally;
pub mod tricky;
pub mod violation;
pub mod world;
