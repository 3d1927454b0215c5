//! Reads what an activity says about streams: in `channelData`, else in an entity of type
//! `streaminfo`. Both places and the members are those that Web Chat documents and reads.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::value::RawValue;

/// An activity as a part of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) stream: Cow<'a, str>,
    /// Empty where there is none.
    pub(super) text: Cow<'a, str>,
    pub(super) kind: Kind,
}

/// Which part it is, with the number that orders those before the final one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Informative(Option<u64>),
    Streaming(Option<u64>),
    Final {
        is_message: bool,
        /// Whether there is text or an attachment; a bot withdraws an answer by leaving out both.
        has_content: bool,
    },
}

impl<'a> Part<'a> {
    /// `None` for everything that is no part of a stream.
    pub(super) fn read(activity: &'a str) -> Option<Part<'a>> {
        let activity: Activity<'a> = object(activity)?;
        let is_message = match string(activity.kind?)?.as_ref() {
            "message" => true,
            "typing" => false,
            _ => return None,
        };
        let info = activity.info()?;
        let text = activity.text.and_then(text).unwrap_or_default();
        let sequence = info.sequence.and_then(number);
        let kind = match info.kind.and_then(string)?.as_ref() {
            "informative" if !is_message => Kind::Informative(sequence),
            "streaming" if !is_message => Kind::Streaming(sequence),
            "final" => {
                let has_content = !text.is_empty() || activity.attachments.is_some_and(has_items);
                Kind::Final { is_message, has_content }
            }
            _ => return None,
        };
        let named = match info.stream {
            Some(raw) => Some(string(raw)?).filter(|id| !id.is_empty()),
            None => None,
        };
        let stream = match (named, kind) {
            (Some(id), _) => id,
            // Something must have come before the end, and its id would be named here.
            (None, Kind::Final { .. }) => return None,
            // The first piece is named by its own id, which the bot learns by sending it.
            (None, Kind::Informative(_) | Kind::Streaming(_)) => string(activity.id?)?,
        };
        let is_id = (1..=STREAM_ID_BYTES_MAX).contains(&stream.len());
        is_id.then_some(Part { stream, text, kind })
    }
}

/// Every member raw, so that one of an unexpected type spoils nothing but itself, and depth costs
/// no stack.
#[derive(Deserialize)]
struct Activity<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    attachments: Option<&'a RawValue>,
    #[serde(borrow, rename = "channelData")]
    channel_data: Option<&'a RawValue>,
    #[serde(borrow)]
    entities: Option<&'a RawValue>,
}

impl<'a> Activity<'a> {
    fn info(&self) -> Option<Info<'a>> {
        let in_channel_data = self.channel_data.and_then(|raw| object::<Info<'a>>(raw.get()));
        in_channel_data.filter(|info| info.kind.is_some()).or_else(|| {
            let entities: Vec<&RawValue> = serde_json::from_str(self.entities?.get()).ok()?;
            let mut infos = entities.iter().filter_map(|entity| object::<Info<'a>>(entity.get()));
            infos.find(Info::is_stream_info)
        })
    }
}

/// What is said about a stream.
#[derive(Deserialize)]
struct Info<'a> {
    #[serde(borrow, rename = "type")]
    entity: Option<&'a RawValue>,
    #[serde(borrow, rename = "streamType")]
    kind: Option<&'a RawValue>,
    #[serde(borrow, rename = "streamId")]
    stream: Option<&'a RawValue>,
    #[serde(borrow, rename = "streamSequence")]
    sequence: Option<&'a RawValue>,
}

impl Info<'_> {
    fn is_stream_info(&self) -> bool {
        self.kind.is_some() && self.entity.and_then(string).is_some_and(|kind| kind == "streaminfo")
    }
}

/// An object; a list would be taken for the members of one in their order.
fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    let json = json.trim_start();
    json.starts_with('{').then(|| serde_json::from_str(json).ok())?
}

fn has_items(raw: &RawValue) -> bool {
    raw.get().strip_prefix('[').is_some_and(|rest| rest.trim_start() != "]")
}

/// A whole number, or text that holds one.
fn number(raw: &RawValue) -> Option<u64> {
    raw.get().trim_matches('"').parse().ok()
}

fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<&str>(raw.get())
        .map(Cow::Borrowed)
        .or_else(|_| serde_json::from_str::<String>(raw.get()).map(Cow::Owned))
        .ok()
}

/// Text to show, without half characters: a bot that cuts its text into pieces of UTF-16 may cut
/// through a character, and the next piece brings the whole.
fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    string(raw).or_else(|| {
        let Bytes(bytes) = serde_json::from_str(raw.get()).ok()?;
        Some(bytes.utf8_chunks().map(|chunk| chunk.valid()).collect())
    })
}

/// The bytes of a JSON string, in which a half character may remain.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_owned()))
            }
        }
        deserializer.deserialize_bytes(Text)
    }
}

