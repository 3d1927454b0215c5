//! Activities: read without touching what is inside, stamped like the real service does.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

/// A JSON object whose members keep their bytes, so that `channelData` passes unmodified.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    members: BTreeMap<String, Box<RawValue>>,
}

impl Activity {
    /// Reads a JSON object; `None` if it is anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let members = serde_json::from_str(text).ok()?;
        Some(Activity { members })
    }

    /// A member that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.members.get(name)?.get()).ok()
    }

    /// A member of the object that is itself an object.
    pub(crate) fn object(&self, name: &str) -> Option<Activity> {
        Activity::parse(self.members.get(name)?.get())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(|value| value.get() == "null")
    }

    pub(crate) fn set(&mut self, name: &str, value: &impl Serialize) {
        let raw = serde_json::value::to_raw_value(value).expect("texts and maps always serialise");
        self.members.insert(String::from(name), raw);
    }

    pub(crate) fn set_object(&mut self, name: &str, object: Activity) {
        self.set(name, &object.members);
    }

    /// The elements of a member that is an array, as they are; none if it is something else.
    pub(crate) fn elements(&self, name: &str) -> Vec<Box<RawValue>> {
        let elements = self.members.get(name).map(|value| serde_json::from_str(value.get()));
        elements.and_then(Result::ok).unwrap_or_default()
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.members.remove(name);
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(&self.members).expect("raw values always serialise")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_bytes() {
        let mut activity =
            Activity::parse(r#"{"channelData": {"b":1.00, "a" : 1e400}}"#).expect("a JSON object");
        activity.set("type", &"message");
        assert_eq!(
            activity.to_json(),
            r#"{"channelData":{"b":1.00, "a" : 1e400},"type":"message"}"#
        );
    }

    #[test]
    fn only_objects_are_activities() {
        for text in ["[]", "null", "1", "", "{", r#""x""#] {
            assert!(Activity::parse(text).is_none(), "{text}");
        }
    }
}
