//! The slow way: every value raw, each element by itself. For what is JSON and yet out of the
//! ordinary: bad elements, escaped keys, numbers and surrogates that serde_json's types refuse.

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::{ActivitySet, Element, Kind, position};
use crate::wire::members::{Members, text};
use crate::wire::timestamp::Timestamp;

/// Reads any JSON.
///
/// # Errors
///
/// When it is none, or when its activities are neither an array nor `null`.
pub(super) fn read(frame: &str) -> serde_json::Result<ActivitySet<'_>> {
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
                set.watermark = position(value);
            }
            _ => {}
        }
    }
    Ok(set)
}

/// An activity; `None` for what is no object.
fn element<'a>(frame: &str, raw: &'a RawValue) -> Option<Element<'a>> {
    let members: Members<'a> = serde_json::from_str(raw.get()).ok()?;
    let start = raw.get().as_ptr() as usize - frame.as_ptr() as usize;
    let value = |name| members.get(name).and_then(text);
    Some(Element {
        span: start..start + raw.get().len(),
        id: value("id").filter(|id| !id.is_empty()),
        kind: Kind::of(value("type").as_deref()),
        timestamp: value("timestamp").and_then(|text| Timestamp::parse(&text)),
    })
}
