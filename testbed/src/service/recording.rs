//! Saying something in a conversation: stamp, record, deliver.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::json;
use tokio::time::sleep;

use crate::bot::{Heard, Line};
use crate::log::{Author, LogEvent};
use crate::script::END_OF_CONVERSATION;
use crate::service::activity::Activity;
use crate::service::conversation::{Record, Recorded};
use crate::service::{Shared, State};

impl State {
    /// Records what a user said and delivers it; gives its id and what the bot has to say to it.
    pub(crate) fn hear(&mut self, conversation: &str, activity: Activity) -> (String, Vec<Line>) {
        let kind = activity.text("type").unwrap_or_default();
        let text = activity.text("text").unwrap_or_default();
        let id = self.record(conversation, activity, Author::User).unwrap_or_default();
        self.post_count += 1;
        self.deliver(conversation);
        let ordinal = self.count_message(conversation, &kind);
        let heard = Heard { id: &id, kind: &kind, text: &text, ordinal };
        let lines = self.options.bot.reply(&heard);
        (id, lines)
    }

    /// Records what the bot said and delivers it; gives its id, if it has one.
    pub(crate) fn say(&mut self, conversation: &str, activity: Activity) -> Option<String> {
        let id = self.record(conversation, activity, Author::Bot);
        self.deliver(conversation);
        id
    }

    /// Says the lines that need no waiting; gives back the rest.
    pub(crate) fn say_at_once(&mut self, conversation: &str, lines: Vec<Line>) -> Vec<Line> {
        let ready = lines.iter().take_while(|line| line.delay.is_zero()).count();
        let mut lines = lines;
        let later = lines.split_off(ready);
        for line in lines {
            if let Some(activity) = Activity::parse(&line.activity) {
                self.say(conversation, activity);
            }
        }
        later
    }

    /// Lets the bot end the conversation, unless it has done so before.
    pub(crate) fn end_conversation(&mut self, conversation: &str) {
        let Some(known) = self.conversations.get_mut(conversation) else { return };
        if known.ended {
            return;
        }
        known.ended = true;
        let end = Activity::parse(END_OF_CONVERSATION).unwrap_or_default();
        self.record(conversation, end, Author::Bot);
    }

    /// Stamps and records an activity without delivering it.
    fn record(
        &mut self,
        conversation: &str,
        mut activity: Activity,
        author: Author,
    ) -> Option<String> {
        let stamp = self.stamper.stamp(SystemTime::now());
        let known = self.conversations.get_mut(conversation)?;
        let number = known.take_number();
        let id = stamp_id(&mut activity, format!("{conversation}|{number:07}"), author);
        stamp_time(&mut activity, &stamp, author);
        activity.set("channelId", &"directline");
        activity.set("conversation", &json!({ "id": conversation }));
        if author == Author::Bot && !activity.has("from") {
            activity.set("from", &json!({ "id": "testbot", "name": "Testbot", "role": "bot" }));
        }
        let kind = activity.text("type").unwrap_or_default();
        let json = activity.to_json();
        let recorded = Recorded { id: id.clone(), kind: kind.clone(), json, author };
        known.records.push(Record { number, recorded });
        let conversation = String::from(conversation);
        self.note(LogEvent::ActivityRecorded { conversation, id: id.clone(), kind, author });
        id
    }

    fn count_message(&mut self, conversation: &str, kind: &str) -> u64 {
        let Some(known) = self.conversations.get_mut(conversation) else { return 0 };
        known.message_count += u64::from(kind == "message");
        known.message_count
    }
}

/// Says the lines one after the other, each after its delay.
pub(crate) async fn recite(shared: Arc<Shared>, conversation: String, lines: Vec<Line>) {
    for line in lines {
        sleep(line.delay).await;
        if let Some(activity) = Activity::parse(&line.activity) {
            shared.with(|state| state.say(&conversation, activity));
        }
    }
}

/// The bot's side may bring an id of its own, to update an activity, or `null` for none at all.
fn stamp_id(activity: &mut Activity, id: String, author: Author) -> Option<String> {
    if author == Author::Bot && activity.is_null("id") {
        activity.remove("id");
        return None;
    }
    let own = if author == Author::Bot { activity.text("id") } else { None };
    let id = own.unwrap_or(id);
    activity.set("id", &id);
    Some(id)
}

/// The bot's side may bring a time of its own, or `null` for none at all.
fn stamp_time(activity: &mut Activity, stamp: &str, author: Author) {
    if author == Author::Bot && activity.is_null("timestamp") {
        activity.remove("timestamp");
    } else if author == Author::User || !activity.has("timestamp") {
        activity.set("timestamp", &stamp);
    }
}
