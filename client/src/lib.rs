//! Direct Line 3.0 conversations over real sockets: the stream drops, nothing is lost.
//!
//! This crate puts I/O under the machine of the crate [`directline`], which does all the thinking:
//! the drivers here perform its actions and report to it what happened. There are two of them, of
//! the same shape; take one, and turn the default features off:
//!
//! - `tokio` (feature `tokio`): a conversation is a stream, on the runtime of the caller;
//! - `blocking` (feature `blocking`): a conversation is an iterator, on threads of its own.
//!
//! The feature `command` builds the command `directline`. With the feature `tracing` spans and events
//! tell what goes on, and neither credentials nor stream URLs nor what anybody said.
//!
//! # Example
//!
//! Everything that happens arrives as an [`Update`], in order; a [`Handle`] does the rest.
//!
//! ```
//! # #[cfg(feature = "blocking")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use directline_client::blocking::Conversation;
//! use directline_client::directline::{Config, Credential, Event};
//! use directline_client::Update;
//! # use directline_testbed::{Options, Testbed};
//! # let testbed = Testbed::start(Options::default())?;
//! # let (base, secret) = (testbed.base(), testbed.secret());
//!
//! let config = Config::builder(Credential::secret(secret)?).with_base(base).build()?;
//! let mut conversation = Conversation::start(config)?;
//! let handle = conversation.handle();
//! handle.send_text("user1", "hello")?;
//!
//! let mut heard = Vec::new();
//! for update in &mut conversation {
//!     match update {
//!         Update::Activity(received) => {
//!             heard.push(received.json().to_owned());
//!             if let Some(checkpoint) = received.checkpoint() {
//!                 // Store `checkpoint.to_json()` together with what was made of the activities.
//!                 assert!(checkpoint.watermark().is_some());
//!             }
//!         }
//!         Update::Event(Event::NeedsToken { .. }) => { /* handle.supply_token(token) */ }
//!         Update::Event(_) => {}
//!         Update::Ended(end) => println!("{end}"),
//!     }
//!     if heard.len() == 2 {
//!         handle.close();
//!     }
//! }
//! assert!(heard[1].contains("echo: hello"));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "blocking"))]
//! # fn main() {}
//! ```
//!
//! # What the drivers add to the machine
//!
//! - **Limits.** A response body or a frame above the configured size is not read to its end.
//! - **Back pressure.** At most 128 batches wait for the application, or 1 MiB of activities and the
//!   batch that goes beyond it; then nothing more is read until it takes some. Posts, probes
//!   and refreshes go on. A socket that is not read from for longer than the liveness limit is
//!   replaced; nothing is lost by that. Events are folded together when they pile up, except for
//!   the outcomes of posts: with 4,096 of those waiting, no more posts are taken.
//! - **Certificates** are checked, always: against Mozilla's roots, and against those that the
//!   application adds with [`Trust`]. Redirects are not followed.
//! - **Proxies** of the environment are used, as curl reads it, or the one that the application
//!   names with [`Proxy`], for requests and sockets.
//! - **Sleep.** A driver notices within seconds that the device was asleep, or the process stopped,
//!   and takes up the connection anew, as [`Handle::woke`] does.
//! - **Cancellation.** Whatever can be awaited may be dropped half-way: the next update comes with the
//!   next call, and a [`Post`] that nobody awaits is sent all the same. What ends something is
//!   [`Handle::close`], or dropping the conversation; then every [`Post`] has its outcome.
//! - **Tidiness.** By the time of [`Update::Ended`] every socket is closed, and dropping a
//!   conversation closes them too. Name resolution by the operating system is the one thing that
//!   cannot be called off: a thread may outlive its conversation by that.

// The published pages say which feature an item needs; what comes with either driver goes unsaid.
#![cfg_attr(docsrs, feature(doc_cfg), doc(auto_cfg(hide(feature = "_sockets"))))]

#[cfg(feature = "_sockets")]
mod burst;
#[cfg(feature = "_sockets")]
mod clock;
#[cfg(feature = "_sockets")]
mod core;
#[cfg(feature = "_sockets")]
mod handle;
#[cfg(feature = "_sockets")]
mod inbox;
#[cfg(feature = "_sockets")]
mod mailbox;
#[cfg(feature = "_sockets")]
mod network;
#[cfg(feature = "_sockets")]
mod obstacle;
#[cfg(feature = "_sockets")]
mod own;
#[cfg(feature = "_sockets")]
mod post;
#[cfg(feature = "_sockets")]
mod proxy;
#[cfg(feature = "_sockets")]
mod record;
#[cfg(feature = "_sockets")]
mod route;
#[cfg(feature = "_sockets")]
mod trace;
#[cfg(feature = "_sockets")]
mod trust;
#[cfg(feature = "_sockets")]
mod tunnel;
#[cfg(feature = "_sockets")]
mod update;
#[cfg(feature = "_sockets")]
mod watch;
#[cfg(feature = "_sockets")]
mod wire;

#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use directline;

#[cfg(feature = "_sockets")]
pub use crate::handle::Handle;
#[cfg(feature = "_sockets")]
pub use crate::network::Network;
#[cfg(feature = "_sockets")]
pub use crate::post::{Post, SendError};
#[cfg(feature = "_sockets")]
pub use crate::proxy::{Proxy, ProxyError};
#[cfg(feature = "_sockets")]
pub use crate::trust::{Trust, TrustError};
#[cfg(feature = "_sockets")]
pub use crate::update::{Received, Update};

/// The README, compiled so that it cannot rot.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// As above.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct OwnReadme;
