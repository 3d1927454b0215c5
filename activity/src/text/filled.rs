//! What is asked for on a card, filled in.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::adaptive::{Input, InputKind};
use crate::invalid::Invalid;

/// What the bot gets: what was filled in, else what was there at first.
pub(super) fn filled(
    inputs: &[&Input],
    values: &BTreeMap<String, String>,
) -> Result<Map<String, Value>, Invalid> {
    let ids: Vec<&str> = inputs.iter().filter_map(|input| input.id.as_deref()).collect();
    if let Some((id, value)) = values.iter().find(|(id, _)| !ids.contains(&id.as_str())) {
        let allowed = match ids.is_empty() {
            true => "nothing, since nothing is asked for".to_owned(),
            false => format!("a value for {}", ids.join(" or ")),
        };
        return Err(Invalid::text(&format!("value of {id}"), value, &allowed));
    }
    let mut filled = Map::new();
    for (input, id) in inputs.iter().filter_map(|input| Some((input, input.id.as_ref()?))) {
        let value = match values.get(id).filter(|value| !value.is_empty()) {
            Some(value) => Some(checked(input, value)?),
            None => input.initial(),
        };
        match value {
            Some(value) => _ = filled.insert(id.clone(), value.into()),
            None if input.is_required == Some(true) => {
                return Err(Invalid::json(name(input), None, &allowed(input)));
            }
            None => {}
        }
    }
    Ok(filled)
}

/// The value as the bot gets it, if it is what is asked for.
fn checked(input: &Input, value: &str) -> Result<String, Invalid> {
    let refused = || Invalid::text(name(input), value, &allowed(input));
    let is_good = match input.kind {
        Some(InputKind::Number) => {
            let number = value.trim().parse().ok().filter(|number: &f64| number.is_finite());
            let bound = |bound: &Option<Value>| bound.as_ref().and_then(Value::as_f64);
            number.is_some_and(|number| {
                bound(&input.min).is_none_or(|min| number >= min)
                    && bound(&input.max).is_none_or(|max| number <= max)
            })
        }
        Some(InputKind::Date) => has_shape(value, "0000-00-00"),
        Some(InputKind::Time) => has_shape(value, "00:00"),
        Some(InputKind::Toggle) => value == input.on() || value == input.off(),
        Some(InputKind::ChoiceSet) => return chosen(input, value).ok_or_else(refused),
        Some(InputKind::Text | InputKind::Other(_)) | None => true,
    };
    if is_good { Ok(value.to_owned()) } else { Err(refused()) }
}

/// The values of what was chosen, by value or by title.
fn chosen(input: &Input, value: &str) -> Option<String> {
    let one = |word: &str| {
        let word = word.trim();
        let by_value = input.choices.iter().find(|choice| choice.value.as_deref() == Some(word));
        let by_title = || input.choices.iter().find(|c| c.title.as_deref() == Some(word));
        by_value.or_else(by_title)?.value.clone()
    };
    match (one(value), input.is_multi_select) {
        (Some(value), _) => Some(value),
        (None, Some(true)) => {
            let values: Option<Vec<_>> = value.split(',').map(one).collect();
            values.map(|values| values.join(","))
        }
        (None, _) => None,
    }
}

/// Whether it has digits where `shape` has zeros, and the rest alike.
fn has_shape(value: &str, shape: &str) -> bool {
    let is_alike = |(a, b): (u8, u8)| if b == b'0' { a.is_ascii_digit() } else { a == b };
    value.len() == shape.len() && value.bytes().zip(shape.bytes()).all(is_alike)
}

fn name(input: &Input) -> &str {
    input.label.as_deref().or(input.id.as_deref()).unwrap_or("input")
}

fn allowed(input: &Input) -> String {
    match input.kind {
        Some(InputKind::Number) => {
            let bound = |word: &str, bound: &Option<Value>| {
                bound.as_ref().map(|bound| format!(" {word} {bound}")).unwrap_or_default()
            };
            format!("a number{}{}", bound("from", &input.min), bound("to", &input.max))
        }
        Some(InputKind::Date) => "a day such as 2026-02-28".into(),
        Some(InputKind::Time) => "a time such as 17:30".into(),
        Some(InputKind::Toggle) => format!("{} or {}", input.on(), input.off()),
        Some(InputKind::ChoiceSet) => {
            let titles = input.choices.iter();
            let titles = titles.filter_map(|c| c.title.as_deref().or(c.value.as_deref()));
            let titles: Vec<_> = titles.take(CHOICES_TOLD_MAX).collect();
            format!("one of {}", titles.join(", "))
        }
        Some(InputKind::Text | InputKind::Other(_)) | None => "a text".into(),
    }
}

const CHOICES_TOLD_MAX: usize = 20;
