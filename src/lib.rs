//! A Direct Line 3.0 conversation as a pure state machine: the stream drops, nothing is lost.
//!
//! Direct Line (Azure Bot Service, Copilot Studio) pushes the activities of a conversation over a
//! WebSocket. When the socket drops, a client has to ask for a new stream URL with its watermark
//! and its bearer, dial it before it dies, and sort out what was said twice. A [`Session`] does
//! that thinking and nothing else. It has no I/O, no clock, no threads and no randomness: you tell
//! it what happened, it tells you what to do, and the same inputs give the same outputs.
//!
//! # Is this the crate you want?
//!
//! - You want a conversation over real sockets: take `directline-client`, which drives this crate
//!   with tokio or with threads.
//! - You have a runtime, a browser, a test rig or a gateway of your own: take this crate.
//!
//! # The run loop
//!
//! ```
//! use directline::{Action, Batch, End, Event, Input, Misuse, Moment, Output, Session};
//!
//! trait Host {
//!     fn now(&self) -> Moment;
//!     fn perform(&mut self, action: Action); // never blocks; its answer is an input later on
//!     fn show(&mut self, batch: &Batch);
//!     fn note(&mut self, event: Event);
//!     fn wait(&mut self, until: Option<Moment>) -> Input; // what happens next, or a timeout then
//! }
//!
//! fn run(mut session: Session, host: &mut dyn Host) -> Result<End, Misuse> {
//!     loop {
//!         while let Some(output) = session.poll() {
//!             match output {
//!                 Output::Action(action) => host.perform(action),
//!                 Output::Event(Event::Delivered(batch)) => host.show(&batch),
//!                 Output::Event(Event::Ended(end)) => return Ok(end),
//!                 Output::Event(event) => host.note(event),
//!             }
//!         }
//!         let input = host.wait(session.deadline());
//!         session.handle(host.now(), input)?;
//!     }
//! }
//! ```
//!
//! `examples/offline.rs` runs this loop against a peer in memory. With an inbox of the standard
//! library, `wait` is `inbox.recv_timeout(until - now)`, and [`Input::Timeout`] where that times out.
//!
//! # What goes in and what comes out
//!
//! - [`Input`]: facts in the past tense. Answers and sockets carry the id of the [`Action`] they
//!   belong to, so that news of something long given up is harmless.
//! - [`Output`]: an [`Action`] is an order to the host, an [`Event`] is news for the application.
//! - [`Session::deadline`] is when [`Input::Timeout`] is due. It says "now" while outputs are
//!   queued, so a host that forgets to drain wakes up instead of hanging.
//! - [`Batch`] holds the activities of one frame as they came in, to the byte, together with the
//!   [`Checkpoint`] from which a later session resumes.
//!
//! # When things go wrong
//!
//! | type | where | who reads it |
//! |---|---|---|
//! | [`ConfigError`] | [`Builder::build`] | the developer, at the start |
//! | [`Misuse`] | [`Session::handle`] | the developer: a bug in the host, never the network's doing |
//! | [`Fault`] | [`Event::Faulted`] | the operator: trouble that is being dealt with |
//! | [`End`] | [`Event::Ended`] | the application: it is over, once and last |
//!
//! # Which credential goes with which request
//!
//! | request | with a secret | with a token |
//! |---|---|---|
//! | generate a token | the secret | not sent |
//! | start | the generated token; the secret where tokens cannot be generated | the token |
//! | reconnect, activities, post | the token while it is good, else the secret | the token |
//! | refresh | the token | the token |
//! | WebSocket handshake | none: the stream URL is one | none |
//!
//! A host may ask for the secret alone ([`Builder::with_secret_only`]). A token is replaced by
//! every newer one that a response brings, is refreshed at half its life, and dropped when it
//! expires or is refused. When nothing is left, [`Event::NeedsToken`] asks for a new one.
//!
//! # Sending, polling, history, resuming
//!
//! ```
//! use directline::{Checkpoint, Config, Credential, History, Input, Moment, PostKey, Session, Way};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::builder(Credential::token("ew0KICAiYWxnIjo")?)
//!     .with_way(Way::Polling) // never a socket; without this, polling only where none is to be had
//!     .with_history(History::OnlyNew) // where there is no watermark; else everything, paged
//!     .with_echo_keys(true) // posts of unknown outcome are settled by their echo
//!     .build()?;
//!
//! // What an earlier session's last batch gave, or `Checkpoint::new(conversation)`.
//! let checkpoint = Checkpoint::from_json(r#"{"version":1,"conversation":"c","watermark":"42"}"#)?;
//! let mut session = Session::resume(config, checkpoint, Moment::ZERO);
//!
//! // Posts go out in order, one at a time, as soon as their echo could be seen. What becomes of
//! // each is told by `Event::Posted`; one of unknown outcome is never sent again by itself.
//! let activity = r#"{"type":"message","from":{"id":"user1"},"text":"hello"}"#.to_owned();
//! session.handle(Moment::ZERO, Input::Post { key: PostKey(1), activity })?;
//! assert_eq!(session.pending_posts(), 1);
//!
//! // A post of `endOfConversation` comes back as an echo, which ends the session as completed.
//! # Ok(())
//! # }
//! ```
//!
//! # Beside the session
//!
//! - [`Replies`] puts the answers that a bot streams piece by piece in order for display.
//! - [`copilot`] turns the token endpoint of a Copilot Studio agent into a configuration.
//!
//! # Promises
//!
//! `CONTRACT.md` lists them, clause by clause, each tied to tests. In short: nothing is lost,
//! nothing is delivered twice, nobody is hammered. A panic in this crate is a bug in this crate.

mod batch;
mod beside;
mod checkpoint;
mod config;
mod connection;
mod credentials;
mod cursor;
mod error;
mod few;
mod flights;
mod graph;
mod id;
mod input;
mod known;
mod outbox;
mod output;
mod outputs;
mod pace;
#[cfg_attr(not(feature = "proof"), path = "unproven.rs")]
mod proof;
mod pull;
mod redact;
mod retry;
mod secret;
mod session;
mod time;
mod timer;
mod unreached;
mod watermark;
mod wire;

pub use batch::{Activities, Activity, Batch};
pub use beside::{Piece, Replies, copilot};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use config::{Builder, Config, History, User, Way};
pub use error::{
    Cause, ConfigError, End, Fault, Gap, Loss, Message, Misuse, Next, Purpose, Refusal,
};
pub use id::{PostKey, RequestId, SocketId};
pub use input::{CloseReason, Failure, Input};
pub use output::{Action, Event, Output, PostOutcome, Status};
#[cfg(feature = "proof")]
pub use proof::{Draw, Edge, scan};
pub use secret::{Credential, CredentialError, Secret, Token};
pub use session::{Counters, Session};
pub use time::Moment;
pub use unreached::{Distrust, Obstacle, Unreached};
pub use wire::request::{Body, Request};
pub use wire::stream_url::StreamUrl;
pub use wire::upload::{Upload, UploadFile};

/// Why it is built this way, choice by choice.
#[doc = include_str!("../DESIGN.md")]
pub mod design {}
