//! ACTIVITY: what the relay knows of an activity without reading what it says.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::rendezvous::hash;

/// An activity as it came in, and what tells it from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The id that the service gave it, if it did.
    pub id: Option<String>,
    /// What tells it from another activity with the same id, since a service may begin its numbering
    /// anew: its timestamp; of an update or a deletion, which bear the id of what they are about, also
    /// a hash of all it says.
    pub stamp: String,
    /// The key of the post that it echoes: its `channelData.clientActivityID`.
    pub echo: Option<String>,
    /// The JSON, to the byte.
    pub json: Arc<str>,
}

impl Activity {
    /// Reads what identifies the activity `json`; whatever else it holds, nothing is refused.
    #[must_use]
    pub fn read(json: &str) -> Activity {
        let seen: Seen = serde_json::from_str(json).unwrap_or_default();
        let echo = match seen.channel_data {
            Data::Object { client_activity_id } => client_activity_id.said(),
            Data::Other(_) => None,
        };
        let time = seen.timestamp.said().unwrap_or_default();
        let time = time.replace('%', "%25").replace(HASH, "%23");
        let stamp = match seen.kind.said().as_deref() {
            Some("messageUpdate" | "messageDelete") => format!("{time}{HASH}{:016x}", hash(json)),
            _ => time,
        };
        Activity { id: seen.id.said(), stamp, echo, json: json.into() }
    }

    /// What tells an update or a deletion from all others; none for what is neither.
    pub(super) fn change(&self) -> Option<u64> {
        self.stamp.contains(HASH).then(|| hash(&format!("{:?}{}", self.id, self.stamp)))
    }

    /// Id and stamp as one word of visible ASCII. None without an id, and for one that would not fit
    /// into a header: then nothing tells the activity when it comes again.
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        // Not in the id, so that the first one ends it.
        let id = written(self.id.as_ref()?, b"%@");
        let word = format!("{id}@{}", written(&self.stamp, b"%"));
        (word.len() <= IDENTITY_BYTES_MAX).then_some(word)
    }
}

/// As visible ASCII without these.
fn written(text: &str, but: &[u8]) -> String {
    let mut word = String::new();
    for byte in text.bytes() {
        match byte {
            b'!'..=b'~' if !but.contains(&byte) => word.push(char::from(byte)),
            _ => word.extend(['%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
    word
}

fn digit(nibble: u8) -> char {
    char::from_digit(nibble.into(), 16).unwrap_or('0')
}

/// The fields that matter; each may be something else than it should.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Seen {
    id: Text,
    timestamp: Text,
    #[serde(rename = "type")]
    kind: Text,
    #[serde(rename = "channelData")]
    channel_data: Data,
}

/// Text, or something else, which says nothing.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Text {
    Said(String),
    #[default]
    #[serde(skip)]
    Unsaid,
    Other(IgnoredAny),
}

impl Text {
    fn said(self) -> Option<String> {
        match self {
            Text::Said(text) if !text.is_empty() => Some(text),
            Text::Said(_) | Text::Unsaid | Text::Other(_) => None,
        }
    }
}

/// An object, or something else, which holds nothing.
#[derive(Deserialize)]
#[serde(untagged)]
enum Data {
    Object {
        #[serde(default, rename = "clientActivityID")]
        client_activity_id: Text,
    },
    Other(IgnoredAny),
}

impl Default for Data {
    fn default() -> Data {
        Data::Object { client_activity_id: Text::Unsaid }
    }
}

/// Behind the time of an update or a deletion, before the hash of it.
const HASH: &str = "#";
/// Identifiers in the field have 7 to 70 bytes.
const IDENTITY_BYTES_MAX: usize = 1_024;
