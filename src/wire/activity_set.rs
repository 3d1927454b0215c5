//! Activity sets: from a frame to spans, ids and a watermark, without building a tree.

mod quick;
pub(crate) mod scan;
mod slow;
#[cfg(test)]
mod twins;

use std::borrow::Cow;
use std::ops::Range;

use super::members::unquoted;
use super::timestamp::Timestamp;

/// What a frame or a page holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ActivitySet<'a> {
    /// The elements that are activities, in order.
    pub(crate) activities: Vec<Element>,
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

/// One activity of a set, as far as a session needs to know it: where things are in the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Element {
    pub(crate) span: Span,
    /// What is between the quotes; empty when there is none.
    id: Span,
    timestamp: Span,
    /// Whether one of them may have escapes in it.
    is_escaped: bool,
    pub(crate) kind: Kind,
}

impl Element {
    /// `None` when missing, empty or no text.
    pub(crate) fn id(self, frame: &str) -> Option<Cow<'_, str>> {
        Some(self.text(self.id, frame)).filter(|id| !id.is_empty())
    }

    /// `None` when it names no instant.
    pub(crate) fn timestamp(self, frame: &str) -> Option<Timestamp> {
        Timestamp::parse(&self.text(self.timestamp, frame))
    }

    /// What `place`, which is between quotes, writes.
    fn text(self, place: Span, frame: &str) -> Cow<'_, str> {
        if self.is_escaped { unescaped(place, frame) } else { Cow::Borrowed(place.of(frame)) }
    }
}

/// Nothing where that is no text, as with half a surrogate pair.
#[cold]
fn unescaped(place: Span, frame: &str) -> Cow<'_, str> {
    let Range { start, end } = place.range();
    if start == 0 { Cow::default() } else { unquoted(&frame[start - 1..=end]).unwrap_or_default() }
}

/// A piece of a frame, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    #[expect(clippy::cast_possible_truncation, reason = "no text has more than `BYTES_MAX`")]
    fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The piece itself.
    pub(crate) fn of(self, frame: &str) -> &str {
        &frame[self.range()]
    }
}

/// The activity types that a session treats differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// `messageUpdate` and `messageDelete`, which carry the id of another activity on purpose.
    Revision,
    EndOfConversation,
    #[default]
    Other,
}

/// Reads a frame or a page, of [`BYTES_MAX`] at most.
///
/// # Errors
///
/// When it is no JSON, or when its activities are no array (something may be in it that we cannot
/// see).
pub(crate) fn read_set(frame: &str) -> Result<ActivitySet<'_>, Unreadable> {
    // The quick way gives up at everything out of the ordinary; the slow way decides.
    match quick::read_set(frame) {
        Some(set) => Ok(set),
        None => slow::read_set(frame).ok_or(Unreadable),
    }
}

/// The largest bound on frames and pages that a configuration may set: each place in a text of
/// this size fits into a [`Span`].
pub(crate) const BYTES_MAX: usize = 1 << 30;
const _: () = assert!(BYTES_MAX <= u32::MAX as usize);

/// A text that is no activity set, empty message or other JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

impl Kind {
    fn of(name: &[u8]) -> Kind {
        match name {
            b"messageUpdate" | b"messageDelete" => Kind::Revision,
            b"endOfConversation" => Kind::EndOfConversation,
            _ => Kind::Other,
        }
    }
}

/// What the JSON value `raw` says.
fn position(raw: &str) -> Position<'_> {
    let written = match raw.as_bytes().first() {
        Some(b'n') => return Position::Unsaid,
        Some(b'"') => unquoted(raw),
        Some(b'-' | b'0'..=b'9') => Some(Cow::Borrowed(raw)),
        _ => None,
    };
    match written {
        Some(text) if text.is_empty() => Position::Unsaid,
        Some(text) if text.len() <= WATERMARK_BYTES_MAX => Position::At(text),
        _ => Position::Unusable,
    }
}

