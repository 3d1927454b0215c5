//! FAULTS: what may go wrong, in the words that the simulated world uses, each against the budget
//! of the scope.

use std::fmt;

use directline_world::operation::{
    FrameKind, HandshakeFate, HostCall, ReplayKind, RequestFate, SocketFate, TokenFate, UrlKind,
    WatermarkKind,
};

/// One kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// A request fails, or its answer is not what it should be.
    Request(RequestFate),
    /// A request is answered with this status, and the service does nothing.
    Status(Refusal),
    /// A post is answered with a failure, and yet it was taken.
    Despite,
    Url(UrlKind),
    Handshake(HandshakeFate),
    Socket(SocketFate),
    Frame(FrameKind),
    Watermark(WatermarkKind),
    Replay(ReplayKind),
    Token(TokenFate),
    Renumber,
    /// Time passes while something is under way.
    Slow,
    /// Time passes while the host sleeps.
    Oversleep,
    Host(HostCall),
    /// The process dies and resumes.
    Kill,
}

/// Statuses that mean different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refusal {
    Unauthorized401,
    Forbidden403,
    Expired403,
    MissingUser400,
    Missing404,
    NoRoute405,
    Exists409,
    Rejected400,
    Busy429,
    /// Tells a date instead of seconds.
    BusyUntil429,
    Down503,
    /// A page of somebody in between.
    Stranger403,
    OtherRegion403,
}

impl Refusal {
    pub(crate) fn status(self) -> u16 {
        match self {
            Refusal::MissingUser400 | Refusal::Rejected400 => 400,
            Refusal::Unauthorized401 => 401,
            Refusal::Forbidden403
            | Refusal::Expired403
            | Refusal::OtherRegion403
            | Refusal::Stranger403 => 403,
            Refusal::Missing404 => 404,
            Refusal::NoRoute405 => 405,
            Refusal::Exists409 => 409,
            Refusal::Busy429 | Refusal::BusyUntil429 => 429,
            Refusal::Down503 => 503,
        }
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Refusal::MissingUser400 => "MissingProperty",
            Refusal::Expired403 => "TokenExpired",
            Refusal::OtherRegion403 => "RegionNotAllowed",
            _ => "BadArgument",
        }
    }

    /// Whether it is the credential that was refused.
    pub(crate) fn is_credential(self) -> bool {
        matches!(
            self,
            Refusal::Unauthorized401
                | Refusal::Forbidden403
                | Refusal::Expired403
                | Refusal::MissingUser400
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Request(fate) => write!(f, "request {fate:?}"),
            Fault::Status(status) => write!(f, "status {status:?}"),
            Fault::Despite => f.write_str("post taken despite 503"),
            Fault::Url(kind) => write!(f, "stream URL {kind:?}"),
            Fault::Handshake(fate) => write!(f, "handshake {fate:?}"),
            Fault::Socket(fate) => write!(f, "socket {fate:?}"),
            Fault::Frame(kind) => write!(f, "frame {kind:?}"),
            Fault::Watermark(kind) => write!(f, "watermark {kind:?}"),
            Fault::Replay(kind) => write!(f, "replay {kind:?}"),
            Fault::Token(fate) => write!(f, "token {fate:?}"),
            Fault::Renumber => f.write_str("numbering begins anew"),
            Fault::Slow => f.write_str("slow network"),
            Fault::Oversleep => f.write_str("host oversleeps"),
            Fault::Host(call) => write!(f, "host {call:?}"),
            Fault::Kill => f.write_str("killed and resumed"),
        }
    }
}
