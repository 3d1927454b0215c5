//! INPUT: everything that may happen to a session, told in the past tense.

use std::fmt;

use http::Response;
use serde::{Deserialize, Serialize};

use crate::id::{PostKey, RequestId, SocketId};
use crate::secret::Token;
use crate::unreached::Unreached;
use crate::wire::upload::Upload;

/// A fact that the host reports to [`Session::handle`](crate::Session::handle).
#[derive(Clone)]
pub enum Input {
    /// The deadline has come. Early, late and repeated ones are harmless.
    Timeout,
    /// A request was answered, whatever the status.
    Response {
        /// The request.
        request: RequestId,
        /// Status, headers and the whole body.
        response: Response<Vec<u8>>,
    },
    /// A request will not be answered.
    RequestFailed {
        /// The request.
        request: RequestId,
        /// How it failed.
        failure: Failure,
    },
    /// The handshake of a socket is complete.
    SocketOpened {
        /// The socket.
        socket: SocketId,
    },
    /// A whole message arrived, as text or as binary that is UTF-8, an empty one too.
    Frame {
        /// The socket.
        socket: SocketId,
        /// The message.
        text: String,
    },
    /// A whole message arrived that is not UTF-8.
    Garbled {
        /// The socket.
        socket: SocketId,
    },
    /// A pong arrived.
    Pong {
        /// The socket.
        socket: SocketId,
    },
    /// A socket is gone, or never came to be.
    SocketClosed {
        /// The socket.
        socket: SocketId,
        /// How.
        reason: CloseReason,
    },
    /// The application wants this activity sent.
    Post {
        /// The application's name for it.
        key: PostKey,
        /// The activity, a JSON object of at most 262,144 bytes.
        activity: String,
    },
    /// The application wants these files sent.
    Upload {
        /// The application's name for it.
        key: PostKey,
        /// The files, together at most 4 MiB.
        upload: Upload,
    },
    /// The application has a new token, asked for or not.
    NewToken(Token),
    /// The device woke up, the network is another one, or the application came to the foreground:
    /// whatever is open may be dead without knowing it, and is given up for another. A host that says so
    /// every second has no socket for long.
    Woke,
    /// There is no network, until [`Input::NetworkUp`].
    NetworkDown,
    /// There is a network again.
    NetworkUp,
    /// The application wants no more.
    Close,
}

/// How a request failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Before any byte of it was sent, for a reason without a name.
    #[error("could not be sent")]
    NotSent,
    /// Before any byte of it was sent: no name, no route, no TLS, no trust, no way through a proxy.
    #[error("could not be sent: {0}")]
    Unreached(Unreached),
    /// After some of it was sent.
    #[error("broke off")]
    Broken,
    /// It took too long; the session's own deadline says the same.
    #[error("took too long")]
    TimedOut,
    /// The answer is larger than the configuration allows.
    #[error("was answered with more than is allowed")]
    TooLarge,
}

/// How a socket came to be closed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The handshake was answered with something else than a socket, or with nothing.
    Refused {
        /// The HTTP status, where there was one.
        status: Option<u16>,
    },
    /// The dial led nowhere: there was nobody to shake hands with.
    Unreached(Unreached),
    /// The peer sent a close frame.
    Closed {
        /// The close code; 1005 where the frame held none.
        code: u16,
        /// The reason, as far as it is text.
        reason: String,
    },
    /// It broke without a close frame.
    Broken,
    /// The host refused a frame above the size limit.
    FrameTooLarge,
    /// The host's library cannot read on behind something that is no frame, such as a text message
    /// that is no text.
    Unreadable,
}

/// Shows the length of a reason and not its text, which the peer may have taken from anywhere.
impl fmt::Debug for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CloseReason::Refused { status } => {
                f.debug_struct("Refused").field("status", status).finish()
            }
            CloseReason::Unreached(unreached) => {
                f.debug_tuple("Unreached").field(unreached).finish()
            }
            CloseReason::Closed { code, reason } => f
                .debug_struct("Closed")
                .field("code", code)
                .field("reason_bytes", &reason.len())
                .finish(),
            CloseReason::Broken => f.write_str("Broken"),
            CloseReason::FrameTooLarge => f.write_str("FrameTooLarge"),
            CloseReason::Unreadable => f.write_str("Unreadable"),
        }
    }
}

/// Shows ids, statuses and sizes, and neither bodies nor texts: bodies hold tokens.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Timeout => f.write_str("Timeout"),
            Input::Response { request, response } => f
                .debug_struct("Response")
                .field("request", request)
                .field("status", &response.status().as_u16())
                .field("bytes", &response.body().len())
                .finish(),
            Input::RequestFailed { request, failure } => f
                .debug_struct("RequestFailed")
                .field("request", request)
                .field("failure", failure)
                .finish(),
            Input::SocketOpened { socket } => write!(f, "SocketOpened({})", socket.as_u64()),
            Input::Frame { socket, text } => {
                f.debug_struct("Frame").field("socket", socket).field("bytes", &text.len()).finish()
            }
            Input::Garbled { socket } => write!(f, "Garbled({})", socket.as_u64()),
            Input::Pong { socket } => write!(f, "Pong({})", socket.as_u64()),
            Input::SocketClosed { socket, reason } => f
                .debug_struct("SocketClosed")
                .field("socket", socket)
                .field("reason", reason)
                .finish(),
            Input::Post { key, activity } => {
                f.debug_struct("Post").field("key", key).field("bytes", &activity.len()).finish()
            }
            Input::Upload { key, upload } => {
                f.debug_struct("Upload").field("key", key).field("upload", upload).finish()
            }
            Input::NewToken(token) => f.debug_tuple("NewToken").field(token).finish(),
            Input::Woke => f.write_str("Woke"),
            Input::NetworkDown => f.write_str("NetworkDown"),
            Input::NetworkUp => f.write_str("NetworkUp"),
            Input::Close => f.write_str("Close"),
        }
    }
}
