//! One TCP connection, from its first request to whatever ends it.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::read::{Inbound, ReadError};
use crate::http::reply::Reply;
use crate::routes::respond;
use crate::service::Shared;
use crate::service::sockets::OpenedSocket;
use crate::socket::run_socket;

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

/// Serves requests until the connection ends.
pub(crate) async fn serve_connection(shared: Arc<Shared>, stream: TcpStream) {
    // Small frames shall leave at once; failing to ask for it changes nothing but the pace.
    let _ = stream.set_nodelay(true);
    let mut inbound = Inbound::new(stream);
    loop {
        let request = match inbound.read_request().await {
            Ok(request) => request,
            Err(error) => return refuse(inbound, &error).await,
        };
        match respond(&shared, &request).await {
            Outcome::Reply(reply) => {
                let written = reply.write(&mut inbound.stream).await;
                if written.is_err() || !request.keep_alive {
                    return;
                }
            }
            Outcome::Cut(reply) => {
                // The client may have left already, which is no more than it is about to see.
                let _ = reply.write_half(&mut inbound.stream).await;
                return;
            }
            Outcome::Upgrade(reply, socket) => {
                let (mut stream, early) = inbound.into_parts();
                // If this fails, the socket's task finds the connection closed and says so.
                let _ = reply.write(&mut stream).await;
                return run_socket(shared, stream, early, socket).await;
            }
            Outcome::Drop => return,
            Outcome::Reset => {
                reset(inbound.stream);
                return;
            }
            Outcome::Hang => return read_to_the_end(&mut inbound.stream).await,
        }
    }
}

/// Closes the connection with a reset instead of an orderly end.
pub(crate) fn reset(stream: TcpStream) {
    // Without the option the drop below is an orderly close, which is all that is left to do.
    let _ = stream.set_zero_linger();
    drop(stream);
}

/// Answers what can't be read, if anyone is there to be answered.
async fn refuse(mut inbound: Inbound, error: &ReadError) {
    let reply = match error {
        ReadError::Gone => return,
        ReadError::Malformed => Reply::error(400, "BadSyntax", "This is not an HTTP request"),
        ReadError::TooLarge => {
            Reply::error(413, "MessageSizeTooBig", "The request exceeds every limit")
        }
    };
    if reply.write(&mut inbound.stream).await.is_ok() {
        let _ = inbound.stream.shutdown().await;
        // Closing with unread bytes would reset the connection before the answer is read.
        read_to_the_end(&mut inbound.stream).await;
    }
}

/// Keeps the connection until the client gives up.
pub(crate) async fn read_to_the_end(stream: &mut TcpStream) {
    let mut scratch = [0; 4096];
    while stream.read(&mut scratch).await.is_ok_and(|count| count > 0) {}
}
