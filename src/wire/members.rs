//! Objects as raw members, for what has to be looked at without being taken apart.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object, raw and in order.
#[derive(Default)]
pub(crate) struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'a> Members<'a> {
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

/// The values under these names in the object that a body is, each as [`Members::get`] finds it;
/// `None` for a body that is anything else.
pub(crate) fn members<'a, const N: usize>(
    body: &'a [u8],
    names: [&str; N],
) -> Option<[Option<&'a RawValue>; N]> {
    let body = std::str::from_utf8(body).ok()?;
    let mut json = serde_json::Deserializer::from_str(body);
    let found = json.deserialize_map(NamedVisitor(names)).ok()?;
    json.end().ok().map(|()| found)
}

struct NamedVisitor<'n, const N: usize>([&'n str; N]);

impl<'de, const N: usize> Visitor<'de> for NamedVisitor<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            let name = text(key);
            if let Some(place) = self.0.iter().position(|own| name.as_deref() == Some(*own)) {
                found[place] = Some(value);
            }
        }
        Ok(found)
    }
}

/// The text of a JSON string; `None` for any other value, and for one with half a surrogate pair.
pub(crate) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    unquoted(raw.get())
}

/// As [`text`], of JSON that is known to be good.
pub(crate) fn unquoted(json: &str) -> Option<Cow<'_, str>> {
    let rest = json.strip_prefix('"')?;
    if rest.as_bytes().contains(&b'\\') {
        return serde_json::from_str(json).map(Cow::Owned).ok();
    }
    rest.strip_suffix('"').map(Cow::Borrowed)
}
