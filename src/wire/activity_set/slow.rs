//! The slow way: every value raw, each element by itself. For roots that are no objects and for what is
//! nested too deep; and it says of the rest that it is no JSON, or no set.

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::{ActivitySet, Element, Kind, Span, position};
use crate::wire::members::{Members, text};

/// Reads any JSON.
///
/// # Errors
///
/// When it is none, or when its activities are neither an array nor `null`.
pub(super) fn read_set(frame: &str) -> serde_json::Result<ActivitySet<'_>> {
    let mut set = ActivitySet::default();
    if !frame.trim_start().starts_with('{') {
        return serde_json::from_str::<IgnoredAny>(frame).map(|_| set);
    }
    let root: Members<'_> = serde_json::from_str(frame)?;
    for (key, value) in root.iter() {
        match text(key).as_deref() {
            Some("activities") => {
                set.is_known = true;
                let elements: Option<Vec<&RawValue>> = serde_json::from_str(value.get())?;
                for raw in elements.into_iter().flatten() {
                    match element(frame, raw) {
                        Some(element) => set.activities.push(element),
                        None => set.bad_elements += 1,
                    }
                }
            }
            Some("watermark") => {
                set.is_known = true;
                set.watermark = position(value.get());
            }
            _ => {}
        }
    }
    Ok(set)
}

/// An activity; `None` for what is no object.
fn element(frame: &str, raw: &RawValue) -> Option<Element> {
    let members: Members<'_> = serde_json::from_str(raw.get()).ok()?;
    // Where a string stands: what is between its quotes.
    let place = |name| {
        let raw = members.get(name)?.get();
        let start = offset(frame, raw);
        raw.starts_with('"').then(|| Span::new(start + 1, start + raw.len() - 1))
    };
    let start = offset(frame, raw.get());
    let kind = members.get("type").and_then(text);
    Some(Element {
        span: Span::new(start, start + raw.get().len()),
        id: place("id").unwrap_or_default(),
        timestamp: place("timestamp").unwrap_or_default(),
        is_escaped: true,
        kind: Kind::of(kind.unwrap_or_default().as_bytes()),
    })
}

/// Where `piece` begins in `frame`, of which it is a part.
fn offset(frame: &str, piece: &str) -> usize {
    piece.as_ptr() as usize - frame.as_ptr() as usize
}
