//! What a set of activities looks like on the wire, in a frame or in a page.

use serde_json::{Map, Value};

use crate::plan::fault::{GarbageKind, WatermarkFlaw};
use crate::service::State;
use crate::service::activity::Activity;

/// A stretch of a conversation, by positions: `start` inclusive, `end` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// How a set is spoilt.
#[derive(Clone, Debug, Default)]
pub(crate) struct SetShape {
    pub(crate) watermark: Option<WatermarkFlaw>,
    pub(crate) bad_element: bool,
    pub(crate) patches: Vec<(Map<String, Value>, Vec<String>)>,
}

/// The watermark of a set as JSON, and an older one. `None` leaves it out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watermarks {
    sound: Option<String>,
    older: Option<String>,
}

impl Watermarks {
    pub(crate) fn null() -> Self {
        let null = Some(String::from("null"));
        Watermarks { sound: null.clone(), older: null }
    }

    pub(crate) fn number(number: usize) -> Self {
        let older = number.saturating_sub(1).to_string();
        Watermarks { sound: Some(number.to_string()), older: Some(older) }
    }

    /// What is written in the end.
    pub(crate) fn spoilt_by(self, flaw: Option<WatermarkFlaw>) -> Option<String> {
        let Some(flaw) = flaw else { return self.sound };
        match flaw {
            WatermarkFlaw::Null => Some(String::from("null")),
            WatermarkFlaw::Missing => None,
            WatermarkFlaw::Empty => Some(String::from("\"\"")),
            WatermarkFlaw::Number => {
                let digits = self.sound.as_deref().map(|text| text.trim_matches('"'));
                let digits = digits.filter(|text| text.parse::<u64>().is_ok());
                digits.map(String::from).or(self.sound)
            }
            WatermarkFlaw::Falling => self.older,
        }
    }
}

impl State {
    /// The watermark that covers a stretch.
    pub(crate) fn covering(&self, conversation: &str, stretch: Stretch) -> Watermarks {
        let before = |position| self.watermark_before(conversation, position);
        let quoted = |watermark: Option<String>| {
            watermark.map_or_else(|| String::from("null"), |text| Value::String(text).to_string())
        };
        let newest = before(stretch.end);
        // The set before had the watermark of `start`; one older than that is falling.
        let older = before(stretch.start.saturating_sub(1)).or(newest.clone());
        Watermarks { sound: Some(quoted(newest)), older: Some(quoted(older)) }
    }

    pub(crate) fn watermark_before(&self, conversation: &str, position: usize) -> Option<String> {
        let known = self.conversations.get(conversation)?;
        known.watermark_before(position, self.options.watermarks)
    }
}

/// Writes a set: the activities exactly as recorded, then the watermark.
pub(crate) fn write_set<'a>(
    activities: impl Iterator<Item = &'a str>,
    watermark: Option<&str>,
    shape: &SetShape,
) -> String {
    let mut elements: Vec<&str> = activities.collect();
    if shape.bad_element {
        elements.insert(0, "null");
        elements.push("42");
    }
    let mut text = format!("{{\"activities\":[{}]", elements.join(","));
    if let Some(watermark) = watermark {
        text.push_str(",\"watermark\":");
        text.push_str(watermark);
    }
    text.push('}');
    shape.patches.iter().fold(text, |text, (set, remove)| patch(&text, set, remove))
}

/// Changes the top-level members of a JSON object; anything else stays as it is.
pub(crate) fn patch(text: &str, set: &Map<String, Value>, remove: &[String]) -> String {
    let Some(mut object) = Activity::parse(text) else { return String::from(text) };
    for (name, value) in set {
        object.set(name, value);
    }
    for name in remove {
        object.remove(name);
    }
    object.to_json()
}

/// What a garbage frame holds, given the real one.
pub(crate) fn write_garbage(kind: GarbageKind, real: &str) -> String {
    String::from(match kind {
        GarbageKind::Invalid => "{\"activities\":[{\"type\":",
        GarbageKind::Truncated => first_half(real),
        GarbageKind::Array => "[]",
        GarbageKind::Null => "null",
        GarbageKind::Unknown => "{\"notice\":{\"kind\":\"maintenance\"}}",
        GarbageKind::Blank => " \r\n\t ",
        GarbageKind::Hollow => "{\"activities\":null,\"watermark\":null}",
    })
}

/// About the first half of a text, cut between two characters.
fn first_half(text: &str) -> &str {
    let middle = (0..=text.len() / 2).rev().find(|index| text.is_char_boundary(*index));
    &text[..middle.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_the_very_bytes() {
        let activities = ["{\"b\": 1.0}", "{}"];
        let written = write_set(activities.into_iter(), Some("\"1\""), &SetShape::default());
        assert_eq!(written, "{\"activities\":[{\"b\": 1.0},{}],\"watermark\":\"1\"}");
    }

    #[test]
    fn a_spoilt_set_keeps_its_good_elements() {
        let mut shape = SetShape { bad_element: true, ..SetShape::default() };
        assert_eq!(write_set(["{}"].into_iter(), None, &shape), "{\"activities\":[null,{},42]}");
        shape.patches.push((Map::new(), vec![String::from("activities")]));
        assert_eq!(write_set(["{}"].into_iter(), Some("7"), &shape), "{\"watermark\":7}");
    }

    #[test]
    fn halves_are_cut_between_characters() {
        assert_eq!(first_half("abcd"), "ab");
        assert_eq!(first_half("ääb"), "ä");
        assert_eq!(first_half(""), "");
    }
}
