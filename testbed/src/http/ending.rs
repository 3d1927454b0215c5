//! The ends that a connection may come to.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Closes the connection with a reset instead of an orderly end.
pub(crate) fn reset(stream: TcpStream) {
    // Without the option the drop below is an orderly close, which is all that is left to do.
    let _ = stream.set_zero_linger();
    drop(stream);
}

/// Ends the connection in an orderly way: closing it with bytes unread would be a reset.
pub(crate) async fn part(stream: &mut TcpStream) {
    let _ = stream.shutdown().await;
    let _ = timeout(CLOSE_PATIENCE, read_to_the_end(stream)).await;
}

/// Keeps the connection until the client gives up.
pub(crate) async fn read_to_the_end(stream: &mut TcpStream) {
    let mut scratch = [0; 4096];
    while stream.read(&mut scratch).await.is_ok_and(|count| count > 0) {}
}

/// Long enough for a client on this machine; after that the connection is dropped anyway.
pub(crate) const CLOSE_PATIENCE: Duration = Duration::from_secs(2);
