//! A client that hides nothing: one request per connection, every byte of the answer.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;
use tungstenite::handshake::client::Response;
use tungstenite::{HandshakeError, Message, WebSocket};

use crate::world::A_MOMENT;

/// No test waits that long; it turns a deadlock into a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn text(&self, pointer: &str) -> String {
        self.json().pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_string()
    }

    pub(crate) fn code(&self) -> String {
        self.text("/error/code")
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.trim().to_string())
    }

    /// Whether the body is as long as the head says.
    pub(crate) fn is_whole(&self) -> bool {
        self.header("content-length").and_then(|length| length.parse().ok())
            == Some(self.body.len())
    }
}

/// A request about to be sent.
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) bearer: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Call {
    pub(crate) fn send(&self, address: SocketAddr) -> io::Result<Answer> {
        let mut stream = self.write(address)?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        read_answer(&bytes)
    }

    /// Sends the request and leaves the answer to the caller.
    pub(crate) fn write(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        head.push_str(&format!("Host: {address}\r\nConnection: close\r\n"));
        if let Some(bearer) = &self.bearer {
            head.push_str(&format!("Authorization: Bearer {bearer}\r\n"));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        stream.write_all(head.as_bytes())?;
        stream.write_all(&self.body)?;
        Ok(stream)
    }
}

pub(crate) fn read_answer(bytes: &[u8]) -> io::Result<Answer> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or(io::ErrorKind::InvalidData)?;
    Ok(Answer { status, head: head.to_string(), body: body.to_string() })
}

/// What a socket showed next.
#[derive(Debug, PartialEq)]
pub(crate) enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Closed(u16, String),
    /// The connection ended without a close frame.
    Ended,
    Reset,
    /// Nothing came in the time given.
    Nothing,
}

/// A WebSocket that shows every message.
pub(crate) struct Socket {
    web: WebSocket<TcpStream>,
}

impl Socket {
    /// Dials a stream URL; a refusal gives the status, 0 if there was no answer.
    pub(crate) fn dial(url: &str) -> Result<Socket, u16> {
        let address = url.split('/').nth(2).expect("an absolute URL");
        let stream = TcpStream::connect(address).expect("the service listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket option");
        match tungstenite::client(url, stream) {
            Ok((web, _)) => Ok(Socket { web }),
            Err(HandshakeError::Failure(tungstenite::Error::Http(refusal))) => {
                let refusal: Box<Response> = refusal;
                Err(refusal.status().as_u16())
            }
            Err(_) => Err(0),
        }
    }

    pub(crate) fn see(&mut self) -> Seen {
        match self.web.read() {
            Ok(Message::Text(text)) => Seen::Text(text.to_string()),
            Ok(Message::Binary(bytes)) => Seen::Binary(bytes.to_vec()),
            Ok(Message::Close(Some(frame))) => {
                // One more read sends the answer to the close frame.
                let _ = self.web.read();
                Seen::Closed(frame.code.into(), frame.reason.to_string())
            }
            Ok(Message::Close(None)) => Seen::Closed(1005, String::new()),
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => self.see(),
            Err(tungstenite::Error::Io(error)) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Seen::Nothing,
                io::ErrorKind::ConnectionReset => Seen::Reset,
                // Another test sends signals to this process.
                io::ErrorKind::Interrupted => self.see(),
                _ => Seen::Ended,
            },
            Err(tungstenite::Error::Protocol(
                tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )) => Seen::Ended,
            Err(_) => Seen::Ended,
        }
    }

    pub(crate) fn see_within(&mut self, patience: Duration) -> Seen {
        self.web.get_ref().set_read_timeout(Some(patience)).expect("a socket option");
        let seen = self.see();
        self.web.get_ref().set_read_timeout(Some(PATIENCE)).expect("a socket option");
        seen
    }

    /// The next text message.
    pub(crate) fn text(&mut self) -> String {
        match self.see() {
            Seen::Text(text) => text,
            other => panic!("expected a text message, not {other:?}"),
        }
    }

    /// The next text message as JSON.
    pub(crate) fn set(&mut self) -> Value {
        let text = self.text();
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("expected JSON, not {text:?}"))
    }

    pub(crate) fn send(&mut self, message: Message) {
        self.web.send(message).expect("the socket is open");
    }

    /// The bare bytes until the connection ends.
    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.web.get_mut().read_to_end(&mut bytes).expect("an orderly end");
        bytes
    }

    pub(crate) fn ping(&mut self) -> Message {
        self.send(Message::Ping(b"p".as_slice().into()));
        self.web.read().expect("an answer to the ping")
    }

    /// Sends a message and expects that nothing at all comes back.
    pub(crate) fn send_in_vain(&mut self, message: Message) {
        self.send(message);
        self.web.get_ref().set_read_timeout(Some(A_MOMENT)).expect("a socket option");
        match self.web.read() {
            Err(tungstenite::Error::Io(error)) => {
                let kind = error.kind();
                let silence = [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut];
                assert!(silence.contains(&kind), "expected silence, not {error}");
            }
            other => panic!("expected silence, not {other:?}"),
        }
        self.web.get_ref().set_read_timeout(Some(PATIENCE)).expect("a socket option");
    }

    pub(crate) fn close(mut self) {
        self.web.close(None).expect("the socket is open");
        while self.web.read().is_ok() {}
    }
}
