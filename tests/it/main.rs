//! The crate observed from outside.

mod blessed;
mod clauses;
mod corpus;
mod exhaustive;
mod frames;
mod graph;
mod property;
mod redaction;
mod scenario;
mod settings;
mod shown;
mod sim;
mod simulation;
mod states;
mod tidy;
mod traceability;
mod transcript;
