//! Starting a conversation and coming back to it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::http::reply::Reply;
use crate::plan::fault::UrlFlaw;
use crate::profile::traits::{Opening, StreamUrlStyle};
use crate::routes::Exchange;
use crate::routes::body::{Access, object_reply, read_user};
use crate::routes::refusal::Refusal;
use crate::service::conversation::FROM_THE_START;
use crate::service::recording::recite;
use crate::service::{Shared, State};

/// Starts the token's conversation, or a new one.
pub(crate) fn start(shared: &Arc<Shared>, exchange: &Exchange<'_>) -> Result<Reply, Refusal> {
    let (reply, conversation, later) = shared.with(|state| {
        let (reply, conversation, is_new) = state.start(exchange)?;
        let greeting = if is_new { state.greeting() } else { Vec::new() };
        let later = state.say_at_once(&conversation, greeting);
        Ok::<_, Refusal>((reply, conversation, later))
    })?;
    if !later.is_empty() {
        // The start is answered while the bot is still talking.
        tokio::spawn(recite(Arc::clone(shared), conversation, later));
    }
    Ok(reply)
}

impl State {
    fn start(&mut self, exchange: &Exchange<'_>) -> Result<(Reply, String, bool), Refusal> {
        let traits = self.traits();
        let access = self.authorise(exchange.request)?;
        let named = if traits.needs_user { None } else { read_user(&exchange.request.body)? };
        let (conversation, user) = match access {
            Access::Secret | Access::Anyone => (self.mint_conversation(), named),
            Access::Token(token) => {
                let user = token.user.or(named);
                (token.conversation, user)
            }
        };
        if traits.needs_user && user.is_none() {
            return Err(Refusal::MissingUser);
        }
        let known = self.conversations.get_mut(&conversation);
        let known = known.ok_or(Refusal::UnknownConversation)?;
        let is_new = !known.started;
        known.started = true;
        let mut answer = self.token_answer(exchange, &conversation, user.as_deref());
        self.add_stream_url(&mut answer, exchange, &conversation, FROM_THE_START, 0);
        for (name, value) in traits.start_extras {
            answer.insert(String::from(*name), json!(value));
        }
        let status = (traits.start_status)(is_new, self.options.bot_status);
        Ok((object_reply(status, answer), conversation, is_new))
    }

    /// Offers a socket that continues after the watermark.
    pub(crate) fn reconnect(
        &mut self,
        exchange: &Exchange<'_>,
        conversation: &str,
    ) -> Result<Reply, Refusal> {
        let access = self.admit(exchange.request, conversation)?;
        if matches!(access, Access::Secret) && self.options.require_user {
            return Err(Refusal::MissingUser);
        }
        let heeds_watermarks = self.traits().stream.opening == Opening::FromWatermark;
        let asked = exchange.watermark()?.filter(|_| heeds_watermarks);
        let position = self.position(conversation, asked.as_deref())?;
        // Omitted and empty mean the same: only what comes after this request.
        let newest = self.conversations.get(conversation).map_or(0, |known| known.records.len());
        let position = position.unwrap_or(newest);
        let watermark = asked
            .or_else(|| self.watermark_before(conversation, position))
            .unwrap_or_else(|| String::from(FROM_THE_START));
        let mut answer = self.token_answer(exchange, conversation, access.user());
        self.add_stream_url(&mut answer, exchange, conversation, &watermark, position);
        Ok(object_reply(200, answer))
    }

    /// The position after a watermark; `None` without one, a refusal if it is unknown.
    pub(crate) fn position(
        &self,
        conversation: &str,
        watermark: Option<&str>,
    ) -> Result<Option<usize>, Refusal> {
        let Some(watermark) = watermark else { return Ok(None) };
        let known = self.conversations.get(conversation);
        let style = self.options.watermarks;
        let position = known.and_then(|known| known.position_after(watermark, style));
        position.map(Some).ok_or(Refusal::UnknownWatermark)
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
        let flaw = shape.stream_url;
        let url = match self.traits().stream_url {
            StreamUrlStyle::Watermarked | StreamUrlStyle::Plain => {
                let position = if shape.replay_all { 0 } else { position };
                let authority = self.authority(exchange.request);
                self.mint_stream_url(conversation, watermark, position, &authority, flaw)
            }
            StreamUrlStyle::Empty => without_url(flaw, Some(Some(String::new()))),
            StreamUrlStyle::Absent => without_url(flaw, None),
        };
        if let Some(url) = url {
            answer.insert(String::from("streamUrl"), json!(url));
        }
    }
}

/// The `streamUrl` of a server that has none to offer; only flaws that need no URL show.
fn without_url(flaw: Option<UrlFlaw>, usual: Option<Option<String>>) -> Option<Option<String>> {
    match flaw {
        Some(UrlFlaw::Empty) => Some(Some(String::new())),
        Some(UrlFlaw::Null) => Some(None),
        Some(UrlFlaw::Missing) => None,
        Some(
            UrlFlaw::Expired
            | UrlFlaw::Escaped
            | UrlFlaw::Https
            | UrlFlaw::Http
            | UrlFlaw::Relative,
        )
        | None => usual,
    }
}
