//! THE SCANNER: one pass over the bytes of a JSON text that checks all of them and keeps nothing.
//!
//! It gives up (`None`) at what is no JSON, and at values nested deeper than 63: it may refuse too
//! much and must never take too much. The bytes are those of a `str`, so that their UTF-8 is good.
//!
//! Every function gets the place where to begin and gives the place behind what it read. In a page, which
//! waits for each byte of the code, texts are gone through by calls.

/// An object; `member` reads the value under a name. One with escapes is given as that of `names`
/// which it stands for, or as none.
#[inline(always)]
pub(super) fn object<'a>(
    bytes: &'a [u8],
    brace: usize,
    names: &[&'a [u8]],
    mut member: impl FnMut(&'a [u8], usize) -> Option<usize>,
) -> Option<usize> {
    let b'{' = bytes[brace] else { return None };
    let (byte, mut at) = token(bytes, brace + 1)?;
    if byte == b'}' {
        return Some(at + 1);
    }
    loop {
        let (name, value) = match name::<false>(bytes, at) {
            Some((quoted, value)) => (&bytes[at + 1..quoted - 1], value),
            None => escaped_name(bytes, at, names)?,
        };
        match token(bytes, member(name, value)?)? {
            (b',', comma) => at = token(bytes, comma + 1)?.1,
            (b'}', end) => return Some(end + 1),
            _ => return None,
        }
    }
}

/// A name and its colon; gives the end of both.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
fn name<const ESCAPES: bool>(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let b'"' = bytes[at] else { return None };
    let quoted = string::<ESCAPES>(bytes, at)?;
    let (b':', colon) = token(bytes, quoted)? else { return None };
    Some((quoted, colon + 1))
}

/// Which of `names`, all of letters, a name with escapes stands for, and the end of its colon.
#[cold]
fn escaped_name<'a>(bytes: &[u8], at: usize, names: &[&'a [u8]]) -> Option<(&'a [u8], usize)> {
    let (quoted, value) = name::<true>(bytes, at)?;
    let written = &bytes[at + 1..quoted - 1];
    let name = names.iter().find(|name| reads_as(written, name));
    Some((name.copied().unwrap_or_default(), value))
}

/// Whether a text with escapes reads as these letters.
fn reads_as(mut escaped: &[u8], letters: &[u8]) -> bool {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default();
    let mut next = || {
        let (letter, rest) = match escaped {
            [b'\\', b'u', b'0', b'0', high, low, rest @ ..] => {
                (digit(*high) << 4 | digit(*low), rest)
            }
            [letter, rest @ ..] => (u32::from(*letter), rest),
            [] => return None,
        };
        escaped = rest;
        Some(letter)
    };
    letters.iter().all(|letter| next() == Some(u32::from(*letter))) && next().is_none()
}

/// Any value, without recursion.
pub(crate) fn skip(bytes: &[u8], mut at: usize) -> Option<usize> {
    // What is open around us, a bit each, the innermost last, 1 for an object; above them a 1.
    let mut open = 1_u64;
    'value: loop {
        let (byte, start) = token(bytes, at)?;
        if byte == b'"' {
            at = string::<true>(bytes, start)?;
        } else if byte == b'{' || byte == b'[' {
            let (inner, first) = token(bytes, start + 1)?;
            // Either bracket closes two above where it opens.
            if inner != byte + 2 {
                open = open.checked_mul(2)? | u64::from(byte == b'{');
                at = if byte == b'{' { name::<true>(bytes, first)?.1 } else { first };
                continue;
            }
            at = first + 1;
        } else {
            at = scalar(bytes, byte, start)?;
        }
        while open != 1 {
            let is_object = open & 1 == 1;
            match token(bytes, at)? {
                (b',', comma) => {
                    let next = token(bytes, comma + 1)?.1;
                    at = if is_object { name::<true>(bytes, next)?.1 } else { next };
                    continue 'value;
                }
                (b'}', end) if is_object => at = end + 1,
                (b']', end) if !is_object => at = end + 1,
                _ => return None,
            }
            open >>= 1;
        }
        return Some(at);
    }
}

fn scalar(bytes: &[u8], first: u8, at: usize) -> Option<usize> {
    let word: &[u8] = match first {
        b't' => b"true",
        b'f' => b"false",
        b'n' => b"null",
        _ => return number(bytes, at),
    };
    bytes[at..].starts_with(word).then_some(at + word.len())
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let is_at = |at: usize, any: &[u8]| bytes.get(at).is_some_and(|byte| any.contains(byte));
    let digits = |at: usize| {
        let count = bytes.iter().skip(at).take_while(|byte| byte.is_ascii_digit()).count();
        (count > 0).then_some(at + count)
    };
    let start = at + usize::from(is_at(at, b"-"));
    let mut at = if is_at(start, b"0") { start + 1 } else { digits(start)? };
    if is_at(at, b".") {
        at = digits(at + 1)?;
    }
    if is_at(at, b"eE") {
        at = digits(at + 1 + usize::from(is_at(at + 1, b"+-")))?;
    }
    Some(at)
}

