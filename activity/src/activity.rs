//! The activity itself, and who takes part in it.

use serde_json::Value;

use crate::action::SuggestedActions;
use crate::attachment::Attachment;
use crate::entity::{Entity, StreamInfo};
use crate::halves;
use crate::member::{object, words};

object! {
    /// One thing that somebody says or does in a conversation.
    ///
    /// Fields of which the schema says nothing more than "a string" are strings, among them
    /// timestamps. A field is absent where its member is missing, `null`, or of another type; the
    /// member is then found in [`rest`](Activity::rest).
    ///
    /// ```
    /// use directline_activity::{Activity, ActivityKind};
    ///
    /// let activity = Activity::from_json(
    ///     r#"{"type":"message","text":"hi","from":"a string","shoeSize":44}"#,
    /// )?;
    /// assert_eq!(activity.kind, Some(ActivityKind::Message));
    /// assert_eq!(activity.text.as_deref(), Some("hi"));
    /// // Not an account, and still there.
    /// assert_eq!(activity.from, None);
    /// assert_eq!(activity.rest.get("from").and_then(|from| from.as_str()), Some("a string"));
    /// assert_eq!(activity.to_value()["shoeSize"], 44);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    Activity {
        /// What is said or done.
        kind: Option<ActivityKind> = "type",
        /// The id that the service gave it.
        id: Option<String> = "id",
        /// When the service took it, as ISO 8601 in UTC.
        timestamp: Option<String> = "timestamp",
        /// When it was sent, as ISO 8601 with the sender's offset.
        local_timestamp: Option<String> = "localTimestamp",
        /// The sender's time zone, by its IANA name.
        local_timezone: Option<String> = "localTimezone",
        /// Where a bot would answer; not for clients.
        service_url: Option<String> = "serviceUrl",
        /// The channel, such as `directline`.
        channel_id: Option<String> = "channelId",
        /// Who says it.
        from: Option<Account> = "from",
        /// The conversation.
        conversation: Option<Account> = "conversation",
        /// Who it is for.
        recipient: Option<Account> = "recipient",
        /// The id of the activity that this one answers.
        reply_to_id: Option<String> = "replyToId",
        /// What is said.
        text: Option<String> = "text",
        /// `markdown`, `plain` or `xml`.
        text_format: Option<String> = "textFormat",
        /// What is to be spoken, as SSML.
        speak: Option<String> = "speak",
        /// `acceptingInput`, `expectingInput` or `ignoringInput`.
        input_hint: Option<String> = "inputHint",
        /// The language of the text.
        locale: Option<String> = "locale",
        /// What is shown where attachments can't be.
        summary: Option<String> = "summary",
        /// Which event, or which invocation.
        name: Option<String> = "name",
        /// What an event, an invocation or an answer to a card carries.
        value: Option<Value> = "value",
        /// What kind of thing `value` is.
        value_type: Option<String> = "valueType",
        /// What a trace is about.
        label: Option<String> = "label",
        /// Why a conversation ended.
        code: Option<String> = "code",
        /// `low`, `normal` or `high`.
        importance: Option<String> = "importance",
        /// How it is delivered.
        delivery_mode: Option<String> = "deliveryMode",
        /// When it stops to be of interest, as ISO 8601.
        expiration: Option<String> = "expiration",
        /// Cards, pictures, files.
        attachments: Vec<Attachment> = "attachments",
        /// `list` or `carousel`.
        attachment_layout: Option<String> = "attachmentLayout",
        /// Buttons below the message, good for one answer.
        suggested_actions: Option<SuggestedActions> = "suggestedActions",
        /// Facts about the activity.
        entities: Vec<Entity> = "entities",
        /// What a channel adds, in a shape of its own.
        channel_data: Option<Value> = "channelData",
        /// Who has joined.
        members_added: Vec<Account> = "membersAdded",
        /// Who has left.
        members_removed: Vec<Account> = "membersRemoved",
        /// What the conversation is about now.
        topic_name: Option<String> = "topicName",
        /// Another conversation that this is about.
        relates_to: Option<Value> = "relatesTo",
    }
}

