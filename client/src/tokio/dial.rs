//! The dial: a stream of bytes to whoever a URL names, for requests and for sockets.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use directline::{Obstacle, Unreached};
use http::Uri;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::connector::{Bytes, Connector};
use crate::obstacle::{Unresolved, of_dial, of_tls};
use crate::proxy::Proxy;
use crate::route::{Peer, Route};
use crate::tunnel::Talk;

/// A connection to somebody, encrypted and through a proxy as it has to be.
pub(super) struct Line(Box<dyn Bytes>);

/// Connects to whom a URL with `http:` or `https:` names; cheap to clone.
#[derive(Clone)]
pub(super) struct Dialler {
    way: Way,
    proxy: Proxy,
    tls: TlsConnector,
}

/// What a connection is before anything is laid over it.
#[derive(Clone)]
enum Way {
    Tcp(HttpConnector<Names>),
    Own(Connector),
}

impl Dialler {
    pub(super) fn new(tls: Arc<ClientConfig>, proxy: Proxy) -> Dialler {
        let mut tcp = HttpConnector::new_with_resolver(Names);
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        Dialler { way: Way::Tcp(tcp), proxy, tls: TlsConnector::from(tls) }
    }

    pub(super) fn over(connector: Connector, tls: Arc<ClientConfig>, proxy: Proxy) -> Dialler {
        Dialler { way: Way::Own(connector), proxy, tls: TlsConnector::from(tls) }
    }

    pub(super) fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    pub(super) async fn dial(&self, uri: &Uri) -> Result<Line, Unreached> {
        let Some(route) = self.proxy.route(uri) else {
            let host = uri.host().unwrap_or_default();
            return Err(Unreached::new(host, uri.port_u16().unwrap_or_default(), Obstacle::Other));
        };
        let unreached = |obstacle| route.unreached(obstacle);
        let mut line = self.connect(route.first()).await.map_err(unreached)?;
        if let Some(hop) = &route.proxy {
            if hop.peer.is_encrypted {
                line = self.encrypt(line, &hop.peer).await.map_err(unreached)?;
            }
            ask(&mut line, &route).await.map_err(unreached)?;
        }
        if route.target.is_encrypted {
            let encrypted = self.encrypt(line, &route.target).await;
            line = encrypted.map_err(|obstacle| route.target_unreached(obstacle))?;
        }
        Ok(line)
    }

    async fn connect(&self, peer: &Peer) -> Result<Line, Obstacle> {
        let mut tcp = match &self.way {
            Way::Tcp(tcp) => tcp.clone(),
            Way::Own(connector) => return connector.connect(peer).await.map(Line),
        };
        let uri = format!("http://{}/", peer.authority());
        let uri = Uri::try_from(uri).map_err(|_| Obstacle::Unresolved)?;
        let stream = tcp.call(uri).await.map_err(|error| of_dial(&error))?;
        Ok(Line(Box::new(stream.into_inner())))
    }

    async fn encrypt(&self, line: Line, peer: &Peer) -> Result<Line, Obstacle> {
        let name = ServerName::try_from(peer.host.clone()).map_err(|_| Obstacle::TlsFailed)?;
        let stream = self.tls.connect(name, line).await.map_err(|error| of_tls(&error))?;
        Ok(Line(Box::new(stream)))
    }
}

/// Asks a proxy to connect to the target.
async fn ask(line: &mut Line, route: &Route) -> Result<(), Obstacle> {
    let Some(hop) = &route.proxy else { return Ok(()) };
    let lost = |_| Obstacle::NoProxy;
    let (mut talk, mut step) = Talk::begin(hop, &route.target)?;
    while step.hear > 0 {
        line.write_all(&step.say).await.map_err(lost)?;
        line.flush().await.map_err(lost)?;
        let mut heard = vec![0; step.hear];
        line.read_exact(&mut heard).await.map_err(lost)?;
        step = talk.hear(&heard)?;
    }
    Ok(())
}

/// For the HTTP library, which asks for connections by URL.
impl Service<Uri> for Dialler {
    type Response = TokioIo<Line>;
    type Error = Unreached;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Line>, Unreached>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Unreached>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let dialler = self.clone();
        Box::pin(async move { dialler.dial(&uri).await.map(TokioIo::new) })
    }
}

/// Names as the operating system resolves them, with an error that says that it is about that.
#[derive(Clone)]
struct Names;

impl Service<Name> for Names {
    type Response = std::vec::IntoIter<std::net::SocketAddr>;
    type Error = Unresolved;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unresolved>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Unresolved>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move {
            // The port is filled in by the library above.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let found: Vec<_> = found.map_err(|_| Unresolved)?.collect();
            if found.is_empty() { Err(Unresolved) } else { Ok(found.into_iter()) }
        })
    }
}

impl Connection for Line {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}
