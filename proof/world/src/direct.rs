//! DIRECT: bytes straight into the inputs of a session. No service, no network and no oracle stand
//! between: a host knows what was asked for and which socket is wanted, answers anything at all, and
//! judges only what holds at every step whatever a peer does. So a run takes microseconds, and a
//! fuzzer tries millions of them.
//!
//! A run is a byte that picks a prepared session, then two bytes for each step: what happens and how
//! in the halves of the first, details in the second. Every pair means something, for ever, so that
//! a corpus keeps its meaning.

mod host;
mod start;
mod steps;
mod watch;
mod words;

pub(crate) use self::host::Host;
pub(crate) use self::watch::Watch;
use super::violation::Verdict;

/// Runs the session that the first byte picks through what the others say.
pub(crate) fn session(bytes: &[u8]) -> Verdict {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    start::prepared(*first).run(rest)
}
