//! CHECKPOINT: where to resume, as data. Holds no credential and no time, and no text of the user
//! unless the host wants unsent posts kept.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::known::Known;
use crate::outbox::Kept;
use crate::watermark::Watermark;
use crate::wire::activity_set::WATERMARK_BYTES_MAX;
use crate::wire::response::is_conversation_id;

/// Where a conversation stands: everything up to here was handed out, nothing beyond.
///
/// Cheap to clone: its parts are shared. Written down as one line of JSON.
///
/// ```
/// use directline::Checkpoint;
///
/// let checkpoint = Checkpoint::new("FBf9-us")?.with_watermark("42")?;
/// let line = checkpoint.to_json();
/// assert_eq!(Checkpoint::from_json(&line)?, checkpoint);
/// assert_eq!(checkpoint.watermark(), Some("42"));
/// assert!(Checkpoint::from_json("{\"version\":1}").is_err());
/// # Ok::<(), directline::CheckpointError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Checkpoint {
    conversation: Arc<str>,
    place: Reach,
    known: Arc<Known>,
    posts: Option<Arc<Kept>>,
}

/// How far a conversation was handed out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Reach {
    /// Nobody knows: all that there is, is the id.
    Unknown,
    /// As far as the ids say that a session has handed out; the service had named no watermark.
    Unmarked,
    At(Watermark),
}

/// Where a checkpoint is, for logs.
#[derive(Serialize)]
pub(crate) struct Position<'a> {
    conversation: &'a str,
    watermark: Option<&'a str>,
}

/// A checkpoint that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It is not the JSON of a checkpoint.
    #[error("checkpoint is damaged: {0}")]
    Damaged(String),
    /// It was written by a later version of this crate.
    #[error("checkpoint version is {0}, allowed is 1")]
    Version(u64),
    /// The conversation id cannot be one.
    #[error("conversation is {0:?}, allowed is 1 to 1024 bytes that are no dot segment")]
    Conversation(String),
    /// The watermark cannot be one.
    #[error("watermark has {0} bytes, allowed is 1 to 4096")]
    Watermark(usize),
}

impl Checkpoint {
    /// The very beginning of a conversation.
    ///
    /// # Errors
    ///
    /// When `conversation` is empty, longer than 1,024 bytes, `.` or `..`.
    pub fn new(conversation: impl Into<Arc<str>>) -> Result<Checkpoint, CheckpointError> {
        let conversation = conversation.into();
        if !is_conversation_id(&conversation) {
            let shown = conversation.chars().take(64).collect();
            return Err(CheckpointError::Conversation(shown));
        }
        let (place, known, posts) = (Reach::Unknown, Arc::default(), None);
        Ok(Checkpoint { conversation, place, known, posts })
    }

    /// The same conversation at `watermark`.
    ///
    /// # Errors
    ///
    /// When `watermark` is empty or longer than 4,096 bytes.
    pub fn with_watermark(
        mut self,
        watermark: impl AsRef<str>,
    ) -> Result<Checkpoint, CheckpointError> {
        let watermark = watermark.as_ref();
        if !(1..=WATERMARK_BYTES_MAX).contains(&watermark.len()) {
            return Err(CheckpointError::Watermark(watermark.len()));
        }
        self.place = Reach::At(watermark.into());
        Ok(self)
    }

    /// The conversation's id.
    #[must_use]
    pub fn conversation(&self) -> &str {
        &self.conversation
    }

    /// The watermark, if the service has named one.
    #[must_use]
    pub fn watermark(&self) -> Option<&str> {
        match &self.place {
            Reach::At(watermark) => Some(watermark),
            Reach::Unmarked | Reach::Unknown => None,
        }
    }

    /// The checkpoint as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("text, numbers and lists can always be written")
    }

    /// Reads what [`Checkpoint::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`] says what is wrong. Whatever `json` holds, nothing worse happens, and
    /// what comes of it stays within the bounds of the configuration it is resumed with.
    pub fn from_json(json: &str) -> Result<Checkpoint, CheckpointError> {
        let stored: Written = serde_json::from_str(json)
            .map_err(|error| CheckpointError::Damaged(error.to_string()))?;
        Checkpoint::try_from(stored)
    }

    pub(crate) fn from_parts(
        conversation: Arc<str>,
        watermark: Option<Watermark>,
        known: Arc<Known>,
    ) -> Checkpoint {
        let place = watermark.map_or(Reach::Unknown, Reach::At);
        Checkpoint { conversation, place, known, posts: None }
    }

    /// The conversation and the watermark, and neither ids nor posts.
    pub(crate) fn position(&self) -> Position<'_> {
        Position { conversation: self.conversation(), watermark: self.watermark() }
    }

    /// The same, made by a session that knows where the new begins.
    pub(crate) fn placed(mut self) -> Checkpoint {
        if self.place == Reach::Unknown {
            self.place = Reach::Unmarked;
        }
        self
    }

    /// Whether a session that resumes from here knows where the new begins.
    pub(crate) fn has_place(&self) -> bool {
        self.place != Reach::Unknown
    }

    pub(crate) fn with_posts(mut self, posts: Option<Arc<Kept>>) -> Checkpoint {
        self.posts = posts;
        self
    }

    pub(crate) fn posts(&self) -> Option<&Arc<Kept>> {
        self.posts.as_ref()
    }

    pub(crate) fn into_parts(self) -> (Arc<str>, Option<Watermark>, Arc<Known>) {
        let watermark = match self.place {
            Reach::At(watermark) => Some(watermark),
            Reach::Unmarked | Reach::Unknown => None,
        };
        (self.conversation, watermark, self.known)
    }
}

/// As it is written down.
#[derive(Serialize, Deserialize)]
struct Written {
    version: u64,
    conversation: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    watermark: Option<Watermark>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    placed: bool,
    #[serde(default)]
    known: Arc<Known>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    posts: Option<Arc<Kept>>,
}

impl From<Checkpoint> for Written {
    fn from(checkpoint: Checkpoint) -> Written {
        let placed = checkpoint.place == Reach::Unmarked;
        let posts = checkpoint.posts().cloned();
        let (conversation, watermark, known) = checkpoint.into_parts();
        Written { version: VERSION, conversation, watermark, placed, known, posts }
    }
}

impl TryFrom<Written> for Checkpoint {
    type Error = CheckpointError;

    fn try_from(stored: Written) -> Result<Checkpoint, CheckpointError> {
        if stored.version != VERSION {
            return Err(CheckpointError::Version(stored.version));
        }
        let Written { conversation, watermark, placed, known, posts, .. } = stored;
        let mut checkpoint = Checkpoint { known, posts, ..Checkpoint::new(conversation)? };
        if let Some(watermark) = watermark {
            checkpoint = checkpoint.with_watermark(&*watermark)?;
        }
        Ok(if placed { checkpoint.placed() } else { checkpoint })
    }
}

const VERSION: u64 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_checkpoints_are_told_apart() {
        // Covers: RX-6
        let error = |json: &str| Checkpoint::from_json(json).expect_err(json).to_string();
        assert!(error("{").starts_with("checkpoint is damaged: "));
        assert!(error(r#"{"version":1}"#).contains("conversation"));
        for version in [0, 2, u64::MAX] {
            assert_eq!(
                error(&format!(r#"{{"version":{version},"conversation":"c"}}"#)),
                format!("checkpoint version is {version}, allowed is 1")
            );
        }
        assert!(error(r#"{"version":1,"conversation":".."}"#).contains("dot segment"));
        assert!(error(r#"{"version":1,"conversation":"c","watermark":""}"#).contains("0 bytes"));
    }
}
