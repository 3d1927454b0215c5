//! The quick way: one pass of serde_json over the frame, and spans from addresses.
//!
//! serde_json hands keys and texts out as pieces borrowed from the frame, and where a piece lies
//! follows from its address. An activity begins at the brace before its first key and ends at the
//! last brace before whatever follows it, so its raw text needs no second scan. All other values
//! are skipped by serde_json's own loop, which does not recurse: depth costs no stack.
//!
//! What has no such key, or has escapes in it, makes this way give up; the slow way then decides.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use super::{ActivitySet, Element, Kind, position};
use crate::wire::timestamp::Timestamp;

/// Reads a frame that holds an ordinary activity set.
pub(super) fn read(frame: &str) -> serde_json::Result<ActivitySet<'_>> {
    let mut set = ActivitySet::default();
    let mut deserializer = serde_json::Deserializer::from_str(frame);
    deserializer.deserialize_map(Root { frame, set: &mut set })?;
    deserializer.end().map(|()| set)
}

/// Reads the root object.
struct Root<'s, 'a> {
    frame: &'a str,
    set: &'s mut ActivitySet<'a>,
}

impl<'a> Visitor<'a> for Root<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an activity set")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let Root { frame, set } = self;
        // Whether the end of the last activity is still to be found.
        let mut is_open = false;
        while let Some(Text(key)) = map.next_key()? {
            if std::mem::take(&mut is_open) {
                let Some(Cow::Borrowed(key)) = key else { return Err(out_of_the_ordinary()) };
                set.end_last(frame, offset(frame, key));
            }
            match key.as_deref() {
                Some("activities") => {
                    set.is_known = true;
                    let before = set.activities.len();
                    map.next_value_seed(Activities { frame, set })?;
                    is_open = set.activities.len() > before;
                }
                Some("watermark") => {
                    set.is_known = true;
                    set.watermark = position(map.next_value::<&RawValue>()?);
                }
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        if is_open {
            // What follows is the brace that ends the root.
            set.end_last(frame, frame.rfind('}').unwrap_or(0));
        }
        Ok(())
    }
}

impl<'a> ActivitySet<'a> {
    /// What stands at `next` is the first thing after the last activity that is not punctuation.
    fn end_last(&mut self, frame: &'a str, next: usize) {
        if let (Some(last), Some(brace)) = (self.activities.last_mut(), frame[..next].rfind('}')) {
            last.span.end = brace + 1;
        }
    }
}

/// Reads the value of `activities`.
struct Activities<'s, 'a> {
    frame: &'a str,
    set: &'s mut ActivitySet<'a>,
}

impl<'a> DeserializeSeed<'a> for Activities<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for Activities<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of activities")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        let Activities { frame, set } = self;
        let mut is_first = true;
        while let Some(element) = seq.next_element_seed(Object { frame })? {
            if !std::mem::take(&mut is_first) {
                set.end_last(frame, element.span.start);
            }
            set.activities.push(element);
        }
        Ok(())
    }
}

/// Reads one activity; the end of its span stays open.
struct Object<'a> {
    frame: &'a str,
}

impl<'a> DeserializeSeed<'a> for Object<'a> {
    type Value = Element<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Element<'a>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Object<'a> {
    type Value = Element<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an activity")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Element<'a>, A::Error> {
        let mut start = None;
        let (mut id, mut kind, mut timestamp) = (None, Kind::Other, None);
        while let Some(Text(key)) = map.next_key()? {
            if start.is_none() {
                let Some(Cow::Borrowed(key)) = key else { return Err(out_of_the_ordinary()) };
                start = self.frame[..offset(self.frame, key)].rfind('{');
            }
            match key.as_deref() {
                Some("id") => id = map.next_value::<Text<'a>>()?.0,
                Some("type") => kind = Kind::of(map.next_value::<Text<'a>>()?.0.as_deref()),
                Some("timestamp") => {
                    let text = map.next_value::<Text<'a>>()?.0;
                    timestamp = text.and_then(|text| Timestamp::parse(&text));
                }
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        let start = start.ok_or_else(out_of_the_ordinary)?;
        let id = id.filter(|id| !id.is_empty());
        Ok(Element { span: start..start, id, kind, timestamp })
    }
}

fn out_of_the_ordinary<E: Error>() -> E {
    E::custom("out of the ordinary")
}

/// A string, borrowed where it holds no escapes; `None` for any other value.
struct Text<'a>(Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<'de>, D::Error> {
        deserializer.deserialize_any(TextVisitor(PhantomData))
    }
}

struct TextVisitor<'a>(PhantomData<&'a ()>);

impl<'de> Visitor<'de> for TextVisitor<'de> {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_unit<E>(self) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }
}

/// Where `piece` begins in `frame`, of which it is a part.
fn offset(frame: &str, piece: &str) -> usize {
    piece.as_ptr() as usize - frame.as_ptr() as usize
}
