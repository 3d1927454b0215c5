//! The handshake: from a stream URL to a WebSocket.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::http::connection::Outcome;
use crate::http::reply::Reply;
use crate::log::LogEvent;
use crate::routes::Exchange;
use crate::service::State;

impl State {
    /// Opens a socket for a good stream URL; any other is refused.
    pub(crate) fn upgrade(&mut self, exchange: &Exchange<'_>, conversation: &str) -> Outcome {
        let request = exchange.request;
        let key = request
            .header("sec-websocket-key")
            .filter(|_| request.header_lists("connection", "upgrade"))
            .filter(|_| request.header_lists("upgrade", "websocket"))
            .filter(|_| request.header_lists("sec-websocket-version", "13"));
        let Some(key) = key else {
            let message = "Only a WebSocket handshake is served here";
            return Outcome::Reply(Reply::error(400, "BadArgument", message));
        };
        let ticket = self.redeem(request.target(), exchange.arrived);
        let Some(ticket) = ticket.filter(|ticket| ticket.conversation == conversation) else {
            let message = "Invalid or expired stream URL";
            return Outcome::Reply(Reply::error(403, "BadArgument", message));
        };
        if exchange.answer_is_lost {
            // The URL is used up, but no socket opens.
            return Outcome::Drop;
        }
        let reply = Reply { status: 101, headers: Vec::new(), body: Bytes::new() }
            .with_header("Upgrade", "websocket")
            .with_header("Connection", "Upgrade")
            .with_header("Sec-WebSocket-Accept", &derive_accept_key(key.as_bytes()))
            .with_header("x-ms-request-id", &self.trace_id(exchange.number));
        self.note(LogEvent::RequestAnswered { request: exchange.number, status: 101 });
        Outcome::Upgrade(reply, self.open_socket(ticket))
    }
}
