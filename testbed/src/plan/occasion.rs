//! The occasions on which a fault can fire.

use std::fmt;

use serde::Serialize;

use crate::plan::choice::{Choice, name_of};

/// Something that happens in the service and that a rule can be bound to with `on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// `POST /v3/directline/tokens/generate`.
    Generate,
    /// `POST /v3/directline/tokens/refresh`.
    Refresh,
    /// `POST /v3/directline/conversations`.
    Start,
    /// `GET /v3/directline/conversations/{id}`.
    Reconnect,
    /// `GET /v3/directline/conversations/{id}/activities`.
    Activities,
    /// `POST /v3/directline/conversations/{id}/activities`.
    Post,
    /// `POST /v3/directline/conversations/{id}/upload`.
    Upload,
    /// `GET /v3/directline/conversations/{id}/stream`, or where a profile has its sockets instead,
    /// before it is answered.
    Handshake,
    /// A WebSocket has opened; its replay hasn't begun.
    Open,
    /// A frame with activities is about to be sent. Empty messages don't count, and neither do
    /// frames for a socket that has fallen silent.
    Frame,
}

impl Choice for Occasion {
    const ALL: &'static [(&'static str, Self)] = &[
        ("generate", Occasion::Generate),
        ("refresh", Occasion::Refresh),
        ("start", Occasion::Start),
        ("reconnect", Occasion::Reconnect),
        ("activities", Occasion::Activities),
        ("post", Occasion::Post),
        ("upload", Occasion::Upload),
        ("handshake", Occasion::Handshake),
        ("open", Occasion::Open),
        ("frame", Occasion::Frame),
    ];
}

impl fmt::Display for Occasion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(name_of(*self))
    }
}
