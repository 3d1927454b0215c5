//! SECRETS: text that authorises, which therefore never shows itself.

use std::fmt;
use std::sync::Arc;

use http::HeaderValue;

/// A Direct Line secret or token; its text appears in no `Debug` or `Display`, and is shared by all
/// copies.
///
/// ```
/// use directline::Secret;
///
/// let token = Secret::new("ew0KICAiYWxnIjo")?;
/// assert_eq!(format!("{token} {token:?}"), "*** Secret(***)");
/// assert!(Secret::new("two words\n").is_err());
/// # Ok::<(), directline::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes over `text`, without the white space around it.
    ///
    /// # Errors
    ///
    /// When what remains is empty, is longer than 16 KiB (servers refuse such headers), or holds
    /// anything but visible ASCII, since it could then not travel in an `Authorization` header.
    pub fn new(text: impl AsRef<str>) -> Result<Secret, crate::ConfigError> {
        Secret::parse(text.as_ref())
            .ok_or_else(|| crate::ConfigError::hidden("credential", ALLOWED))
    }

    /// As [`Secret::new`], for text from the network, where there is nobody to tell.
    pub(crate) fn parse(text: &str) -> Option<Secret> {
        let text = text.trim();
        let fits = !text.is_empty() && text.len() <= BYTES_MAX;
        (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Secret(text.into()))
    }

    /// The text itself; keep it out of logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The value of an `Authorization` header, marked sensitive.
    pub(crate) fn bearer(&self) -> HeaderValue {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.0))
            .expect("visible ASCII was checked when the secret was made");
        value.set_sensitive(true);
        value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

const ALLOWED: &str = "1 to 16384 characters of visible ASCII";
const BYTES_MAX: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_sensitive() {
        let header = Secret::new(" abc ").expect("valid").bearer();
        assert!(header.is_sensitive());
        assert_eq!(header.as_bytes(), b"Bearer abc");
    }

    #[test]
    fn what_cannot_be_a_header_is_refused() {
        for bad in ["", "  ", "a b", "a\r\nX: y", "ü", &"a".repeat(BYTES_MAX + 1)] {
            assert!(Secret::new(bad).is_err(), "{bad:?}");
        }
    }
}
