//! Reads what an activity says about streams: in `channelData`, else in an entity of type
//! `streaminfo`. Both places and the members are those that Web Chat documents and reads.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::value::RawValue;

/// What an activity says that matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said<'a> {
    pub(super) is_message: bool,
    /// The id of who said it, empty where there is none.
    pub(super) sender: Cow<'a, str>,
    /// Its own id.
    pub(super) own: Option<Cow<'a, str>>,
    /// The id of what it replies to.
    pub(super) reply: Option<Cow<'a, str>>,
    /// `None` for everything that is no part of a stream.
    pub(super) part: Option<Part<'a>>,
}

/// An activity as a part of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// The id of the stream, where it names it.
    pub(super) stream: Option<Cow<'a, str>>,
    /// Empty where there is none.
    pub(super) text: Cow<'a, str>,
    pub(super) kind: Kind,
}

/// Which part it is, with the number that orders those before the final one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Informative(Option<u64>),
    Streaming {
        sequence: Option<u64>,
        /// Whether the text holds only what is new.
        is_delta: bool,
    },
    Final {
        is_message: bool,
        /// Whether there is text or an attachment; a bot withdraws an answer by leaving out both.
        has_content: bool,
    },
}

impl Kind {
    /// Whether its number says that nothing came before it.
    pub(super) fn is_first(self) -> bool {
        matches!(self, Kind::Informative(Some(..=1)) | Kind::Streaming { sequence: Some(..=1), .. })
    }

    /// Whether nothing says that something came before it.
    pub(super) fn may_be_first(self) -> bool {
        let is_unnumbered =
            matches!(self, Kind::Informative(None) | Kind::Streaming { sequence: None, .. });
        self.is_first() || is_unnumbered
    }
}

impl<'a> Said<'a> {
    /// `None` for everything that is neither said nor being written.
    pub(super) fn of(activity: &'a str) -> Option<Said<'a>> {
        let activity: Activity<'a> = object(activity)?;
        let is_message = match string(activity.kind?)?.as_ref() {
            "message" => true,
            "typing" => false,
            _ => return None,
        };
        let sender = activity.from.and_then(|from| object::<Sender<'a>>(from.get()));
        Some(Said {
            is_message,
            sender: sender.and_then(|sender| id(sender.id)).unwrap_or_default(),
            own: id(activity.id),
            reply: id(activity.reply),
            part: Part::of(is_message, &activity),
        })
    }
}

impl<'a> Part<'a> {
    fn of(is_message: bool, activity: &Activity<'a>) -> Option<Part<'a>> {
        let info = activity.info()?;
        let text = activity.text.and_then(text).unwrap_or_default();
        let sequence = info.sequence.and_then(number);
        let kind = match info.kind.and_then(string)?.as_ref() {
            "informative" if !is_message => Kind::Informative(sequence),
            "streaming" if !is_message => {
                let is_delta = info.chunk.and_then(string).is_some_and(|chunk| chunk == "delta");
                Kind::Streaming { sequence, is_delta }
            }
            "final" => {
                let has_content = !text.is_empty() || activity.attachments.is_some_and(has_items);
                Kind::Final { is_message, has_content }
            }
            _ => return None,
        };
        let stream = match info.stream {
            Some(raw) => Some(string(raw)?).filter(|id| !id.is_empty()),
            None => None,
        };
        let is_usable = stream.as_ref().is_none_or(|id| id.len() <= ID_BYTES_MAX);
        is_usable.then_some(Part { stream, text, kind })
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
    from: Option<&'a RawValue>,
    #[serde(borrow, rename = "replyToId")]
    reply: Option<&'a RawValue>,
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

#[derive(Deserialize)]
struct Sender<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
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
    #[serde(borrow, rename = "chunkType")]
    chunk: Option<&'a RawValue>,
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

/// An id that can be remembered.
fn id(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    raw.and_then(string).filter(|id| (1..=ID_BYTES_MAX).contains(&id.len()))
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
pub(super) const ID_BYTES_MAX: usize = 1_024;

#[cfg(test)]
mod tests;
