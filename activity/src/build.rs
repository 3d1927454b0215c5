//! Activities that a client sends.

use serde_json::Value;

use crate::activity::{Account, Activity, ActivityKind};
use crate::invalid::Invalid;

impl Activity {
    /// Something said. The text may be empty, since attachments may say it all.
    ///
    /// ```
    /// use directline_activity::Activity;
    ///
    /// let message = Activity::message("hello").with_from("user1")?.with_reply_to("c|7")?;
    /// assert_eq!(
    ///     message.to_json(),
    ///     r#"{"from":{"id":"user1"},"replyToId":"c|7","text":"hello","type":"message"}"#,
    /// );
    /// # Ok::<(), directline_activity::Invalid>(())
    /// ```
    #[must_use]
    pub fn message(text: impl Into<String>) -> Activity {
        Activity { text: Some(text.into()), ..of(ActivityKind::Message) }
    }

    /// News for the bot, by name, with whatever that event carries.
    ///
    /// ```
    /// use directline_activity::Activity;
    /// use serde_json::json;
    ///
    /// let event = Activity::event("webchat/join", json!({"locale": "de"}))?;
    /// assert_eq!(event.name.as_deref(), Some("webchat/join"));
    /// # Ok::<(), directline_activity::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// If the name is empty: an event is nothing without one.
    pub fn event(
        name: impl Into<String>,
        value: impl Into<Option<Value>>,
    ) -> Result<Activity, Invalid> {
        let name = not_empty("name", name.into(), "the name of an event")?;
        Ok(Activity { name: Some(name), value: value.into(), ..of(ActivityKind::Event) })
    }

    /// The end of the conversation, after which nothing is said.
    #[must_use]
    pub fn end_of_conversation() -> Activity {
        of(ActivityKind::EndOfConversation)
    }

    /// The user is at work.
    #[must_use]
    pub fn typing() -> Activity {
        of(ActivityKind::Typing)
    }

    /// Says who sends it.
    ///
    /// # Errors
    /// If the id is empty.
    pub fn with_from(mut self, id: impl Into<String>) -> Result<Activity, Invalid> {
        let id = not_empty("from.id", id.into(), "the id of a user")?;
        self.from = Some(Account { id: Some(id), ..Account::default() });
        Ok(self)
    }

    /// Says which activity it answers.
    ///
    /// # Errors
    /// If the id is empty.
    pub fn with_reply_to(mut self, id: impl Into<String>) -> Result<Activity, Invalid> {
        self.reply_to_id = Some(not_empty("replyToId", id.into(), "the id of an activity")?);
        Ok(self)
    }
}

pub(crate) fn of(kind: ActivityKind) -> Activity {
    Activity { kind: Some(kind), ..Activity::default() }
}

fn not_empty(field: &str, text: String, allowed: &str) -> Result<String, Invalid> {
    if text.trim().is_empty() { Err(Invalid::text(field, &text, allowed)) } else { Ok(text) }
}
