//! THE VEIL: puts stand-ins where credentials and the secret parts of stream URLs stand, in every text
//! of a session, the same one everywhere: so that what a machine makes of the veiled texts is what it
//! made of the others, veiled.
//!
//! What is put in is as long as what it replaces, since the machine has limits by the byte, and means
//! nothing to JSON or to a URL.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::stand_in::StandIns;

/// What is hidden so far.
#[derive(Debug, Default)]
pub(crate) struct Veil {
    stand_ins: StandIns,
    /// By the first eight bytes, in small letters.
    long: BTreeMap<[u8; LONG], Vec<Needle>>,
    short: Vec<Needle>,
    /// It hides nothing: what is shown is veiled already.
    is_lifted: bool,
}

#[derive(Debug)]
struct Needle {
    /// In small letters.
    text: Vec<u8>,
    stand_in: Vec<u8>,
}

impl Veil {
    /// For what was recorded, which holds nothing but stand-ins.
    pub(crate) fn lifted() -> Veil {
        Veil { is_lifted: true, ..Veil::default() }
    }

    /// Hides this from now on, wherever it stands; gives what is written in its place.
    pub(crate) fn hide(&mut self, secret: &str) -> String {
        if self.is_lifted || self.stand_ins.has_given(secret) {
            return secret.to_owned();
        }
        let (stand_in, is_new) = self.stand_ins.of(secret);
        if !is_new {
            return stand_in;
        }
        if secret.len() < LONG {
            if secret.len() >= SHORT {
                self.short.push(Needle::new(secret, &stand_in));
            }
            return stand_in;
        }
        for spell in SPELLINGS {
            let spelled = spell(secret);
            let length = spelled.len();
            // In another spelling it is no credential to anybody; it only must not show.
            let needle = Needle::new(&spelled, &format!("{stand_in:x<length$}"));
            let head = needle.text.first_chunk::<LONG>().copied().unwrap_or_default();
            let alike = self.long.entry(head).or_default();
            if alike.iter().all(|other| other.text != needle.text) {
                alike.push(needle);
                // Of two that fit the longer one is meant.
                alike.sort_by_key(|needle| std::cmp::Reverse(needle.text.len()));
            }
        }
        stand_in
    }

    /// The text with its stand-ins.
    pub(crate) fn over<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        if self.is_lifted {
            return Cow::Borrowed(text);
        }
        self.learn_by_looks(text);
        match self.over_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // ASCII was put where ASCII was.
            Cow::Owned(bytes) => String::from_utf8(bytes).unwrap_or_default().into(),
        }
    }

    /// As [`Veil::over`], of what need not be text.
    pub(crate) fn over_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let small = bytes.to_ascii_lowercase();
        let mut veiled: Option<Vec<u8>> = None;
        let mut at = 0;
        while at < small.len() {
            let Some(needle) = self.at(&small, at) else {
                at += 1;
                continue;
            };
            let end = at + needle.text.len();
            veiled.get_or_insert_with(|| bytes.to_vec())[at..end].copy_from_slice(&needle.stand_in);
            at = end;
        }
        veiled.map_or(Cow::Borrowed(bytes), Cow::Owned)
    }

    fn at(&self, small: &[u8], at: usize) -> Option<&Needle> {
        let rest = &small[at..];
        if let Some(alike) = rest.first_chunk::<LONG>().and_then(|head| self.long.get(head)) {
            let found = alike.iter().find(|needle| rest.starts_with(&needle.text));
            if found.is_some() {
                return found;
            }
        }
        // What is short may be part of any word, or the name of a member.
        let is_word = |needle: &&Needle| {
            let before = at.checked_sub(1).and_then(|before| small.get(before));
            let after = &rest[needle.text.len()..];
            let is_apart = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphanumeric);
            is_apart(before) && is_apart(after.first()) && !is_name(after)
        };
        self.short.iter().filter(|needle| rest.starts_with(&needle.text)).find(is_word)
    }

    /// Hides what looks like a credential, though nobody has said that it is one.
    fn learn_by_looks(&mut self, text: &str) {
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || "._~+/=-".contains(c);
        for word in text.split(|c: char| !is_of_word(c)) {
            let word = word.trim_end_matches('.');
            // The mark in secrets and tokens of the service, and a signed token.
            let is_marked = || word.to_ascii_lowercase().contains(".cwa.");
            let is_signed = word.starts_with("eyJ") && word.matches('.').count() >= 2;
            if word.len() > LONG && (is_signed || word.contains('.') && is_marked()) {
                self.hide(word);
            }
        }
        // The key in URLs of streams and attachments.
        for key in ["?t=", "&t=", "&amp;t=", "\\u0026t="] {
            for (at, _) in text.match_indices(key) {
                let rest = &text[at + key.len()..];
                let end = rest.find(|c: char| !c.is_ascii_graphic() || "\"'&\\<>()#".contains(c));
                let value = &rest[..end.unwrap_or(rest.len())];
                if value.len() >= LONG {
                    self.hide(value);
                }
            }
        }
    }
}

