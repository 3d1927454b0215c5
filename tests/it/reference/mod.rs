//! The REFERENCE MODEL, and the real session held against it step by step.

pub(crate) mod compare;
mod facts;
mod line;
mod model;
mod said;
