//! PROTOCOL TYPES: Direct Line 3.0 on the wire. Nothing here knows about phases.
//!
//! | request | method and path | credential |
//! |---|---|---|
//! | generate | `POST tokens/generate` | the secret |
//! | start | `POST conversations` | the generated or given token; the secret where tokens cannot be generated |
//! | reconnect | `GET conversations/{id}?watermark=` | the token while it is good, else the secret |
//! | refresh | `POST tokens/refresh` | the token |
//! | activities | `GET conversations/{id}/activities?watermark=` | as reconnect |
//! | post | `POST conversations/{id}/activities` | as reconnect |
//! | upload | `POST conversations/{id}/upload?userId=` | as reconnect |
//!
//! With `with_secret_only` the secret goes with every request and nothing is generated or
//! refreshed. The handshake of the WebSocket carries no credential: its URL is one.

pub(crate) mod activity_set;
pub(crate) mod amend;
pub(crate) mod base;
pub(crate) mod calendar;
pub(crate) mod members;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod retry_after;
pub(crate) mod stream_url;
pub(crate) mod timestamp;
pub(crate) mod upload;

/// A byte order mark, which some put in front of JSON; RFC 8259, 8.1, allows to skip it.
pub(crate) const MARK: char = '\u{feff}';
