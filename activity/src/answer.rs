//! What pressing a button does.

use serde_json::{Value, json};

use crate::action::{ActionKind, CardAction};
use crate::activity::{Activity, ActivityKind};
use crate::build::of;
use crate::invalid::Invalid;
use crate::text::is_harmful;

/// What pressing a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a button that was pressed does nothing by itself"]
pub enum Answer {
    /// Something to post, which has no sender yet; see [`Activity::with_from`].
    Post(Box<Activity>),
    /// A link to open; nothing is posted. It is the bot's own and nobody has looked where it
    /// leads: show it before anything opens it.
    Open(String),
}

impl CardAction {
    /// What pressing it does, by its kind:
    ///
    /// | kind | what is done |
    /// |---|---|
    /// | `imBack` | posts a message that says `value`, or `title` where there is no value |
    /// | `postBack` | posts a message that nobody is shown: `value` as its text, else as its value; `channelData.postBack` is `true` |
    /// | `messageBack` | posts a message with `text` and `value`; `channelData.messageBack.displayText` is what is shown |
    /// | `invoke` | posts an invocation with the action's `name` and `value` |
    /// | `openUrl`, `signin`, `call`, `downloadFile`, `showImage`, `playAudio`, `playVideo` | posts nothing: the link in `value` is to be opened |
    ///
    /// The id is that of the activity which the button came with.
    ///
    /// ```
    /// use directline_activity::{Answer, CardAction};
    /// use serde_json::json;
    ///
    /// let button = CardAction::from_value(json!({"type": "imBack", "title": "Yes", "value": "yes"}));
    /// let Answer::Post(answer) = button.answer(Some("c|7"))? else { panic!("it says something") };
    /// assert_eq!(answer.text.as_deref(), Some("yes"));
    /// assert_eq!(answer.reply_to_id.as_deref(), Some("c|7"));
    /// # Ok::<(), directline_activity::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// If the kind is not among these, or a field is not what the kind asks for. Nothing is made
    /// up in its place.
    pub fn answer(&self, reply_to: Option<&str>) -> Result<Answer, Invalid> {
        let mut activity = match &self.kind {
            Some(ActionKind::ImBack) => Activity::message(self.said()?),
            Some(ActionKind::PostBack) => self.post_back()?,
            Some(ActionKind::MessageBack) => self.message_back()?,
            Some(ActionKind::Invoke) => self.invoke()?,
            Some(
                ActionKind::OpenUrl
                | ActionKind::SignIn
                | ActionKind::Call
                | ActionKind::DownloadFile
                | ActionKind::ShowImage
                | ActionKind::PlayAudio
                | ActionKind::PlayVideo,
            ) => return self.link().map(Answer::Open),
            Some(ActionKind::Payment | ActionKind::Other(_)) | None => {
                let kind = self.kind.as_ref().map(|kind| Value::from(kind.as_str()));
                let kind = kind.as_ref().or_else(|| self.rest.get("type"));
                return Err(Invalid::json("type", kind, KINDS));
            }
        };
        if let Some(id) = reply_to {
            activity = activity.with_reply_to(id)?;
        }
        Ok(Answer::Post(Box::new(activity)))
    }

    fn said(&self) -> Result<String, Invalid> {
        match (&self.value, &self.title) {
            (Some(Value::String(text)), _) | (None, Some(text)) if !text.is_empty() => {
                Ok(text.clone())
            }
            (value, _) => Err(Invalid::json("value", value.as_ref(), "what is to be said")),
        }
    }

    fn post_back(&self) -> Result<Activity, Invalid> {
        let mut activity = of(ActivityKind::Message);
        match &self.value {
            Some(Value::String(text)) => activity.text = Some(text.clone()),
            Some(value) => activity.value = Some(value.clone()),
            None => return Err(Invalid::json("value", None, "what the bot is to be told")),
        }
        activity.channel_data = Some(json!({"postBack": true}));
        Ok(activity)
    }

    fn message_back(&self) -> Result<Activity, Invalid> {
        if self.text.is_none() && self.value.is_none() {
            let text = self.rest.get("text");
            return Err(Invalid::json("text", text, "a text, unless there is a value"));
        }
        let mut activity = of(ActivityKind::Message);
        activity.text.clone_from(&self.text);
        activity.value.clone_from(&self.value);
        let shown = self.display_text.as_ref();
        let shown = shown.map_or_else(|| json!({}), |text| json!({"displayText": text}));
        activity.channel_data = Some(json!({"messageBack": shown}));
        Ok(activity)
    }

    fn invoke(&self) -> Result<Activity, Invalid> {
        let name = self.rest.get("name");
        let Some(name) = name.and_then(Value::as_str).filter(|name| !name.is_empty()) else {
            return Err(Invalid::json("name", name, "the name of an invocation"));
        };
        let name = Some(name.to_owned());
        Ok(Activity { name, value: self.value.clone(), ..of(ActivityKind::Invoke) })
    }

    fn link(&self) -> Result<String, Invalid> {
        let (begin, allowed) = match self.kind {
            Some(ActionKind::Call) => ("tel:", "a telephone number with tel: in front"),
            _ => ("", "a link that holds no data of its own"),
        };
        let refused = || Invalid::json("value", self.value.as_ref(), allowed);
        let Some(Value::String(link)) = &self.value else { return Err(refused()) };
        let link = link.trim();
        let scheme = link.to_ascii_lowercase();
        let is_link = !link.is_empty() && !link.contains(is_harmful);
        if is_link && scheme.starts_with(begin) && !scheme.starts_with("data:") {
            Ok(link.to_owned())
        } else {
            Err(refused())
        }
    }
}

/// The kinds that can be answered.
const KINDS: &str = "imBack, postBack, messageBack, invoke, openUrl, signin, call, downloadFile, \
    showImage, playAudio or playVideo";
