//! Reading activities page by page, and posting one.

use std::sync::Arc;

use serde_json::json;
use tokio::time::timeout;

use crate::bot::Line;
use crate::http::reply::Reply;
use crate::routes::Exchange;
use crate::routes::body::Access;
use crate::service::activity::Activity;
use crate::service::frame::{SetShape, Stretch, write_set};
use crate::service::recording::recite;
use crate::service::{Shared, State};

/// Records an activity; answers when the bot has handled it.
pub(crate) async fn post(
    shared: &Arc<Shared>,
    exchange: &Exchange<'_>,
    conversation: &str,
) -> Result<Reply, Reply> {
    let (id, later) = shared.with(|state| {
        let access = state.admit(exchange.request, conversation)?;
        let activity = read_activity(&exchange.request.body)?;
        state.accept(conversation, activity, &access, None)
    })?;
    finish_turn(shared, conversation, &id, later).await
}

/// Waits for the bot, as long as the service's patience lasts.
pub(crate) async fn finish_turn(
    shared: &Arc<Shared>,
    conversation: &str,
    id: &str,
    later: Vec<Line>,
) -> Result<Reply, Reply> {
    if !later.is_empty() {
        let patience = shared.with(|state| state.options.bot_patience);
        // On its own, so that the bot goes on when the patience or the client is gone.
        let turn = tokio::spawn(recite(Arc::clone(shared), String::from(conversation), later));
        if timeout(patience, turn).await.is_err() {
            let message = "Failed to send activity: bot timed out";
            return Err(Reply::error(502, "BotError", message));
        }
    }
    Ok(Reply::json(200, &json!({ "id": id }).to_string()))
}

impl State {
    /// Records what a client says in the name of its user; gives its id and what is said later.
    pub(crate) fn accept(
        &mut self,
        conversation: &str,
        mut activity: Activity,
        access: &Access,
        user: Option<&str>,
    ) -> Result<(String, Vec<Line>), Reply> {
        if activity.text("type").is_none_or(|kind| kind.is_empty()) {
            return Err(Reply::error(400, "BadArgument", "The activity has no type"));
        }
        let mut from = activity.object("from").unwrap_or_default();
        let own = from.text("id").filter(|id| !id.is_empty());
        let bound = access.user();
        // A user whose id the service vouches for can't be replaced by the client.
        let vouched = bound.filter(|user| user.starts_with(VOUCHED_PREFIX));
        let speaker = vouched.or(own.as_deref()).or(user).or(bound);
        let Some(speaker) = speaker else {
            return Err(Reply::error(400, "BadArgument", "The activity says not who it is from"));
        };
        from.set("id", &speaker);
        activity.set_object("from", from);
        let (id, lines) = self.hear(conversation, activity);
        Ok((id, self.say_at_once(conversation, lines)))
    }

    /// A page of what is newer than the watermark; without one, from the start.
    pub(crate) fn page(
        &mut self,
        exchange: &Exchange<'_>,
        conversation: &str,
    ) -> Result<Reply, Reply> {
        self.admit(exchange.request, conversation)?;
        let asked = exchange.request.parameter("watermark").filter(|text| !text.is_empty());
        let start = self.position(exchange, conversation, asked.as_deref())?.unwrap_or(0);
        let (json, end) = self.take_page(conversation, start);
        let shape = &exchange.shape;
        // Patches are applied to the answer as a whole.
        let set = SetShape { bad_element: shape.bad_element, ..SetShape::default() };
        let stretch = Stretch { start, end };
        let watermark = self.write_watermark(conversation, stretch, shape.watermark);
        let text = write_set(json.iter().map(String::as_str), watermark.as_deref(), &set);
        Ok(Reply::json(200, &text))
    }

    /// The activities of a page and the position where it ends. Typing is for sockets only; it
    /// takes no place on a page, but the watermark moves past it.
    fn take_page(&self, conversation: &str, start: usize) -> (Vec<String>, usize) {
        let known = self.conversations.get(conversation);
        let records = known.map(|known| known.records.as_slice()).unwrap_or_default();
        let mut page = Vec::new();
        let mut end = start;
        for record in records.iter().skip(start) {
            if page.len() == self.options.page_size.max(1) {
                break;
            }
            if record.recorded.kind != "typing" {
                page.push(record.recorded.json.clone());
            }
            end += 1;
        }
        (page, end)
    }
}

/// Reads a posted activity, or says why it can't be one.
fn read_activity(body: &[u8]) -> Result<Activity, Reply> {
    if body.len() > ACTIVITY_BYTES_MAX {
        let message = "The activity exceeds 262144 bytes";
        return Err(Reply::error(413, "MessageSizeTooBig", message));
    }
    std::str::from_utf8(body)
        .ok()
        .and_then(Activity::parse)
        .ok_or_else(|| Reply::error(400, "BadSyntax", "The body is not a JSON object"))
}

/// The documented limit of the real service.
const ACTIVITY_BYTES_MAX: usize = 262_144;
/// What ids of users begin with whom the service vouches for.
const VOUCHED_PREFIX: &str = "dl_";
