//! ACTIVITY: what the relay knows of an activity without reading what it says.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::rendezvous::hash;

/// An activity as it came in, and what identifies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// What tells it from every other activity of its conversation: its id and its timestamp, since a
    /// service may begin its numbering anew. `None` where it has no id of its own.
    pub identity: Option<String>,
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
        let identity = seen.id.said().map(|id| match seen.kind.said().as_deref() {
            // These bear the id of another activity, so that all they say is what tells them apart.
            Some("messageUpdate" | "messageDelete") => format!("{id}@{time}#{:016x}", hash(json)),
            _ => format!("{id}@{time}"),
        });
        let identity = identity.filter(|identity| identity.len() <= IDENTITY_BYTES_MAX);
        Activity { identity, echo, json: json.into() }
    }
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

/// Longer ids are told from nothing: no service has them, and headers are bounded.
const IDENTITY_BYTES_MAX: usize = 1_024;
