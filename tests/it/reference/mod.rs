//! The REFERENCE MODEL, and the real session held against it step by step.

mod checks;
pub(crate) mod compare;
pub(crate) mod facts;
pub(crate) mod gaps;
pub(crate) mod judge;
pub(crate) mod model;
pub(crate) mod pages;
mod record;
mod waits;
