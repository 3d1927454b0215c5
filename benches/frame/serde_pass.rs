//! What the scanner has to beat: one pass of serde_json that finds id, type, timestamp and the span
//! of each activity, the spans from the addresses of what it borrows.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess};
use serde::de::{SeqAccess, Visitor};

/// One activity: its span, and what a session looks at.
#[derive(Default)]
pub(crate) struct Found<'a> {
    pub(crate) span: (usize, usize),
    pub(crate) texts: [Option<&'a str>; 3],
}

pub(crate) fn read(frame: &str) -> Vec<Found<'_>> {
    let mut found = Vec::with_capacity(frame.len() / 256 + 1);
    let mut deserializer = serde_json::Deserializer::from_str(frame);
    deserializer.deserialize_map(Root { frame, found: &mut found }).expect("a frame is a set");
    found
}

struct Root<'s, 'a> {
    frame: &'a str,
    found: &'s mut Vec<Found<'a>>,
}

impl<'a> Visitor<'a> for Root<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an activity set")
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<&str>()? {
            end_last(self.frame, self.found, offset(self.frame, key));
            if key == "activities" {
                map.next_value_seed(Activities(&mut self))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        end_last(self.frame, self.found, self.frame.rfind('}').unwrap_or(0));
        Ok(())
    }
}

struct Activities<'r, 's, 'a>(&'r mut Root<'s, 'a>);

impl<'a> DeserializeSeed<'a> for Activities<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for Activities<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of activities")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        let Root { frame, found } = self.0;
        while let Some(one) = seq.next_element_seed(Object { frame })? {
            end_last(frame, found, one.span.0);
            found.push(one);
        }
        Ok(())
    }
}

struct Object<'a> {
    frame: &'a str,
}

impl<'a> DeserializeSeed<'a> for Object<'a> {
    type Value = Found<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Found<'a>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Object<'a> {
    type Value = Found<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an activity")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Found<'a>, A::Error> {
        let (mut found, mut start) = (Found::default(), None);
        while let Some(key) = map.next_key::<&str>()? {
            if start.is_none() {
                start = self.frame[..offset(self.frame, key)].rfind('{');
            }
            let names = ["id", "type", "timestamp"];
            match names.iter().position(|name| *name == key) {
                Some(place) => found.texts[place] = Some(map.next_value::<&str>()?),
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        let start = start.ok_or_else(|| A::Error::custom("an empty activity"))?;
        found.span = (start, 0);
        Ok(found)
    }
}

/// The first thing after the last activity that is no punctuation stands at `next`.
fn end_last(frame: &str, found: &mut [Found<'_>], next: usize) {
    if let Some(last) = found.last_mut().filter(|last| last.span.1 == 0) {
        last.span.1 = frame[..next].rfind('}').map_or(0, |brace| brace + 1);
    }
}

/// Where `piece` begins in `frame`, of which it is a part.
fn offset(frame: &str, piece: &str) -> usize {
    piece.as_ptr() as usize - frame.as_ptr() as usize
}