/// The id of a stream is the id of an activity; real ones have about 40 characters.
pub(super) const STREAM_ID_BYTES_MAX: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    fn part(activity: &str) -> Option<(String, String, Kind)> {
        let part = Part::read(activity)?;
        Some((part.stream.into_owned(), part.text.into_owned(), part.kind))
    }

    fn typing(members: &str) -> Option<(String, String, Kind)> {
        part(&format!(r#"{{"type":"typing","id":"own","text":"so far",{members}}}"#))
    }

    #[test]
    fn channel_data_and_entities_say_the_same() {
        let expected = Some(("s".to_owned(), "so far".to_owned(), Kind::Streaming(Some(2))));
        let info = r#""streamType":"streaming","streamId":"s","streamSequence":2"#;
        for members in [
            format!(r#""channelData":{{{info}}}"#),
            format!(r#""channelData":{{"other":{{}},{info}}},"entities":"none""#),
            format!(
                r#""entities":[{{"type":"mention"}},7,null,[{{}}],{{"type":"streaminfo",{info}}}]"#
            ),
            format!(
                r#""channelData":{{"clientActivityID":"x"}},"entities":[{{{info},"type":"streaminfo"}}]"#
            ),
            format!(r#""channelData":"text","entities":[{{"type":"streaminfo",{info}}},1e999]"#),
        ] {
            assert_eq!(typing(&members), expected, "{members}");
        }
        assert_eq!(typing(&format!(r#""entities":[{{"type":"Place",{info}}}]"#)), None);
        assert_eq!(typing(&format!(r#""entities":{{"type":"streaminfo",{info}}}"#)), None);
    }

    #[test]
    fn the_first_piece_is_named_by_its_own_id() {
        for (stream, expected) in [
            ("", Some("own")),
            (r#","streamId":null"#, Some("own")),
            (r#","streamId":"""#, Some("own")),
            (r#","streamId":"s""#, Some("s")),
            (r#","streamId":"\u0073""#, Some("s")),
            (r#","streamId":7"#, None),
            (r#","streamId":"\ud800""#, None),
        ] {
            let data = format!(r#""channelData":{{"streamType":"informative"{stream}}}"#);
            let read = typing(&data).map(|(stream, ..)| stream);
            assert_eq!(read.as_deref(), expected, "{stream}");
        }
        assert_eq!(part(r#"{"type":"typing","channelData":{"streamType":"streaming"}}"#), None);
        let long = "x".repeat(STREAM_ID_BYTES_MAX + 1);
        let named = |id: &str| {
            typing(&format!(r#""channelData":{{"streamType":"streaming","streamId":"{id}"}}"#))
        };
        assert!(named(&long).is_none() && named(&long[1..]).is_some());
    }

    #[test]
    fn only_numbers_are_an_order() {
        for (written, expected) in [
            ("1", Some(1)),
            ("\"12\"", Some(12)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("-1", None),
            ("1.5", None),
            ("null", None),
            ("{}", None),
            ("\"\"", None),
        ] {
            let data = format!(r#""streamType":"streaming","streamSequence":{written}"#);
            let kind = typing(&format!(r#""channelData":{{{data}}}"#)).map(|(.., kind)| kind);
            assert_eq!(kind, Some(Kind::Streaming(expected)), "{written}");
        }
    }

    #[test]
    fn the_final_part_names_its_stream_and_may_be_empty() {
        let read = |kind: &str, rest: &str| {
            let data = r#""channelData":{"streamType":"final","streamId":"s"}"#;
            part(&format!(r#"{{"type":"{kind}",{data}{rest}}}"#)).map(|(.., kind)| kind)
        };
        let end = |is_message, has_content| Some(Kind::Final { is_message, has_content });
        assert_eq!(read("message", r#","text":"all""#), end(true, true));
        assert_eq!(read("message", r#","attachments":[{}]"#), end(true, true));
        assert_eq!(read("message", r#","text":"","attachments":[ ]"#), end(true, false));
        assert_eq!(read("message", r#","attachments":null"#), end(true, false));
        assert_eq!(read("typing", ""), end(false, false));
        assert_eq!(read("event", r#","text":"all""#), None);
        let nameless = r#"{"type":"message","id":"own","channelData":{"streamType":"final"}}"#;
        assert_eq!(part(nameless), None);
    }

    #[test]
    fn text_is_shown_as_far_as_it_is_whole() {
        for (written, shown) in [
            (r#""a\nb""#, "a\nb"),
            (r#""half: \ud83d""#, "half: "),
            (r#""\udc00 half \ud83d\ud83d\ude00""#, " half 😀"),
            ("7", ""),
            ("null", ""),
            ("[\"x\"]", ""),
        ] {
            let data = r#""channelData":{"streamType":"streaming"}"#;
            let activity = format!(r#"{{"type":"typing","id":"s",{data},"text":{written}}}"#);
            assert_eq!(part(&activity).map(|(_, text, _)| text).as_deref(), Some(shown));
        }
    }

    #[test]
    fn everything_else_is_no_part_of_a_stream() {
        let deep = format!(r#"{{"type":"typing","channelData":{}1"#, "[".repeat(200_000));
        let closed = format!("{deep}{}}}", "]".repeat(200_000));
        for other in [
            "",
            "{",
            "null",
            r#"["typing","s","text",[],{"streamType":"streaming"},[]]"#,
            r#"{"type":"typing"}"#,
            r#"{"type":7,"id":"s","channelData":{"streamType":"streaming"}}"#,
            r#"{"type":"typing","id":"s","channelData":{"streamType":"backwards"}}"#,
            r#"{"type":"typing","id":"s","channelData":["typing","streaming","s",1]}"#,
            r#"{"type":"message","id":"s","channelData":{"streamType":"streaming","streamId":"s"}}"#,
            &deep,
            &closed,
        ] {
            assert_eq!(part(other), None);
        }
    }

    #[test]
    fn members_of_other_types_are_no_stream() {
        let data = r#""channelData":{"streamType":"#;
        for other in [
            format!(r#"{{"type":"typing","id":"s",{data}7}}}}"#),
            format!(r#"{{"type":"typing","id":7,{data}"streaming"}}}}"#),
            format!(r#"{{"type":"message","id":"s",{data}"informative","streamId":"s"}}}}"#),
            r#"{"type":"typing","id":"s","entities":[{"type":"streaminfo"}]}"#.to_owned(),
        ] {
            assert_eq!(part(&other), None, "{other}");
        }
    }
}
