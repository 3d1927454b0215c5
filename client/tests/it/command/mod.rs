//! The command, as a user runs it.

mod arguments;
mod chat;
mod check;
mod demo;
mod exit;
mod profiles;
pub(crate) mod program;
mod record;
#[cfg(unix)]
mod recorded;
#[cfg(unix)]
mod relay;
mod resume;
mod serve;
#[cfg(unix)]
mod terminal;
mod timeline;
#[cfg(unix)]
mod typing;
#[cfg(unix)]
mod unsent;
