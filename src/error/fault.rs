//! Faults: what went wrong on the wire, and what the session does about it.

use std::fmt;

use serde::Serialize;

use super::Message;
use crate::input::Failure;
use crate::time::Moment;
use crate::unreached::Unreached;

/// The peer or the network erred; the session copes, and says how.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, thiserror::Error)]
#[error("{cause}")]
pub struct Fault {
    /// What happened.
    pub cause: Cause,
    /// What the session does next.
    pub next: Next,
}

/// What the session does after a [`Fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Next {
    /// It goes on as before.
    Continues,
    /// It tries again at `at`; this will be attempt number `attempt` since things last went well.
    Retries {
        /// When.
        at: Moment,
        /// Counted from 1.
        attempt: u32,
    },
    /// It cannot go on by itself; another event says why.
    Stops,
}

/// What can go wrong without being anybody's mistake in this process.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// A request got no answer.
    #[error("{purpose} {failure}")]
    NotAnswered {
        /// What was asked.
        purpose: Purpose,
        /// How it failed.
        failure: Failure,
    },
    /// A request was answered with an error.
    #[error("{purpose} was answered with status {status}{message}")]
    Answered {
        /// What was asked.
        purpose: Purpose,
        /// The status of the answer.
        status: u16,
        /// The server's words.
        message: Message,
    },
    /// Something in between answered a request: a portal, a filter, a proxy. That says nothing of
    /// what was asked.
    #[error("{purpose} was answered with status {status}, and not by the service")]
    Stranger {
        /// What was asked.
        purpose: Purpose,
        /// The status of the answer.
        status: u16,
    },
    /// A request was answered with the advice to go elsewhere, which is not followed: a bearer is
    /// for the base alone.
    #[error("{purpose} was redirected{} (status {status})", To(.to))]
    Redirected {
        /// What was asked.
        purpose: Purpose,
        /// The status of the answer.
        status: u16,
        /// Scheme, host and port of that place; `None` where it is named by a path alone, or not.
        to: Option<Box<str>>,
    },
    /// A request was answered with success and a body that makes no sense.
    #[error("{purpose} was answered with a body that cannot be read")]
    BadBody {
        /// What was asked.
        purpose: Purpose,
    },
    /// A socket was lost, or never opened.
    #[error("{0}")]
    SocketLost(Loss),
    /// The stream URL in an answer cannot be used.
    #[error("the stream URL {0}")]
    BadStreamUrl(&'static str),
    /// The service named no stream URL; the session polls and asks again later.
    #[error("the service offers no socket")]
    NoSocketOffered,
    /// A frame, or what should have been one, is no JSON.
    #[error("a frame could not be read")]
    UnreadableFrame,
    /// Elements of an activity set that are no objects were left out.
    #[error("{count} of the elements of an activity set are no activities")]
    BadElements {
        /// How many.
        count: usize,
    },
    /// A watermark is no string or number, or longer than 4 KiB; the one before is kept.
    #[error("a watermark could not be used")]
    BadWatermark,
    /// The service refused the watermark; the history is read from the start instead.
    #[error("the service refused the watermark")]
    WatermarkRefused,
    /// A start with the secret was repeated, since nothing else can be done: the bot may have
    /// greeted somebody twice.
    #[error("the conversation may have been started twice")]
    PossibleDuplicateStart,
}

/// How a socket was lost.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Loss {
    /// The peer closed it.
    #[error("connection closed ({code}{})", Dashed(.reason))]
    Closed {
        /// The close code, 1005 where the peer sent none.
        code: u16,
        /// The reason, cut to the 123 bytes that a close frame can hold.
        reason: Box<str>,
    },
    /// It broke without a close frame.
    #[error("connection lost (1006)")]
    Broken,
    /// The handshake failed; the status, where there was an answer.
    #[error("connection refused{}", Status(*.status))]
    Refused {
        /// The HTTP status of the refusal.
        status: Option<u16>,
    },
    /// The dial led nowhere.
    #[error("could not connect: {0}")]
    Unreached(Unreached),
    /// The handshake took too long.
    #[error("connecting took too long")]
    HandshakeTimedOut,
    /// Nothing was heard for longer than the liveness limit.
    #[error("connection went silent")]
    Silent,
    /// The host refused a frame above the size limit.
    #[error("a frame was larger than allowed")]
    FrameTooLarge,
    /// The host could not read on behind something that is no frame.
    #[error("a frame could not be read on this connection")]
    Unreadable,
    /// A frame could not be read, so the stream is replayed.
    #[error("connection dropped to replay a frame that could not be read")]
    Replayed,
}

/// What a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// `POST tokens/generate`.
    Generate,
    /// `POST conversations`.
    Start,
    /// `GET conversations/{id}`.
    Reconnect,
    /// `POST tokens/refresh`.
    Refresh,
    /// `GET conversations/{id}/activities`.
    Activities,
    /// `POST conversations/{id}/activities`.
    Post,
    /// `POST conversations/{id}/upload`.
    Upload,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Purpose::Generate => "generating a token",
            Purpose::Start => "starting the conversation",
            Purpose::Reconnect => "reconnecting",
            Purpose::Refresh => "refreshing the token",
            Purpose::Activities => "reading the history",
            Purpose::Post => "sending",
            Purpose::Upload => "uploading",
        })
    }
}

/// How a credential was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// 401: the header is missing or malformed in the eyes of the service.
    #[error("unauthorized (401)")]
    Unauthorized,
    /// 403 with code `TokenExpired`.
    #[error("the token has expired (403)")]
    Expired,
    /// 403 with any other code, or none: wrong, expired, or for another conversation. In the answer to
    /// a post only one with code `BadArgument`.
    #[error("forbidden (403)")]
    Forbidden,
    /// 400 with code `MissingProperty`: enhanced authentication wants a token with a user id.
    #[error("a token with a user id is needed (400 MissingProperty)")]
    MissingUser,
}

/// Activities may be missing, and nothing can be done about it; why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Gap {
    /// The stream holds a frame that cannot be read, also when it is replayed.
    #[error("activities may be missing: a frame cannot be read, also when it is replayed")]
    UnreadableFrame,
    /// The stream holds a frame above the size limit.
    #[error("activities may be missing: a frame is larger than allowed, also when it is replayed")]
    FrameTooLarge,
    /// The history could not be read after a reconnect without a watermark, or not to where it is
    /// known to end.
    #[error("activities may be missing: the history could not be read")]
    HistoryUnavailable,
    /// The service pages without end and without anything new.
    #[error("activities may be missing: the history has no end")]
    EndlessPages,
}

/// Writes ` reason` when there is one.
struct Dashed<'a>(&'a str);

impl fmt::Display for Dashed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " {}", self.0) }
    }
}

/// Writes ` to place` when there is one.
struct To<'a>(&'a Option<Box<str>>);

impl fmt::Display for To<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |place| write!(f, " to {place}"))
    }
}

/// Writes ` (status)` when there is one.
struct Status(Option<u16>);

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |status| write!(f, " ({status})"))
    }
}
