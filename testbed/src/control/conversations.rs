//! Conversations: what was said in them, and what the host lets happen there.

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use crate::control::{Refused, fields, object};
use crate::http::reply::Reply;
use crate::plan::error::PlanError;
use crate::script::read_said;
use crate::service::State;
use crate::service::activity::Activity;
use crate::service::conversation::Record;

impl State {
    pub(super) fn list_conversations(&self) -> Reply {
        let conversations: Vec<Value> = self
            .conversations
            .iter()
            .map(|(id, known)| {
                json!({
                    "conversation": id,
                    "started": known.started,
                    "activities": known.records.len(),
                    "socket": known.socket,
                })
            })
            .collect();
        object(200, &json!({ "conversations": conversations }))
    }

    /// All that was said, with the very bytes that frames and pages carry.
    pub(super) fn show_conversation(&self, id: &str) -> Result<Reply, Refused> {
        let known = self.conversations.get(id).ok_or_else(|| self.unknown_conversation(id))?;
        let said: Vec<Box<RawValue>> = known.records.iter().filter_map(show).collect();
        let mut shown = Activity::default();
        shown.set("conversation", &id);
        shown.set("started", &known.started);
        shown.set("socket", &known.socket);
        shown.set("activities", &said);
        Ok(Reply::json(200, &shown.to_json()))
    }

    pub(super) fn drop_conversation(&mut self, id: &str) -> Result<Reply, Refused> {
        match self.forget(id) {
            true => Ok(Reply::empty(204)),
            false => Err(self.unknown_conversation(id)),
        }
    }

    /// Says what a script could say.
    pub(super) fn let_bot_say(&mut self, id: &str, body: &[u8]) -> Result<Reply, Refused> {
        let text = std::str::from_utf8(body).unwrap_or_default();
        let activity = read_said("the activity", text)?;
        if !self.conversations.contains_key(id) {
            return Err(self.unknown_conversation(id));
        }
        let said = self.speak_up(id, activity);
        Ok(object(201, &json!({ "id": said })))
    }

    pub(super) fn renumber_from(&mut self, id: &str, body: &[u8]) -> Result<Reply, Refused> {
        let mut fields = fields("the numbering", body)?;
        let next = fields.number("next", 0..=NUMBER_MAX)?.unwrap_or(0);
        fields.finish()?;
        match self.renumber(id, next) {
            true => Ok(Reply::empty(204)),
            false => Err(self.unknown_conversation(id)),
        }
    }

    /// A token for a conversation that nobody has started yet.
    pub(super) fn hand_out_token(&mut self, body: &[u8]) -> Result<Reply, Refused> {
        let mut fields = fields("the token", body)?;
        let user = fields.text("user")?;
        fields.finish()?;
        if user.as_deref() == Some("") {
            let wanted = "the token: `user` is \"\", it must be a text that isn't empty";
            return Err(PlanError::new(String::from(wanted)).into());
        }
        let conversation = self.mint_conversation();
        let token = self.mint_token(&conversation, user.as_deref());
        Ok(object(201, &json!({ "conversation": conversation, "token": token })))
    }

    fn unknown_conversation(&self, id: &str) -> Refused {
        let known: Vec<String> = self.conversations.keys().cloned().collect();
        Refused::unknown("conversation", id, &known)
    }
}

fn show(record: &Record) -> Option<Box<RawValue>> {
    let recorded = &record.recorded;
    let mut shown = Activity::default();
    shown.set("author", &recorded.author);
    shown.set_object("activity", Activity::parse(&recorded.json)?);
    to_raw_value(&RawValue::from_string(shown.to_json()).ok()?).ok()
}

/// Ids have room for seven digits.
const NUMBER_MAX: u64 = 9_999_999;
