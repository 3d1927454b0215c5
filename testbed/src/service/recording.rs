//! Saying something in a conversation: stamp, record, deliver.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use serde_json::json;
use tokio::time::sleep;

use crate::bot::Heard;
use crate::log::{Author, LogEvent};
use crate::profile::traits::{Ids, is_success};
use crate::script::{END_OF_CONVERSATION, Line};
use crate::service::activity::Activity;
use crate::service::conversation::{Record, Recorded};
use crate::service::{Shared, State};

impl State {
    /// Records what a user said and delivers it; gives its id and what the bot has to say to it.
    pub(crate) fn hear(&mut self, conversation: &str, activity: Activity) -> (String, Vec<Line>) {
        let kind = activity.text("type").unwrap_or_default();
        let text = activity.text("text").unwrap_or_default();
        let id = self.record(conversation, activity, Author::User, true).unwrap_or_default();
        self.post_count += 1;
        self.deliver(conversation);
        let ordinal = self.count_message(conversation, &kind);
        let heard = Heard { id: &id, kind: &kind, text: &text, ordinal };
        let lines = if self.bot_works() { self.options.bot.reply(&heard) } else { Vec::new() };
        (id, lines)
    }

    /// Records what the bot said in answer to something and delivers it; gives its id, if it has
    /// one.
    pub(crate) fn say(&mut self, conversation: &str, activity: Activity) -> Option<String> {
        let id = self.record(conversation, activity, Author::Bot, true);
        self.deliver(conversation);
        id
    }

    /// Records what the bot said of its own accord, unless it names what it answers; gives its id,
    /// if it has one.
    pub(crate) fn speak_up(&mut self, conversation: &str, activity: Activity) -> Option<String> {
        let is_pushed = self.traits().stream.pushes_proactive || activity.has("replyToId");
        let id = self.record(conversation, activity, Author::Bot, is_pushed);
        self.deliver(conversation);
        id
    }

    /// What the bot says when a conversation starts.
    pub(crate) fn greeting(&self) -> Vec<Line> {
        if self.bot_works() { self.options.bot.greet() } else { Vec::new() }
    }

    /// A bot that answers with an error has nothing to say.
    fn bot_works(&self) -> bool {
        is_success(self.options.bot_status)
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
        self.record(conversation, end, Author::Bot, true);
    }

    /// Stamps and records an activity without delivering it.
    fn record(
        &mut self,
        conversation: &str,
        mut activity: Activity,
        author: Author,
        is_pushed: bool,
    ) -> Option<String> {
        let ids = self.traits().ids;
        let stamp = self.stamper.stamp(SystemTime::now());
        let known = self.conversations.get_mut(conversation)?;
        let number = known.take_number();
        known.last_said = Some(Instant::now());
        let id = match ids {
            Ids::Numbered => format!("{conversation}|{number:07}"),
            Ids::Guids => self.names.guid(),
        };
        let id = stamp_id(&mut activity, id, author);
        stamp_time(&mut activity, &stamp, author);
        activity.set("channelId", &"directline");
        activity.set("conversation", &json!({ "id": conversation }));
        if author == Author::Bot && !activity.has("from") {
            activity.set("from", &json!({ "id": "testbot", "name": "Testbot", "role": "bot" }));
        }
        let kind = activity.text("type").unwrap_or_default();
        let json = activity.to_json();
        let recorded = Recorded { id: id.clone(), kind: kind.clone(), json, author };
        known.records.push(Record { number, recorded, is_pushed });
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
