//! The newest numbered list, and what its numbers answer.

use std::collections::BTreeMap;

use directline_activity::text::Button;
use directline_activity::{Activity, Answer};

use crate::words::suggested;

/// Buttons as they were numbered, the first with 1.
#[derive(Clone, Debug)]
pub(crate) struct List {
    buttons: Vec<Button>,
    /// The last of the buttons are good for one answer.
    suggested: usize,
    is_answered: bool,
    /// The activity that they came with.
    id: Option<String>,
}

/// What pressing a button does.
#[derive(Debug)]
pub(crate) enum Pressed {
    /// An activity is sent; it needs a sender.
    Sends { title: String, activity: Box<Activity> },
    /// Nothing is sent: somebody has to open this.
    Opens { link: String },
}

impl List {
    /// `None` where an activity has nothing to press.
    pub(crate) fn of(activity: &Activity, buttons: Vec<Button>) -> Option<List> {
        let id = activity.id.clone();
        let suggested = suggested(activity);
        (!buttons.is_empty()).then_some(List { buttons, suggested, is_answered: false, id })
    }

    /// The user has said something, so what was suggested is of no use any more.
    pub(crate) fn answered(&mut self) {
        self.is_answered = true;
    }
}

/// Presses a button by its number. In one sentence, why nothing is done.
pub(crate) fn press(
    list: Option<&List>,
    number: &str,
    values: &BTreeMap<String, String>,
) -> Result<Pressed, String> {
    let as_text = format!("/say {number} sends it as text");
    let Some(list) = list else {
        return Err(format!("{number} answers nothing, since there are no buttons; {as_text}"));
    };
    let count = list.buttons.len();
    let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let Some((index, button)) = index.and_then(|index| Some((index, list.buttons.get(index)?)))
    else {
        let are = if count == 1 { "button is 1" } else { "buttons are 1 to" };
        let last = if count == 1 { String::new() } else { format!(" {count}") };
        return Err(format!("{number} answers nothing, the {are}{last}; {as_text}"));
    };
    if list.is_answered && index >= count - list.suggested.min(count) {
        return Err(format!(
            "{number} answers nothing any more: what is suggested is good for one answer; {as_text}"
        ));
    }
    let title = button.title().to_owned();
    match button.answer_with(values, list.id.as_deref()) {
        Ok(Answer::Post(activity)) => Ok(Pressed::Sends { title, activity }),
        Ok(Answer::Open(link)) => Ok(Pressed::Opens { link }),
        Err(invalid) => {
            let names: Vec<_> = button.inputs().into_iter().filter_map(|i| i.id.clone()).collect();
            let hint = match names.is_empty() {
                true => String::new(),
                false => format!("; /press {number} {}=…", names.join("=… ")),
            };
            Err(format!("{number} was not sent: {invalid}{hint}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use directline_activity::text;
    use serde_json::json;

    use super::*;

    fn list(activity: serde_json::Value) -> List {
        let activity = Activity::from_value(activity);
        let buttons = text::buttons(&activity);
        List::of(&activity, buttons).expect("there are buttons")
    }

    fn told(list: Option<&List>, number: &str) -> String {
        press(list, number, &BTreeMap::new()).expect_err("nothing is sent")
    }

    #[test]
    fn numbers_answer_as_the_schema_says_or_nothing() {
        let mut list = list(json!({"id": "c|7", "attachments": [{
            "contentType": "application/vnd.microsoft.card.hero",
            "content": {"buttons": [
                {"type": "postBack", "title": "Stop\u{1b}", "value": "stop"},
                {"type": "postBack", "title": "Go", "value": "go"},
            ]},
        }], "suggestedActions": {"actions": [
            {"type": "openUrl", "title": "Look", "value": "https://x.example"},
            {"type": "imBack", "title": "Yes", "value": "yes"},
            {"type": "imBack", "title": "No", "value": "no"},
        ]}}));
        let none = BTreeMap::new();
        let Ok(Pressed::Sends { title, activity }) = press(Some(&list), "1", &none) else {
            panic!("it is sent")
        };
        assert_eq!((&*title, activity.text.as_deref()), ("Stop\\u{1b}", Some("stop")));
        assert_eq!(activity.reply_to_id.as_deref(), Some("c|7"));
        let opens = press(Some(&list), "3", &none);
        assert!(matches!(opens, Ok(Pressed::Opens { link }) if link == "https://x.example"));
        for number in ["0", "6", "99999999999999999999999"] {
            let told = told(Some(&list), number);
            assert!(told.contains("the buttons are 1 to 5; /say"), "{told}");
        }
        list.answered();
        for number in ["1", "2"] {
            assert!(press(Some(&list), number, &none).is_ok(), "cards stay");
        }
        for number in ["3", "4", "5"] {
            assert!(told(Some(&list), number).contains("good for one answer"), "{number}");
        }
        assert!(told(None, "1").contains("there are no buttons; /say 1 sends"));
    }

    #[test]
    fn what_is_asked_for_is_told() {
        let list = list(json!({"attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "body": [{"type": "Input.Number", "id": "n", "label": "Guests", "isRequired": true}],
                "actions": [{"type": "Action.Submit", "title": "Book"}],
            },
        }]}));
        assert_eq!(
            told(Some(&list), "1"),
            "1 was not sent: Guests is missing, allowed is a number; /press 1 n=…"
        );
        let values = BTreeMap::from([("n".to_owned(), "4".to_owned())]);
        let Ok(Pressed::Sends { activity, .. }) = press(Some(&list), "1", &values) else {
            panic!("it is sent")
        };
        assert_eq!(activity.value, Some(json!({"n": "4"})));
        assert!(told(Some(&list), "2").contains("the button is 1;"));
    }
}
