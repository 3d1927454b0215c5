//! Entities: facts about an activity, of which those about streams have a typed view.

use serde_json::{Map, Number, Value};

use crate::member::{object, words};

object! {
    /// A fact about an activity; its other members are in [`rest`](Entity::rest).
    Entity {
        /// What it is about, such as `mention`, `streaminfo` or an IRI.
        kind: Option<String> = "type",
    }
}

object! {
    /// What a piece of a streamed answer says about its stream.
    StreamInfo {
        /// The id of the stream: that of its first piece, which itself may name none.
        stream_id: Option<String> = "streamId",
        /// Which part it is.
        kind: Option<StreamKind> = "streamType",
        /// Its place among the pieces, as it was written; see [`StreamInfo::sequence`].
        stream_sequence: Option<Number> = "streamSequence",
        /// `delta` where the text holds only what is new.
        chunk_type: Option<String> = "chunkType",
    }
}

words! {
    /// Which part of a stream a piece is.
    StreamKind {
        /// What the bot is about.
        Informative = "informative",
        /// The answer so far, or what is new of it.
        Streaming = "streaming",
        /// The whole answer.
        Final = "final",
    }
}

impl Entity {
    /// What it says of a stream, if that is what it is about and it says which part it is.
    #[must_use]
    pub fn stream_info(&self) -> Option<StreamInfo> {
        if self.kind.as_deref() != Some("streaminfo") {
            return None;
        }
        let members = self.rest.iter().map(|(name, value)| (name.to_owned(), value.clone()));
        let info = StreamInfo::from_value(Value::Object(members.collect::<Map<_, _>>()));
        info.kind.is_some().then_some(info)
    }
}

impl StreamInfo {
    pub(crate) fn read_channel_data(data: &Value) -> Option<StreamInfo> {
        data.get("streamType").filter(|kind| kind.is_string())?;
        Some(StreamInfo::from_value(data.clone()))
    }

    /// Its place among the pieces, where it is a whole number, or text that holds one.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        match &self.stream_sequence {
            Some(number) => number.as_u64(),
            None => self.rest.get("streamSequence")?.as_str()?.parse().ok(),
        }
    }

    /// Whether the text holds only what is new.
    #[must_use]
    pub fn is_delta(&self) -> bool {
        self.chunk_type.as_deref() == Some("delta")
    }
}
