//! Objects as raw members, for what has to be looked at without being taken apart.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, raw and in order.
#[derive(Default)]
pub(crate) struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Those of the object that a body is; `None` for anything else.
    pub(crate) fn of_body(body: &'a [u8]) -> Option<Members<'a>> {
        serde_json::from_str(std::str::from_utf8(body).ok()?).ok()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a RawValue, &'a RawValue)> {
        self.0.iter().copied()
    }

    /// The value under `name`; of several the last, as everywhere in serde_json.
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        let is_named = |(key, _): &&(&RawValue, &RawValue)| text(key).as_deref() == Some(name);
        self.0.iter().rev().find(is_named).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'de>, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
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

/// The text of a JSON string; `None` for any other value, and for one with half a surrogate pair.
pub(crate) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    unquoted(raw.get())
}

/// As [`text`], of JSON that is known to be good.
pub(crate) fn unquoted(json: &str) -> Option<Cow<'_, str>> {
    let rest = json.strip_prefix('"')?;
    if rest.contains('\\') {
        return serde_json::from_str(json).map(Cow::Owned).ok();
    }
    rest.strip_suffix('"').map(Cow::Borrowed)
}
