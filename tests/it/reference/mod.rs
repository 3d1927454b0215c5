//! The REFERENCE MODEL, and the real session held against it step by step.

mod checks;
pub(crate) mod compare;
mod facts;
mod ids;
mod model;
mod record;
