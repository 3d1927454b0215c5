//! HTTP's `CONNECT` (RFC 9110, 9.3.6): a question, and an answer that is read byte by byte.

use directline::Obstacle;
use http::HeaderValue;
use httparse::{EMPTY_HEADER, Response, Status};

use crate::route::Peer;

/// The question whether a proxy connects to `target`.
pub(super) fn question(authorization: Option<&HeaderValue>, target: &Peer) -> Vec<u8> {
    let place = target.authority();
    let mut bytes = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n").into_bytes();
    if let Some(authorization) = authorization {
        bytes.extend_from_slice(b"Proxy-Authorization: ");
        bytes.extend_from_slice(authorization.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// The answer, as far as it has come.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    bytes: Vec<u8>,
}

impl Answer {
    /// Takes the next byte; `None` while more is to come.
    pub(super) fn take(&mut self, byte: u8) -> Option<Result<(), Obstacle>> {
        self.bytes.push(byte);
        if byte != b'\n' {
            return (self.bytes.len() >= HEAD_BYTES_MAX).then_some(Err(Obstacle::NoProxy));
        }
        let mut headers = [EMPTY_HEADER; HEADERS_MAX];
        let mut response = Response::new(&mut headers);
        match (response.parse(&self.bytes), response.code) {
            (Ok(Status::Partial), _) => None,
            (Ok(Status::Complete(_)), Some(200..300)) => Some(Ok(())),
            (Ok(Status::Complete(_)), Some(401 | 407)) => Some(Err(Obstacle::ProxyCredentials)),
            (Ok(Status::Complete(_)), Some(status)) => Some(Err(Obstacle::ProxyRefused { status })),
            (Ok(Status::Complete(_)), None) | (Err(_), _) => Some(Err(Obstacle::NoProxy)),
        }
    }
}

const HEAD_BYTES_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn say(text: &str) -> (Option<Result<(), Obstacle>>, usize) {
        let mut answer = Answer::default();
        let mut taken = 0;
        let said = text.bytes().find_map(|byte| {
            taken += 1;
            answer.take(byte)
        });
        (said, text.len() - taken)
    }

    #[test]
    fn an_answer_ends_where_it_ends() {
        let refused = |status| Some(Err(Obstacle::ProxyRefused { status }));
        for (text, said, left) in [
            ("HTTP/1.0 200 Connection established\r\nvia: x\r\n\r\nrest", Some(Ok(())), 4),
            ("HTTP/1.1 200 OK\n\n", Some(Ok(())), 0),
            ("HTTP/1.1 407 No\r\n\r\n<html>", Some(Err(Obstacle::ProxyCredentials)), 6),
            ("HTTP/1.0 401 No\r\n\r\n", Some(Err(Obstacle::ProxyCredentials)), 0),
            ("HTTP/1.1 403 No\r\n\r\n", refused(403), 0),
            ("HTTP/1.1 302 Portal\r\nlocation: /\r\n\r\n", refused(302), 0),
            ("HTTP/1.1 200 OK\r\nvia: x\r\n", None, 0),
            ("SSH-2.0-x\r\n", Some(Err(Obstacle::NoProxy)), 0),
        ] {
            assert_eq!(say(text), (said, left), "{text}");
        }
        let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(1 << 20));
        assert_eq!(say(&endless), (Some(Err(Obstacle::NoProxy)), endless.len() - HEAD_BYTES_MAX));
    }

    #[test]
    fn a_proxy_is_asked_for_a_host_and_a_port() {
        let peer = |host: &str| Peer { host: host.into(), port: 443, is_encrypted: true };
        let question = |authorization: Option<&HeaderValue>, host: &str| {
            String::from_utf8(super::question(authorization, &peer(host))).expect("text")
        };
        assert_eq!(question(None, "::1"), "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n");
        let basic = HeaderValue::from_static("Basic x");
        assert_eq!(
            question(Some(&basic), "a"),
            "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nProxy-Authorization: Basic x\r\n\r\n"
        );
    }
}
