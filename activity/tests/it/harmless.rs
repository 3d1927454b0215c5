//! Whatever a bot says, a terminal shows it and does nothing else.

use directline_activity::text::{Style, is_harmful, plain, show};
use directline_activity::{Activity, Answer};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::draw;

/// What is left when everything that the crate itself adds is taken away.
fn without_own(text: &str) -> String {
    let mut text = text.to_owned();
    for own in ["\u{1b}[1m", "\u{1b}[22m", "\u{1b}[3m", "\u{1b}[23m"] {
        text = text.replace(own, "");
    }
    while let Some(at) = text.find("\u{1b}]8;;") {
        let end = text[at..].find("\u{1b}\\").map(|end| at + end);
        let end = end.unwrap_or_else(|| panic!("a link has an end: {text:?}"));
        let url = &text[at + "\u{1b}]8;;".len()..end];
        assert!(url.bytes().all(|byte| byte.is_ascii_graphic()), "{url:?}");
        text.replace_range(at..end + "\u{1b}\\".len(), "");
    }
    text
}

#[track_caller]
fn is_harmless(value: &Value) {
    let activity = Activity::from_value(value.clone());
    let plain = show(&activity, Style::Plain);
    let fancy = show(&activity, Style::Terminal);
    let is_bad = |c: char| c != '\n' && is_harmful(c);
    assert!(!plain.text.contains(is_bad), "{:?} of {value}", plain.text);
    // The same text, and nothing in it but what is meant.
    assert_eq!(without_own(&fancy.text), plain.text, "{value}");
    assert_eq!(plain.buttons, fancy.buttons, "{value}");
    for (at, button) in plain.buttons.iter().enumerate() {
        let row = format!("  [{}] {}", at + 1, button.title());
        assert!(plain.text.lines().any(|line| line.starts_with(&row)), "{row:?} of {value}");
        assert!(!button.title().contains(is_harmful));
        match button.answer(Some("c|7")) {
            Ok(Answer::Post(activity)) => assert_eq!(activity.reply_to_id.as_deref(), Some("c|7")),
            Ok(Answer::Open(link)) => {
                assert!(plain.text.contains(&directline_activity::text::line(&link)))
            }
            Err(told) => assert!(!told.to_string().contains(is_harmful)),
        }
    }
}

/// A card of some kind with anything in it.
fn carded() -> impl Strategy<Value = Value> {
    let kinds = ["hero", "receipt", "signin", "oauth", "video", "adaptive", "adaptive", "adaptive"];
    let kind = prop::sample::select(kinds.to_vec());
    let list = || prop::collection::vec(draw::json(), 0..4);
    let adaptive = (list(), list()).prop_map(|(body, actions)| {
        json!({"body": body, "actions": actions, "buttons": actions, "items": body, "title": "t"})
    });
    let content = prop_oneof![draw::json(), adaptive];
    (kind, content, draw::json()).prop_map(|(kind, content, text)| {
        let kind = format!("application/vnd.microsoft.card.{kind}");
        json!({"type": "message", "text": text, "suggestedActions": {"actions": [text, content]},
            "attachments": [{"contentType": kind, "content": content}, text]})
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_json_is_shown_harmlessly(value in prop_oneof![draw::json(), carded()]) {
        is_harmless(&value);
    }

    #[test]
    fn any_text_is_shown_harmlessly(
        text in "([*_`\\[\\]()!<>\\\\# ab\n\u{1b}\u{9b}\u{202e}]|https://a|data:|\\]\\()*",
    ) {
        is_harmless(&json!({"text": text}));
        prop_assert!(!plain(&text).contains(|c: char| c != '\n' && is_harmful(c)));
    }
}

#[test]
fn escape_sequences_are_shown_and_not_done() {
    let evil = "\u{1b}]8;;https://evil.example\u{1b}\\x\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\r";
    let button = json!({"type": "openUrl", "title": evil, "value": "https://a.example/\u{202e}"});
    let card = json!({"title": evil, "subtitle": evil, "text": evil, "buttons": [button],
        "images": [{"url": evil, "alt": evil}]});
    let adaptive = json!({
        "body": [
            {"type": evil},
            {"type": "Input.ChoiceSet", "label": evil, "placeholder": evil, "choices": [{"title": evil}]},
            {"type": "FactSet", "facts": [{"title": evil, "value": evil}]},
            {"type": "TextBlock", "text": evil, "weight": "bolder"},
            {"type": "RichTextBlock", "inlines": [evil]},
        ],
        "actions": [{"type": evil, "title": evil}],
    });
    let kind = |name: &str| format!("application/vnd.microsoft.card.{name}");
    is_harmless(&json!({"text": evil, "attachments": [
        {"contentType": kind("hero"), "content": card},
        {"contentType": kind("adaptive"), "content": adaptive},
        {"contentType": kind("oauth"), "content": {"connectionName": evil}},
        {"contentType": evil, "contentUrl": evil, "name": evil},
    ]}));
}
