//! The command, as a user runs it.

mod arguments;
mod chat;
mod demo;
mod exit;
mod profiles;
mod program;
mod resume;
