//! REDACTION: what a peer quotes of credentials and stream URLs shows in nothing that is told, in
//! whatever spelling, whole or in pieces. By what is known of them, and by what they look like.

use std::sync::Arc;

use crate::secret::Secret;

/// What must not show.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hidden {
    secrets: Vec<Secret>,
    url: Option<Arc<str>>,
}

impl Hidden {
    /// Hides these, and `url`, the stream URL in use.
    pub(crate) fn new(secrets: Vec<Secret>, url: Option<Arc<str>>) -> Hidden {
        Hidden { secrets, url }
    }

    /// The text without what must not show. A word that holds any of it goes as a whole, and only
    /// the first 1,024 characters are looked at and given.
    pub(crate) fn redact(&self, text: &str) -> String {
        let end = text.char_indices().nth(CHARS_MAX).map_or(text.len(), |(end, _)| end);
        let text = &text[..end];
        let mut shown = String::with_capacity(text.len());
        let mut is_bearer = false;
        for word in text.split_inclusive(is_separator) {
            let (own, separator) = match word.char_indices().next_back() {
                Some((at, last)) if is_separator(last) => word.split_at(at),
                _ => (word, ""),
            };
            let is_told = || self.is_told_by(&plain(own)) || self.is_told_by(&plain_of_mail(own));
            let is_hidden = !own.is_empty() && (is_bearer || is_told());
            shown.push_str(if is_hidden { "***" } else { own });
            shown.push_str(separator);
            if !own.is_empty() {
                is_bearer = own.eq_ignore_ascii_case("bearer");
            }
        }
        shown
    }

    /// Whether a word tells any of it.
    fn is_told_by(&self, word: &[u8]) -> bool {
        looks_secret(word) || self.holds_piece(word)
    }

    /// Whether a word holds a piece of what is hidden, long enough to be no chance, in whatever case.
    fn holds_piece(&self, word: &[u8]) -> bool {
        let word = &word.to_ascii_lowercase()[..];
        let secrets = self.secrets.iter().map(|secret| (secret.expose(), PIECE));
        let url = self.url.as_deref();
        let key = url.and_then(|url| url.split(['?', '&']).find_map(|own| own.strip_prefix("t=")));
        let url = url.map(|url| (url, PIECE_OF_URL)).into_iter().chain(key.map(|key| (key, PIECE)));
        let mut all = secrets.chain(url);
        // Those of the word, by their length.
        let mut pieces: [Vec<&[u8]>; PIECE_OF_URL + 1] = [const { Vec::new() }; PIECE_OF_URL + 1];
        all.any(|(hidden, least)| {
            let hidden = plain(hidden).to_ascii_lowercase();
            let length = least.min(hidden.len());
            if length < SHORT {
                return word == hidden;
            }
            let own = &mut pieces[length];
            if own.is_empty() {
                own.extend(word.windows(length));
                own.sort_unstable();
            }
            let mut windows = hidden.windows(length);
            windows.any(|piece| own.binary_search(&piece).is_ok())
        })
    }
}

/// A word as it is meant: without the escapes of URLs, JSON and HTML, however often they were laid
/// over each other, and without letters that nobody sees.
fn plain(word: &str) -> Vec<u8> {
    let mut text = word.as_bytes().to_vec();
    for _ in 0..ESCAPES_MAX {
        let plain = unescaped(&text);
        if plain.len() == text.len() {
            break;
        }
        text = plain;
    }
    text
}

/// The same of a word as a mail has it: quoted-printable, which a plain word may look like.
fn plain_of_mail(word: &str) -> Vec<u8> {
    let mut rest = word.as_bytes();
    let mut plain = Vec::with_capacity(rest.len());
    while let [byte, others @ ..] = rest {
        let coded = if *byte == b'=' { number(rest, 1, 2, 16) } else { None };
        plain.push(coded.map_or(*byte, |(meant, _)| meant));
        rest = coded.map_or(others, |(_, length)| &rest[length..]);
    }
    plain
}

/// The text with one layer of escapes taken off.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let rest = &text[at..];
        if let Some(unseen) = UNSEEN.iter().find(|unseen| rest.starts_with(unseen)) {
            at += unseen.len();
            continue;
        }
        let (meant, length) = escape(rest).unwrap_or((byte, 1));
        plain.push(meant);
        at += length;
    }
    plain
}

