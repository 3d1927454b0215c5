//! Activities and cards as text.

use std::collections::BTreeMap;

use directline_activity::text::{Style, buttons, show};
use directline_activity::{Activity, Answer};
use serde_json::{Value, json};

fn card(kind: &str, content: Value) -> Activity {
    let kind = format!("application/vnd.microsoft.card.{kind}");
    Activity::from_value(json!({"attachments": [{"contentType": kind, "content": content}]}))
}

#[track_caller]
fn shows(activity: &Activity, lines: &[&str]) {
    let shown = show(activity, Style::Plain);
    assert_eq!(shown.text.split('\n').collect::<Vec<_>>(), lines);
    assert_eq!(buttons(activity), shown.buttons);
}

#[test]
fn basic_cards() {
    let content = json!({
        "title": "Soup", "subtitle": "of the day", "text": "**Hot** and\n[sour](https://s.example)",
        "images": [{"url": "https://i.example/1.png", "alt": "a bowl"}, {"url": "data:image/png;base64,AA"}],
        "buttons": [
            {"type": "imBack", "title": "Order", "value": "order"},
            {"type": "dance", "title": "Dance"},
            {"type": "openUrl", "title": "Menu", "value": "https://m.example"},
        ],
        "tap": {"type": "postBack", "title": "More", "value": "more"},
    });
    for kind in ["hero", "thumbnail"] {
        shows(
            &card(kind, content.clone()),
            &[
                "Soup",
                "of the day",
                "Hot and",
                "sour (https://s.example)",
                "[image a bowl] https://i.example/1.png",
                "[image] data:image/png…",
                "  [1] Order",
                "  [-] Dance (type is \"dance\")",
                "  [2] Menu: https://m.example",
                "  [3] More",
            ],
        );
    }
    shows(&card("hero", json!({})), &[""]);
    // What does not say what it is, is no button.
    shows(&card("hero", json!({"tap": {"type": "imBack", "value": "x"}})), &[""]);
}

#[test]
fn receipts() {
    let content = json!({
        "title": "John Doe", "total": "$ 90.95", "tax": "$ 7.50", "vat": 1,
        "facts": [{"key": "Order", "value": "1234"}, {"value": "VISA"}],
        "items": [
            {"title": "Data", "price": "$ 38.45", "quantity": "368"},
            {"title": "App", "price": 45, "subtitle": "small", "image": {"url": "https://i.example"}},
            {},
        ],
        "buttons": [{"type": "openUrl", "title": "More", "value": "https://m.example"}],
    });
    shows(
        &card("receipt", content),
        &[
            "John Doe",
            "Order: 1234",
            "VISA",
            "- 368 × Data: $ 38.45",
            "- App: 45",
            "small",
            "[image] https://i.example",
            "- item",
            "VAT: 1",
            "Tax: $ 7.50",
            "Total: $ 90.95",
            "  [1] More: https://m.example",
        ],
    );
}

#[test]
fn requests_to_sign_in() {
    let button = json!({"type": "signin", "title": "Sign in", "value": "https://login.example"});
    let lines = ["Who are you?", "  [1] Sign in: https://login.example"];
    shows(&card("signin", json!({"text": "Who are you?", "buttons": [button]})), &lines);
    let mut content = json!({"text": "Who are you?", "connectionName": "aad", "buttons": [button]});
    content["tokenPostResource"] = json!({"sasUrl": "https://secret.example?sig=x"});
    shows(&card("oauth", content.clone()), &lines);
    content["buttons"] = json!([]);
    shows(&card("oauth", content), &["Who are you?", "[sign in with the connection aad]"]);
}

