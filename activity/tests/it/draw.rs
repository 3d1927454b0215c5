//! JSON of every kind, most of it under names that mean something.

use proptest::prelude::*;
use serde_json::{Map, Value};

/// Any JSON, up to some levels deep.
pub(crate) fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 96, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            3 => prop::collection::btree_map(name(), inner, 0..6).prop_map(|members| {
                Value::Object(members.into_iter().collect::<Map<_, _>>())
            }),
        ]
    })
}

/// A name of a member, most often one that is known.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![6 => prop::sample::select(NAMES).prop_map(str::to_owned), 1 => ".{0,6}"]
}

/// A text, most often one that means something or hurts.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(WORDS).prop_map(str::to_owned),
        1 => "[*_`\\[\\]()!\\\\#a \n]{0,12}",
        1 => any::<String>(),
    ]
}

const NAMES: &[&str] = &[
    "type",
    "id",
    "text",
    "textFormat",
    "title",
    "subtitle",
    "from",
    "name",
    "role",
    "value",
    "valueType",
    "attachments",
    "contentType",
    "contentUrl",
    "content",
    "images",
    "url",
    "alt",
    "altText",
    "buttons",
    "tap",
    "facts",
    "key",
    "items",
    "price",
    "quantity",
    "total",
    "tax",
    "media",
    "suggestedActions",
    "actions",
    "to",
    "displayText",
    "entities",
    "channelData",
    "streamType",
    "streamId",
    "streamSequence",
    "chunkType",
    "body",
    "columns",
    "rows",
    "cells",
    "inlines",
    "choices",
    "label",
    "placeholder",
    "isRequired",
    "isMultiSelect",
    "fallback",
    "fallbackText",
    "card",
    "data",
    "verb",
    "connectionName",
    "membersAdded",
    "selectAction",
];

const WORDS: &[&str] = &[
    "",
    "message",
    "typing",
    "event",
    "endOfConversation",
    "streaminfo",
    "streaming",
    "final",
    "delta",
    "application/vnd.microsoft.card.hero",
    "application/vnd.microsoft.card.receipt",
    "application/vnd.microsoft.card.signin",
    "application/vnd.microsoft.card.oauth",
    "application/vnd.microsoft.card.video",
    "application/vnd.microsoft.card.adaptive",
    "image/png",
    "imBack",
    "postBack",
    "messageBack",
    "invoke",
    "openUrl",
    "signin",
    "call",
    "tel:1",
    "https://a.example/b",
    "data:text/html,x",
    "TextBlock",
    "RichTextBlock",
    "Container",
    "ColumnSet",
    "FactSet",
    "Image",
    "Table",
    "Input.Text",
    "Input.ChoiceSet",
    "Input.Toggle",
    "Action.Submit",
    "Action.Execute",
    "Action.OpenUrl",
    "Action.ShowCard",
    "ActionSet",
    "markdown",
    "plain",
    "**bold** [x](https://e.example) `c`",
    "\u{1b}[2J\u{1b}]0;x\u{7}",
    "a\u{202e}b\u{9b}31m\r\nc",
];
