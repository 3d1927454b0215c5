//! WIRE: what both drivers need of HTTP, TLS and WebSocket, in one place each.

use directline::{Body, CloseReason, Config, Failure, Input, Request, RequestId, SocketId};
use http::header::{HeaderValue, RETRY_AFTER, USER_AGENT};
use http::{Response, Uri};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Error, Message, Utf8Bytes};

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
        Ok(Message::Text(text)) => {
            Heard::Fact(Input::Frame { socket, text: text.as_str().to_owned() })
        }
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
        Err(error) => Heard::Over(lost(&error)),
    }
}

/// A WebSocket that cannot go on, as a reason.
pub(crate) fn lost(error: &Error) -> CloseReason {
    match error {
        Error::Capacity(_) => CloseReason::FrameTooLarge,
        // The library cannot read on behind a text that is no text.
        Error::Utf8(_) => CloseReason::Unreadable,
        _ => CloseReason::Broken,
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

/// The limits of the configuration in the words of the WebSocket library. What it reads at once it holds
/// all the time, and fills with zeros before every read: its own 128 KiB would be most of what an idle
/// conversation costs.
pub(crate) fn socket_limits(config: &Config, read_bytes: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(read_bytes)
        .max_message_size(Some(config.frame_bytes_max()))
        .max_frame_size(Some(config.frame_bytes_max()))
}

/// A request as it goes out.
pub(crate) fn outgoing(message: Request) -> http::Request<Body> {
    signed(message.into_http())
}

/// A request with the name of this client.
pub(crate) fn signed(mut request: http::Request<Body>) -> http::Request<Body> {
    request.headers_mut().insert(USER_AGENT, PRODUCT);
    request
}

/// What became of a request, as a fact.
pub(crate) fn answered(request: RequestId, result: Result<Response<Vec<u8>>, Failure>) -> Input {
    match result {
        Ok(response) => Input::Response { request, response },
        Err(failure) => Input::RequestFailed { request, failure },
    }
}

/// Whether the service asks for a wait. The session knows whole milliseconds that have passed, and would
/// count from the beginning of the one in which it is told: it is told at the end of that, so that the
/// wait is none too short by a part of it. Nothing else is told late: no service has a claim to the
/// session's own pauses, and what is lost is taken up at once.
pub(crate) fn asks_to_wait(fact: &Input) -> bool {
    let Input::Response { response, .. } = fact else { return false };
    response.headers().contains_key(RETRY_AFTER)
}

/// The address to connect to for a WebSocket, with the scheme that HTTP libraries know.
pub(crate) fn dialled(url: &Uri) -> Option<Uri> {
    let mut parts = url.clone().into_parts();
    let is_encrypted = parts.scheme.as_ref()?.as_str().eq_ignore_ascii_case("wss");
    let scheme = if is_encrypted { http::uri::Scheme::HTTPS } else { http::uri::Scheme::HTTP };
    parts.scheme = Some(scheme);
    Uri::from_parts(parts).ok()
}

/// What RFC 6455, 7.1.5, calls a close frame without a code.
const NO_CODE: u16 = 1005;
const PRODUCT: HeaderValue =
    HeaderValue::from_static(concat!("directline-client/", env!("CARGO_PKG_VERSION")));
