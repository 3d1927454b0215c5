//! The handshake: from a stream URL to a WebSocket.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::http::Request;
use crate::http::outcome::Outcome;
use crate::http::reply::Reply;
use crate::log::LogEvent;
use crate::profile::traits::SecondSocket;
use crate::routes::Exchange;
use crate::routes::refusal::{Denial, Refusal};
use crate::service::State;

impl State {
    /// Opens a socket for a good stream URL; any other is refused.
    pub(crate) fn upgrade(
        &mut self,
        exchange: &Exchange<'_>,
        conversation: &str,
    ) -> Result<Outcome, Denial> {
        let key = read_key(exchange.request)?;
        let ticket = self.redeem(exchange.request.target(), exchange.arrived);
        let ticket = ticket.filter(|ticket| ticket.conversation == conversation);
        let position = ticket.ok_or(Refusal::StaleStreamUrl)?.position;
        self.switch(exchange, &key, conversation, position)
    }

    /// Opens a socket for whatever waits to be sent; nobody needs a stream URL for it.
    pub(crate) fn upgrade_queue(
        &mut self,
        exchange: &Exchange<'_>,
        conversation: &str,
    ) -> Result<Outcome, Denial> {
        let key = read_key(exchange.request)?;
        let known = self.conversations.get(conversation).ok_or(Refusal::UnknownConversation)?;
        self.switch(exchange, &key, conversation, known.unsent)
    }

    fn switch(
        &mut self,
        exchange: &Exchange<'_>,
        key: &str,
        conversation: &str,
        position: usize,
    ) -> Result<Outcome, Denial> {
        if exchange.answer_is_lost {
            // The URL is used up, but no socket opens.
            return Ok(Outcome::Drop);
        }
        let first = self.conversations.get(conversation).and_then(|known| known.socket);
        if first.is_some() && self.traits().stream.second_socket == SecondSocket::Unanswered {
            return Err(Denial::Silence);
        }
        let reply = Reply { status: 101, headers: Vec::new(), body: Bytes::new() }
            .with_header("Upgrade", "websocket")
            .with_header("Connection", "Upgrade")
            .with_header("Sec-WebSocket-Accept", &derive_accept_key(key.as_bytes()))
            .with_header("x-ms-request-id", &self.trace_id(exchange.number));
        self.note(LogEvent::RequestAnswered { request: exchange.number, status: 101 });
        Ok(Outcome::Upgrade(reply, self.open_socket(conversation, position)))
    }
}

/// The key of a WebSocket handshake, if this is one.
fn read_key(request: &Request) -> Result<String, Refusal> {
    let key = request
        .header("sec-websocket-key")
        .filter(|_| request.header_lists("connection", "upgrade"))
        .filter(|_| request.header_lists("upgrade", "websocket"))
        .filter(|_| request.header_lists("sec-websocket-version", "13"));
    key.map(std::borrow::Cow::into_owned).ok_or(Refusal::NoHandshake)
}
