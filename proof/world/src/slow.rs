//! THE OBVIOUS READER of frames: slow, byte by byte, with nothing in common with the crate's own
//! but the rules. Whether a text is JSON at all, it leaves to `serde_json`.

use std::ops::Range;

use serde_json::Value;
use serde_json::value::RawValue;

/// What a frame holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) is_known: bool,
    pub(crate) watermark: Watermark,
    pub(crate) activities: Vec<Found>,
    pub(crate) bad_elements: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Watermark {
    #[default]
    Unsaid,
    At(String),
    Unusable,
}

/// An activity in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) span: Range<usize>,
    pub(crate) id: Option<String>,
    pub(crate) kind: Option<String>,
}

impl Found {
    /// Whether the id says that a second one is a copy.
    pub(crate) fn copy_id(&self) -> Option<&str> {
        let is_revision = matches!(self.kind.as_deref(), Some("messageUpdate" | "messageDelete"));
        self.id.as_deref().filter(|_| !is_revision)
    }
}

/// Reads a frame; `None` when nobody can.
pub(crate) fn read(frame: &str) -> Option<Reading> {
    serde_json::from_str::<&RawValue>(frame).ok()?;
    let mut reading = Reading::default();
    let root = trim(frame, 0..frame.len());
    if !frame[root.clone()].starts_with('{') {
        return Some(reading);
    }
    for (key, value) in members(frame, root) {
        match text(&frame[key]).as_deref() {
            Some("activities") => {
                reading.is_known = true;
                match frame.as_bytes()[value.start] {
                    b'[' => elements(frame, value, &mut reading),
                    b'n' => {}
                    _ => return None,
                }
            }
            Some("watermark") => {
                reading.is_known = true;
                reading.watermark = watermark(&frame[value]);
            }
            _ => {}
        }
    }
    Some(reading)
}

fn elements(frame: &str, array: Range<usize>, reading: &mut Reading) {
    for span in pieces(frame, array.start + 1..array.end - 1, b',') {
        if !frame[span.clone()].starts_with('{') {
            reading.bad_elements += 1;
            continue;
        }
        let members = members(frame, span.clone());
        let named = |name: &str| {
            let is_it = |key: &Range<usize>| text(&frame[key.clone()]).as_deref() == Some(name);
            let (_, value) = members.iter().rev().find(|(key, _)| is_it(key))?;
            text(&frame[value.clone()])
        };
        let id = named("id").filter(|id| !id.is_empty());
        let kind = named("type");
        reading.activities.push(Found { span, id, kind });
    }
}

fn watermark(value: &str) -> Watermark {
    let written = match value.as_bytes()[0] {
        b'n' => return Watermark::Unsaid,
        b'"' => text(value),
        b'-' | b'0'..=b'9' => Some(value.to_owned()),
        _ => None,
    };
    match written {
        Some(text) if text.is_empty() => Watermark::Unsaid,
        Some(text) if text.len() <= 4_096 => Watermark::At(text),
        _ => Watermark::Unusable,
    }
}

/// The keys and values of an object.
fn members(frame: &str, object: Range<usize>) -> Vec<(Range<usize>, Range<usize>)> {
    pieces(frame, object.start + 1..object.end - 1, b',')
        .into_iter()
        .map(|member| {
            let key = pieces(frame, member.clone(), b':').swap_remove(0);
            let colon = key.end + frame[key.end..].find(':').expect("a member has a colon");
            (key, trim(frame, colon + 1..member.end))
        })
        .collect()
}

/// What stands between the separators that are neither in a string nor in anything nested.
fn pieces(frame: &str, range: Range<usize>, separator: u8) -> Vec<Range<usize>> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut pieces = Vec::new();
    let mut start = range.start;
    for at in range.clone() {
        let byte = frame.as_bytes()[at];
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ if byte == separator && depth == 0 => {
                pieces.push(trim(frame, start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(trim(frame, start..range.end));
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn trim(frame: &str, range: Range<usize>) -> Range<usize> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let bytes = &frame.as_bytes()[range.clone()];
    let before = bytes.iter().take_while(|byte| is_space(byte)).count();
    let after = bytes[before..].iter().rev().take_while(|byte| is_space(byte)).count();
    range.start + before..range.end - after
}

/// The text of a JSON string.
fn text(value: &str) -> Option<String> {
    match serde_json::from_str(value) {
        Ok(Value::String(text)) => Some(text),
        _ => None,
    }
}
