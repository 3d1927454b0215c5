//! NAMES: of hosts, of conversations and of posts; whoever else picks them, they fit into subjects and
//! keys.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Text that cannot be a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {given:?}, allowed is {allowed}")]
#[non_exhaustive]
pub struct NameError {
    /// What it was to name.
    pub what: &'static str,
    /// The beginning of the text.
    pub given: String,
    /// What a name may be.
    pub allowed: &'static str,
}

macro_rules! names {
    ($($(#[$doc:meta])+ $name:ident, $what:literal, $fits:ident, $allowed:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes `text` as a name.
            ///
            /// # Errors
            ///
            /// When it is something else than is allowed; the error says both.
            pub fn new(text: impl AsRef<str>) -> Result<$name, NameError> {
                let text = text.as_ref();
                if (1..=BYTES_MAX).contains(&text.len()) && text.bytes().all($fits) {
                    return Ok($name(text.into()));
                }
                let given = text.chars().take(64).collect();
                Err(NameError { what: $what, given, allowed: $allowed })
            }

            /// The name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<$name, NameError> {
                $name::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

names! {
    /// A host: a process that may own conversations. Its name is its own for as long as its lease
    /// lives, and it keeps its conversations over a restart with the same one.
    HostName, "host", is_token, TOKEN;
    /// A conversation, by the name that the application has for it. It is a part of subjects and keys;
    /// the id that the service gives it is in its checkpoint.
    Name, "conversation", is_token, TOKEN;
    /// A post, by the name that the application has for it. It travels with the post as
    /// `channelData.clientActivityID`, so that its echo is known by it.
    PostKey, "key of a post", is_visible, VISIBLE;
}

/// What a subject and a key take as one part.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=')
}

/// What a header takes.
fn is_visible(byte: u8) -> bool {
    byte.is_ascii_graphic()
}

const BYTES_MAX: usize = 128;
const TOKEN: &str = "1 to 128 letters, digits, -, _ and = of ASCII";
const VISIBLE: &str = "1 to 128 characters of visible ASCII";
