//! The slow way: every value raw, each element by itself. For roots that are no objects and for what is
//! nested too deep; and it says of the rest that it is no JSON, or no set.

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::{ActivitySet, Element, Kind, Span, position};
use crate::wire::members::{each_member, members, text};

/// Reads any JSON; `None` when it is none, or when its activities are neither an array nor `null`.
pub(super) fn read_set(frame: &str) -> Option<ActivitySet<'_>> {
    let mut set = ActivitySet::default();
    if !frame.trim_start().starts_with('{') {
        return serde_json::from_str::<IgnoredAny>(frame).ok().map(|_| set);
    }
    let mut has_lists = true;
    each_member(frame, &mut |name, value| match name {
        Some("activities") => {
            set.is_known = true;
            match serde_json::from_str::<Option<Vec<&RawValue>>>(value.get()) {
                Ok(elements) => take(frame, elements.unwrap_or_default(), &mut set),
                Err(_) => has_lists = false,
            }
        }
        Some("watermark") => {
            set.is_known = true;
            set.watermark = position(value.get());
        }
        _ => {}
    })?;
    has_lists.then_some(set)
}

fn take(frame: &str, elements: Vec<&RawValue>, set: &mut ActivitySet<'_>) {
    for raw in elements {
        match element(frame, raw) {
            Some(element) => set.activities.push(element),
            None => set.bad_elements += 1,
        }
    }
}

/// An activity; `None` for what is no object.
fn element(frame: &str, raw: &RawValue) -> Option<Element> {
    let [id, timestamp, kind] = members(raw.get(), ["id", "timestamp", "type"])?;
    // Where a string stands: what is between its quotes.
    let place = |value: Option<&RawValue>| {
        let raw = value?.get();
        let start = offset(frame, raw);
        raw.starts_with('"').then(|| Span::new(start + 1, start + raw.len() - 1))
    };
    let start = offset(frame, raw.get());
    let kind = kind.and_then(text);
    Some(Element {
        span: Span::new(start, start + raw.get().len()),
        id: place(id).unwrap_or_default(),
        timestamp: place(timestamp).unwrap_or_default(),
        is_escaped: true,
        kind: Kind::of(kind.unwrap_or_default().as_bytes()),
    })
}

/// Where `piece` begins in `frame`, of which it is a part.
fn offset(frame: &str, piece: &str) -> usize {
    piece.as_ptr() as usize - frame.as_ptr() as usize
}
