//! The log, as far as a test is interested in it, and waiting for what it waits for.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use crate::control::query::{Query, refused};
use crate::control::{Refused, object};
use crate::http::Request;
use crate::http::reply::Reply;
use crate::log::{EVENTS, LogEntry};
use crate::service::{Shared, State};

/// What of the log is wanted.
struct Wanted {
    after: u64,
    conversation: Option<String>,
    event: Option<String>,
}

/// The entries after a number; where there are none, they are waited for.
pub(super) async fn read(shared: &Arc<Shared>, request: &Request) -> Result<Reply, Refused> {
    let query = Query::of(request, &["after", "conversation", "event", "wait_ms"])?;
    let event = query.text("event");
    if let Some(event) = event.filter(|event| !EVENTS.contains(event)) {
        let known = EVENTS.join(", ");
        let message = format!("the parameter `event` is {event:?}, it must be one of {known}");
        return Err(refused(message));
    }
    let wanted = Wanted {
        after: query.number("after", 0..=AFTER_MAX)?.unwrap_or(0),
        conversation: query.text("conversation").map(String::from),
        event: event.map(String::from),
    };
    let patience = query.number("wait_ms", 0..=WAIT_MS_MAX)?.unwrap_or(0);
    let until = Instant::now() + Duration::from_millis(patience);
    loop {
        // Registered before the look, so that nothing happens unnoticed in between.
        let mut news = Box::pin(shared.news.notified());
        news.as_mut().enable();
        let (entries, next) = shared.look(|state| state.select(&wanted));
        let is_over = !entries.is_empty() || timeout_at(until, news).await.is_err();
        if is_over {
            return Ok(object(200, &json!({ "entries": entries, "next": next })));
        }
    }
}

impl State {
    /// The entries that are wanted, and the number of the last one there is.
    fn select(&self, wanted: &Wanted) -> (Vec<Value>, u64) {
        let log = &self.log;
        let numbered = (log.forgotten() + 1..).zip(log.entries());
        let skipped = usize::try_from(wanted.after.saturating_sub(log.forgotten()));
        let entries = numbered
            .skip(skipped.unwrap_or(usize::MAX))
            .filter_map(|(number, entry)| wanted.show(number, entry));
        (entries.collect(), log.total())
    }
}

impl Wanted {
    fn show(&self, number: u64, entry: &LogEntry) -> Option<Value> {
        let concerns = |conversation: &String| entry.event.concerns(conversation);
        // An entry is a plain object.
        let mut shown = serde_json::to_value(entry).ok()?;
        let is_wanted = self.conversation.as_ref().is_none_or(concerns)
            && self.event.as_ref().is_none_or(|event| shown["event"] == **event);
        shown["number"] = json!(number);
        is_wanted.then_some(shown)
    }
}

/// As far as numbers are whole in every language.
const AFTER_MAX: u64 = (1 << 53) - 1;
/// Longer than any test should wait at a stretch, and shorter than proxies do.
const WAIT_MS_MAX: u64 = 60_000;
