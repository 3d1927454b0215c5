//! Activity sets: from a frame to spans, ids and a watermark in one pass, without building a tree.
//!
//! serde_json hands out each member as a piece borrowed from the frame. Where a piece lies in the
//! frame follows from its address, so the raw text of an activity needs no second scan. Nested
//! values are skipped by serde_json's own loop, which does not recurse: depth costs no stack.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use self::members::Members;
use super::timestamp::Timestamp;

/// What a frame or a page holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ActivitySet<'a> {
    /// The elements that are activities, in order.
    pub(crate) activities: Vec<Element<'a>>,
    /// How many elements are none.
    pub(crate) bad_elements: usize,
    pub(crate) watermark: Position<'a>,
    /// Whether the root is one that this protocol knows.
    pub(crate) is_known: bool,
}

/// What a set says about the watermark.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Position<'a> {
    /// Nothing: missing, `null` or empty.
    #[default]
    Unsaid,
    /// This, to be kept as it is; the digits of a number.
    At(Cow<'a, str>),
    /// Something that cannot be a watermark.
    Unusable,
}

/// One activity of a set, as far as a session needs to know it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    /// Where its text lies in the frame, in bytes.
    pub(crate) span: Range<usize>,
    /// `None` when missing, empty or no string.
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) kind: Kind,
    pub(crate) timestamp: Option<Timestamp>,
}

/// The activity types that a session treats differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `messageUpdate` and `messageDelete`, which carry the id of another activity on purpose.
    Revision,
    EndOfConversation,
    Other,
}

/// Reads a frame or a page.
///
/// # Errors
///
/// When it is no JSON, or when its activities are no array: something may be in it that we cannot
/// see.
pub(crate) fn read(text: &str) -> Result<ActivitySet<'_>, Unreadable> {
    // The quick way trips over values that are JSON and yet too much for serde_json's own types,
    // such as 1e999 or half a surrogate pair; the slow way looks at each element by itself.
    read_with(text, Pace::Quick).or_else(|_| read_with(text, Pace::Slow)).map_err(|_| Unreadable)
}

fn read_with(text: &str, pace: Pace) -> serde_json::Result<ActivitySet<'_>> {
    let mut set = ActivitySet::default();
    if pace == Pace::Slow && !text.trim_start().starts_with('{') {
        return serde_json::from_str::<IgnoredAny>(text).map(|_| set);
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Root { frame: text, pace, set: &mut set }.deserialize(&mut deserializer)?;
    deserializer.end().map(|()| set)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    Quick,
    Slow,
}

/// A text that is no activity set, empty message or other JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// The values of a visitor that are no object and no array: all the same to us.
macro_rules! other_values {
    ($type:ty, $value:expr) => {
        fn visit_unit<E>(self) -> Result<$type, E> {
            Ok($value)
        }

        fn visit_bool<E>(self, _: bool) -> Result<$type, E> {
            Ok($value)
        }

        fn visit_i64<E>(self, _: i64) -> Result<$type, E> {
            Ok($value)
        }

        fn visit_u64<E>(self, _: u64) -> Result<$type, E> {
            Ok($value)
        }

        fn visit_f64<E>(self, _: f64) -> Result<$type, E> {
            Ok($value)
        }

        fn visit_str<E>(self, _: &str) -> Result<$type, E> {
            Ok($value)
        }
    };
}

mod members;

/// Reads the root, whatever it is.
struct Root<'s, 'a> {
    frame: &'a str,
    pace: Pace,
    set: &'s mut ActivitySet<'a>,
}

impl<'a> DeserializeSeed<'a> for Root<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Root<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<&RawValue>()? {
            match text(key).as_deref() {
                Some("activities") => {
                    self.set.is_known = true;
                    let Root { frame, pace, .. } = self;
                    map.next_value_seed(Activities { frame, pace, set: self.set })?;
                }
                Some("watermark") => {
                    self.set.is_known = true;
                    self.set.watermark = position(map.next_value()?);
                }
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    other_values!((), ());
}

/// Reads the value of `activities`: an array or `null`.
struct Activities<'s, 'a> {
    frame: &'a str,
    pace: Pace,
    set: &'s mut ActivitySet<'a>,
}

impl<'a> DeserializeSeed<'a> for Activities<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Activities<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of activities")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            let members = match self.pace {
                Pace::Quick => seq.next_element::<Members<'a>>()?,
                Pace::Slow => seq
                    .next_element::<&RawValue>()?
                    .map(|raw| serde_json::from_str(raw.get()).unwrap_or_default()),
            };
            let Some(members) = members else { return Ok(()) };
            match members.element(self.frame) {
                Some(element) => self.set.activities.push(element),
                None => self.set.bad_elements += 1,
            }
        }
    }
}

fn position(raw: &RawValue) -> Position<'_> {
    let written = match raw.get().as_bytes().first() {
        Some(b'n') => return Position::Unsaid,
        Some(b'"') => text(raw),
        Some(b'-' | b'0'..=b'9') => Some(Cow::Borrowed(raw.get())),
        _ => None,
    };
    match written {
        Some(text) if text.is_empty() => Position::Unsaid,
        Some(text) if text.len() <= WATERMARK_BYTES_MAX => Position::At(text),
        _ => Position::Unusable,
    }
}

/// The text of a JSON string; `None` for any other value, and for one with half a surrogate pair.
fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str(raw.get()).map(Cow::Owned).ok()
}

