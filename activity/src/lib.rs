//! A lenient, typed view of Bot Framework activities and cards that loses nothing.
//!
//! The machine `directline` and its drivers hand out activities as the JSON they came in. This
//! crate reads that JSON: an [`Activity`] with its text, its [`Attachment`]s, the [`Card`]s and
//! buttons in them. Nothing is refused. A member of another type than it should have, a member
//! that nobody knows, a string where an object should be: each stays in the [`Rest`] of its
//! object, and is written out again.
//!
//! ```
//! use directline_activity::Activity;
//!
//! let said = Activity::from_json(r#"{"type":"message","id":"c|7","text":"hi","new":[1]}"#)?;
//! assert_eq!(said.text.as_deref(), Some("hi"));
//! assert_eq!(said.to_value()["new"][0], 1);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! What a client sends is built: [`Activity::message`], [`Activity::event`],
//! [`Activity::end_of_conversation`], and [`CardAction::answer`], which says what pressing a button
//! does. What was said is shown by [`text::show`].

mod action;
mod activity;
mod adaptive;
mod answer;
mod attachment;
mod build;
mod cards;
mod entity;
mod halves;
mod invalid;
mod member;
mod plain;
pub mod text;

pub use action::{ActionKind, CardAction, SuggestedActions};
pub use activity::{Account, Activity, ActivityKind};
pub use adaptive::{AdaptiveCard, Choice, Input, InputKind};
pub use answer::Answer;
pub use attachment::{Attachment, Card};
pub use cards::{
    BasicCard, CardImage, Fact, MediaCard, MediaUrl, OAuthCard, ReceiptCard, ReceiptItem,
    SigninCard,
};
pub use entity::{Entity, StreamInfo, StreamKind};
pub use invalid::Invalid;
pub use member::Rest;

/// Compiles and runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
