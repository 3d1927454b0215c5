//! A connection that can be waited for, and called off by another thread while it is.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use mio::net::TcpStream;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::waits::Waits;

/// A connection, encrypted or not.
#[derive(Debug)]
pub(super) enum Line {
    Plain(Wire),
    Encrypted(Box<StreamOwned<ClientConnection, Wire>>),
}

/// A TCP connection that blocks its thread, if it is patient, by waiting with [`Waits`].
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    waits: Arc<Waits>,
    is_patient: bool,
}

impl Line {
    /// Connects to the first of `addresses` that answers, and encrypts if `uri` wants that.
    ///
    /// # Errors
    ///
    /// When none answers, when the certificate is not good, or when the wait is interrupted.
    pub(super) fn open(
        uri: &Uri,
        addresses: &[SocketAddr],
        tls: &Arc<ClientConfig>,
        waits: &Arc<Waits>,
    ) -> io::Result<Line> {
        let stream = connect(addresses, waits)?;
        stream.set_nodelay(true)?;
        let mut wire = Wire { stream, waits: waits.clone(), is_patient: true };
        if uri.scheme_str() != Some("https") {
            return Ok(Line::Plain(wire));
        }
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(io::Error::other)?;
        let mut session = ClientConnection::new(tls.clone(), name).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut wire)?;
        }
        Ok(Line::Encrypted(Box::new(StreamOwned::new(session, wire))))
    }

    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self, Line::Encrypted(_))
    }

    /// Whether reading and writing wait until they can go on, instead of failing with
    /// [`io::ErrorKind::WouldBlock`].
    pub(super) fn set_patient(&mut self, is_patient: bool) {
        match self {
            Line::Plain(wire) => wire.is_patient = is_patient,
            Line::Encrypted(stream) => stream.sock.is_patient = is_patient,
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