/// The next byte that is no white space, and where it is.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
pub(super) fn token(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let byte = *bytes.get(at)?;
    if byte > b' ' { Some((byte, at)) } else { after_space(bytes, at) }
}

/// As [`token`]; the service writes no white space, so that this stays out of the way.
#[cold]
fn after_space(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    Some((*bytes.get(at)?, at))
}

/// From the quote at `at` to what follows the closing one; may or must not have escapes.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
pub(super) fn string<const ESCAPES: bool>(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at = first_stop(bytes, at);
        at += match *bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' if ESCAPES => match *bytes.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                b'u' if bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                _ => return None,
            },
            0..b' ' | b'\\' => return None,
            _ => 1,
        };
    }
}

/// Goes on to the first quote, backslash or control character, or not as far near the end. Names
/// mostly end in 8 bytes; beyond those, 16 at once without a branch beat two that are guessed.
#[cfg_attr(not(target_family = "wasm"), inline(always))]
fn first_stop(bytes: &[u8], mut at: usize) -> usize {
    // A page's processor is shown no more than 64 bits at once.
    if cfg!(target_family = "wasm") {
        return first_of_eight(bytes, at);
    }
    while let Some(chunk) = bytes.get(at..at + 24).and_then(|chunk| chunk.first_chunk::<24>()) {
        let word =
            |at: usize| chunk[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
        let near = stops(word(0));
        if near != 0 {
            return at + near.trailing_zeros() as usize / 8;
        }
        let far = u128::from(stops(word(8))) | u128::from(stops(word(16))) << 64;
        if far != 0 {
            return at + 8 + far.trailing_zeros() as usize / 8;
        }
        at += 24;
    }
    first_of_eight(bytes, at)
}

/// As [`first_stop`], 8 bytes at a time.
fn first_of_eight(bytes: &[u8], mut at: usize) -> usize {
    while let Some(word) = bytes.get(at..at + 8).and_then(|word| word.first_chunk()) {
        let stops = stops(u64::from_le_bytes(*word));
        if stops != 0 {
            return at + stops.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at
}

/// The highest bit of each byte that is a quote, a backslash or below a space. A borrow can mark more,
/// but only above the first that is rightly marked, and only the first counts.
#[inline(always)]
fn stops(word: u64) -> u64 {
    // With its second bit turned, a quote (0x22) is next to the control characters, and the space
    // (0x20) and what follows it are not.
    let quotes_and_controls = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    let backslashes = (word ^ (ONES * 0x5c)).wrapping_sub(ONES);
    // Bytes outside ASCII have the bit themselves.
    (quotes_and_controls | backslashes) & !word & (ONES << 7)
}

/// Every byte is 1.
const ONES: u64 = u64::MAX / 255;

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    #[test]
    fn the_first_mark_is_that_of_the_first_byte_that_stops() {
        // Covers: RX-6
        for byte in 0..=u8::MAX {
            let is_stop = byte < b' ' || byte == b'"' || byte == b'\\';
            for (place, beside) in
                (0..8).flat_map(|at| [b' ', b'!', b'#', 0x7f, 0xff].map(|own| (at, own)))
            {
                let mut word = [beside; 8];
                word[place] = byte;
                let marks = super::stops(u64::from_le_bytes(word));
                let first = (marks != 0).then(|| marks.trailing_zeros() as usize / 8);
                assert_eq!(first, is_stop.then_some(place), "{byte:#x} beside {beside:#x}");
            }
        }
    }

    #[track_caller]
    fn agrees(json: &str) {
        let end = super::skip(json.as_bytes(), 0);
        let takes = end.is_some_and(|end| super::token(json.as_bytes(), end).is_none());
        assert_eq!(takes, serde_json::from_str::<IgnoredAny>(json).is_ok(), "{json:?}");
    }

    #[test]
    fn it_takes_what_serde_json_takes() {
        // Covers: RX-4, RX-6
        let alphabet: Vec<char> = "{}[]:,\"\\u0a1-+.eE \u{1}\u{c}tn".chars().collect();
        let mut words = vec![String::new()];
        for _ in 0..4 {
            let longer =
                |word: &String| alphabet.iter().map(|c| format!("{word}{c}")).collect::<Vec<_>>();
            words = words.iter().flat_map(longer).collect();
            for word in &words {
                agrees(word);
                agrees(&format!("{{\"key\":[\"{word}\", {word}],\"\\u00e9\":-0.5e+7}}"));
            }
        }
        for byte in 0..=127_u8 {
            for before in 0..40 {
                agrees(&format!(
                    "[\"{}{}{}\",true]",
                    "x".repeat(before),
                    char::from(byte),
                    "y".repeat(30)
                ));
            }
        }
    }
}
