//! Minting, refreshing and expiring tokens; starting and rejoining conversations.

use std::time::Duration;

use directline_testbed::{Bot, CredentialKind, LogEvent, Script};
use serde_json::{Value, json};

use crate::raw::Socket;
use crate::world::{World, quiet, texts};

#[test]
fn a_token_is_good_for_its_conversation_only() {
    let world = World::new();
    let (one, other) = (world.start(), world.start());
    assert_eq!(world.activities(&one, "").status, 200);
    let answer = world.get(&format!("/conversations/{}", one.conversation), &other.token);
    assert_eq!((answer.status, answer.code().as_str()), (403, "BadArgument"));
}

#[test]
fn only_the_secret_mints_and_only_tokens_are_refreshed() {
    let world = World::new();
    let secret = world.testbed.secret();
    let minted = world.post("/tokens/generate", secret, r#"{"user":{"id":"dl_u"}}"#);
    assert_eq!(minted.status, 200);
    assert_eq!(minted.json()["expires_in"], json!(3600));
    let token = minted.text("/token");
    assert_eq!(world.post("/tokens/generate", &token, "").status, 403);
    assert_eq!(world.post("/tokens/refresh", secret, "").status, 403);
    let refreshed = world.post("/tokens/refresh", &token, "");
    assert_eq!(refreshed.status, 200);
    assert_eq!(refreshed.text("/conversationId"), minted.text("/conversationId"));
    assert_ne!(refreshed.text("/token"), token);
    assert_eq!(world.post("/tokens/generate", secret, "{").status, 400);
}

#[test]
fn an_expired_token_is_good_for_nothing() {
    let world = World::new();
    let started = world.start();
    world.testbed.expire_tokens();
    for answer in [
        world.activities(&started, ""),
        world.reconnect(&started, ""),
        world.post("/tokens/refresh", &started.token, ""),
    ] {
        assert_eq!((answer.status, answer.code().as_str()), (403, "TokenExpired"));
    }
    assert_eq!(world.start().token.len(), started.token.len(), "the secret never expires");
}

#[test]
fn tokens_expire_by_themselves() {
    let world = World::with(quiet().with_token_lifetime(Duration::from_nanos(1)));
    let started = world.start();
    assert_eq!(world.activities(&started, "").code(), "TokenExpired");
    world.wait_for(|event| {
        let expired = CredentialKind::ExpiredToken;
        matches!(event, LogEvent::RequestReceived { credential, .. } if *credential == expired)
    });
}

#[test]
fn a_start_with_a_token_can_be_repeated() {
    let script = Script::parse("[[step]]\nstart = true\nsay = ['welcome']").expect("valid");
    let world = World::with(quiet().with_bot(Bot::Scripted(script)));
    let minted = world.testbed.generate_token(None);
    let first = world.post("/conversations", &minted.token, "");
    let second = world.post("/conversations", &minted.token, r#"{"locale":"en"}"#);
    assert_eq!((first.status, second.status), (201, 200));
    assert_eq!(first.text("/conversationId"), minted.conversation);
    assert_eq!(second.text("/conversationId"), minted.conversation);
    assert_eq!(world.testbed.recorded(&minted.conversation).len(), 1, "greeted once");
    let mut socket = Socket::dial(&second.text("/streamUrl")).expect("a fresh URL");
    assert_eq!(texts(&socket.set()), ["welcome"]);
}

#[test]
fn the_user_of_a_token_speaks_and_cannot_be_replaced() {
    let world = World::new();
    let vouched = world.testbed.generate_token(Some("dl_alice"));
    let path = format!("/conversations/{}/activities", vouched.conversation);
    let post = |body: &str| world.post(&path, &vouched.token, body).status;
    assert_eq!(post(r#"{"type":"message","text":"a"}"#), 200);
    assert_eq!(post(r#"{"type":"message","from":{"id":"mallory","name":"M"}}"#), 200);
    for recorded in world.testbed.recorded(&vouched.conversation) {
        assert!(recorded.json.contains(r#""id":"dl_alice""#), "{}", recorded.json);
    }
}

#[test]
fn a_token_is_for_the_user_that_it_was_asked_for() {
    let world = World::new();
    let speaks = |user: &str| {
        let body = json!({ "user": { "id": user } }).to_string();
        let minted = world.post("/tokens/generate", world.testbed.secret(), &body);
        let (conversation, token) = (minted.text("/conversationId"), minted.text("/token"));
        let path = format!("/conversations/{conversation}/activities");
        let said = r#"{"type":"message","from":{"id":"mallory"}}"#;
        assert_eq!(world.post(&path, &token, said).status, 200);
        let recorded = world.testbed.recorded(&conversation).remove(0).json;
        serde_json::from_str::<Value>(&recorded).expect("an object")["from"]["id"].clone()
    };
    assert_eq!(speaks("dl_alice"), "dl_alice");
    assert_eq!(speaks(""), "mallory", "an empty one is nobody");
}

#[test]
fn a_lifetime_is_told_in_whole_seconds() {
    for (millis, told) in [(1_500, 2), (2_000, 2), (1, 1)] {
        let world = World::with(quiet().with_token_lifetime(Duration::from_millis(millis)));
        let answer = world.post("/tokens/generate", world.testbed.secret(), "");
        assert_eq!(answer.json()["expires_in"], json!(told), "{millis}");
    }
}

#[test]
fn a_start_is_answered_while_the_bot_is_still_talking() {
    let greets = "[[step]]\nstart = true\ndelay_ms = 1\nsay = ['welcome', 'friend']";
    let script = Script::parse(greets).expect("valid");
    let world = World::with(quiet().with_bot(Bot::Scripted(script)));
    let (_started, mut socket) = world.open();
    let mut said = Vec::new();
    while said.len() < 2 {
        said.extend(texts(&socket.set()));
    }
    assert_eq!(said, ["welcome", "friend"]);
}

#[test]
fn enhanced_authentication_refuses_the_secret_on_reconnect() {
    let world = World::with(quiet().with_require_user(true));
    let started = world.start();
    let path = format!("/conversations/{}", started.conversation);
    let answer = world.get(&path, world.testbed.secret());
    assert_eq!((answer.status, answer.code().as_str()), (400, "MissingProperty"));
    assert_eq!(world.get(&path, &started.token).status, 200);
}
