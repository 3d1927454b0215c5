//! SECRETS: text that authorises, which therefore never shows itself, and what a session may be
//! given of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

/// What authorises the requests of a session; checked when it is made.
///
/// ```
/// use std::time::Duration;
/// use directline::{Config, Credential, Token};
///
/// let site = Credential::secret("Ps3cr3t.cwA")?;
/// assert_eq!(format!("{site:?}"), "Secret(Secret(***))");
/// let token = Token::new("ew0KICAiYWxnIjo")?.lasting(Duration::from_secs(1_800));
/// let config = Config::builder(token).build()?;
/// assert_eq!(
///     Credential::token("two words").unwrap_err().to_string(),
///     "credential is something else, allowed is 4 to 16384 characters of visible ASCII"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A site's secret: it opens every conversation of the bot and never expires, so it belongs on
    /// servers only. The session exchanges it for a token of one conversation.
    Secret(Secret),
    /// A token for one conversation.
    Token(Token),
}

impl Credential {
    /// A site's secret.
    ///
    /// # Errors
    ///
    /// As [`Secret::new`].
    pub fn secret(text: impl AsRef<str>) -> Result<Credential, CredentialError> {
        Secret::new(text).map(Credential::Secret)
    }

    /// A token whose remaining lifetime is not known; half an hour is assumed. For one of which it
    /// is known, see [`Token::lasting`].
    ///
    /// # Errors
    ///
    /// As [`Secret::new`].
    pub fn token(text: impl AsRef<str>) -> Result<Credential, CredentialError> {
        Token::new(text).map(Credential::Token)
    }
}

impl From<Token> for Credential {
    fn from(token: Token) -> Credential {
        Credential::Token(token)
    }
}

/// A token for one conversation, with the time it has still to live, if that is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    pub(crate) text: Secret,
    pub(crate) lifetime: Option<Duration>,
}

impl Token {
    /// A token whose remaining lifetime is not known; half an hour is assumed, which is what the
    /// service documents.
    ///
    /// # Errors
    ///
    /// As [`Secret::new`].
    pub fn new(text: impl AsRef<str>) -> Result<Token, CredentialError> {
        Ok(Token { text: Secret::new(text)?, lifetime: None })
    }

    /// The same, to run out `lifetime` after it is handed in.
    #[must_use]
    pub fn lasting(self, lifetime: Duration) -> Token {
        Token { lifetime: Some(lifetime), ..self }
    }

    /// Its text, as a secret.
    #[must_use]
    pub fn text(&self) -> &Secret {
        &self.text
    }

    /// How long it lives from when it is handed in, where that is known.
    #[must_use]
    pub fn lifetime(&self) -> Option<Duration> {
        self.lifetime
    }
}

/// Text that cannot be a credential. It is not shown, since it may be one with something around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("credential is something else, allowed is {ALLOWED}")]
#[non_exhaustive]
pub struct CredentialError;

/// The text of a secret or a token; it appears in no `Debug` or `Display`, and is shared by all
/// copies.
///
/// ```
/// use directline::Secret;
///
/// let token = Secret::new("ew0KICAiYWxnIjo")?;
/// assert_eq!(format!("{token} {token:?}"), "*** Secret(***)");
/// assert!(Secret::new("two words\n").is_err() && Secret::new("abc").is_err());
/// # Ok::<(), directline::CredentialError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes over `text`, without the white space around it.
    ///
    /// # Errors
    ///
    /// When what remains is shorter than four characters (what is so short stands everywhere, and
    /// cannot be hidden), is longer than 16 KiB (servers refuse such headers), or holds anything but
    /// visible ASCII, since it could then not travel in an `Authorization` header.
    pub fn new(text: impl AsRef<str>) -> Result<Secret, CredentialError> {
        let text = text.as_ref().trim();
        let secret = Secret::parse(text).filter(|_| text.len() >= BYTES_MIN);
        secret.ok_or(CredentialError)
    }

    /// As [`Secret::new`], for text from the network, where there is nobody to tell: of whatever
    /// length the service makes it.
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

const ALLOWED: &str = "4 to 16384 characters of visible ASCII";
const BYTES_MIN: usize = 4;
const BYTES_MAX: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_sensitive() {
        let header = Secret::new(" abcd ").expect("valid").bearer();
        assert!(header.is_sensitive());
        assert_eq!(header.as_bytes(), b"Bearer abcd");
    }

    #[test]
    fn what_cannot_be_a_header_is_refused() {
        for bad in ["", "  ", "abc", "a b c", "a\r\nX: y", "ü", &"a".repeat(BYTES_MAX + 1)] {
            assert!(Secret::new(bad).is_err(), "{bad:?}");
        }
    }
}