#[test]
fn media_and_files() {
    let content = json!({
        "title": "Bunny", "image": {"url": "https://i.example"}, "duration": "PT2M",
        "media": [{"url": "https://a.example/1", "profile": "hd"}, {"url": "https://a.example/2"}],
        "buttons": [{"type": "openUrl", "title": "More", "value": "https://m.example"}],
    });
    for kind in ["audio", "video", "animation"] {
        shows(
            &card(kind, content.clone()),
            &[
                "Bunny",
                "[image] https://i.example",
                &format!("[{kind} hd] https://a.example/1"),
                &format!("[{kind} PT2M] https://a.example/2"),
                "  [1] More: https://m.example",
            ],
        );
    }
    let files = json!({"text": "Two files", "attachments": [
        {"contentType": "image/png", "contentUrl": "https://f.example/a", "name": "a\u{1b}.png"},
        {"contentType": "text/plain", "content": "some\nwords"},
        7,
    ]});
    shows(
        &Activity::from_value(files),
        &[
            "Two files",
            "",
            "[attachment image/png a\\u{1b}.png] https://f.example/a",
            "",
            "some",
            "words",
            "",
            "[attachment unknown]",
        ],
    );
}

#[test]
fn adaptive_cards() {
    let content = json!({
        "body": [
            {"type": "TextBlock", "text": "Flight", "weight": "bolder"},
            {"type": "TextBlock", "text": "on **time**"},
            {"type": "RichTextBlock", "inlines": ["a *", {"type": "TextRun", "text": "b"}]},
            {"type": "ColumnSet", "columns": [
                {"items": [{"type": "TextBlock", "text": "SFO"}]},
                {"items": [{"type": "TextBlock", "text": "AMS"}]},
            ]},
            {"type": "ColumnSet", "columns": [
                {"items": [{"type": "Image", "altText": "a plane", "url": "https://i.example"}]},
                {"items": [{"type": "Container", "items": [
                    {"type": "TextBlock", "text": "one"}, {"type": "TextBlock", "text": "two"}]}]},
            ]},
            {"type": "FactSet", "facts": [{"title": "Gate:", "value": "B7"}, 7]},
            {"type": "Table", "rows": [{"cells": [
                {"items": [{"type": "TextBlock", "text": "x"}]},
                {"items": [{"type": "TextBlock", "text": "y"}]}]}]},
            {"type": "Unheard", "fallback": {"type": "TextBlock", "text": "instead"}},
            {"type": "Unheard"},
            {"type": "Unheard", "fallback": "drop"},
            {"type": "Input.Text", "id": "name", "label": "Name", "placeholder": "yours", "isRequired": true},
            {"type": "Input.ChoiceSet", "id": "seat", "label": "Seat", "placeholder": "where", "value": "w", "choices": [
                {"title": "Window", "value": "w"}, {"title": "Aisle", "value": "a"}]},
            {"type": "Input.Toggle", "id": "meal", "title": "A meal", "value": "true"},
            {"type": "ActionSet", "actions": [{"type": "Action.OpenUrl", "title": "Map", "url": "https://m.example"}]},
            7,
        ],
        "actions": [
            {"type": "Action.Submit", "title": "Book", "data": {"do": "book"}},
            {"type": "Action.ToggleVisibility", "title": "More"},
            {"type": "Action.Unheard", "title": "What"},
            {"type": "Action.ShowCard", "title": "Comment", "card": {
                "body": [{"type": "Input.Text", "id": "comment"}],
                "actions": [{"type": "Action.Submit", "title": "Send"}],
            }},
        ],
    });
    shows(
        &card("adaptive", content),
        &[
            "Flight",
            "on time",
            "a *b",
            "SFO  AMS",
            "[image a plane] https://i.example",
            "one",
            "two",
            "Gate: B7",
            "x | y",
            "instead",
            "[Unheard]",
            "Name*: ____ (yours)",
            "Seat: (where)",
            "(x) Window",
            "( ) Aisle",
            "[x] A meal",
            "  [1] Map: https://m.example",
            "  [2] Book",
            "  [-] What (type is \"Action.Unheard\")",
            "Comment",
            "comment: ____",
            "  [3] Send",
        ],
    );
    shows(&card("adaptive", json!({"fallbackText": "Update me"})), &["Update me"]);
    shows(&card("adaptive", json!("x")), &["[empty card]"]);
}

#[test]
fn depth_is_bounded() {
    let mut deep = json!({"type": "TextBlock", "text": "deep"});
    for _ in 0..100 {
        deep = json!({"type": "Container", "items": [deep]});
    }
    shows(&card("adaptive", json!({"body": [deep]})), &["[…]"]);
    let mut deep = json!({"body": [{"type": "TextBlock", "text": "deep"}]});
    for _ in 0..100 {
        deep = json!({"actions": [{"type": "Action.ShowCard", "card": deep}]});
    }
    shows(&card("adaptive", deep), &["[…]"]);
}

