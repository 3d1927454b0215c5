//! BESIDE the session: what belongs to a conversation and not to keeping it alive. The machine knows
//! nothing of these, and they use of it only what reads texts.

pub mod copilot;
mod replies;

pub use self::replies::{Piece, Replies};
