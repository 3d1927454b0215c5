//! Reading activities page by page, and posting one.

use std::sync::Arc;

use tokio::time::timeout;

use crate::http::reply::Reply;
use crate::profile::traits::{BotOutcome, Counts, Paging};
use crate::routes::Exchange;
use crate::routes::body::{Access, read_object};
use crate::routes::refusal::{Denial, Refusal};
use crate::script::Line;
use crate::service::activity::Activity;
use crate::service::frame::{SetShape, Stretch, Watermarks, write_set};
use crate::service::recording::recite;
use crate::service::{Shared, State};

/// Records an activity; answers when the bot has handled it.
pub(crate) async fn post(
    shared: &Arc<Shared>,
    exchange: &Exchange<'_>,
    conversation: &str,
) -> Result<Reply, Denial> {
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
) -> Result<Reply, Denial> {
    let (patience, status) =
        shared.with(|state| (state.options.bot_patience, state.options.bot_status));
    let mut outcome = BotOutcome::Answered(status);
    if !later.is_empty() {
        // On its own, so that the bot goes on when the patience or the client is gone.
        let turn = tokio::spawn(recite(Arc::clone(shared), String::from(conversation), later));
        if timeout(patience, turn).await.is_err() {
            outcome = BotOutcome::Late;
        }
    }
    (shared.traits.conclude_turn)(outcome, id)
}

impl State {
    /// Records what a client says in the name of its user; gives its id and what is said later.
    pub(crate) fn accept(
        &mut self,
        conversation: &str,
        mut activity: Activity,
        access: &Access,
        user: Option<&str>,
    ) -> Result<(String, Vec<Line>), Refusal> {
        if activity.text("type").is_none_or(|kind| kind.is_empty()) {
            return Err(Refusal::Unacceptable("The activity has no type"));
        }
        let mut from = activity.object("from").unwrap_or_default();
        let own = from.text("id").filter(|id| !id.is_empty());
        let bound = access.user();
        // A user whose id the service vouches for can't be replaced by the client.
        let vouched = bound.filter(|user| user.starts_with(VOUCHED_PREFIX));
        let speaker = vouched.or(own.as_deref()).or(user).or(bound);
        let Some(speaker) = speaker else {
            return Err(Refusal::Unacceptable("The activity says not who it is from"));
        };
        from.set("id", &speaker);
        activity.set_object("from", from);
        self.test_socket(conversation)?;
        let (id, lines) = self.hear(conversation, activity);
        Ok((id, self.say_at_once(conversation, lines)))
    }

    /// Breaks on a socket that is gone but still served, once.
    fn test_socket(&mut self, conversation: &str) -> Result<(), Refusal> {
        let known = self.conversations.get_mut(conversation);
        match known.is_some_and(|known| std::mem::take(&mut known.is_broken)) {
            true => Err(Refusal::BrokenSocket),
            false => Ok(()),
        }
    }

    /// A page of what the client hasn't got yet; without a watermark, from the start.
    pub(crate) fn page(
        &mut self,
        exchange: &Exchange<'_>,
        conversation: &str,
    ) -> Result<Reply, Refusal> {
        self.admit(exchange.request, conversation)?;
        let asked = exchange.watermark()?;
        let (json, watermarks) = match self.traits().paging {
            Paging::Watermarks => {
                let start = self.position(conversation, asked.as_deref())?.unwrap_or(0);
                let (json, end) = self.take_page(conversation, start);
                (json, self.covering(conversation, Stretch { start, end }))
            }
            Paging::Counts(counts) => self.take_rest(conversation, asked.as_deref(), counts),
        };
        let shape = &exchange.shape;
        // Patches are applied to the answer as a whole.
        let set = SetShape { bad_element: shape.bad_element, ..SetShape::default() };
        let watermark = watermarks.spoilt_by(shape.watermark);
        let text = write_set(json.iter().map(String::as_str), watermark.as_deref(), &set);
        Ok(Reply::json(200, &text))
    }

    /// All activities but those that the watermark skips.
    fn take_rest(
        &mut self,
        conversation: &str,
        asked: Option<&str>,
        counts: Counts,
    ) -> (Vec<String>, Watermarks) {
        let skipped = asked.map_or(Some(0), |asked| counts.skipped(asked));
        let known = self.conversations.get_mut(conversation);
        let (Some(skipped), Some(known)) = (skipped, known) else {
            return (Vec::new(), Watermarks::null());
        };
        if counts.prunes {
            // What hasn't been said yet can't be skipped for ever.
            known.pruned = known.pruned.max(skipped.min(known.records.len()));
        }
        let rest = known.records.iter().skip(skipped.max(known.pruned));
        let json = rest.map(|record| record.recorded.json.clone()).collect();
        let count = known.records.len();
        (json, Watermarks::number(if counts.prunes { count } else { count.max(skipped) }))
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
fn read_activity(body: &[u8]) -> Result<Activity, Refusal> {
    if body.len() > ACTIVITY_BYTES_MAX {
        return Err(Refusal::TooLarge("The activity exceeds 262144 bytes"));
    }
    read_object(body)
}

impl Counts {
    /// How many activities a watermark skips; `None` if the answer is nothing at all.
    fn skipped(self, watermark: &str) -> Option<usize> {
        let number = watermark.trim().parse().ok();
        // The word is what a careless client makes of a missing watermark; it counts as none.
        number.or(if self.answers_null && watermark != "null" { None } else { Some(0) })
    }
}

/// The documented limit of the real service.
const ACTIVITY_BYTES_MAX: usize = 262_144;
/// What ids of users begin with whom the service vouches for.
const VOUCHED_PREFIX: &str = "dl_";