/// What pressing the first button of an Adaptive Card posts.
fn pressed(card_content: Value, values: &[(&str, &str)]) -> Result<Value, String> {
    let pairs = values.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned()));
    let values: BTreeMap<_, _> = pairs.collect();
    let buttons = buttons(&card("adaptive", card_content));
    match buttons.last().expect("a button").answer_with(&values, Some("c|7")) {
        Ok(Answer::Post(activity)) => Ok(activity.to_value()),
        Ok(Answer::Open(link)) => Ok(link.into()),
        Err(refused) => Err(refused.to_string()),
    }
}

#[test]
fn what_was_filled_in_travels_along() {
    let body = json!([
        {"type": "Input.Text", "id": "name"},
        {"type": "Input.Toggle", "id": "meal"},
        {"type": "Input.Number", "id": "age", "value": 7},
    ]);
    let posted = |action: Value, values: &[(&str, &str)]| {
        pressed(json!({"body": body, "actions": [action]}), values).expect("it can be answered")
    };
    let submit = json!({"type": "Action.Submit", "title": "T", "data": {"a": 1, "age": 0}});
    let post = posted(submit, &[("name", "Bob")]);
    assert_eq!(
        post,
        json!({
            "type": "message", "replyToId": "c|7", "channelData": {"postBack": true},
            "value": {"a": 1, "name": "Bob", "meal": "false", "age": "7"},
        })
    );
    let bare = posted(json!({"type": "Action.Submit"}), &[]);
    assert_eq!(bare["value"], json!({"meal": "false", "age": "7"}));
    let alone = json!({"type": "Action.Submit", "associatedInputs": "none", "data": {"a": 1}});
    assert_eq!(posted(alone, &[])["value"], json!({"a": 1}));
    let words = posted(json!({"type": "Action.Submit", "data": "yes"}), &[]);
    assert_eq!(words, json!({"type": "message", "text": "yes", "replyToId": "c|7"}));
    let execute = json!({"type": "Action.Execute", "id": "i", "verb": "v", "data": {"a": 1}});
    let call = posted(execute, &[("name", "Bob")]);
    let data = json!({"a": 1, "name": "Bob", "meal": "false", "age": "7"});
    assert_eq!(
        call,
        json!({
            "type": "invoke", "name": "adaptiveCard/action", "replyToId": "c|7", "value": {
                "trigger": "manual",
                "action": {"type": "Action.Execute", "id": "i", "verb": "v", "data": data},
            },
        })
    );
    // What the outer card asks for goes along with the inner one's.
    let inner = json!({"body": [{"type": "Input.Text", "id": "more", "value": "x"}],
        "actions": [{"type": "Action.Submit"}]});
    let shown = posted(json!({"type": "Action.ShowCard", "card": inner}), &[("name", "Bob")]);
    let expected = json!({"name": "Bob", "meal": "false", "age": "7", "more": "x"});
    assert_eq!(shown["value"], expected);
    let nested = card(
        "adaptive",
        json!({"body": body, "actions": [
        {"type": "Action.ShowCard", "card": inner}]}),
    );
    let asked: Vec<_> = buttons(&nested)[0].inputs().iter().filter_map(|i| i.id.clone()).collect();
    assert_eq!(asked, ["name", "meal", "age", "more"]);
}