/// The byte that an escape at the front means, and how long it is.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'%', ..] => number(text, 1, 2, 16),
        [b'\\', b'u' | b'U', b'{', ..] => ended(text, 3, 16, b'}'),
        [b'\\', b'U', ..] => number(text, 2, 8, 16),
        [b'\\', b'u', ..] => number(text, 2, 4, 16),
        [b'\\', b'x', ..] => number(text, 2, 2, 16),
        [b'\\', b'0'..=b'3', ..] => number(text, 1, 3, 8),
        [b'\\', byte @ (b'/' | b'\\' | b'&'), ..] => Some((*byte, 2)),
        [b'&', b'#', b'x' | b'X', ..] => ended(text, 3, 16, b';'),
        [b'&', b'#', ..] => ended(text, 2, 10, b';'),
        _ if text.get(..5)?.eq_ignore_ascii_case(b"&amp;") => Some((b'&', 5)),
        _ => None,
    }
}

/// The byte that so many digits behind `start` mean, and where they end.
fn number(text: &[u8], start: usize, length: usize, radix: u32) -> Option<(u8, usize)> {
    let digits = std::str::from_utf8(text.get(start..start + length)?).ok()?;
    let is_number = digits.chars().all(|digit| digit.is_digit(radix));
    let value = u32::from_str_radix(digits, radix).ok().filter(|_| is_number)?;
    Some((u8::try_from(value).ok()?, start + length))
}

/// The same of any number of digits up to `end`.
fn ended(text: &[u8], start: usize, radix: u32, end: u8) -> Option<(u8, usize)> {
    let length = text.get(start..)?.iter().take(DIGITS_MAX + 1).position(|byte| *byte == end)?;
    let (byte, stop) = number(text, start, length, radix)?;
    Some((byte, stop + 1))
}

/// Whether a word looks like a credential or like a stream URL, whosever it is.
fn looks_secret(word: &[u8]) -> bool {
    let lower = word.to_ascii_lowercase();
    let holds = |part: &str| lower.windows(part.len()).any(|own| own == part.as_bytes());
    let is_url = ["ws:/", "wss:/", "/stream?", "?t=", "&t="].into_iter().any(holds);
    // The mark in secrets and tokens of the service, and the beginning of a signed token.
    is_url || holds(".cwa.") || (word.starts_with(b"eyJ") && word.contains(&b'.')) || is_long(word)
}

/// Whether it holds as many letters and digits in a row as no word and no id has.
fn is_long(word: &[u8]) -> bool {
    let is_of_one = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    word.split(|byte| !is_of_one(byte)).any(|part| part.len() >= LETTERS_MAX)
}

fn is_separator(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '<' | '>' | '(' | ')')
}

/// What shows as nothing, or hardly: the soft hyphen and its name, spaces and joiners of no width.
const UNSEEN: [&[u8]; 6] =
    [b"\xc2\xad", b"&shy;", b"\xe2\x80\x8b", b"\xe2\x80\x8c", b"\xe2\x80\x8d", b"\xef\xbb\xbf"];
