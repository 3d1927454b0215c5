//! What is sent: built from nothing, or by pressing a button.

use directline_activity::{Activity, Answer, CardAction};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::draw;

fn pressed(action: Value) -> Result<Answer, String> {
    CardAction::from_value(action).answer(Some("c|7")).map_err(|error| error.to_string())
}

#[track_caller]
fn posts(action: Value, mut expected: Value) {
    expected["replyToId"] = json!("c|7");
    let Ok(Answer::Post(activity)) = pressed(action.clone()) else { panic!("{action}") };
    assert_eq!(activity.to_value(), expected, "{action}");
}

#[test]
fn every_kind_of_button_posts_what_the_schema_says() {
    let shown = json!({"type": "message", "text": "yes"});
    posts(json!({"type": "imBack", "title": "Yes", "value": "yes"}), shown.clone());
    posts(json!({"type": "imBack", "title": "yes"}), shown);
    let hidden = json!({"postBack": true});
    posts(
        json!({"type": "postBack", "title": "Yes", "value": "yes"}),
        json!({"type": "message", "text": "yes", "channelData": hidden}),
    );
    posts(
        json!({"type": "postBack", "value": {"a": 1}}),
        json!({"type": "message", "value": {"a": 1}, "channelData": hidden}),
    );
    posts(
        json!({"type": "messageBack", "text": "t", "displayText": "d", "value": {"a": 1}}),
        json!({
            "type": "message", "text": "t", "value": {"a": 1},
            "channelData": {"messageBack": {"displayText": "d"}},
        }),
    );
    posts(
        json!({"type": "messageBack", "title": "T", "text": ""}),
        json!({"type": "message", "text": "", "channelData": {"messageBack": {}}}),
    );
    posts(
        json!({"type": "invoke", "name": "task/fetch", "value": {"a": 1}}),
        json!({"type": "invoke", "name": "task/fetch", "value": {"a": 1}}),
    );
}

#[test]
fn a_link_is_opened_and_nothing_is_posted() {
    for kind in ["openUrl", "signin", "downloadFile", "showImage", "playAudio", "playVideo"] {
        let link = "https://a.example/b?c=d";
        assert_eq!(pressed(json!({"type": kind, "value": link})), Ok(Answer::Open(link.into())));
        for value in [
            json!("DATA:text/html,x"),
            json!(""),
            json!(7),
            json!("a\nb"),
            json!("a\u{202e}b"),
            json!(null),
        ] {
            let refused = pressed(json!({"type": kind, "value": value}));
            let expected = "allowed is a link that holds no data of its own";
            assert!(refused.is_err_and(|told| told.ends_with(expected)), "{kind} {value}");
        }
    }
    let call = |value: &str| pressed(json!({"type": "call", "value": value}));
    assert_eq!(call("tel:+123"), Ok(Answer::Open("tel:+123".into())));
    assert!(call("+123").is_err());
}

#[test]
fn what_cannot_be_answered_is_told_by_field_value_and_what_is_allowed() {
    let kinds = "imBack, postBack, messageBack, invoke, openUrl, signin, call, downloadFile, \
        showImage, playAudio or playVideo";
    for (action, told) in [
        (json!({}), format!("type is missing, allowed is {kinds}")),
        (json!("x"), format!("type is missing, allowed is {kinds}")),
        (json!({"type": 7}), format!("type is 7, allowed is {kinds}")),
        (json!({"type": "dance"}), format!("type is \"dance\", allowed is {kinds}")),
        (json!({"type": "payment"}), format!("type is \"payment\", allowed is {kinds}")),
        (
            json!({"type": "imBack", "title": "T", "value": {"a": 1}}),
            "value is {\"a\":1}, allowed is what is to be said".into(),
        ),
        (json!({"type": "imBack"}), "value is missing, allowed is what is to be said".into()),
        (
            json!({"type": "postBack", "title": "T"}),
            "value is missing, allowed is what the bot is to be told".into(),
        ),
        (
            json!({"type": "messageBack", "text": 7, "displayText": "d"}),
            "text is 7, allowed is a text, unless there is a value".into(),
        ),
        (
            json!({"type": "invoke", "value": 1}),
            "name is missing, allowed is the name of an invocation".into(),
        ),
        (
            json!({"type": "openUrl", "value": "\u{1b}]0;x"}),
            "value is \"\\u001b]0;x\", allowed is a link that holds no data of its own".into(),
        ),
    ] {
        assert_eq!(pressed(action.clone()), Err(told), "{action}");
    }
}

#[test]
fn what_is_sent_has_no_more_than_it_needs() {
    assert_eq!(Activity::message("hi").to_value(), json!({"type": "message", "text": "hi"}));
    assert_eq!(Activity::typing().to_value(), json!({"type": "typing"}));
    assert_eq!(Activity::end_of_conversation().to_value(), json!({"type": "endOfConversation"}));
    let event = |value: Option<Value>| Activity::event("e", value).map(|event| event.to_value());
    assert_eq!(event(None), Ok(json!({"type": "event", "name": "e"})));
    assert_eq!(event(Some(json!(1))), Ok(json!({"type": "event", "name": "e", "value": 1})));
    let told = |refused: Result<Activity, _>| refused.map_err(|error| format!("{error}"));
    assert_eq!(
        told(Activity::event(" ", None)),
        Err("name is \" \", allowed is the name of an event".into())
    );
    assert_eq!(
        told(Activity::typing().with_from("")),
        Err("from.id is \"\", allowed is the id of a user".into())
    );
    assert_eq!(
        told(Activity::typing().with_reply_to("")),
        Err("replyToId is \"\", allowed is the id of an activity".into())
    );
}

proptest! {
    #[test]
    fn whatever_a_button_is_it_is_answered_or_refused(action in draw::json()) {
        match CardAction::from_value(action).answer(None) {
            Ok(Answer::Post(activity)) => {
                prop_assert!(activity.kind.is_some() && activity.reply_to_id.is_none());
            }
            Ok(Answer::Open(link)) => prop_assert!(!link.contains(char::is_control)),
            Err(told) => prop_assert!(!told.to_string().contains(char::is_control)),
        }
    }
}
