//! The typed view: whatever comes is read, and comes out again.

use directline_activity::{
    Account, Activity, ActivityKind, AdaptiveCard, Attachment, BasicCard, Card, CardAction, Entity,
    MediaCard, OAuthCard, ReceiptCard, SigninCard, StreamInfo, StreamKind, SuggestedActions,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::draw;

macro_rules! all_come_back {
    ($value:expr; $($kind:ident)*) => {
        $(prop_assert_eq!(&$kind::from_value($value.clone()).to_value(), $value);)*
    };
}

proptest! {
    #[test]
    fn whatever_is_read_comes_out_again(value in draw::json()) {
        let value = &value;
        all_come_back!(value; Activity Account AdaptiveCard Attachment BasicCard CardAction Entity
            MediaCard OAuthCard ReceiptCard SigninCard StreamInfo SuggestedActions);
        let text = value.to_string();
        let activity = Activity::from_json(&text).expect("it is JSON");
        prop_assert_eq!(&serde_json::from_str::<Value>(&activity.to_json()).expect("JSON"), value);
        for attachment in &activity.attachments {
            let _ = attachment.card();
        }
        let _ = activity.stream_info();
    }

    #[test]
    fn no_text_is_too_strange(text in r#"(\\|\\u|\\ud83d|\\ude00|[ä"{}:,x0-9a-f])*"#) {
        let _ = Activity::from_json(&text);
        let quoted = format!(r#"{{"text":"{}"}}"#, text.replace('"', ""));
        let is_read = Activity::from_json(&quoted).is_ok_and(|a| a.text.is_some());
        // Whether its escapes are in order is all that can be wrong with it.
        prop_assert!(is_read || text.contains('\\'), "{}", quoted);
    }
}

#[test]
fn a_member_of_another_type_spoils_nothing_but_itself() {
    let raw = json!({
        "type": "message",
        "id": 7,
        "text": ["a"],
        "from": "bob",
        "recipient": {"id": "me", "name": null, "role": 1},
        "attachments": [null, 7, {"contentType": "image/png", "contentUrl": 1}],
        "suggestedActions": {"to": ["a", 1], "actions": [{"type": "imBack"}, "x"]},
        "entities": [],
        "value": null,
        "membersAdded": {},
        "other": 1.5,
    });
    let activity = Activity::from_value(raw.clone());
    assert_eq!(activity.kind, Some(ActivityKind::Message));
    assert_eq!((activity.id.as_ref(), activity.text.as_ref()), (None, None));
    assert_eq!((activity.from.as_ref(), activity.value.as_ref()), (None, None));
    assert_eq!(activity.rest.get("id"), Some(&json!(7)));
    let recipient = activity.recipient.as_ref().expect("an object");
    assert_eq!((recipient.id.as_deref(), recipient.name.as_deref()), (Some("me"), None));
    // Each keeps its place.
    let kinds: Vec<_> = activity.attachments.iter().map(|a| a.content_type.as_deref()).collect();
    assert_eq!(kinds, [None, None, Some("image/png")]);
    assert_eq!(activity.attachments[1].rest.bare(), Some(&json!(7)));
    let suggested = activity.suggested_actions.as_ref().expect("an object");
    assert_eq!((suggested.to.len(), suggested.actions.len()), (0, 2));
    assert!(activity.entities.is_empty() && activity.members_added.is_empty());
    assert_eq!(activity.to_value(), raw);
}

#[test]
fn what_is_set_is_written_in_place_of_what_was_there() {
    let mut activity = Activity::from_value(json!({"type": "message", "text": 7, "x": 1}));
    activity.text = Some("seven".into());
    activity.id = Some("c|1".into());
    activity.rest.remove("x");
    activity.rest.insert("y", json!(2));
    let expected = json!({"type": "message", "text": "seven", "id": "c|1", "y": 2});
    assert_eq!(activity.to_value(), expected);
    // Where no object was, one begins.
    let mut account = Account::from_value(json!("bob"));
    assert_eq!(account.to_value(), json!("bob"));
    account.id = Some("bob".into());
    assert_eq!(account.to_value(), json!({"id": "bob"}));
}

#[test]
fn words_that_nobody_knows_are_kept() {
    let activity = Activity::from_value(json!({"type": "Message"}));
    assert_eq!(activity.kind, Some(ActivityKind::Other("Message".into())));
    assert_eq!(activity.to_value(), json!({"type": "Message"}));
    assert_eq!(ActivityKind::from("endOfConversation").to_string(), "endOfConversation");
}

#[test]
fn cards_are_told_by_their_content_type() {
    let card = |kind: &str, content: Value| {
        Attachment::from_value(json!({"contentType": kind, "content": content})).card()
    };
    let named = |name: &str| card(&format!("application/vnd.microsoft.card.{name}"), json!({}));
    assert!(matches!(named("hero"), Some(Card::Hero(_))));
    assert!(matches!(named("Thumbnail"), Some(Card::Thumbnail(_))));
    assert!(matches!(named("receipt"), Some(Card::Receipt(_))));
    assert!(matches!(named("signin"), Some(Card::Signin(_))));
    assert!(matches!(named("oauth"), Some(Card::OAuth(_))));
    assert!(matches!(named("animation"), Some(Card::Animation(_))));
    assert!(matches!(named("audio"), Some(Card::Audio(_))));
    assert!(matches!(named("video"), Some(Card::Video(_))));
    assert!(matches!(named("adaptive"), Some(Card::Adaptive(_))));
    assert_eq!(named("unheard"), None);
    assert_eq!(card("image/png", json!({})), None);
    assert_eq!(Attachment::default().card(), None);
    // No content at all is a card without anything.
    let bare =
        Attachment::from_value(json!({"contentType": "application/vnd.microsoft.card.hero"}));
    let Some(Card::Hero(hero)) = bare.card() else { panic!("a hero card") };
    assert!(hero.title.is_none() && hero.buttons.is_empty());
}

#[test]
fn streaming_information_is_read_from_both_places() {
    let info = json!({"streamType": "streaming", "streamId": "s", "streamSequence": 2});
    let mut entity = info.clone();
    entity["type"] = json!("streaminfo");
    for activity in [
        json!({"channelData": info}),
        json!({"entities": [7, {"type": "mention"}, entity]}),
        // A bare marker says nothing.
        json!({"channelData": info, "entities": [{"type": "streaminfo"}]}),
        json!({"channelData": {"streamType": 7}, "entities": [entity]}),
    ] {
        let info = Activity::from_value(activity.clone()).stream_info().expect("a piece");
        assert_eq!(info.kind, Some(StreamKind::Streaming), "{activity}");
        assert_eq!((info.stream_id.as_deref(), info.sequence()), (Some("s"), Some(2)));
        assert!(!info.is_delta());
    }
    for none in [
        json!({"entities": [{"type": "streaminfo"}]}),
        json!({"channelData": "streamType"}),
        json!({"entities": [info]}),
    ] {
        assert_eq!(Activity::from_value(none.clone()).stream_info(), None, "{none}");
    }
    let sequence =
        |written: Value| StreamInfo::from_value(json!({"streamSequence": written})).sequence();
    assert_eq!(sequence(json!("12")), Some(12));
    assert_eq!([json!(1.5), json!(-1), json!("x"), json!(null)].map(sequence), [None; 4]);
}

#[test]
fn what_json_can_not_hold_is_an_error_and_no_panic() {
    assert!(Activity::from_json("{").is_err());
    assert!(Activity::from_json(r#"{"text":"\ud83d","id":}"#).is_err());
    assert!(Activity::from_json(r#"{"value":1e999}"#).is_err());
    assert!(Activity::from_json(&"[".repeat(100_000)).is_err());
    assert!(Activity::from_json("7").is_ok_and(|a| a.rest.bare() == Some(&json!(7))));
}

#[test]
fn half_a_character_spoils_nothing_but_itself() {
    let read = Activity::from_json(r#"{"type":"typing","text":"a\ud83d","id":"\ud83d\ude00"}"#);
    let activity = read.expect("it is JSON");
    assert_eq!(activity.text.as_deref(), Some("a\u{fffd}"));
    assert_eq!(activity.id.as_deref(), Some("\u{1f600}"));
}

#[test]
fn a_cards_inputs_are_found_wherever_they_are() {
    let card = AdaptiveCard::from_value(json!({"body": [
        {"type": "Input.Text", "id": "a", "value": "x"},
        {"type": "ColumnSet", "columns": [
            {"type": "Column", "items": [{"type": "Input.Toggle", "id": "b"}]},
            {"type": "Column", "items": [{"type": "Input.Number", "id": "c", "value": 4}]},
        ]},
        {"type": "Table", "rows": [{"cells": [{"items": [
            {"type": "Input.Toggle", "id": "d", "valueOff": "no", "value": "yes"}]}]}]},
        7,
    ]}));
    let inputs = card.inputs();
    let found: Vec<_> = inputs.iter().map(|i| (i.id.as_deref(), i.initial())).collect();
    let expected = [("a", "x"), ("b", "false"), ("c", "4"), ("d", "yes")];
    assert_eq!(found, expected.map(|(id, value)| (Some(id), Some(value.to_owned()))));
    // Depth costs no stack.
    let mut deep = json!({"type": "Input.Text", "id": "deep"});
    for _ in 0..1_000 {
        deep = json!({"items": [deep]});
    }
    assert!(AdaptiveCard::from_value(json!({"body": [deep]})).inputs().is_empty());
}
