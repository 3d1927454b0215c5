//! Activities in words, with their buttons.

use directline_activity::text::{Button, Style, buttons, line, show};
use directline_activity::{Activity, ActivityKind};

/// What an activity says. All of it is harmless for a terminal.
pub(crate) struct Words {
    pub(crate) text: String,
    pub(crate) buttons: Vec<Button>,
}

/// Who says it, on one line.
pub(crate) fn speaker(activity: &Activity) -> String {
    let from = activity.from.as_ref();
    let name = from.and_then(|from| from.name.as_deref()).filter(|name| !name.is_empty());
    let name = name.or_else(|| from.and_then(|from| from.id.as_deref()));
    line(name.unwrap_or("somebody"))
}

/// An activity in words; `None` for what is no news to a reader.
pub(crate) fn words(activity: &Activity, style: Style) -> Option<Words> {
    let kind = activity.kind.as_ref().map_or("message", ActivityKind::as_str);
    let what = match kind {
        "typing" => return None,
        "message" => None,
        "endOfConversation" => Some("[ends the conversation]".to_owned()),
        kind => {
            let name = activity.name.as_deref().unwrap_or_default();
            Some(line(&format!("[{}]", format!("{kind} {name}").trim_end())))
        }
    };
    let shown = show(activity, style);
    let text = match (what, shown.text.is_empty()) {
        (Some(what), true) => what,
        (Some(what), false) => format!("{what}\n{}", shown.text),
        (None, false) => shown.text,
        // It is for the bot alone.
        (None, true) if is_post_back(activity) => return None,
        (None, true) => "[empty message]".into(),
    };
    Some(Words { text, buttons: shown.buttons })
}

/// How many of the buttons are suggested actions, which are the last and good for one answer.
pub(crate) fn suggested(activity: &Activity) -> usize {
    let mut alone = Activity::default();
    alone.suggested_actions.clone_from(&activity.suggested_actions);
    buttons(&alone).len()
}

fn is_post_back(activity: &Activity) -> bool {
    activity.channel_data.as_ref().is_some_and(|data| data["postBack"] == true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn activities_are_described_in_words() {
        for (activity, expected) in [
            (json!({"type": "message", "text": "hi"}), Some("hi")),
            (json!({"type": "typing"}), None),
            (json!({"type": "event", "name": "x\n\u{1b}"}), Some("[event x \\u{1b}]")),
            (json!({"type": "endOfConversation"}), Some("[ends the conversation]")),
            (
                json!({"type": "message", "attachments": [
                    {"contentType": "image/png", "contentUrl": "https://x.example/a.png"}
                ]}),
                Some("[attachment image/png] https://x.example/a.png"),
            ),
            (
                json!({"suggestedActions": {"actions": [
                    {"type": "imBack", "title": "a", "value": "a"},
                    {"type": "imBack", "title": "b", "value": "b"},
                ]}}),
                Some("  [1] a\n  [2] b"),
            ),
            (json!({"type": 7, "text": [], "attachments": {}}), Some("[empty message]")),
            (json!({"type": "message", "text": "x", "channelData": {"postBack": true}}), None),
        ] {
            let words = words(&Activity::from_value(activity.clone()), Style::Plain);
            assert_eq!(words.map(|words| words.text).as_deref(), expected, "{activity}");
        }
    }
}
