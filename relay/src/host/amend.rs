//! AMEND: the key of a post, put into `channelData.clientActivityID` of the activity; all else stays as
//! it was written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::core::PostKey;

/// The activity with `key` in it, or nothing where it is no JSON object.
pub(crate) fn keyed(activity: &str, key: &PostKey) -> Option<String> {
    let members: Members = serde_json::from_str(activity).ok()?;
    let key = serde_json::to_string(key.as_str()).ok()?;
    let data = members.0.iter().rev().find(|(name, _)| name == DATA);
    let data = match data.map(|(_, data)| serde_json::from_str::<Members>(data.get())) {
        Some(Ok(data)) => data,
        // What is no object is nothing that a service reads.
        Some(Err(_)) | None => Members::default(),
    };
    let data = data.with(KEY, &key);
    Some(members.with(DATA, &data))
}

/// The members of an object in order, each value as it was written.
#[derive(Default)]
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl Members<'_> {
    /// The object with this member last, in place of what had its name.
    fn with(&self, name: &str, value: &str) -> String {
        let mut text = String::from("{");
        for (own, value) in self.0.iter().filter(|(own, _)| own != name) {
            push(&mut text, own, value.get());
        }
        push(&mut text, name, value);
        text.push('}');
        text
    }
}

fn push(text: &mut String, name: &str, value: &str) {
    if text.len() > 1 {
        text.push(',');
    }
    text.push_str(&serde_json::Value::from(name).to_string());
    text.push(':');
    text.push_str(value);
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'de>, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

const DATA: &str = "channelData";
const KEY: &str = "clientActivityID";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_put_in_and_the_rest_stays_as_it_was() {
        let key = PostKey::new("k\"1").expect("a key");
        let keyed = |activity| keyed(activity, &key);
        for (given, made) in [
            ("{}", r#"{"channelData":{"clientActivityID":"k\"1"}}"#),
            (
                r#" {"n": 1.0e2 ,"text":"a\u0041" }"#,
                r#"{"n":1.0e2,"text":"a\u0041","channelData":{"clientActivityID":"k\"1"}}"#,
            ),
            (
                r#"{"channelData":{"a":[1, 2],"clientActivityID":"x"},"b":null}"#,
                r#"{"b":null,"channelData":{"a":[1, 2],"clientActivityID":"k\"1"}}"#,
            ),
            (r#"{"channelData":7}"#, r#"{"channelData":{"clientActivityID":"k\"1"}}"#),
        ] {
            assert_eq!(keyed(given).as_deref(), Some(made), "{given}");
        }
        for foreign in ["", "[]", "7", "{", "{}{}", "null", r#"{"a":}"#] {
            assert_eq!(keyed(foreign), None, "{foreign}");
        }
    }
}
