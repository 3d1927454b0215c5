//! Posting, the bots' answers, and reading page by page.

use std::time::Duration;

use directline_testbed::{Author, Bot, Script};
use serde_json::{Value, json};

use crate::world::{World, number, quiet, texts};

#[test]
fn pages_start_at_the_beginning_and_end_empty() {
    let world = World::with(quiet().with_page_size(2));
    let started = world.start();
    for text in ["a", "b", "c"] {
        world.say(&started, text);
    }
    let mut query = String::new();
    let mut pages = Vec::new();
    loop {
        let page = world.activities(&started, &query).json();
        query = format!("?watermark={}", page["watermark"].as_str().expect("a text"));
        let page = texts(&page);
        if page.is_empty() {
            break;
        }
        pages.push(page);
    }
    assert_eq!(pages, [vec!["a", "b"], vec!["c"]]);
    assert_eq!(query, "?watermark=2");
    assert_eq!(world.activities(&started, "?watermark=9").status, 400);
}

#[test]
fn an_empty_conversation_has_no_watermark_yet() {
    let world = World::new();
    let started = world.start();
    assert_eq!(
        world.activities(&started, "").json(),
        json!({ "activities": [], "watermark": Value::Null })
    );
}

#[test]
fn typing_is_for_sockets_only() {
    let world = World::with(quiet().with_bot(Bot::EchoWithTyping).with_page_size(2));
    let (started, mut socket) = world.open();
    world.message(&started, "hi");
    let types: Vec<Value> = (0..3).map(|_| socket.set()["activities"][0]["type"].clone()).collect();
    assert_eq!(types, ["message", "typing", "message"]);
    let page = world.activities(&started, "").json();
    assert_eq!(texts(&page), ["hi", "echo: hi"]);
    assert_eq!(page["watermark"], "2");
}

#[test]
fn a_post_is_echoed_answered_and_counted() {
    let world = World::with(quiet().with_bot(Bot::Echo));
    let (started, mut socket) = world.open();
    let answer = world.message(&started, "hi");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text("/id"), format!("{}|0000000", started.conversation));
    let (echo, reply) = (socket.set(), socket.set());
    assert_eq!((texts(&echo), texts(&reply)), (vec!["hi".into()], vec!["echo: hi".into()]));
    assert_eq!(reply["activities"][0]["replyToId"], answer.json()["id"]);
    assert_eq!(world.testbed.post_count(), 1);
    let authors: Vec<Author> =
        world.testbed.recorded(&started.conversation).iter().map(|said| said.author).collect();
    assert_eq!(authors, [Author::User, Author::Bot]);
}

#[test]
fn what_can_be_no_activity_is_refused() {
    let world = World::new();
    let started = world.start();
    let path = format!("/conversations/{}/activities", started.conversation);
    let refusal = |body: &str| {
        let answer = world.post(&path, &started.token, body);
        (answer.status, answer.code())
    };
    assert_eq!(refusal("[]"), (400, "BadSyntax".into()));
    assert_eq!(refusal(""), (400, "BadSyntax".into()));
    assert_eq!(refusal(r#"{"from":{"id":"u"}}"#), (400, "BadArgument".into()));
    assert_eq!(refusal(r#"{"type":"message"}"#), (400, "BadArgument".into()));
    let sized = |size: usize| {
        let frame = r#"{"type":"message","from":{"id":"u"},"text":""}"#;
        frame.replace("\"\"", &format!("\"{}\"", "x".repeat(size - frame.len())))
    };
    assert_eq!(refusal(&sized(262_145)), (413, "MessageSizeTooBig".into()));
    assert_eq!(world.testbed.post_count(), 0);
    assert_eq!(refusal(&sized(262_144)), (200, String::new()));
}

#[test]
fn ids_and_times_are_the_services_own() {
    let world = World::new();
    let started = world.start();
    let path = format!("/conversations/{}/activities", started.conversation);
    let forged = r#"{"type":"message","id":"x","timestamp":"y","from":{"id":"u","name":"N"}}"#;
    world.post(&path, &started.token, forged);
    let activity = world.activities(&started, "").json()["activities"][0].clone();
    assert_eq!(number(&activity), "0000000");
    let stamp = activity["timestamp"].as_str().expect("a text");
    assert!(stamp.len() == 28 && stamp.ends_with('Z'), "{stamp}");
    assert_eq!(activity["from"], json!({ "id": "u", "name": "N" }));
    assert_eq!(activity["conversation"]["id"], json!(started.conversation));
}

#[test]
fn the_end_of_a_conversation_is_an_activity_like_any_other() {
    let world = World::new();
    let (started, mut socket) = world.open();
    let path = format!("/conversations/{}/activities", started.conversation);
    world.post(&path, &started.token, r#"{"type":"endOfConversation","from":{"id":"u"}}"#);
    assert_eq!(socket.set()["activities"][0]["type"], "endOfConversation");
    assert_eq!(world.message(&started, "still here").status, 200);
}

#[test]
fn the_counting_bot_counts() {
    let world = World::with(quiet().with_bot(Bot::Counting));
    let started = world.start();
    world.message(&started, "count 3");
    assert_eq!(texts(&world.activities(&started, "").json()), ["count 3", "1", "2", "3"]);
}

#[test]
fn a_post_waits_for_a_slow_bot() {
    let script = Script::parse(
        "[[step]]\nmessage = 1\ndelay_ms = 20\nsay = ['one', 'two']\nend = true\n\
         [[step]]\ntext = 'b'\nsay = ['to b']",
    );
    let bot = Bot::Scripted(script.expect("valid"));
    let world = World::with(quiet().with_bot(bot));
    let started = world.start();
    assert_eq!(world.message(&started, "a").status, 200);
    assert_eq!(world.testbed.recorded(&started.conversation).len(), 4);
    world.message(&started, "b");
    let said = texts(&world.activities(&started, "").json());
    assert_eq!(said, ["a", "one", "two", "-", "b", "to b"]);
}

#[test]
fn a_bot_that_takes_too_long_makes_the_outcome_unknown() {
    let script = Script::parse("[[step]]\ndelay_ms = 1500\nsay = ['late']").expect("valid");
    let options = quiet().with_bot(Bot::Scripted(script));
    let world = World::with(options.with_bot_patience(Duration::from_millis(1)));
    let (started, mut socket) = world.open();
    let answer = world.message(&started, "a");
    assert_eq!((answer.status, answer.code().as_str()), (502, "BotError"));
    assert_eq!(texts(&socket.set()), ["a"]);
    assert_eq!(texts(&socket.set()), ["late"], "the bot goes on all the same");
}
