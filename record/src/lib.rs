//! A Direct Line session as a file: what happened to it and what it made of that, line by line, without
//! its credentials; to be replayed, compared and drawn.
//!
//! A [`Recorder`] stands beside a [`directline::Session`] and writes; a [`Recording`] is what it wrote,
//! read again; a [`Replay`] tells the same facts to the machine of this build. The drivers of
//! `directline-client` record with a hook, and the command `directline` records, replays and draws.
//!
//! # The format
//!
//! Lines of JSON. The first says what it is, and how the session began: `recording`, `version` (of the
//! format), `crate` (the version that wrote it), `at` (the moment), `credential`, `config` (all but that,
//! with the seed) and `checkpoint`. Each line behind it is one of
//!
//! | line | what it is |
//! |---|---|
//! | `{"at":1230,"in":{"frame":{…}}}` | what happened, and when: milliseconds since the session's epoch |
//! | `{"out":{"send":{…}}}` | an action that came of it |
//! | `{"out":{"event":{…}}}` | an event that came of it |
//! | `{"misuse":"…"}` | why the machine refused it |
//!
//! # What is not in it
//!
//! Secrets, tokens and what authorises in a stream URL are replaced wherever they stand, by stand-ins as
//! long as they are: the same for the same credential, in answers, frames, posts, close reasons and URLs.
//! A machine makes of that what it made of the others. **What was said is in it**, word for word, with the
//! ids of users and conversations: it is for people who may read the conversation.

mod digest;
mod input;
mod lines;
mod mark;
mod output;
mod recorder;
mod recording;
mod replay;
mod reveal;
mod stand_in;
mod veil;

pub use lines::{Header, VERSION};
pub use mark::{Mark, Marks};
pub use output::NAMES;
pub use recorder::Recorder;
pub use recording::{Damage, Entry, Reader, Recording, Step, Told};
pub use replay::{Difference, Moved, Replay};

/// The README, compiled so that it cannot rot.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