/// Watermarks in the field have up to 8 characters; one that does not fit into a URL is of no use.
pub(crate) const WATERMARK_BYTES_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    fn raws(frame: &str) -> Vec<&str> {
        read(frame)
            .expect(frame)
            .activities
            .into_iter()
            .map(|element| &frame[element.span])
            .collect()
    }

    #[test]
    fn raw_text_is_cut_out_to_the_byte() {
        // Covers: RX-1
        let frame = "{ \"watermark\" : \"3\" , \"activities\" : [ { \"id\" : \"a}\" } ,\n{\"i\\u0064\":\"b\",\"x\":{\"id\":\"c\"}\t}] }";
        assert_eq!(
            raws(frame),
            ["{ \"id\" : \"a}\" }", "{\"i\\u0064\":\"b\",\"x\":{\"id\":\"c\"}\t}"]
        );
        let ids: Vec<_> =
            read(frame).expect(frame).activities.into_iter().map(|element| element.id).collect();
        assert_eq!(ids, [Some("a}".into()), Some("b".into())]);
    }

    #[test]
    fn bad_elements_leave_their_neighbours_alone() {
        // Covers: RX-3
        for worst in ["7", "1e999", "\"\\ud800\"", "[1e999]"] {
            let frame = r#"{"activities":[null,{"id":"a"},WORST,"x",-1.5,true,[{"id":"b"}],{},{"id":"c"}]}"#
                .replace("WORST", worst);
            let set = read(&frame).expect("readable");
            assert_eq!(raws(&frame), [r#"{"id":"a"}"#, r#"{"id":"c"}"#]);
            assert_eq!(set.bad_elements, 7);
        }
    }

    #[test]
    fn watermarks_are_kept_as_they_are() {
        // Covers: WM-2, WM-3
        let position = |value: &str| {
            let frame = format!("{{\"watermark\":{value}}}");
            match read(&frame).expect("readable").watermark {
                Position::Unsaid => "unsaid".to_owned(),
                Position::At(text) => format!("at {text}"),
                Position::Unusable => "unusable".to_owned(),
            }
        };
        for (value, expected) in [
            ("null", "unsaid"),
            ("\"\"", "unsaid"),
            ("\"0000a-42\"", "at 0000a-42"),
            ("\"a\\u0062\"", "at ab"),
            ("0", "at 0"),
            ("00", ""),
            ("12345678901234567890123", "at 12345678901234567890123"),
            ("1.50", "at 1.50"),
            ("true", "unusable"),
            ("{}", "unusable"),
            ("\"\\ud800\"", "unusable"),
        ] {
            if !expected.is_empty() {
                assert_eq!(position(value), expected, "{value}");
            }
        }
        assert_eq!(position(&format!("\"{}\"", "w".repeat(5_000))), "unusable");
        assert_eq!(read("{\"activities\":[]}").expect("readable").watermark, Position::Unsaid);
    }

    #[test]
    fn roots_of_other_kinds_are_readable_and_unknown() {
        // Covers: RX-2
        for other in [
            "null",
            "[]",
            "[{\"id\":\"a\"}]",
            "7",
            "-7",
            "1.5",
            "1e999",
            "\"x\"",
            "true",
            "{}",
            "{\"voice\":{}}",
        ] {
            let set = read(other).expect(other);
            assert!(!set.is_known && set.activities.is_empty(), "{other}");
        }
        assert!(read("{\"activities\":null}").expect("readable").is_known);
    }

    #[test]
    fn what_is_no_set_is_unreadable() {
        // Covers: RX-4
        for bad in [
            "",
            "{",
            "{\"activities\":[{\"id\":\"a\"}",
            "{\"activities\":{}}",
            "{\"activities\":\"x\"}",
            "nul",
            "{} {}",
            "{\"activities\":[{\"a\":\"\\x\"}]}",
            "{\"activities\":[{\"a\":01}]}",
        ] {
            assert_eq!(read(bad), Err(Unreadable), "{bad}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        // Covers: RX-6
        let deep = format!(
            "{{\"activities\":[{{\"a\":{}1{}}}]}}",
            "[".repeat(1_000_000),
            "]".repeat(1_000_000)
        );
        assert_eq!(read(&deep).expect("readable").activities.len(), 1);
        assert_eq!(read(&"[".repeat(1_000_000)), Err(Unreadable));
    }

    #[test]
    fn ids_and_types_are_found_where_they_are_and_nowhere_else() {
        // Covers: DD-1, DD-2, RX-5
        let read_one = |activity: &str| {
            let frame = format!("{{\"activities\":[{activity}]}}");
            let set = read(&frame).expect("readable");
            let element = &set.activities[0];
            (element.id.as_deref().map(str::to_owned), element.kind)
        };
        for (activity, id, kind) in [
            (r#"{"from":{"id":"x","type":"messageDelete"},"id":"a"}"#, Some("a"), Kind::Other),
            (r#"{"type":"message\u0055pdate","ID":"b"}"#, None, Kind::Revision),
            (
                r#"{"id":"a","id":"b","type":"endOfConversation"}"#,
                Some("b"),
                Kind::EndOfConversation,
            ),
            (r#"{"id":7,"type":null}"#, None, Kind::Other),
            (r#"{"id":"","type":"messageDelete"}"#, None, Kind::Revision),
            (r#"{"id":"\ud800"}"#, None, Kind::Other),
        ] {
            assert_eq!(read_one(activity), (id.map(str::to_owned), kind), "{activity}");
        }
    }
}
