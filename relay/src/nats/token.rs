//! TOKEN: any text as the name of a conversation, and back, for applications whose own names have other
//! characters than subjects and keys take.
//!
//! What is a letter, a digit, `-` or `_` stands for itself; every other byte is `=` and two capital
//! hexadecimal digits. Each text has one such form and each form one text.

use std::fmt::Write;

use crate::core::{Name, NameError};

/// `text` as a name.
///
/// ```
/// use directline_relay::nats::{decode, encode};
///
/// let name = encode("user.7@example")?;
/// assert_eq!(name.as_str(), "user=2E7=40example");
/// assert_eq!(decode(&name).as_deref(), Some("user.7@example"));
/// # Ok::<(), directline_relay::core::NameError>(())
/// ```
///
/// # Errors
///
/// When it is empty, or longer than a name may be.
pub fn encode(text: &str) -> Result<Name, NameError> {
    let mut token = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_plain(byte) {
            token.push(char::from(byte));
        } else {
            write!(token, "={byte:02X}").expect("text takes text");
        }
    }
    Name::new(token)
}

/// The text that [`encode`] makes `name` of, if there is one.
#[must_use]
pub fn decode(name: &Name) -> Option<String> {
    let mut text = Vec::with_capacity(name.as_str().len());
    let mut rest = name.as_str().bytes();
    while let Some(byte) = rest.next() {
        let decoded = match byte {
            b'=' => digit(rest.next()?)? << 4 | digit(rest.next()?)?,
            _ => byte,
        };
        // What needs no escape has none, and the other way round.
        if is_plain(decoded) != (byte != b'=') {
            return None;
        }
        text.push(decoded);
    }
    String::from_utf8(text).ok()
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_one_name_and_each_name_one_text() {
        let named = |text: &str| encode(text).expect("a name").as_str().to_owned();
        for (text, name) in [
            ("FBf9-us_1", "FBf9-us_1"),
            ("a.b", "a=2Eb"),
            ("*", "=2A"),
            (">", "=3E"),
            ("a b|c", "a=20b=7Cc"),
            ("=41", "=3D41"),
            ("ü", "=C3=BC"),
        ] {
            assert_eq!(named(text), name);
            assert_eq!(decode(&Name::new(name).expect("a name")).as_deref(), Some(text));
        }
        for foreign in ["=4", "=", "=41", "=2e", "=FF", "=G0", "a=2"] {
            assert_eq!(decode(&Name::new(foreign).expect("a name")), None, "{foreign}");
        }
        assert!(encode("").is_err() && encode(&"x".repeat(129)).is_err());
        for code in (0..0x300).chain([0x20AC, 0x1F600]) {
            let text: String = char::from_u32(code).into_iter().chain(['x']).collect();
            assert_eq!(decode(&encode(&text).expect("a name")), Some(text));
        }
    }
}