/// No number of a byte is written with more, zeros before it included.
const DIGITS_MAX: usize = 8;
/// Longer than every message of the field.
const CHARS_MAX: usize = 1_024;
/// What is as long as this is in two texts by no chance.
const PIECE: usize = 8;
/// What is shorter is in every other word by chance.
const SHORT: usize = 4;
/// The path of a stream URL is made of words that messages are made of too.
const PIECE_OF_URL: usize = 20;
/// A GUID has 36.
const LETTERS_MAX: usize = 40;
/// A URL in a query in a JSON text in a page.
const ESCAPES_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str =
        "wss://d.example/v3/directline/conversations/FBf9-us/stream?watermark=-&t=a%2Bb.0123456789";

    fn redact(text: &str) -> String {
        let secret = |text| Secret::new(text).expect("a secret");
        let secrets = vec![secret("tok0.abcdefgh"), secret("short")];
        Hidden::new(secrets, Some(URL.into())).redact(text)
    }

    /// As a peer may write a URL.
    fn spellings(url: &str) -> Vec<String> {
        let percent = |url: &str| {
            let encoded = url.bytes().map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02x}"),
            });
            encoded.collect::<String>()
        };
        vec![
            url.to_owned(),
            url.replace("wss:", "https:"),
            url.replace('&', "&amp;"),
            url.replace('/', "\\/"),
            url.replace('&', "\\u0026"),
            url.replace('=', "&#61;").replace('/', "&#x2f;"),
            percent(url),
            percent(&percent(url)),
            percent(url).to_uppercase(),
            url.to_uppercase(),
            url.to_lowercase(),
            url.bytes().map(|byte| format!("&#{byte};")).collect(),
            url.bytes().map(|byte| format!("&#x00{byte:x};")).collect(),
            url.bytes().map(|byte| format!("\\u{{{byte:x}}}")).collect(),
            url.bytes().map(|byte| format!("\\U{byte:08x}")).collect(),
            url.bytes().map(|byte| format!("\\{byte:03o}")).collect(),
            url.bytes().map(|byte| format!("={byte:02X}")).collect(),
            url.chars().map(|letter| format!("{letter}\u{ad}")).collect(),
            url.chars().map(|letter| format!("{letter}&shy;")).collect(),
            url.chars().map(|letter| format!("{letter}\u{200b}")).collect(),
        ]
    }

    #[test]
    fn every_escape_is_taken_off() {
        // Covers: SU-6
        for (word, meant) in [
            ("%41", "A"),
            ("%2541", "A"),
            (r"\u{41}", "A"),
            (r"\U00000041", "A"),
            (r"\u0041", "A"),
            (r"\x41", "A"),
            (r"\101", "A"),
            (r"\/", "/"),
            (r"\&", "&"),
            (r"\\x41", "A"),
            ("&#x41;", "A"),
            ("&#65;", "A"),
            ("&AMP;#65;", "A"),
            ("&amp", "&amp"),
        ] {
            assert_eq!(plain(word), meant.as_bytes(), "{word}");
        }
        let padded = |digits: usize| format!("&#{}65;", "0".repeat(digits - 2));
        assert_eq!(plain(&padded(DIGITS_MAX)), b"A");
        let longer = padded(DIGITS_MAX + 1);
        assert_eq!(plain(&longer), longer.as_bytes());
    }

    #[test]
    fn a_stream_url_shows_in_no_spelling() {
        // Covers: SU-6
        for spelled in spellings(URL) {
            for text in [format!("{spelled} refused"), format!("no \"{spelled}\" (1)")] {
                let shown = redact(&text);
                let rest = shown.replace("refused", "").replace("no", "").replace("(1)", "");
                assert!(rest.chars().all(|c| " \"*".contains(c)), "{text}: {shown}");
            }
        }
    }

    #[test]
    fn nor_does_any_piece_of_one() {
        // Covers: SU-6
        for start in 0..URL.len() {
            for end in start + PIECE_OF_URL..=URL.len() {
                let piece = &URL[start..end];
                assert_eq!(redact(&format!("no {piece} here")), "no *** here", "{piece}");
            }
        }
        for cut in 10..16 {
            assert_eq!(redact(&"a%2Bb.0123456789"[..cut]), "***", "of its key");
        }
    }

    #[test]
    fn credentials_are_known_by_their_text_and_by_their_looks() {
        // Covers: CR-7
        for (text, shown) in [
            ("token tok0.abcdefgh is old", "token *** is old"),
            ("token tok0.ab… is old", "token tok0.ab… is old"),
            ("in short", "in ***"),
            ("Authorization: Bearer xyz", "Authorization: Bearer ***"),
            ("bearer 'xyz' expired", "bearer '***' expired"),
            ("never seen abc.cwA.def.ghi", "never seen ***"),
            ("eyJhbGciOiJSUzI1NiJ9.eyJ4IjoxfQ.c2ln is bad", "*** is bad"),
            ("ew0KICAiYWxnIjogIlJTMjU2IiwNCiAgImtpZCI6ICJrIg0KfQ", "***"),
            (
                "request 6f9619ff-8b86-d011-b42d-00cf4fc964ff failed",
                "request 6f9619ff-8b86-d011-b42d-00cf4fc964ff failed",
            ),
            ("conversation not found: /v3/directline", "conversation not found: /v3/directline"),
            (
                "see https://docs.example/direct-line/errors",
                "see https://docs.example/direct-line/errors",
            ),
            ("100% of A&B; \\u00zz %zz &#9; ä", "100% of A&B; \\u00zz %zz &#9; ä"),
            ("", ""),
        ] {
            assert_eq!(redact(text), shown, "{text}");
        }
    }

    #[test]
    fn much_text_is_cut_and_nothing_shows_at_the_edge() {
        // Covers: RX-6, CR-7
        let text = format!("{} tok0.abcdefgh", "ä".repeat(CHARS_MAX - 10));
        assert!(redact(&text).ends_with("ä ***"));
        assert_eq!(redact(&"ä".repeat(100_000)).chars().count(), CHARS_MAX);
    }
}