#[test]
fn what_is_filled_in_wrongly_is_told() {
    let told = |input: Value, value: &str| {
        let actions = json!([{"type": "Action.Submit"}]);
        let value = [("i", value)];
        let values = if value[0].1 == "-" { &value[..0] } else { &value[..] };
        pressed(json!({"body": [input], "actions": actions}), values)
            .map(|posted| posted["value"]["i"].clone())
    };
    let number = json!({"type": "Input.Number", "id": "i", "label": "Guests", "min": 1, "max": 9});
    for right in ["1", "4.5", "9"] {
        assert_eq!(told(number.clone(), right), Ok(json!(right)));
    }
    let unbounded = json!({"type": "Input.Number", "id": "i"});
    assert_eq!(told(unbounded, "inf"), Err("i is \"inf\", allowed is a number".into()));
    for wrong in ["0", "10", "x", "NaN", "inf"] {
        let expected = format!("Guests is {wrong:?}, allowed is a number from 1 to 9");
        assert_eq!(told(number.clone(), wrong), Err(expected));
    }
    let date = json!({"type": "Input.Date", "id": "i"});
    assert_eq!(told(date.clone(), "2026-02-28"), Ok(json!("2026-02-28")));
    let expected = "i is \"28.2.2026\", allowed is a day such as 2026-02-28";
    assert_eq!(told(date, "28.2.2026"), Err(expected.into()));
    let time = json!({"type": "Input.Time", "id": "i"});
    assert_eq!(told(time.clone(), "17:30"), Ok(json!("17:30")));
    assert_eq!(told(time, "5pm"), Err("i is \"5pm\", allowed is a time such as 17:30".into()));
    let toggle = json!({"type": "Input.Toggle", "id": "i", "valueOn": "yes", "valueOff": "no"});
    assert_eq!(told(toggle.clone(), "yes"), Ok(json!("yes")));
    assert_eq!(told(toggle, "true"), Err("i is \"true\", allowed is yes or no".into()));
    let choice = json!({"type": "Input.ChoiceSet", "id": "i", "choices": [
        {"title": "Red", "value": "r"}, {"title": "Blue", "value": "b"}]});
    assert_eq!(told(choice.clone(), "r"), Ok(json!("r")));
    assert_eq!(told(choice.clone(), "Blue"), Ok(json!("b")));
    assert_eq!(
        told(choice.clone(), "r,b"),
        Err("i is \"r,b\", allowed is one of Red, Blue".into())
    );
    let mut several = choice;
    several["isMultiSelect"] = json!(true);
    assert_eq!(told(several.clone(), "Red, b"), Ok(json!("r,b")));
    assert!(told(several, "r,x").is_err());
    let required = json!({"type": "Input.Text", "id": "i", "isRequired": true});
    assert_eq!(told(required.clone(), "-"), Err("i is missing, allowed is a text".into()));
    assert_eq!(told(required, "x"), Ok(json!("x")));
    let other = json!({"type": "Input.Text", "id": "j"});
    let expected = "value of i is \"x\", allowed is a value for j";
    assert_eq!(told(other, "x"), Err(expected.into()));
    let expected = "value of i is \"x\", allowed is nothing, since nothing is asked for";
    assert_eq!(told(json!({"type": "TextBlock"}), "x"), Err(expected.into()));
}

#[test]
fn an_answer_to_a_card_is_shown_as_it_says() {
    let text = |data: Value, role: &str| {
        let activity = json!({"text": "t", "channelData": data, "from": {"role": role}});
        show(&Activity::from_value(activity), Style::Plain).text
    };
    let shown = json!({"messageBack": {"displayText": "shown"}});
    assert_eq!(text(json!({"postBack": true}), "user"), "");
    assert_eq!(text(shown.clone(), "user"), "shown");
    assert_eq!(text(json!({"postBack": true}), ""), "");
    // What a bot says is shown.
    assert_eq!(text(json!({"postBack": true}), "bot"), "t");
    assert_eq!(text(shown, "bot"), "t");
    for other in [
        json!({"postBack": "true"}),
        json!({"messageBack": {"displayText": ""}}),
        json!({"messageBack": true}),
        json!("postBack"),
    ] {
        assert_eq!(text(other, "user"), "t");
    }
}

#[test]
fn markdown_is_taken_for_what_the_activity_says_it_is() {
    let text = |more: Value| {
        let mut activity = json!({"text": "*a*\n"});
        activity
            .as_object_mut()
            .expect("it is one")
            .extend(more.as_object().cloned().expect("one"));
        show(&Activity::from_value(activity), Style::Plain).text
    };
    assert_eq!(text(json!({})), "a");
    assert_eq!(text(json!({"from": {"role": "user"}})), "*a*");
    assert_eq!(text(json!({"from": {"role": "user"}, "textFormat": "markdown"})), "a");
    assert_eq!(text(json!({"textFormat": "plain"})), "*a*");
    assert_eq!(text(json!({"textFormat": "xml"})), "*a*");
}
