//! Cards and suggested actions in few words.

use serde_json::{Map, Value, json};

/// A member that is not what it must be.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    pub(super) member: &'static str,
    pub(super) value: Value,
    pub(super) allowed: &'static str,
}

/// Whether an activity has a short form that has to be written out.
pub(super) fn is_short(activity: &Map<String, Value>) -> bool {
    ["suggest", "hero", "adaptive"].iter().any(|member| activity.contains_key(*member))
}

/// The activity with its short forms written out; what has no type is a message.
pub(super) fn spell_out(mut activity: Map<String, Value>) -> Result<Map<String, Value>, Wrong> {
    if let Some(suggested) = activity.remove("suggest") {
        let actions = actions("suggest", suggested)?;
        activity.insert(String::from("suggestedActions"), json!({ "actions": actions }));
    }
    let mut cards = Vec::new();
    if let Some(hero) = activity.remove("hero") {
        let mut content = object("hero", hero)?;
        if let Some(buttons) = content.remove("buttons") {
            let buttons = actions("hero.buttons", buttons)?;
            content.insert(String::from("buttons"), json!(buttons));
        }
        cards.push(json!({ "contentType": HERO, "content": content }));
    }
    if let Some(adaptive) = activity.remove("adaptive") {
        let mut content = object("adaptive", adaptive)?;
        content.entry("type").or_insert_with(|| json!("AdaptiveCard"));
        content.entry("version").or_insert_with(|| json!(ADAPTIVE_VERSION));
        cards.push(json!({ "contentType": ADAPTIVE, "content": content }));
    }
    if !cards.is_empty() {
        let attachments = activity.entry("attachments").or_insert_with(|| json!([]));
        match attachments {
            Value::Array(attachments) => attachments.extend(cards),
            other => {
                let value = other.take();
                let allowed = "a list of attachments";
                return Err(Wrong { member: "attachments", value, allowed });
            }
        }
    }
    activity.entry("type").or_insert_with(|| json!("message"));
    Ok(activity)
}

/// Actions, of which a text says itself.
fn actions(member: &'static str, value: Value) -> Result<Vec<Value>, Wrong> {
    let spelt = |item: &Value| match item {
        Value::String(text) => Some(json!({ "type": "imBack", "title": text, "value": text })),
        Value::Object(_) => Some(item.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    };
    let items = value.as_array().and_then(|items| items.iter().map(spelt).collect());
    items.ok_or(Wrong { member, value, allowed: "a list of texts and actions" })
}

fn object(member: &'static str, value: Value) -> Result<Map<String, Value>, Wrong> {
    match value {
        Value::Object(content) => Ok(content),
        value => Err(Wrong { member, value, allowed: "a table or an object" }),
    }
}

const HERO: &str = "application/vnd.microsoft.card.hero";
const ADAPTIVE: &str = "application/vnd.microsoft.card.adaptive";
/// The newest that every renderer in use understands.
const ADAPTIVE_VERSION: &str = "1.3";

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(activity: Value) -> Result<Value, Wrong> {
        spell_out(activity.as_object().cloned().unwrap_or_default()).map(Value::Object)
    }

    #[test]
    fn short_forms_are_what_they_stand_for() {
        let button = json!({ "type": "imBack", "title": "Red", "value": "Red" });
        let open = json!({ "type": "openUrl", "title": "Look", "value": "https://x.example" });
        assert_eq!(
            spelt(json!({ "text": "Which?", "suggest": ["Red", open] })),
            Ok(json!({
                "type": "message",
                "text": "Which?",
                "suggestedActions": { "actions": [button, open] },
            }))
        );
        assert_eq!(
            spelt(json!({
                "attachments": [1],
                "hero": { "title": "T", "buttons": ["Red"] },
                "adaptive": { "body": [] },
            })),
            Ok(json!({
                "type": "message",
                "attachments": [
                    1,
                    { "contentType": HERO, "content": { "title": "T", "buttons": [button] } },
                    {
                        "contentType": ADAPTIVE,
                        "content": { "type": "AdaptiveCard", "version": "1.3", "body": [] },
                    },
                ],
            }))
        );
    }

    #[test]
    fn what_is_written_out_stays_as_it_is() {
        let event = json!({ "type": "event", "name": "x", "value": { "suggest": 1 } });
        assert_eq!(spelt(event.clone()), Ok(event));
    }

    #[test]
    fn what_can_be_no_card_is_named() {
        let wrong = |activity| spelt(activity).expect_err("wrong").member;
        assert_eq!(wrong(json!({ "hero": "x" })), "hero");
        assert_eq!(wrong(json!({ "adaptive": [] })), "adaptive");
        assert_eq!(wrong(json!({ "attachments": 1, "hero": {} })), "attachments");
    }
}
