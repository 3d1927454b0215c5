//! A connection that can be waited for, and called off by another thread while it is.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use directline::{Obstacle, Unreached};
use http::Uri;
use mio::net::TcpStream;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::waits::Waits;
use crate::obstacle::{Unresolved, of_dial, of_tls};
use crate::proxy::Proxy;
use crate::route::{Peer, Route};
use crate::tunnel::Talk;

/// Connects to whom a URL with `http:` or `https:` names; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Dialler {
    tls: Arc<ClientConfig>,
    proxy: Proxy,
}

/// A connection, encrypted or not; what is encrypted may go through what is encrypted, to a proxy.
#[derive(Debug)]
pub(super) enum Line {
    Plain(Wire),
    Encrypted(Box<StreamOwned<ClientConnection, Line>>),
}

/// A TCP connection that blocks its thread, if it is patient, by waiting with [`Waits`].
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    waits: Arc<Waits>,
    is_patient: bool,
}

impl Dialler {
    pub(super) fn new(tls: Arc<ClientConfig>, proxy: Proxy) -> Dialler {
        Dialler { tls, proxy }
    }

    /// Connects, through a proxy and with encryption as it has to be.
    ///
    /// # Errors
    ///
    /// When something is in the way, or when the wait is interrupted.
    pub(super) fn dial(&self, uri: &Uri, waits: &Arc<Waits>) -> Result<Line, Unreached> {
        let Some(route) = self.proxy.route(uri) else {
            let host = uri.host().unwrap_or_default();
            return Err(Unreached::new(host, uri.port_u16().unwrap_or_default(), Obstacle::Other));
        };
        let unreached = |obstacle| route.unreached(obstacle);
        let wire = reach(route.first(), waits).map_err(|error| unreached(of_dial(&error)))?;
        let mut line = Line::Plain(wire);
        if let Some(hop) = &route.proxy {
            if hop.peer.is_encrypted {
                line = self.encrypt(line, &hop.peer).map_err(unreached)?;
            }
            ask(&mut line, &route).map_err(unreached)?;
        }
        if route.target.is_encrypted {
            let encrypted = self.encrypt(line, &route.target);
            line = encrypted.map_err(|obstacle| route.target_unreached(obstacle))?;
        }
        Ok(line)
    }

    fn encrypt(&self, mut line: Line, peer: &Peer) -> Result<Line, Obstacle> {
        let name = ServerName::try_from(peer.host.clone()).map_err(|_| Obstacle::TlsFailed)?;
        let session = ClientConnection::new(self.tls.clone(), name);
        let mut session = session.map_err(|error| of_tls(&error))?;
        while session.is_handshaking() {
            session.complete_io(&mut line).map_err(|error| of_tls(&error))?;
        }
        Ok(Line::Encrypted(Box::new(StreamOwned::new(session, line))))
    }
}

/// Asks a proxy to connect to the target.
fn ask(line: &mut Line, route: &Route) -> Result<(), Obstacle> {
    let Some(hop) = &route.proxy else { return Ok(()) };
    let lost = |_| Obstacle::NoProxy;
    let (mut talk, mut step) = Talk::begin(hop, &route.target)?;
    while step.hear > 0 {
        line.write_all(&step.say).map_err(lost)?;
        line.flush().map_err(lost)?;
        let mut heard = vec![0; step.hear];
        line.read_exact(&mut heard).map_err(lost)?;
        step = talk.hear(&heard)?;
    }
    Ok(())
}

fn reach(peer: &Peer, waits: &Arc<Waits>) -> io::Result<Wire> {
    let unresolved = |_| io::Error::other(Unresolved);
    let found = (peer.host.as_str(), peer.port).to_socket_addrs().map_err(unresolved)?;
    let stream = connect(&found.collect::<Vec<_>>(), waits)?;
    stream.set_nodelay(true)?;
    Ok(Wire { stream, waits: waits.clone(), is_patient: true })
}

impl Line {
    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self, Line::Encrypted(_))
    }

    /// Whether reading and writing wait until they can go on, instead of failing with
    /// [`io::ErrorKind::WouldBlock`].
    pub(super) fn set_patient(&mut self, is_patient: bool) {
        match self {
            Line::Plain(wire) => wire.is_patient = is_patient,
            Line::Encrypted(stream) => stream.sock.set_patient(is_patient),
        }
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Line::Plain(wire) => wire.read(buffer),
            Line::Encrypted(stream) => stream.read(buffer),
        }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Line::Plain(wire) => wire.write(bytes),
            Line::Encrypted(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Line::Plain(wire) => wire.flush(),
            Line::Encrypted(stream) => stream.flush(),
        }
    }
}

impl Wire {
    /// Does `operation`, and if it cannot be done yet waits until it can.
    fn patiently<T>(
        &mut self,
        mut operation: impl FnMut(&mut TcpStream) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            if self.is_patient && self.waits.is_interrupted() {
                return Err(called_off());
            }
            match operation(&mut self.stream) {
                Err(error) if self.is_patient && error.kind() == io::ErrorKind::WouldBlock => {
                    self.waits.wait(None)?;
                }
                result => return result,
            }
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.patiently(|stream| stream.read(buffer))
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.patiently(|stream| stream.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.patiently(TcpStream::flush)
    }
}

/// Tries the addresses in order, the next one as soon as one failed or takes long, since a host
/// may have an address that leads nowhere (RFC 8305).
fn connect(addresses: &[SocketAddr], waits: &Waits) -> io::Result<TcpStream> {
    let mut untried = addresses.iter();
    let mut pending: Vec<TcpStream> = Vec::new();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        if waits.is_interrupted() {
            return Err(called_off());
        }
        if let Some(&address) = untried.next() {
            match TcpStream::connect(address) {
                Ok(mut stream) => {
                    waits.watch(&mut stream)?;
                    pending.push(stream);
                }
                Err(error) => failure = error,
            }
        } else if pending.is_empty() {
            return Err(failure);
        }
        if !pending.is_empty() {
            waits.wait((untried.len() > 0).then_some(NEXT_ADDRESS_AFTER))?;
        }
        for index in (0..pending.len()).rev() {
            match state(&pending[index]) {
                Ok(true) => return Ok(pending.swap_remove(index)),
                Ok(false) => {}
                Err(error) => {
                    failure = error;
                    pending.swap_remove(index);
                }
            }
        }
    }
}

/// Whether a connection stands.
fn state(stream: &TcpStream) -> io::Result<bool> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => Ok(true),
        // Not yet: so says the documentation of `TcpStream::connect` in mio.
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
        Err(error) => Err(error),
    }
}

fn called_off() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "called off")
}

/// The delay that RFC 8305, section 5, recommends.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);
