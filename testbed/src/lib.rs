//! A real Direct Line 3.0 service on loopback that breaks on purpose.
//!
//! It speaks HTTP and WebSocket like Azure Bot Service does, with a bot behind it, and it is
//! meant for those who write a Direct Line client in any language: as a library for tests in
//! Rust, and as a program for everything else.
//!
//! While nothing is broken it behaves like the real service as far as that is known: tokens bound
//! to one conversation that expire and can be refreshed, stream URLs that can be dialled once
//! within a minute, watermarks, replay, paging, one socket per conversation, uploads.
//!
//! A [`Profile`] makes it one of the other servers in use instead, with all their peculiarities.
//!
//! What goes wrong, and when, is written down in a [`Plan`] or injected at run time as a
//! [`Rule`]. The same plan, seed and sequence of requests and frames meet the same faults. No
//! fault loses an activity for good: a client that asks again with the last watermark it was
//! given gets everything, unless a rule says otherwise in so many words.
//!
//! # Example
//! ```
//! use directline_testbed::{Fault, Occasion, Options, Rule, Testbed, When};
//!
//! let testbed = Testbed::start(Options::default().with_seed(7))?;
//! let rule = Rule::once(Occasion::Frame, Fault::Reset { when: When::Before })
//!     .expect("frames can be reset");
//! testbed.inject(rule);
//! // Point a client at `testbed.base()` with `testbed.secret()`, then look at `testbed.log()`.
//! assert!(testbed.base().starts_with("http://127.0.0.1:"));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Writing a plan
//! A plan is TOML, one `[[fault]]` per rule. `on` names the [`Occasion`], `do` the [`Fault`];
//! `every`, `nth` or `chance` say which happenings meet it (all without them) and `limit` how
//! often at most. The other fields are those of the fault, in the same words.
//!
//! ```
//! use directline_testbed::Plan;
//!
//! let plan = Plan::parse(
//!     r#"
//!     seed = 7
//!
//!     [[fault]]
//!     on = "frame"
//!     every = 10
//!     do = "close"
//!     code = 1001
//!     when = "after"
//!
//!     [[fault]]
//!     on = "post"
//!     nth = [3, 5]
//!     do = "answer"
//!     status = 429
//!     retry_after = "date:7"
//!     "#,
//! );
//! assert!(plan.is_ok());
//! ```

mod bot;
mod cases;
mod control;
mod http;
mod log;
mod narration;
mod options;
mod plan;
mod profile;
mod random;
mod routes;
mod script;
mod serve;
mod service;
mod socket;
mod testbed;
mod text_file;
mod timestamp;

pub use crate::bot::Bot;
pub use crate::cases::{Case, Verdict};
pub use crate::log::{
    Author, CredentialKind, Ending, FrameFate, Log, LogEntry, LogEvent, LoggedRequest,
};
pub use crate::options::{CollisionVictim, Options, WatermarkStyle};
pub use crate::plan::Plan;
pub use crate::plan::answer::{Answer, AnswerBody};
pub use crate::plan::error::PlanError;
pub use crate::plan::fault::{Fault, FaultKind, GarbageKind, UrlFlaw, WatermarkFlaw, When};
pub use crate::plan::occasion::Occasion;
pub use crate::plan::rule::{Rule, Trigger};
pub use crate::profile::Profile;
pub use crate::script::{Cue, Script, Step};
pub use crate::serve::{Form, Stop, Telling, serve};
pub use crate::service::conversation::Recorded;
pub use crate::testbed::{MintedToken, SayError, Testbed};

/// What the ready line, the health and the control interface say of themselves.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Compiles and runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
