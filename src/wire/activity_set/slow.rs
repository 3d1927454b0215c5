//! The slow way: every value raw, each element by itself. For what is JSON and yet out of the
//! ordinary: bad elements, escaped keys, numbers and surrogates that serde_json's types refuse.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{ActivitySet, Element, Kind, position, text};
use crate::wire::timestamp::Timestamp;

/// Reads any JSON.
///
/// # Errors
///
/// When it is none, or when its activities are neither an array nor `null`.
pub(super) fn read(frame: &str) -> serde_json::Result<ActivitySet<'_>> {
    let mut set = ActivitySet::default();
    if !frame.trim_start().starts_with('{') {
        return serde_json::from_str::<IgnoredAny>(frame).map(|_| set);
    }
    let root: Members<'_> = serde_json::from_str(frame)?;
    for (key, value) in root.0 {
        match text(key).as_deref() {
            Some("activities") => {
                set.is_known = true;
                let elements: Option<Vec<&RawValue>> = serde_json::from_str(value.get())?;
                for raw in elements.into_iter().flatten() {
                    match element(frame, raw) {
                        Some(element) => set.activities.push(element),
                        None => set.bad_elements += 1,
                    }
                }
            }
            Some("watermark") => {
                set.is_known = true;
                set.watermark = position(value);
            }
            _ => {}
        }
    }
    Ok(set)
}

/// An activity; `None` for what is no object.
fn element<'a>(frame: &str, raw: &'a RawValue) -> Option<Element<'a>> {
    let members: Members<'a> = serde_json::from_str(raw.get()).ok()?;
    let start = raw.get().as_ptr() as usize - frame.as_ptr() as usize;
    // Of several members with one name the last counts, as everywhere in serde_json.
    let value = |name| {
        let same = |(key, _): &&(&'a RawValue, &'a RawValue)| text(key).as_deref() == Some(name);
        members.0.iter().rev().find(same).and_then(|(_, value)| text(value))
    };
    Some(Element {
        span: start..start + raw.get().len(),
        id: value("id").filter(|id| !id.is_empty()),
        kind: Kind::of(value("type").as_deref()),
        timestamp: value("timestamp").and_then(|text| Timestamp::parse(&text)),
    })
}

/// The members of an object, raw and in order.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

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
