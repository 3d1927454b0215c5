//! What is planted: the program plants it, and `cargo test` sees that it still fits the sources.
#![allow(missing_docs, reason = "what speaks for itself has no words, and nobody outside reads it")]

pub mod fault;
