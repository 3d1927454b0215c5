//! What becomes of a request.

use crate::http::reply::Reply;
use crate::service::sockets::OpenedSocket;

/// What becomes of a request.
pub(crate) enum Outcome {
    /// It is answered.
    Reply(Reply),
    /// Its answer is cut in the middle of the body, and the connection closed.
    Cut(Reply),
    /// The connection becomes a WebSocket.
    Upgrade(Reply, OpenedSocket),
    /// The connection is closed.
    Drop,
    /// The connection is reset.
    Reset,
    /// The connection stays up, without an answer.
    Hang,
}