/// Watermarks in the field have up to 8 characters; one that does not fit into a URL is of no use.
pub(crate) const WATERMARK_BYTES_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    fn raws(frame: &str) -> Vec<&str> {
        read_set(frame)
            .expect(frame)
            .activities
            .into_iter()
            .map(|element| element.span.of(frame))
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
        let ids: Vec<_> = read_set(frame)
            .expect(frame)
            .activities
            .into_iter()
            .map(|element| element.id(frame))
            .collect();
        assert_eq!(ids, [Some("a}".into()), Some("b".into())]);
    }

    #[test]
    fn spans_end_where_they_should_whatever_follows() {
        // Covers: RX-1
        for rest in [
            "}",
            " } ",
            ",\"x\":{}}",
            ",\"x\":{},\"activities\":[]}",
            ",\"\\u0077atermark\":\"1\"}",
        ] {
            for spaced in ["", " \n"] {
                let frame =
                    format!("{{\"activities\":[{{\"id\":\"a\"{spaced}}}{spaced}]{spaced}{rest}");
                assert_eq!(raws(&frame), [format!("{{\"id\":\"a\"{spaced}}}")], "{frame}");
            }
        }
        let twice = r#"{"activities":[{"id":"a"}],"activities":[{"id":"b"},{"id":"c"}]}"#;
        assert_eq!(raws(twice), [r#"{"id":"a"}"#, r#"{"id":"b"}"#, r#"{"id":"c"}"#]);
    }

    #[test]
    fn bad_elements_leave_their_neighbours_alone() {
        // Covers: RX-3
        for worst in ["7", "1e999", "\"\\ud800\"", "[1e999]"] {
            let frame = r#"{"activities":[null,{"id":"a"},WORST,"x",-1.5,true,[{"id":"b"}],{},{"id":"c"}]}"#
                .replace("WORST", worst);
            let set = read_set(&frame).expect("readable");
            assert_eq!(raws(&frame), [r#"{"id":"a"}"#, "{}", r#"{"id":"c"}"#]);
            assert_eq!(set.bad_elements, 6);
        }
    }

    #[test]
    fn watermarks_are_kept_as_they_are() {
        // Covers: WM-2, WM-3
        let position = |value: &str| {
            let frame = format!("{{\"watermark\":{value}}}");
            match read_set(&frame).expect("readable").watermark {
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
        assert_eq!(read_set("{\"activities\":[]}").expect("readable").watermark, Position::Unsaid);
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
            let set = read_set(other).expect(other);
            assert!(!set.is_known && set.activities.is_empty(), "{other}");
        }
        assert!(read_set("{\"activities\":null}").expect("readable").is_known);
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
            assert_eq!(read_set(bad), Err(Unreadable), "{bad}");
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
        assert_eq!(read_set(&deep).expect("readable").activities.len(), 1);
        assert_eq!(read_set(&"[".repeat(1_000_000)), Err(Unreadable));
    }

    #[test]
    fn a_timestamp_counts_as_what_its_escapes_stand_for() {
        // Covers: DD-3, RX-6
        let timestamp = |written: &str| {
            let frame = format!(r#"{{"activities":[{{"id":"a","timestamp":{written}}}]}}"#);
            read_set(&frame).expect("readable").activities[0].timestamp(&frame)
        };
        let plain = timestamp("\"2026-11-20T12:00:00Z\"");
        assert!(plain.is_some());
        assert_eq!(timestamp(r#""2026-11-20T12:00:00\u005a""#), plain);
        for none in [r#""2026-11-20T12:00:00Z\ud800""#, r#""\ud800""#, "\"\"", "1.5", "null"] {
            assert_eq!(timestamp(none), None, "{none}");
        }
    }

    #[test]
    fn ids_and_types_are_found_where_they_are_and_nowhere_else() {
        // Covers: DD-1, DD-2, RX-5
        let read_one = |activity: &str| {
            let frame = format!("{{\"activities\":[{activity}]}}");
            let set = read_set(&frame).expect("readable");
            let element = &set.activities[0];
            (element.id(&frame).map(Cow::into_owned), element.kind)
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
