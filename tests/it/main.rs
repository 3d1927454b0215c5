//! The crate observed from outside.

mod agreement;
mod blessed;
mod clauses;
mod corpus;
mod exhaustive;
mod frames;
mod graph;
mod planted;
mod property;
mod redaction;
mod reference;
mod scenario;
mod settings;
mod shown;
mod sim;
mod simulation;
mod states;
mod tidy;
mod traceability;
mod transcript;
