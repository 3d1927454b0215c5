//! The end of a session: once, last, and with its reason.

use serde::Serialize;

use super::{Purpose, Refusal};
use crate::redact::Hidden;

/// Why a session ended; it says so once, as its last output.
///
/// The conversation itself may well go on: a checkpoint taken before or after the end resumes it,
/// unless the service says that it is gone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum End {
    /// The host asked for it.
    #[error("closed by the application")]
    Closed,
    /// The bot sent `endOfConversation`.
    #[error("the bot ended the conversation")]
    Completed,
    /// The service does not know the conversation any more.
    #[error("the service no longer has this conversation")]
    Gone,
    /// Another client keeps taking the conversation over.
    #[error("another client owns this conversation ({collisions} collisions in a row)")]
    Collision {
        /// How often in a row this session was evicted.
        collisions: u32,
    },
    /// A fresh credential got the refusal that the one before it got.
    #[error("a fresh credential was refused as the one before: {refusal}{message}")]
    Refused {
        /// What the service said both times.
        refusal: Refusal,
        /// The service's own words, empty or after a colon.
        message: Message,
    },
    /// The bot lives in another region than the base that was called.
    #[error("the bot cannot be reached through this region{message}")]
    WrongRegion {
        /// The service's own words, which name the regions.
        message: Message,
    },
    /// The service answered a reconnect with another conversation.
    #[error("the credential belongs to another conversation")]
    WrongConversation,
    /// The service called a request wrong that will not get better by repeating it.
    #[error("{purpose} was rejected with status {status}{message}")]
    Rejected {
        /// What was asked.
        purpose: Purpose,
        /// The status of the answer.
        status: u16,
        /// The service's own words.
        message: Message,
    },
    /// The limit on attempts or on the length of an outage was reached.
    #[error("gave up after {attempts} failed attempts in a row")]
    GaveUp {
        /// How many attempts had failed.
        attempts: u32,
    },
}

impl End {
    /// Whether only a new credential can help.
    #[must_use]
    pub fn needs_new_credentials(&self) -> bool {
        match self {
            End::Refused { .. } | End::WrongConversation => true,
            End::Closed
            | End::Completed
            | End::Gone
            | End::Collision { .. }
            | End::WrongRegion { .. }
            | End::Rejected { .. }
            | End::GaveUp { .. } => false,
        }
    }

    /// Whether the conversation can be taken up again from the last checkpoint.
    #[must_use]
    pub fn is_resumable(&self) -> bool {
        match self {
            End::Closed
            | End::Completed
            | End::Collision { .. }
            | End::Refused { .. }
            | End::WrongRegion { .. }
            | End::WrongConversation
            | End::Rejected { .. }
            | End::GaveUp { .. } => true,
            End::Gone => false,
        }
    }
}

/// What a server said about an error, cut to a sane length and without credentials in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Message(Option<Box<str>>);

impl Message {
    /// What a server said, without what is hidden.
    pub(crate) fn new(text: &str, hidden: &Hidden) -> Message {
        let mut text = hidden.redact(text);
        if let Some((end, _)) = text.char_indices().nth(CHARS_MAX) {
            text.truncate(end);
        }
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let text = text.trim();
        Message((!text.is_empty()).then(|| text.into()))
    }

    /// The text, empty when the server said nothing.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or("")
    }
}

impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some(text) => write!(f, ": {text}"),
            None => Ok(()),
        }
    }
}

/// Long enough for every message seen in the field, short enough for a log line.
const CHARS_MAX: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn messages_are_short_single_lines_without_the_credential() {
        // Covers: CR-7
        let hidden = Hidden::new(vec![Secret::new("abc.def").expect("a token")], None);
        let message = Message::new("token abc.def\n is wrong", &hidden);
        assert_eq!(message.as_str(), "token ***  is wrong");
        assert_eq!(Message::new(&"ä".repeat(1_000), &hidden).as_str().chars().count(), CHARS_MAX);
        assert_eq!(Message::new(" \n", &hidden).to_string(), "");
    }
}
