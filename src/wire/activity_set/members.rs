//! The members of one element of a set.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Element, Kind, text};
use crate::wire::timestamp::Timestamp;

/// The members of one element that matter, and its first key and last value, which tell where it
/// lies. All `None` for an element that is no object, or one without members.
#[derive(Default)]
pub(super) struct Members<'a> {
    first_key: Option<&'a RawValue>,
    last_value: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
    kind: Option<&'a RawValue>,
    timestamp: Option<&'a RawValue>,
}

impl<'a> Members<'a> {
    pub(super) fn element(&self, frame: &str) -> Option<Element<'a>> {
        let first = offset(frame, self.first_key?.get());
        let last = self.last_value?.get();
        // Only white space can stand between the braces and what is next to them.
        let start = frame[..first].rfind('{')?;
        let after = offset(frame, last) + last.len();
        let end = after + frame[after..].find('}')? + 1;
        Some(Element {
            span: start..end,
            id: self.id.and_then(text).filter(|id| !id.is_empty()),
            kind: match self.kind.and_then(text).as_deref() {
                Some("messageUpdate" | "messageDelete") => Kind::Revision,
                Some("endOfConversation") => Kind::EndOfConversation,
                _ => Kind::Other,
            },
            timestamp: self.timestamp.and_then(text).and_then(|text| Timestamp::parse(&text)),
        })
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'de>, D::Error> {
        deserializer.deserialize_any(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an activity")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Members::default();
        while let Some(key) = map.next_key::<&RawValue>()? {
            let value: &RawValue = map.next_value()?;
            members.first_key.get_or_insert(key);
            members.last_value = Some(value);
            match text(key).as_deref() {
                Some("id") => members.id = Some(value),
                Some("type") => members.kind = Some(value),
                Some("timestamp") => members.timestamp = Some(value),
                _ => {}
            }
        }
        Ok(members)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Members<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Members::default())
    }

    other_values!(Members<'de>, Members::default());
}

/// Where `piece` begins in `frame`, of which it is a part.
fn offset(frame: &str, piece: &str) -> usize {
    piece.as_ptr() as usize - frame.as_ptr() as usize
}
