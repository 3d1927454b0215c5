//! Adaptive Cards: of any layout, so that the content stays JSON, with a way in for its parts.

use serde_json::Value;

use crate::member::{object, words};

object! {
    /// An Adaptive Card. Its elements and actions are JSON, as they came.
    ///
    /// ```
    /// use directline_activity::AdaptiveCard;
    /// use serde_json::json;
    ///
    /// let card = AdaptiveCard::from_value(json!({
    ///     "type": "AdaptiveCard",
    ///     "body": [
    ///         {"type": "TextBlock", "text": "Who are you?"},
    ///         {"type": "Container", "items": [{"type": "Input.Text", "id": "name"}]},
    ///     ],
    /// }));
    /// let inputs = card.inputs();
    /// assert_eq!(inputs[0].id.as_deref(), Some("name"));
    /// ```
    AdaptiveCard {
        /// `AdaptiveCard`.
        kind: Option<String> = "type",
        /// The version of the schema.
        version: Option<String> = "version",
        /// The elements.
        body: Vec<Value> = "body",
        /// The actions below them.
        actions: Vec<Value> = "actions",
        /// What to show where the card can't be.
        fallback_text: Option<String> = "fallbackText",
        /// What to speak, as SSML.
        speak: Option<String> = "speak",
        /// The language.
        lang: Option<String> = "lang",
        /// What happens when the card itself is pressed.
        select_action: Option<Value> = "selectAction",
    }
}

object! {
    /// Something that a card asks for.
    Input {
        /// What is asked for.
        kind: Option<InputKind> = "type",
        /// The name under which the bot gets it.
        id: Option<String> = "id",
        /// What it is, for people.
        label: Option<String> = "label",
        /// What stands in its place while it is empty.
        placeholder: Option<String> = "placeholder",
        /// What stands beside a toggle.
        title: Option<String> = "title",
        /// What it is at first, as it was written; see [`Input::initial`].
        value: Option<Value> = "value",
        /// What there is to choose from.
        choices: Vec<Choice> = "choices",
        /// Whether several may be chosen.
        is_multi_select: Option<bool> = "isMultiSelect",
        /// Whether it must be filled in.
        is_required: Option<bool> = "isRequired",
        /// What to tell who does not.
        error_message: Option<String> = "errorMessage",
        /// What a toggle that is on says; `true` without it.
        value_on: Option<String> = "valueOn",
        /// What a toggle that is off says; `false` without it.
        value_off: Option<String> = "valueOff",
        /// The least number, date or time.
        min: Option<Value> = "min",
        /// The greatest number, date or time.
        max: Option<Value> = "max",
    }
}

object! {
    /// One of several things to choose from.
    Choice {
        /// What the user reads.
        title: Option<String> = "title",
        /// What the bot gets.
        value: Option<String> = "value",
    }
}

words! {
    /// What an input asks for.
    InputKind {
        /// Any text.
        Text = "Input.Text",
        /// A number.
        Number = "Input.Number",
        /// A day.
        Date = "Input.Date",
        /// A time of day.
        Time = "Input.Time",
        /// Yes or no.
        Toggle = "Input.Toggle",
        /// One of several, or some of them.
        ChoiceSet = "Input.ChoiceSet",
    }
}

impl AdaptiveCard {
    /// Everything that the card asks for, in the order in which it is read, not counting cards
    /// that an action would show.
    #[must_use]
    pub fn inputs(&self) -> Vec<Input> {
        let mut inputs = Vec::new();
        collect(&self.body, LEVELS_MAX, &mut inputs);
        inputs
    }
}

impl Input {
    /// What the bot gets if nobody touches it; `None` if that is nothing.
    #[must_use]
    pub fn initial(&self) -> Option<String> {
        let value = self.value.as_ref().and_then(|value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            _ => None,
        });
        match self.kind {
            Some(InputKind::Toggle) => value.or_else(|| Some(self.off().to_owned())),
            _ => value,
        }
    }

    /// What the bot gets of a toggle that is on.
    #[must_use]
    pub fn on(&self) -> &str {
        self.value_on.as_deref().unwrap_or("true")
    }

    /// What the bot gets of a toggle that is off.
    #[must_use]
    pub fn off(&self) -> &str {
        self.value_off.as_deref().unwrap_or("false")
    }
}

fn collect(elements: &[Value], levels: usize, inputs: &mut Vec<Input>) {
    let Some(levels) = levels.checked_sub(1) else { return };
    for element in elements {
        let kind = element["type"].as_str().unwrap_or_default();
        if kind.starts_with("Input.") {
            inputs.push(Input::from_value(element.clone()));
            continue;
        }
        for name in INSIDE {
            if let Some(inside) = element[name].as_array() {
                collect(inside, levels, inputs);
            }
        }
    }
}

/// The members in which elements have elements.
const INSIDE: [&str; 5] = ["items", "columns", "rows", "cells", "pages"];
/// How many elements may be inside each other; real cards have a handful.
pub(crate) const LEVELS_MAX: usize = 32;
