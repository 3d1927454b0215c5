//! The quick way: what is a set of activities, in one pass of the scanner.
//!
//! It gives up (`None`) at what is none, such as text that is no JSON, and at what the scanner gives up
//! at. The slow way then decides.

use super::scan::{object, skip, string, token};
use super::{ActivitySet, Element, Kind, Span, position};

/// Reads a frame that holds an activity set.
pub(super) fn read_set(frame: &str) -> Option<ActivitySet<'_>> {
    let bytes = frame.as_bytes();
    let mut set = ActivitySet::default();
    let (_, brace) = token(bytes, 0)?;
    let end = object(bytes, brace, &[b"activities", b"watermark"], |name, value| match name {
        b"activities" => {
            set.is_known = true;
            activities(frame, value, &mut set)
        }
        b"watermark" => {
            set.is_known = true;
            let (_, start) = token(bytes, value)?;
            let end = skip(bytes, start)?;
            set.watermark = position(Span::new(start, end).of(frame));
            Some(end)
        }
        _ => skip(bytes, value),
    })?;
    token(bytes, end).is_none().then_some(set)
}

fn activities(frame: &str, at: usize, set: &mut ActivitySet<'_>) -> Option<usize> {
    let bytes = frame.as_bytes();
    let bracket = match token(bytes, at)? {
        (b'[', bracket) => bracket,
        (b'n', null) => return skip(bytes, null),
        _ => return None,
    };
    let (byte, mut at) = token(bytes, bracket + 1)?;
    if byte == b']' {
        return Some(at + 1);
    }
    // Hardly a message has less than 256 bytes, so that the list need not grow.
    set.activities.reserve(bytes.len().div_ceil(256));
    loop {
        if bytes[at] == b'{' {
            let element = activity(frame, at)?;
            at = element.span.range().end;
            set.activities.push(element);
        } else {
            at = skip(bytes, at)?;
            set.bad_elements += 1;
        }
        match token(bytes, at)? {
            (b',', comma) => at = token(bytes, comma + 1)?.1,
            (b']', end) => return Some(end + 1),
            _ => return None,
        }
    }
}

#[inline(always)]
fn activity(frame: &str, start: usize) -> Option<Element> {
    let bytes = frame.as_bytes();
    let (mut element, mut kind) = (Element::default(), Span::default());
    let Element { id, timestamp, is_escaped, .. } = &mut element;
    let end = object(bytes, start, &[b"id", b"timestamp", b"type"], |name, value| match name {
        b"id" => text(bytes, value, id, is_escaped),
        b"timestamp" => text(bytes, value, timestamp, is_escaped),
        b"type" => text(bytes, value, &mut kind, is_escaped),
        _ => skip(bytes, value),
    })?;
    element.span = Span::new(start, end);
    element.kind = Kind::of(element.text(kind, frame).as_bytes());
    Some(element)
}

/// Any value; what is between the quotes of a string goes to `place`.
fn text(bytes: &[u8], at: usize, place: &mut Span, is_escaped: &mut bool) -> Option<usize> {
    let (b'"', quote) = token(bytes, at)? else { return other(bytes, at, place, is_escaped) };
    let Some(end) = string::<false>(bytes, quote) else {
        return other(bytes, quote, place, is_escaped);
    };
    *place = Span::new(quote + 1, end - 1);
    Some(end)
}

/// As [`text`], of what the service does not write: escapes, and values that are no strings.
#[cold]
fn other(bytes: &[u8], at: usize, place: &mut Span, is_escaped: &mut bool) -> Option<usize> {
    let (byte, start) = token(bytes, at)?;
    let end = skip(bytes, start)?;
    let is_text = byte == b'"';
    *place = if is_text { Span::new(start + 1, end - 1) } else { Span::default() };
    *is_escaped |= is_text;
    Some(end)
}