object! {
    /// Somebody who takes part, or the conversation.
    Account {
        /// The id within the channel.
        id: Option<String> = "id",
        /// The name for people.
        name: Option<String> = "name",
        /// `user`, `bot` or `skill`.
        role: Option<String> = "role",
        /// The id in Azure Active Directory.
        aad_object_id: Option<String> = "aadObjectId",
        /// Of a conversation: whether it has more than two members.
        is_group: Option<bool> = "isGroup",
        /// Of a conversation: its kind within the channel.
        conversation_type: Option<String> = "conversationType",
        /// Of a conversation: the tenant it belongs to.
        tenant_id: Option<String> = "tenantId",
        /// What a channel adds.
        properties: Option<Value> = "properties",
    }
}

words! {
    /// What an activity is.
    ActivityKind {
        /// Something said.
        Message = "message",
        /// The sender is at work; with text, a piece of an answer that is being streamed.
        Typing = "typing",
        /// News for programs, by name.
        Event = "event",
        /// A call that has a return value.
        Invoke = "invoke",
        /// The end.
        EndOfConversation = "endOfConversation",
        /// Members came or went, or the topic is another.
        ConversationUpdate = "conversationUpdate",
        /// A contact was added or removed.
        ContactRelationUpdate = "contactRelationUpdate",
        /// The bot was installed or removed.
        InstallationUpdate = "installationUpdate",
        /// A message was changed.
        MessageUpdate = "messageUpdate",
        /// A message was taken back.
        MessageDelete = "messageDelete",
        /// Somebody liked it.
        MessageReaction = "messageReaction",
        /// Something for one member alone, about an earlier activity.
        Suggestion = "suggestion",
        /// A note for developers.
        Trace = "trace",
        /// Somebody else takes over.
        Handoff = "handoff",
        /// A channel's own command.
        Command = "command",
        /// What came of a command.
        CommandResult = "commandResult",
    }
}

impl Activity {
    /// Reads an activity.
    ///
    /// Two things come out another than they went in, since [`Value`] cannot hold them: half a
    /// character (`"\ud83d"`, where a bot has cut through one) becomes U+FFFD, and a whole number
    /// of more than 64 bits the nearest double.
    ///
    /// # Errors
    /// If the text is no JSON, has more than 128 levels, or a number beyond a double's.
    pub fn from_json(json: &str) -> Result<Activity, serde_json::Error> {
        serde_json::from_str(json).or_else(|error| match halves::replaced(json) {
            Some(whole) => serde_json::from_str(&whole),
            None => Err(error),
        })
    }

    /// As JSON, the way a session or a driver takes it.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.to_value().to_string()
    }

    /// What a display shows of its text. A user's answer to a card may be shown as something else,
    /// or not at all; see [`CardAction::answer`](crate::CardAction::answer).
    ///
    /// ```
    /// use directline_activity::Activity;
    /// use serde_json::json;
    ///
    /// let echo = Activity::from_value(json!({"type": "message", "text": "buy:7",
    ///     "channelData": {"messageBack": {"displayText": "I'll take it"}}}));
    /// assert_eq!(echo.shown_text(), Some("I'll take it"));
    /// ```
    #[must_use]
    pub fn shown_text(&self) -> Option<&str> {
        let is_bots = self.from.as_ref().is_some_and(|from| from.role.as_deref() == Some("bot"));
        let data = self.channel_data.as_ref().filter(|_| !is_bots);
        if data.is_some_and(|data| data["postBack"] == true) {
            return None;
        }
        let shown = data.and_then(|data| data["messageBack"]["displayText"].as_str());
        shown.filter(|shown| !shown.is_empty()).or(self.text.as_deref())
    }

    /// What it says of a stream of pieces that it belongs to: in `channelData`, else in an entity.
    ///
    /// ```
    /// use directline_activity::Activity;
    ///
    /// let piece = Activity::from_json(
    ///     r#"{"type":"typing","text":" is made","channelData":{"streamType":"streaming",
    ///         "chunkType":"delta","streamId":"e45b","streamSequence":2}}"#,
    /// )?;
    /// let info = piece.stream_info().expect("it is a piece");
    /// assert_eq!(info.stream_id.as_deref(), Some("e45b"));
    /// assert!(info.is_delta());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn stream_info(&self) -> Option<StreamInfo> {
        let in_channel_data = self.channel_data.as_ref().and_then(StreamInfo::read_channel_data);
        in_channel_data.or_else(|| self.entities.iter().find_map(Entity::stream_info))
    }
}
