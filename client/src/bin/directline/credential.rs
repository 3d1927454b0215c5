//! The credential, from where it was given; what was pasted along with it is told without showing it.

use std::env;

use directline_client::directline::{Credential, CredentialError};

use crate::args::Chat;
use crate::problem::Problem;

/// A credential, and the variable that it comes from, if it does.
pub(crate) type Found = (Credential, Option<&'static str>);

/// The credential of the arguments or of the environment, if there is one.
pub(crate) fn credential(chat: &Chat) -> Result<Option<Found>, Problem> {
    let variable = |name| match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => {
            Err(Problem::usage(format!("{name} is not text, allowed is visible ASCII")))
        }
    };
    let secret = |name, text: &str| checked(name, text, |text| Credential::secret(text));
    let token = |name, text: &str| checked(name, text, |text| Credential::token(text));
    match (&chat.secret, &chat.token) {
        (Some(text), _) => return Ok(Some((secret("--secret", text)?, None))),
        (None, Some(text)) => return Ok(Some((token("--token", text)?, None))),
        (None, None) => {}
    }
    match (variable(SECRET)?, variable(TOKEN)?) {
        (Some(_), Some(_)) => Err(Problem::usage(format!(
            "{SECRET} and {TOKEN} are both set, allowed is one of them"
        ))),
        (Some(text), None) => Ok(Some((secret(SECRET, &text)?, Some(SECRET)))),
        (None, Some(text)) => Ok(Some((token(TOKEN, &text)?, Some(TOKEN)))),
        (None, None) => Ok(None),
    }
}

/// Whether a service can have this secret: what a client will be able to use.
pub(crate) fn check_secret(name: &str, text: &str) -> Result<(), Problem> {
    checked(name, text, |text| Credential::secret(text)).map(drop)
}

/// The text as a credential, if it is nothing else.
fn checked(
    name: &str,
    text: &str,
    make: fn(&str) -> Result<Credential, CredentialError>,
) -> Result<Credential, Problem> {
    if let Some(flaw) = flaw(text) {
        return Err(Problem::usage(format!(
            "{name} {flaw}, allowed is the secret or token alone, in at least {CREDENTIAL_BYTES_MIN} \
             characters of visible ASCII"
        )));
    }
    let told = |error: CredentialError| error.to_string().replacen("credential", name, 1);
    make(text).map_err(|error| Problem::usage(told(error)))
}

/// What was pasted along, and where: positions count characters from 1.
fn flaw(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("is empty".into());
    }
    let is_scheme = |word: &str| word.eq_ignore_ascii_case("bearer");
    if text.starts_with('\u{feff}') {
        return Some("begins with a byte order mark at position 1".into());
    }
    if text.starts_with('{') {
        return Some("is JSON, of which only the value of \"token\" is meant".into());
    }
    if text.split_whitespace().next().is_some_and(is_scheme) {
        let at = text.chars().take_while(|c| c.is_whitespace()).count() + 1;
        return Some(format!("begins with \"Bearer\" at position {at}"));
    }
    let Some((index, odd)) = text.chars().enumerate().find(|(_, c)| !is_plain(*c)) else {
        // What is hidden wherever it is quoted would take words apart.
        let is_short = text.len() < CREDENTIAL_BYTES_MIN;
        let plural = if text.len() == 1 { "" } else { "s" };
        return is_short
            .then(|| format!("has {} character{plural}, which is too short", text.len()));
    };
    let what = match odd {
        ' ' => "a space",
        '"' | '\'' | '`' | '“' | '”' | '„' | '‘' | '’' | '«' | '»' => "quotes",
        odd if odd.is_ascii() => "an invisible character",
        _ => "a character outside ASCII",
    };
    Some(format!("has {what} at position {}", index + 1))
}

fn is_plain(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '`')
}

/// The service's have more than forty; the shortest in use elsewhere are words.
const CREDENTIAL_BYTES_MIN: usize = 4;
const SECRET: &str = "DIRECTLINE_SECRET";
const TOKEN: &str = "DIRECTLINE_TOKEN";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pasted_along_is_told_and_never_shown() {
        for (text, told) in [
            ("\"hush\"", "has quotes at position 1"),
            ("“hush”", "has quotes at position 1"),
            ("hush'", "has quotes at position 5"),
            ("Bearer hush", "begins with \"Bearer\" at position 1"),
            (" bearer hush", "begins with \"Bearer\" at position 2"),
            ("\u{feff}\"hush\"", "begins with a byte order mark at position 1"),
            ("hush ", "has a space at position 5"),
            ("hu\nsh", "has an invisible character at position 3"),
            ("hüsh", "has a character outside ASCII at position 2"),
            ("", "is empty"),
            ("s", "has 1 character, which is too short"),
            ("abc", "has 3 characters, which is too short"),
            ("{\"token\":\"hush\"}", "is JSON, of which only the value of \"token\" is meant"),
        ] {
            assert_eq!(flaw(text).as_deref(), Some(told), "{text:?}");
        }
        for good in ["hush", "aB3.-_~+/=", "bearerhush"] {
            assert_eq!(flaw(good), None, "{good}");
        }
    }
}
