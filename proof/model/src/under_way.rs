//! UNDER WAY: requests and a socket, with what is on its way over them.

use directline::{Moment, RequestId, SocketId};

/// A request that was sent and neither answered nor given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    pub(crate) id: RequestId,
    pub(crate) what: What,
    pub(crate) mark: Option<u8>,
    pub(crate) bearer: Bearer,
    pub(crate) sent: Moment,
    pub(crate) stage: Stage,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Generate,
    Start,
    Reconnect,
    Refresh,
    Page,
    Post(u8),
}

impl What {
    /// One of those that bring the connection on; of them there is at most one.
    pub(crate) fn connects(self) -> bool {
        matches!(self, What::Generate | What::Start | What::Reconnect)
    }

    /// Whether the two are so alike that only one may be under way.
    pub(crate) fn rivals(self, other: What) -> bool {
        self == other
            || self.connects() && other.connects()
            || matches!((self, other), (What::Post(_), What::Post(_)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Bearer {
    Secret,
    Token(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    /// On its way to the service.
    Asked,
    /// The service has dealt with it, and a page from here to there is on its way back.
    Page { from: u8, to: u8 },
    /// The service has taken a post, and says so.
    Taken,
    /// Nothing will come of it.
    Lost,
}

/// A socket as the host has it, with what is on its way over it: TCP order, nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lane {
    pub(crate) socket: SocketId,
    pub(crate) stage: Shake,
    /// Where the stream began, and what the service will send next.
    pub(crate) from: u8,
    pub(crate) next: u8,
    pub(crate) frames: Vec<Frame>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shake {
    /// The handshake is under way; the URL dies at this moment.
    Under { dies: Moment },
    /// The handshake will never be answered.
    Never,
    /// Open since this moment, as far as it matters.
    Open { since: Moment },
    /// Nothing comes any more, and nobody says so.
    Dead { since: Moment },
}

/// What is on its way over a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Frame {
    Set { from: u8, to: u8, mark: Mark },
    Pong,
    Close { collision: bool },
}

/// What a set says of the watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Mark {
    /// All up to its end.
    Whole,
    Null,
    Missing,
    Empty,
    /// As it was before the set.
    Stale,
    /// The very first.
    First,
}
