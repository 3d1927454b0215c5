//! Activities and cards as text, for a terminal.

pub use crate::plain::{is_harmful, line, plain};
