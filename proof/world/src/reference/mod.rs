//! The REFERENCE MODEL, and the real session held against it step by step.

mod checks;
pub(crate) mod facts;
pub(crate) mod gaps;
pub(crate) mod judge;
pub(crate) mod model;
pub mod pages;
mod record;
mod waits;
