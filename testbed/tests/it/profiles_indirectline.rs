//! The profile of the C# server InDirectLine.

use directline_testbed::{Bot, Ending, Fault, LogEvent, Occasion, Profile, WatermarkFlaw, When};
use serde_json::{Value, json};
use tungstenite::Message;

use crate::profiles::{is_guid, late_bot, message, options, world};
use crate::raw::{Seen, Socket};
use crate::world::{A_MOMENT, Started, World, texts};

fn indirect_line() -> World {
    world(Profile::InDirectLine)
}

/// Starts a conversation with a token.
fn start(world: &World) -> Started {
    let token = world.testbed.generate_token(Some("user1")).token;
    let answer = world.post("/conversations", &token, "");
    assert_eq!(answer.status, 200, "{answer:?}");
    Started {
        conversation: answer.text("/conversationId"),
        token: answer.text("/token"),
        url: answer.text("/streamUrl"),
    }
}

/// Starts a conversation and opens its socket, which first gets the empty history.
fn open(world: &World) -> (Started, Socket) {
    let started = start(world);
    let mut socket = Socket::dial(&started.url).expect("a fresh URL");
    assert_eq!(socket.set(), json!({ "activities": [], "watermark": 0 }));
    (started, socket)
}

fn vec_of(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[test]
fn an_empty_history_is_no_frame_to_break() {
    let world = indirect_line();
    world.inject(Occasion::Frame, Fault::Drop { when: When::Before });
    let (started, mut socket) = open(&world);
    world.message(&started, "a");
    assert_eq!(socket.see(), Seen::Ended, "the first with an activity is");
}

#[test]
fn a_token_is_given_to_whoever_names_a_user() {
    let world = indirect_line();
    let generate = |body: &str| world.post("/tokens/generate", "", body);
    let answer = generate(r#"{"userId":"user1","password":"anything"}"#);
    let conversation = answer.json()["conversationId"].clone();
    assert_eq!((answer.status, &answer.json()["expires_in"]), (200, &json!(36_000)));
    assert!(is_guid(&conversation), "{answer:?}");
    let refreshed = world.post("/tokens/refresh", &answer.text("/token"), "").json();
    assert_eq!(
        (&refreshed["conversationId"], &refreshed["expires_in"]),
        (&conversation, &json!(36_000))
    );
    let started = world.post("/conversations", refreshed["token"].as_str().expect("a text"), "");
    assert_eq!((started.status, &started.json()["conversationId"]), (200, &conversation));
    let malformed = generate("");
    assert_eq!((malformed.status, &malformed.json()["status"]), (400, &json!(400)));
}

#[test]
fn without_a_user_there_is_no_start() {
    let world = indirect_line();
    let body = r#"{"password":"anything","user":{"id":"user1"}}"#;
    let nameless = world.post("/tokens/generate", "", body).text("/token");
    for body in ["", r#"{"user":{"id":"user1"}}"#] {
        let answer = world.post("/conversations", &nameless, body);
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json(), json!({ "message": "userId cannot be null!" }));
    }
}

#[test]
fn a_start_is_always_200() {
    let world = indirect_line();
    let token = world.testbed.generate_token(Some("user1")).token;
    for _ in 0..2 {
        let answer = world.post("/conversations", &token, "");
        assert_eq!((answer.status, &answer.json()["expires_in"]), (200, &json!(36_000)));
        assert!(!answer.text("/token").is_empty());
        let authority = world.testbed.address();
        let conversation = answer.text("/conversationId");
        let path = format!("/v3/directline/conversations/{conversation}/stream?t=");
        let url = answer.text("/streamUrl");
        assert!(url.starts_with(&format!("ws://{authority}{path}")), "{url}");
        assert!(!url.contains("watermark"), "{url}");
    }
}

#[test]
fn only_good_tokens_for_the_conversation_are_let_in() {
    let world = indirect_line();
    let (started, other) = (start(&world), start(&world));
    let path = format!("/conversations/{}/activities", started.conversation);
    let refusal = |bearer: &str| {
        let answer = world.get(&path, bearer);
        assert_eq!(answer.body, "", "nothing to read an error from");
        answer.status
    };
    assert_eq!(refusal(""), 401);
    assert_eq!(refusal("wrong"), 401);
    assert_eq!(refusal(world.testbed.secret()), 401, "there is no secret");
    assert_eq!(refusal(&other.token), 403);
    world.testbed.expire_tokens();
    assert_eq!(refusal(&started.token), 401);
    assert_eq!(world.post("/tokens/refresh", &started.token, "").status, 401);
    assert_eq!(world.post("/conversations", world.testbed.secret(), "").status, 401);
}

#[test]
fn a_reconnect_ignores_the_watermark() {
    let world = indirect_line();
    let started = start(&world);
    for text in ["a", "b"] {
        world.say(&started, text);
    }
    for query in ["?watermark=1", "?watermark=x", ""] {
        let answer = world.reconnect(&started, query);
        assert_eq!(answer.status, 200, "{query}");
        assert!(!answer.text("/streamUrl").contains("watermark"), "{answer:?}");
    }
    let mut socket = world.reopen(&started, "?watermark=2");
    assert_eq!(texts(&socket.set()), ["a", "b"]);
}

#[test]
fn streams_need_a_fresh_url_and_an_upgrade() {
    let world = indirect_line();
    let started = start(&world);
    let target = started.url.split_once("/v3/directline").expect("a path").1;
    let answer = world.get(target, "");
    assert_eq!((answer.status, answer.body.as_str()), (400, ""));
    assert_eq!(Socket::dial(&format!("{}x", started.url)).err(), Some(401));
    assert!(Socket::dial(&started.url).is_ok());
    assert!(Socket::dial(&started.url).is_ok(), "the URL isn't used up");
    let lifetime = std::time::Duration::ZERO;
    let world = World::with(options(Profile::InDirectLine).with_stream_url_lifetime(lifetime));
    assert_eq!(Socket::dial(&start(&world).url).err(), Some(401));
}

#[test]
fn a_socket_gets_all_history_in_one_set_and_then_zero_watermarks() {
    let world = World::with(options(Profile::InDirectLine).with_bot(Bot::Echo).with_page_size(1));
    let started = start(&world);
    world.say(&started, "a");
    world.message(&started, "b");
    let mut socket = Socket::dial(&started.url).expect("a fresh URL");
    let history = socket.set();
    assert_eq!(texts(&history), ["a", "b", "echo: b"]);
    assert_eq!(history["watermark"], 3);
    assert!(is_guid(&history["activities"][0]["id"]), "{history}");
    world.message(&started, "c");
    for text in ["c", "echo: c"] {
        let set = socket.set();
        assert_eq!((texts(&set), &set["watermark"]), (vec_of(&[text]), &json!(0)));
    }
    assert_eq!(socket.see_within(A_MOMENT), Seen::Nothing, "no empty messages");
}

#[test]
fn nobody_reads_the_socket() {
    let world = indirect_line();
    let (started, mut socket) = open(&world);
    socket.send_in_vain(Message::text(""));
    socket.send_in_vain(Message::Ping(b"p".as_slice().into()));
    world.message(&started, "a");
    assert_eq!(texts(&socket.set()), ["a"]);
    socket.send_in_vain(Message::Close(None));
    drop(socket);
    world.wait_for(|event| {
        matches!(event, LogEvent::SocketClosed { code: None, ending: Ending::ByClient, .. })
    });
}

#[test]
fn what_the_bot_says_unasked_comes_by_polling_only() {
    let world = World::with(options(Profile::InDirectLine).with_bot(Bot::EchoWithTyping));
    let (started, mut socket) = open(&world);
    world.say(&started, "proactive");
    world.message(&started, "a");
    let reply = r#"{"type":"message","text":"reply","replyToId":"x"}"#;
    world.testbed.say(&started.conversation, reply).expect("known");
    world.say(&started, "proactive again");
    let seen = [(); 4].map(|()| texts(&socket.set()).concat());
    assert_eq!(seen, ["a", "-", "echo: a", "reply"]);
    assert_eq!(socket.see_within(A_MOMENT), Seen::Nothing);
    let page = world.activities(&started, "").json();
    assert_eq!(texts(&page), ["proactive", "a", "-", "echo: a", "reply", "proactive again"]);
}

#[test]
fn every_later_socket_is_silent() {
    let world = indirect_line();
    let (started, mut first) = open(&world);
    world.message(&started, "a");
    assert_eq!(texts(&first.set()), ["a"]);
    let mut second = world.reopen(&started, "");
    assert_eq!(texts(&first.set()), ["a"], "the first one gets the history of the second");
    world.message(&started, "b");
    assert_eq!(texts(&first.set()), ["b"]);
    assert_eq!(second.see_within(A_MOMENT), Seen::Nothing);
    assert_eq!(world.testbed.open_sockets(), 2);
}

#[test]
fn a_socket_that_is_gone_keeps_its_place_and_breaks_a_post() {
    let world = indirect_line();
    let (started, first) = open(&world);
    drop(first);
    world.wait(|log| log.sockets_closed() == 1);
    let mut second = world.reopen(&started, "");
    let broken = world.message(&started, "a");
    assert_eq!((broken.status, &broken.json()["status"]), (500, &json!(500)));
    assert_eq!(world.testbed.post_count(), 0, "neither recorded nor heard");
    assert_eq!(world.message(&started, "b").status, 200);
    assert_eq!(second.see_within(A_MOMENT), Seen::Nothing);
    assert_eq!(texts(&world.activities(&started, "").json()), ["b"]);
}

#[test]
fn watermarks_count_activities_and_anything_else_is_zero() {
    let world = World::with(options(Profile::InDirectLine).with_page_size(1));
    let started = start(&world);
    let page = |query: &str| world.activities(&started, query).json();
    assert_eq!(page(""), json!({ "activities": [], "watermark": 0 }));
    for text in ["a", "b"] {
        world.say(&started, text);
    }
    for query in ["", "?watermark=", "?watermark=x", "?watermark=null", "?watermark=0"] {
        let set = page(query);
        assert_eq!((texts(&set), &set["watermark"]), (vec_of(&["a", "b"]), &json!(2)), "{query}");
    }
    assert_eq!(texts(&page("?watermark=1")), ["b"]);
    assert_eq!(page("?watermark=2"), json!({ "activities": [], "watermark": 2 }));
    assert_eq!(texts(&page("")), ["a", "b"], "nothing is pruned");
}

#[test]
fn an_unknown_conversation_fails_in_two_ways() {
    let world = indirect_line();
    let started = start(&world);
    assert!(world.testbed.forget(&started.conversation));
    let posted = world.message(&started, "a");
    assert_eq!(posted.status, 400);
    assert!(posted.json()["message"].is_string(), "{posted:?}");
    for answer in [world.activities(&started, ""), world.reconnect(&started, "")] {
        assert_eq!((answer.status, &answer.json()["status"]), (500, &json!(500)));
        assert_eq!(answer.json().get("error"), None);
    }
}

#[test]
fn a_post_is_200_whatever_the_bot_does() {
    let failing = options(Profile::InDirectLine).with_bot(Bot::Echo).with_bot_status(500);
    for options in [failing, late_bot(Profile::InDirectLine)] {
        let world = World::with(options);
        let started = start(&world);
        let answer = world.message(&started, "a");
        assert_eq!(answer.status, 200);
        assert!(is_guid(&answer.json()["id"]), "{answer:?}");
        assert_eq!(texts(&world.activities(&started, "").json()), ["a"]);
    }
}

#[test]
fn other_refusals_are_problems_or_empty() {
    let world = indirect_line();
    let started = start(&world);
    let path = format!("/conversations/{}/activities", started.conversation);
    let malformed = world.post(&path, &started.token, "[]");
    assert_eq!((malformed.status, malformed.json().get("error")), (400, None));
    assert!(malformed.json()["title"].is_string(), "{malformed:?}");
    let nowhere = world.get("/nowhere", &started.token);
    assert_eq!((nowhere.status, nowhere.body.as_str()), (404, ""));
    let deleted = world.send("DELETE", &path, &started.token, "");
    assert_eq!((deleted.status, deleted.body.as_str()), (405, ""));
}

#[test]
fn faults_work_as_ever() {
    let world = indirect_line();
    let started = start(&world);
    world.message(&started, "a");
    world.inject(Occasion::Frame, Fault::Watermark { value: WatermarkFlaw::Empty });
    let mut socket = Socket::dial(&started.url).expect("a fresh URL");
    assert_eq!(socket.set()["watermark"], "", "the history is a frame like any other");
    let close = Fault::Close { code: 1012, reason: String::new(), when: When::Before };
    world.inject(Occasion::Frame, close);
    let posted = message("b");
    let path = format!("/conversations/{}/activities", started.conversation);
    assert_eq!(world.post(&path, &started.token, &posted).status, 200);
    assert_eq!(socket.see(), Seen::Closed(1012, String::new()));
    assert_eq!(world.message(&started, "c").status, 500, "its place is broken");
    world.inject(Occasion::Reconnect, Fault::WrongConversation);
    let answer = world.reconnect(&started, "");
    assert_ne!(answer.text("/conversationId"), started.conversation);
    assert!(is_guid(&Value::String(answer.text("/conversationId"))));
}
