//! A button that was shown.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::filled;
use super::scope::Scope;
use crate::action::{ActionKind, CardAction};
use crate::adaptive::Input;
use crate::answer::Answer;
use crate::invalid::Invalid;
use crate::plain::line;

/// A button of a card, an action of an Adaptive Card, or a suggested action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    title: String,
    action: CardAction,
    scope: Scope,
    /// The names that lead to where the inputs go, inside `value`.
    place: &'static [&'static str],
}

impl Button {
    pub(super) fn of(action: CardAction) -> Button {
        let value = || action.value.as_ref().and_then(Value::as_str);
        let title = action.title.as_deref().filter(|title| !title.trim().is_empty());
        let title = title.or(action.display_text.as_deref()).or(action.text.as_deref());
        let kind = || action.kind.as_ref().map(ActionKind::as_str);
        let title = title.or_else(value).or_else(kind).unwrap_or("untitled");
        Button { title: line(title), action, scope: Scope::default(), place: &[] }
    }

    /// An action of an Adaptive Card; `None` for those that change nothing but what is shown. All
    /// that is asked for travels along.
    pub(super) fn adaptive(action: &Value, scope: &Scope) -> Option<Button> {
        let kind = action["type"].as_str().unwrap_or_default();
        let title = action["title"].as_str().map(str::to_owned);
        let data = || match &action["data"] {
            Value::Null => json!({}),
            data => data.clone(),
        };
        let (kind, value, place): (_, _, &[_]) = match kind {
            "Action.OpenUrl" => (ActionKind::OpenUrl, action["url"].clone(), &[]),
            "Action.Submit" => match data() {
                Value::String(text) => (ActionKind::ImBack, text.into(), &[]),
                data => (ActionKind::PostBack, data, &[]),
            },
            "Action.Execute" => {
                let call = json!({
                    "type": kind, "id": action["id"], "verb": action["verb"], "data": data(),
                });
                let call = without_nulls(call);
                let value = json!({"action": call, "trigger": "manual"});
                (ActionKind::Invoke, value, &["action", "data"])
            }
            "Action.ToggleVisibility" => return None,
            other => (ActionKind::from(other), Value::Null, &[]),
        };
        let asks = matches!(kind, ActionKind::PostBack | ActionKind::Invoke)
            && action["associatedInputs"].as_str() != Some("none");
        let mut made = CardAction { title, ..CardAction::default() };
        if kind == ActionKind::Invoke {
            made.rest.insert("name", json!("adaptiveCard/action"));
        }
        made.kind = Some(kind);
        made.value = Some(value).filter(|value| !value.is_null());
        let scope = if asks { scope.clone() } else { Scope::default() };
        Some(Button { scope, place, ..Button::of(made) })
    }

    /// What stands on it, on one line and harmless.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The action behind it.
    #[must_use]
    pub fn action(&self) -> &CardAction {
        &self.action
    }

    /// What the card asks for, which its answer carries along.
    #[must_use]
    pub fn inputs(&self) -> Vec<&Input> {
        self.scope.inputs()
    }

    /// What pressing it does while everything that is asked for is as it was at first.
    ///
    /// # Errors
    /// As [`CardAction::answer`]; and if something has to be filled in.
    pub fn answer(&self, reply_to: Option<&str>) -> Result<Answer, Invalid> {
        self.answer_with(&BTreeMap::new(), reply_to)
    }

    /// What pressing it does with these values, by the ids of what is asked for.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use directline_activity::text::buttons;
    /// use directline_activity::{Activity, Answer};
    /// use serde_json::json;
    ///
    /// let said = Activity::from_value(json!({"attachments": [{
    ///     "contentType": "application/vnd.microsoft.card.adaptive",
    ///     "content": {
    ///         "body": [{"type": "Input.Number", "id": "guests", "label": "Guests"}],
    ///         "actions": [{"type": "Action.Submit", "title": "Book", "data": {"do": "book"}}],
    ///     },
    /// }]}));
    /// let book = &buttons(&said)[0];
    /// let values = BTreeMap::from([("guests".to_owned(), "4".to_owned())]);
    /// let Answer::Post(answer) = book.answer_with(&values, None)? else { panic!() };
    /// assert_eq!(answer.value, Some(json!({"do": "book", "guests": "4"})));
    ///
    /// let values = BTreeMap::from([("guests".to_owned(), "many".to_owned())]);
    /// let refused = book.answer_with(&values, None).unwrap_err();
    /// assert_eq!(refused.to_string(), "Guests is \"many\", allowed is a number");
    /// # Ok::<(), directline_activity::Invalid>(())
    /// ```
    ///
    /// # Errors
    /// As [`CardAction::answer`]; and if a value is not what is asked for, or nothing asks for it,
    /// or something has to be filled in.
    pub fn answer_with(
        &self,
        values: &BTreeMap<String, String>,
        reply_to: Option<&str>,
    ) -> Result<Answer, Invalid> {
        let filled = filled::filled(&self.inputs(), values)?;
        let mut action = self.action.clone();
        if let Some(data) = action.value.as_mut().and_then(|value| self.inside(value)) {
            data.extend(filled);
        }
        action.answer(reply_to)
    }

    /// Why nobody can answer it, whatever is filled in.
    pub(super) fn refused(&self) -> Option<Invalid> {
        self.action.answer(None).err()
    }

    /// Where it leads, if that is all it does.
    pub(super) fn link(&self) -> Option<String> {
        match self.action.answer(None) {
            Ok(Answer::Open(link)) => Some(link),
            Ok(Answer::Post(_)) | Err(_) => None,
        }
    }

    fn inside<'a>(&self, value: &'a mut Value) -> Option<&'a mut Map<String, Value>> {
        let place = self.place.iter().try_fold(value, |value, name| value.get_mut(*name));
        place.and_then(Value::as_object_mut)
    }
}

fn without_nulls(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, member| !member.is_null());
    }
    value
}
