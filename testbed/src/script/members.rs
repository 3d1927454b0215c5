//! The members that every activity may have, each with its type.

use serde_json::{Map, Value};

use crate::script::shorthand::Wrong;

/// Finds a known member of another type; what no list names may be anything.
///
/// `null` stands for what is absent, but where it is the type: nothing is said without one.
pub(super) fn check(activity: &Map<String, Value>) -> Result<(), Wrong> {
    for (name, value) in activity {
        let name = name.as_str();
        let find = |names: &[&'static str]| names.iter().find(|known| **known == name).copied();
        let wrong = [
            (find(TEXTS), value.is_string(), "a text"),
            (find(OBJECTS), value.is_object(), "a table or an object"),
            (find(LISTS), value.is_array(), "a list"),
        ];
        for (member, is_right, allowed) in wrong {
            let is_right = is_right || (value.is_null() && name != "type");
            if let Some(member) = member.filter(|_| !is_right) {
                return Err(Wrong { member, value: value.clone(), allowed });
            }
        }
    }
    Ok(())
}

const TEXTS: &[&str] = &[
    "type",
    "id",
    "timestamp",
    "localTimestamp",
    "localTimezone",
    "serviceUrl",
    "channelId",
    "replyToId",
    "text",
    "textFormat",
    "speak",
    "inputHint",
    "locale",
    "summary",
    "name",
    "valueType",
    "label",
    "code",
    "importance",
    "deliveryMode",
    "expiration",
    "attachmentLayout",
    "topicName",
];
const OBJECTS: &[&str] = &["from", "conversation", "recipient", "suggestedActions", "relatesTo"];
const LISTS: &[&str] = &["attachments", "entities", "membersAdded", "membersRemoved"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_known_member_has_its_type_and_others_have_any() {
        for (activity, wrong) in [
            (json!({ "type": "event", "id": null, "from": {}, "entities": [], "size": 5 }), None),
            (json!({ "value": 5, "channelData": [] }), None),
            (json!({ "type": null }), Some(("type", "a text"))),
            (json!({ "id": 5 }), Some(("id", "a text"))),
            (json!({ "from": "me" }), Some(("from", "a table or an object"))),
            (json!({ "attachments": {} }), Some(("attachments", "a list"))),
        ] {
            let found = check(activity.as_object().expect("an object")).err();
            assert_eq!(found.map(|it| (it.member, it.allowed)), wrong, "{activity}");
        }
    }

    #[test]
    fn the_description_has_every_member_with_its_type() {
        let text = include_str!("../control/openapi.yaml");
        for (names, kind) in [(TEXTS, "string"), (OBJECTS, "object"), (LISTS, "array")] {
            for name in names {
                let kind = match *name {
                    "type" => String::from(kind),
                    _ => format!("[{kind}, \"null\"]"),
                };
                let line = format!("\n                {name}: {{ type: {kind}");
                assert!(text.contains(&line), "{name}");
            }
        }
    }
}