impl Needle {
    fn new(text: &str, stand_in: &str) -> Needle {
        let stand_in = stand_in.as_bytes().to_vec();
        Needle { text: text.as_bytes().to_ascii_lowercase(), stand_in }
    }
}

/// Whether what goes before this is the name of a member.
fn is_name(after: &[u8]) -> bool {
    let rest = after.strip_prefix(b"\"").map(<[u8]>::trim_ascii_start);
    rest.is_some_and(|rest| rest.starts_with(b":"))
}

/// As a peer may write it.
const SPELLINGS: [fn(&str) -> String; 8] = [
    str::to_owned,
    |text| percent(text, b"-_~."),
    |text| percent(text, b""),
    |text| percent(&percent(text, b"-_~."), b"-_~."),
    |text| percent(&percent(text, b""), b""),
    |text| text.replace('&', "&amp;"),
    |text| text.replace('/', "\\/"),
    |text| text.replace('&', "\\u0026").replace('"', "\\\"").replace('/', "\\/"),
];

/// With all but letters, digits and these as escapes of a URL.
fn percent(text: &str, plain: &[u8]) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || plain.contains(&byte);
    text.bytes()
        .map(|byte| match is_plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02x}"),
        })
        .collect()
}

/// What is so long is in a text by no chance.
const LONG: usize = 8;
/// What is shorter is in every other text.
const SHORT: usize = 4;

#[cfg(test)]
mod tests {
    use super::Veil;

    #[test]
    fn a_secret_stands_nowhere_in_no_case_and_no_spelling() {
        let mut veil = Veil::default();
        let stand_in = veil.hide("tok&1/cd+efgh");
        for text in [
            "a tok&1/cd+efgh b",
            "TOK&1/CD+EFGH",
            "tok%261%2Fcd%2befgh",
            "tok%25261%252Fcd%252befgh",
            "tok\\u00261\\/cd+efgh",
            "tok&amp;1/cd+efgh",
        ] {
            let veiled = veil.over(text).into_owned();
            assert_eq!(veiled.len(), text.len(), "{text}");
            let is_shown = |piece: &str| veiled.to_lowercase().contains(piece);
            assert!(!is_shown("efgh") && !is_shown("tok"), "{veiled}");
        }
        assert_eq!(veil.over("tok&1/cd+efgh"), stand_in);
    }

    #[test]
    fn what_is_short_is_hidden_as_a_word_and_not_as_a_name() {
        let mut veil = Veil::default();
        let stand_in = veil.hide("text");
        let json = r#"{"text":"text","a":"texts and text."}"#;
        let hidden = format!(r#"{{"text":"{stand_in}","a":"texts and {stand_in}."}}"#);
        assert_eq!(veil.over(json), hidden);
    }

    #[test]
    fn what_looks_like_a_credential_is_hidden_unasked() {
        let mut veil = Veil::default();
        for (text, shown) in [
            ("see abc.cwA.defghijk.", "defghijk"),
            ("eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl", "hbGciOi"),
            (r#""https://h/attachments/1?t=abcdefghij""#, "abcdefghij"),
            (r#"https://h/a?x=1\u0026t=klmnopqrst&y=2"#, "klmnopqrst"),
        ] {
            let veiled = veil.over(text).into_owned();
            assert!(!veiled.contains(shown) && veiled.len() == text.len(), "{veiled}");
        }
        assert_eq!(veil.over("nothing of the kind"), "nothing of the kind");
    }
}
