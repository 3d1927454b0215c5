//! WIRE: what both drivers need of HTTP, TLS and WebSocket, in one place each.

use directline::{CloseReason, Config, Failure, Input, Request, RequestId, SocketId};
use http::header::{AUTHORIZATION, HeaderValue, LOCATION, RETRY_AFTER, USER_AGENT};
use http::{Response, Uri};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Error, Message, Utf8Bytes};

use crate::route::Peer;

/// What came of listening to a WebSocket once.
#[derive(Debug)]
pub(crate) enum Heard {
    Fact(Input),
    Nothing,
    Over(CloseReason),
}

/// What a WebSocket library says, as a fact.
pub(crate) fn heard(socket: SocketId, message: Result<Message, Error>) -> Heard {
    match message {
        Ok(Message::Text(text)) => Heard::Fact(Input::Frame { socket, text: text.to_string() }),
        Ok(Message::Binary(bytes)) => Heard::Fact(match String::from_utf8(bytes.into()) {
            Ok(text) => Input::Frame { socket, text },
            Err(_) => Input::Garbled { socket },
        }),
        Ok(Message::Pong(_)) => Heard::Fact(Input::Pong { socket }),
        // The library answers pings by itself, and never gives raw frames to readers.
        Ok(Message::Ping(_) | Message::Frame(_)) => Heard::Nothing,
        Ok(Message::Close(frame)) => Heard::Over(match frame {
            Some(frame) => {
                CloseReason::Closed { code: frame.code.into(), reason: frame.reason.to_string() }
            }
            None => CloseReason::Closed { code: NO_CODE, reason: String::new() },
        }),
        Err(Error::Capacity(_)) => Heard::Over(CloseReason::FrameTooLarge),
        // The library cannot read on behind a text that is no text.
        Err(Error::Utf8(_)) => Heard::Over(CloseReason::Unreadable),
        Err(_) => Heard::Over(CloseReason::Broken),
    }
}

/// A handshake that failed, as a fact.
pub(crate) fn refused(error: &Error) -> CloseReason {
    let status = match error {
        Error::Http(response) => Some(response.status().as_u16()),
        _ => None,
    };
    CloseReason::Refused { status }
}

/// What a socket that is no longer wanted is closed with.
pub(crate) fn goodbye() -> CloseFrame {
    CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::default() }
}

/// The limits of the configuration in the words of the WebSocket library.
pub(crate) fn socket_limits(config: &Config) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .max_message_size(Some(config.frame_bytes_max()))
        .max_frame_size(Some(config.frame_bytes_max()))
}

/// A request as it goes out.
pub(crate) fn outgoing(message: Request) -> http::Request<Vec<u8>> {
    signed(message.into_http())
}

/// A request with the name of this client.
pub(crate) fn signed(mut request: http::Request<Vec<u8>>) -> http::Request<Vec<u8>> {
    request.headers_mut().insert(USER_AGENT, PRODUCT);
    request
}

/// The bearer that a request carries, in small letters; nothing where it carries none.
pub(crate) fn bearer<T>(request: &http::Request<T>) -> String {
    let value = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    String::from_utf8_lossy(value).to_ascii_lowercase()
}

/// An answer that points elsewhere than to whom `asked` (a URL, and the bearer) was sent. One that
/// says how long to wait is left to the session.
pub(crate) fn redirected<T>(asked: &(Uri, String), response: &Response<T>) -> Option<Failure> {
    if !response.status().is_redirection() || response.headers().contains_key(RETRY_AFTER) {
        return None;
    }
    let (from, bearer) = asked;
    let to = Uri::try_from(response.headers().get(LOCATION)?.as_bytes()).ok()?;
    let (here, there) = (Peer::of(from)?, Peer::of(&to)?);
    let scheme = to.scheme_str()?;
    let place = match to.port_u16() {
        Some(_) => there.authority(),
        None => to.host()?.to_owned(),
    };
    // A host that repeats what it was told in confidence is not repeated.
    let mut labels = place.split(['.', ':']).filter(|label| label.len() >= QUOTED_BYTES_MIN);
    let is_quoted = labels.any(|label| bearer.contains(&label.to_ascii_lowercase()));
    (here != there && !is_quoted)
        .then(|| Failure::Redirected { to: format!("{scheme}://{place}").into() })
}

/// What became of a request, as a fact.
pub(crate) fn answered(request: RequestId, result: Result<Response<Vec<u8>>, Failure>) -> Input {
    match result {
        Ok(response) => Input::Response { request, response },
        Err(failure) => Input::RequestFailed { request, failure },
    }
}

/// The address to connect to for a WebSocket, with the scheme that HTTP libraries know.
pub(crate) fn dialled(url: &Uri) -> Option<Uri> {
    let mut parts = url.clone().into_parts();
    let is_encrypted = parts.scheme.as_ref()?.as_str().eq_ignore_ascii_case("wss");
    let scheme = if is_encrypted { http::uri::Scheme::HTTPS } else { http::uri::Scheme::HTTP };
    parts.scheme = Some(scheme);
    Uri::from_parts(parts).ok()
}

/// What a socket holds all the time and reads at once. The library's own 128 KiB, which it fills
/// with zeros before every read, would be most of what an idle conversation costs.
const READ_BYTES: usize = 16 << 10;
/// Shorter pieces of a bearer are words that anybody may use.
const QUOTED_BYTES_MIN: usize = 12;
/// What RFC 6455, 7.1.5, calls a close frame without a code.
const NO_CODE: u16 = 1005;
const PRODUCT: HeaderValue =
    HeaderValue::from_static(concat!("directline-client/", env!("CARGO_PKG_VERSION")));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_told_with_its_origin_alone() {
        // Covers: CR-7, CR-8
        let asked = |bearer: &str| {
            let uri = Uri::from_static("http://x.example:8080/v3/directline/conversations");
            (uri, format!("bearer {bearer}"))
        };
        let to = |status: u16, location: &str, bearer: &str| {
            let response = Response::builder().status(status).header(LOCATION, location).body(());
            redirected(&asked(bearer), &response.expect("a response"))
        };
        let told = |to: &str| Some(Failure::Redirected { to: to.into() });
        for (location, expected) in [
            ("https://x.example/v3?t=1", told("https://x.example")),
            ("https://u:p@y.example:8443/", told("https://y.example:8443")),
            ("http://x.example/", told("http://x.example")),
            ("http://[::1]:8080/", told("http://[::1]:8080")),
            ("http://x.example:8080/elsewhere", None),
            ("/elsewhere", None),
            ("ftp://y.example/", None),
            ("not a url", None),
        ] {
            assert_eq!(to(301, location, "t"), expected, "{location}");
        }
        assert_eq!(to(200, "https://y.example/", "t"), None);
        // Who repeats a bearer as a name is not repeated.
        assert_eq!(to(302, "https://AbCdEfGhIjKlMn.example/", "x.abcdefghijklmn.y"), None);
        let response = Response::builder().status(503).header(LOCATION, "https://y.example/");
        assert_eq!(redirected(&asked("t"), &response.body(()).expect("a response")), None);
        // A wait that was asked for is left to the session.
        let response = Response::builder().status(307).header(LOCATION, "https://y.example/");
        let response = response.header(RETRY_AFTER, "5").body(()).expect("a response");
        assert_eq!(redirected(&asked("t"), &response), None);
    }
}
