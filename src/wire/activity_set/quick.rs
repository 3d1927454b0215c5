//! The quick way: what a service says every day, in one pass of the scanner.
//!
//! It gives up (`None`) at everything else, such as escapes in a name or in a text that matters,
//! and elements that are no objects. The slow way then decides.

use super::scan::{object, skip, string, token};
use super::{ActivitySet, Element, Kind, Span, position};

/// Reads a frame that holds an ordinary activity set.
pub(super) fn read_set(frame: &str) -> Option<ActivitySet<'_>> {
    let bytes = frame.as_bytes();
    let mut set = ActivitySet::default();
    let (b'{', brace) = token(bytes, 0)? else { return None };
    let end = object(bytes, brace, |key, value| match key {
        b"activities" => {
            set.is_known = true;
            activities(bytes, value, &mut set.activities)
        }
        b"watermark" => {
            set.is_known = true;
            let end = skip(bytes, value)?;
            set.watermark = position(Span::new(value, end).of(frame).trim_ascii());
            Some(end)
        }
        _ => skip(bytes, value),
    })?;
    token(bytes, end).is_none().then_some(set)
}

fn activities(bytes: &[u8], at: usize, all: &mut Vec<Element>) -> Option<usize> {
    let (b'[', bracket) = token(bytes, at)? else { return None };
    let (byte, mut at) = token(bytes, bracket + 1)?;
    if byte == b']' {
        return Some(at + 1);
    }
    // Hardly a message has less than 256 bytes, so that the list need not grow.
    all.reserve(bytes.len().div_ceil(256));
    loop {
        let (mut element, mut kind, start) = (Element::default(), Span::default(), at);
        at = object(bytes, start, |key, value| match key {
            b"id" => plain(bytes, value, &mut element.id),
            b"timestamp" => plain(bytes, value, &mut element.timestamp),
            b"type" => plain(bytes, value, &mut kind),
            _ => skip(bytes, value),
        })?;
        element.span = Span::new(start, at);
        element.kind = Kind::of(&bytes[kind.range()]);
        all.push(element);
        match token(bytes, at)? {
            (b',', comma) => at = token(bytes, comma + 1)?.1,
            (b']', end) => return Some(end + 1),
            _ => return None,
        }
    }
}

/// A string without escapes; what is between its quotes goes to `place`.
fn plain(bytes: &[u8], at: usize, place: &mut Span) -> Option<usize> {
    let (b'"', quote) = token(bytes, at)? else { return None };
    let end = string::<false>(bytes, quote)?;
    *place = Span::new(quote + 1, end - 1);
    Some(end)
}
