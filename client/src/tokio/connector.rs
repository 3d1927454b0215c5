//! Connections that the application makes itself.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use directline::Obstacle;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::obstacle::of_dial;
use crate::route::Peer;

/// Whatever bytes go through.
pub(super) trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

type Connecting = Pin<Box<dyn Future<Output = io::Result<Box<dyn Bytes>>> + Send>>;

/// Any way to a stream of bytes: a Unix socket, SOCKS, the sidecar of a mesh.
///
/// It is called for each connection, of requests and sockets alike, and asked for whoever is dialled:
/// the host of the base or of a stream URL, or a proxy where one is set. What it gives is taken as
/// it is; with `https:` encryption is laid over it, so that a connector which encrypts by itself goes
/// with a base of `http:`. It may be called again at any time, and what it is at may be dropped
/// half-way. How long it may take is the session's to say, as of every other dial.
///
/// An error says by its kind what is in the way: see [`Obstacle`].
///
/// ```
/// use directline_client::tokio::Connector;
/// use tokio::net::TcpStream;
///
/// // Everybody is found behind one port of this machine.
/// let connector = Connector::new(|_destination| TcpStream::connect(("127.0.0.1", 15_001)));
/// assert_eq!(format!("{connector:?}"), "Connector");
/// ```
#[derive(Clone)]
pub struct Connector(Arc<dyn Fn(Destination) -> Connecting + Send + Sync>);

/// Whom a connection is to lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    host: String,
    port: u16,
}

impl Connector {
    /// Takes a function that connects.
    pub fn new<F, C, S>(connect: F) -> Connector
    where
        F: Fn(Destination) -> C + Send + Sync + 'static,
        C: Future<Output = io::Result<S>> + Send + 'static,
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        Connector(Arc::new(move |destination| {
            let connecting = connect(destination);
            Box::pin(async move {
                let stream: Box<dyn Bytes> = Box::new(connecting.await?);
                Ok(stream)
            })
        }))
    }

    pub(super) async fn connect(&self, peer: &Peer) -> Result<Box<dyn Bytes>, Obstacle> {
        let destination = Destination { host: peer.host.clone(), port: peer.port };
        (self.0)(destination).await.map_err(|error| of_dial(&error))
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl Destination {
    /// The name or the address, the latter without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}
