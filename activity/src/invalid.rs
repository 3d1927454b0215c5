//! What is told of input that cannot be used.

use std::error::Error;
use std::fmt;

use serde_json::Value;

use crate::text::line;

/// Something that cannot be sent or answered, in one sentence: which field, what it is, and what is
/// allowed. Nothing in it can harm a terminal.
///
/// ```
/// use directline_activity::Activity;
///
/// let refused = Activity::event("", None).unwrap_err();
/// assert_eq!(refused.to_string(), "name is \"\", allowed is the name of an event");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    field: String,
    value: String,
    allowed: String,
}

impl Invalid {
    pub(crate) fn new(field: &str, value: &str, allowed: &str) -> Invalid {
        Invalid { field: line(field), value: line(value), allowed: line(allowed) }
    }

    pub(crate) fn text(field: &str, value: &str, allowed: &str) -> Invalid {
        Invalid::new(field, &shortened(&format!("{value:?}")), allowed)
    }

    pub(crate) fn json(field: &str, value: Option<&Value>, allowed: &str) -> Invalid {
        let value = value.map_or("missing".to_owned(), |value| shortened(&value.to_string()));
        Invalid::new(field, &value, allowed)
    }

    /// The field that cannot be used.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What it is, shortened.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What it may be.
    #[must_use]
    pub fn allowed(&self) -> &str {
        &self.allowed
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, allowed is {}", self.field, self.value, self.allowed)
    }
}

impl Error for Invalid {}

/// Enough to know it by.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

const CHARACTERS_MAX: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_short_harmless_sentence() {
        let value = format!("a\n\u{1b}[2J{}", "ä".repeat(1_000));
        let told = Invalid::json("value of\nx", Some(&value.into()), "y").to_string();
        assert!(told.starts_with("value of x is \"a\\n\\u001b[2Jää"), "{told}");
        assert!(told.ends_with("ä…, allowed is y") && told.chars().count() < 120, "{told}");
        assert_eq!(Invalid::json("v", None, "y").to_string(), "v is missing, allowed is y");
    }
}
