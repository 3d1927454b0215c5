//! Reading requests from a connection, within bounds.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::http::Request;
use crate::http::chunked::Chunks;

/// A connection with what was read from it and not yet used.
pub(crate) struct Inbound {
    pub(crate) stream: TcpStream,
    buffer: Vec<u8>,
}

/// Why there is no further request.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The client has closed or lost the connection.
    Gone,
    /// What came is no HTTP request.
    Malformed,
    /// The head or the body exceeds its bound.
    TooLarge,
}

impl From<io::Error> for ReadError {
    fn from(_: io::Error) -> Self {
        ReadError::Gone
    }
}

/// The head of a request, and how its body is framed.
struct Head {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    keep_alive: bool,
    /// How many bytes of the buffer it took.
    length: usize,
}

impl Inbound {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Inbound { stream, buffer: Vec::new() }
    }

    /// The connection and the bytes that came after the last request.
    pub(crate) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        (self.stream, self.buffer)
    }

    /// Reads the next request as a whole.
    pub(crate) async fn read_request(&mut self) -> Result<Request, ReadError> {
        let head = self.read_head().await?;
        self.buffer.drain(..head.length);
        let Head { method, target, headers, keep_alive, .. } = head;
        let mut request = Request { method, target, headers, body: Vec::new(), keep_alive };
        if request.header_lists("expect", "100-continue") {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        request.body = if request.header_lists("transfer-encoding", "chunked") {
            self.read_chunks().await?
        } else {
            let length = request.header("content-length").map_or(Ok(0), str::parse);
            self.read_body(length.map_err(|_| ReadError::Malformed)?).await?
        };
        Ok(request)
    }

    async fn read_head(&mut self) -> Result<Head, ReadError> {
        loop {
            if let Some(head) = parse_head(&self.buffer)? {
                return Ok(head);
            }
            if self.buffer.len() > HEAD_BYTES_MAX {
                return Err(ReadError::TooLarge);
            }
            self.fill().await?;
        }
    }

    async fn read_body(&mut self, length: usize) -> Result<Vec<u8>, ReadError> {
        if length > BODY_BYTES_MAX {
            return Err(ReadError::TooLarge);
        }
        while self.buffer.len() < length {
            self.fill().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn read_chunks(&mut self) -> Result<Vec<u8>, ReadError> {
        let mut chunks = Chunks::default();
        loop {
            let used = chunks.feed(&self.buffer).ok_or(ReadError::Malformed)?;
            self.buffer.drain(..used);
            if chunks.body.len() + self.buffer.len() > BODY_BYTES_MAX + HEAD_BYTES_MAX {
                return Err(ReadError::TooLarge);
            }
            if chunks.complete {
                return Ok(chunks.body);
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Result<(), ReadError> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(ReadError::Gone),
            _ => Ok(()),
        }
    }
}

/// Parses a head; `None` if there is more to come.
fn parse_head(buffer: &[u8]) -> Result<Option<Head>, ReadError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(ReadError::Malformed),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers: Vec<(String, String)> = parsed
        .headers
        .iter()
        .map(|header| (String::from(header.name), text(header.value)))
        .collect();
    let closes = headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case("close")
    });
    Ok(Some(Head {
        method: String::from(parsed.method.unwrap_or_default()),
        target: String::from(parsed.path.unwrap_or_default()),
        headers,
        keep_alive: parsed.version == Some(1) && !closes,
        length,
    }))
}

const HEADERS_MAX: usize = 100;
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Twice the largest upload, so that too large ones are answered rather than cut off.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
