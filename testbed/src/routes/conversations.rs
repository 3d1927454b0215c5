//! Starting a conversation and coming back to it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::http::reply::Reply;
use crate::routes::Exchange;
use crate::routes::body::{Access, object_reply, read_user};
use crate::service::conversation::FROM_THE_START;
use crate::service::recording::recite;
use crate::service::{Shared, State};

/// Starts the token's conversation, or a new one with the secret.
pub(crate) fn start(shared: &Arc<Shared>, exchange: &Exchange<'_>) -> Result<Reply, Reply> {
    let (reply, conversation, later) = shared.with(|state| {
        let (reply, conversation, is_new) = state.start(exchange)?;
        let greeting = if is_new { state.options.bot.greet() } else { Vec::new() };
        let later = state.say_at_once(&conversation, greeting);
        Ok::<_, Reply>((reply, conversation, later))
    })?;
    if !later.is_empty() {
        // The start is answered while the bot is still talking.
        tokio::spawn(recite(Arc::clone(shared), conversation, later));
    }
    Ok(reply)
}

impl State {
    fn start(&mut self, exchange: &Exchange<'_>) -> Result<(Reply, String, bool), Reply> {
        let access = self.authorise(exchange.request)?;
        let named = read_user(&exchange.request.body)?;
        let (conversation, user) = match access {
            Access::Secret => (self.mint_conversation(), named),
            Access::Token(token) => {
                let user = token.user.or(named);
                (token.conversation, user)
            }
        };
        let Some(known) = self.conversations.get_mut(&conversation) else {
            return Err(Reply::error(404, "BadArgument", "Unknown conversation"));
        };
        let is_new = !known.started;
        known.started = true;
        let wrong = exchange.shape.wrong_conversation;
        let mut answer = self.token_answer(&conversation, user.as_deref(), wrong);
        self.add_stream_url(&mut answer, exchange, &conversation, FROM_THE_START, 0);
        answer.insert(String::from("referenceGrammarId"), json!(REFERENCE_GRAMMAR));
        let status = if is_new { 201 } else { 200 };
        Ok((object_reply(status, answer), conversation, is_new))
    }

    /// Offers a socket that continues after the watermark.
    pub(crate) fn reconnect(
        &mut self,
        exchange: &Exchange<'_>,
        conversation: &str,
    ) -> Result<Reply, Reply> {
        let access = self.admit(exchange.request, conversation)?;
        if matches!(access, Access::Secret) && self.options.require_user {
            return Err(Reply::error(400, "MissingProperty", "Missing user ID"));
        }
        let asked = exchange.request.parameter("watermark").filter(|text| !text.is_empty());
        let position = self.position(exchange, conversation, asked.as_deref())?;
        // Omitted and empty mean the same: only what comes after this request.
        let newest = self.conversations.get(conversation).map_or(0, |known| known.records.len());
        let position = position.unwrap_or(newest);
        let watermark = asked
            .or_else(|| self.watermark_before(conversation, position))
            .unwrap_or_else(|| String::from(FROM_THE_START));
        let wrong = exchange.shape.wrong_conversation;
        let mut answer = self.token_answer(conversation, access.user(), wrong);
        self.add_stream_url(&mut answer, exchange, conversation, &watermark, position);
        Ok(object_reply(200, answer))
    }

    /// The position after a watermark; `None` without one, a refusal if it is unknown.
    pub(crate) fn position(
        &self,
        exchange: &Exchange<'_>,
        conversation: &str,
        watermark: Option<&str>,
    ) -> Result<Option<usize>, Reply> {
        let Some(watermark) = watermark else { return Ok(None) };
        let known = self.conversations.get(conversation);
        let style = self.options.watermarks;
        let position = known.and_then(|known| known.position_after(watermark, style));
        match position.filter(|_| !exchange.shape.refuse_watermark) {
            Some(position) => Ok(Some(position)),
            None => Err(Reply::error(400, "BadArgument", "Invalid watermark")),
        }
    }

    fn add_stream_url(
        &mut self,
        answer: &mut Map<String, Value>,
        exchange: &Exchange<'_>,
        conversation: &str,
        watermark: &str,
        position: usize,
    ) {
        let shape = &exchange.shape;
        let position = if shape.replay_all { 0 } else { position };
        let authority = self.authority(exchange.request);
        let flaw = shape.stream_url;
        let url = self.mint_stream_url(conversation, watermark, position, &authority, flaw);
        if let Some(url) = url {
            answer.insert(String::from("streamUrl"), json!(url));
        }
    }
}

/// The real service names a speech grammar here; clients carry it around unread.
const REFERENCE_GRAMMAR: &str = "00000000-0000-4000-8000-000000000000";
