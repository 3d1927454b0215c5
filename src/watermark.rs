//! WATERMARK: the service's mark for a place in a conversation.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};

/// A watermark: opaque text, kept and sent back as it is.
///
/// Those of the field have up to 8 characters and change with every frame, so that short ones
/// live in place.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Watermark(Text);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Text {
    /// As many of these bytes, zeros behind them.
    Short(u8, [u8; SHORT_MAX]),
    Long(Arc<str>),
}

impl From<&str> for Watermark {
    fn from(text: &str) -> Watermark {
        let mut bytes = [0; SHORT_MAX];
        Watermark(match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Text::Short(length, bytes)
            }
            _ => Text::Long(text.into()),
        })
    }
}

impl Deref for Watermark {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Text::Short(length, bytes) => {
                std::str::from_utf8(&bytes[..usize::from(*length)]).expect("it was text")
            }
            Text::Long(text) => text,
        }
    }
}

impl fmt::Debug for Watermark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl Serialize for Watermark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Watermark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Watermark, D::Error> {
        String::deserialize(deserializer).map(|text| Watermark::from(text.as_str()))
    }
}

/// Makes the whole as large as three words.
const SHORT_MAX: usize = 22;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_ones_are_kept_as_they_are() {
        // Covers: WM-1
        for text in
            ["", "0", "\u{e9}\u{1f600}", &"w".repeat(22), &"w".repeat(23), &"w".repeat(4_096)]
        {
            let watermark = Watermark::from(text);
            assert_eq!(&*watermark, text);
            assert_eq!(format!("{watermark:?}"), format!("{text:?}"));
            let json = serde_json::to_string(&watermark).expect("text can be written");
            assert_eq!(serde_json::from_str::<Watermark>(&json).expect("text"), watermark);
        }
        assert_eq!(size_of::<Option<Watermark>>(), 24);
    }
}
