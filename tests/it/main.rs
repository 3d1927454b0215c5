//! The crate observed from outside.

mod clauses;
mod corpus;
mod exhaustive;
mod frames;
mod property;
mod redaction;
mod scenario;
mod sim;
mod simulation;
mod tidy;
mod transcript;
