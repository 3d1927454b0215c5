//! The profile of the Bot Framework Emulator.

use directline_testbed::{Bot, Fault, Occasion, Profile, WatermarkFlaw, When};
use serde_json::{Value, json};

use crate::profiles::{call, is_guid, late_bot, message, options, world};
use crate::raw::{Answer, Seen, Socket};
use crate::world::{A_MOMENT, BASE, Started, World, texts};

fn emulator() -> World {
    world(Profile::Emulator)
}

fn socket_url(world: &World, started: &Started) -> String {
    format!("ws://{}/ws/{}", world.testbed.address(), started.conversation)
}

fn open(world: &World, started: &Started) -> Socket {
    Socket::dial(&socket_url(world, started)).expect("there is no other socket")
}

fn bare_text(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json())
}

#[test]
fn it_has_no_token_routes() {
    let world = emulator();
    assert_eq!(world.testbed.base(), format!("http://{}", world.testbed.address()));
    for route in ["/tokens/generate", "/tokens/refresh"] {
        let answer = world.post(route, world.testbed.secret(), "");
        assert_eq!(answer.status, 404, "{route}");
        assert!(answer.json().is_string(), "{answer:?}");
    }
}

#[test]
fn nobody_checks_credentials() {
    let world = emulator();
    for bearer in ["", "wrong"] {
        let started = world.post("/conversations", bearer, "");
        assert_eq!(started.status, 201);
        let path = format!("/conversations/{}", started.text("/conversationId"));
        assert_eq!(world.get(&path, bearer).status, 200);
        assert_eq!(world.get(&format!("{path}/activities"), bearer).status, 200);
        assert_eq!(world.post(&format!("{path}/activities"), bearer, &message("a")).status, 200);
    }
    let minted = world.testbed.generate_token(None);
    let other = world.start();
    let path = format!("/conversations/{}", other.conversation);
    assert_eq!(world.get(&path, &minted.token).status, 200, "not even whose token it is");
    world.testbed.expire_tokens();
    assert_eq!(world.get(&path, &minted.token).status, 200, "nor until when");
}

#[test]
fn a_start_is_new_or_a_return() {
    let world = emulator();
    let minted = world.testbed.generate_token(None);
    let starts = [(); 2].map(|()| world.post("/conversations", &minted.token, ""));
    assert_eq!(starts.each_ref().map(|answer| answer.status), [201, 200]);
    for answer in starts {
        assert_eq!(answer.text("/conversationId"), minted.conversation);
    }
    assert_ne!(world.start().conversation, world.start().conversation);
}

#[test]
fn a_start_names_the_endpoint_as_its_token() {
    let world = emulator();
    let start = |bearer: &str| world.post("/conversations", bearer, "").json();
    let known = start(world.testbed.secret());
    assert!(is_guid(&known["token"]) && is_guid(&known["conversationId"]), "{known}");
    assert_eq!(known["token"], start(world.testbed.secret())["token"]);
    assert_eq!(known["expires_in"], 2_147_483_647);
    assert_eq!(known["streamUrl"], "");
    assert_eq!(start("wrong").get("token"), Some(&Value::Null));
    assert_eq!(start("").get("token"), None);
}

#[test]
fn a_reconnect_offers_no_socket() {
    let world = emulator();
    let started = world.start();
    let expected = json!({
        "conversationId": started.conversation,
        "token": started.conversation,
        "expires_in": 2_147_483_647,
        "streamUrl": "",
    });
    for query in ["", "?watermark=7", "?watermark=x"] {
        let answer = world.reconnect(&started, query);
        assert_eq!((answer.status, answer.json()), (200, expected.clone()), "{query}");
    }
}

#[test]
fn there_is_no_stream() {
    let world = emulator();
    let started = world.start();
    let path = format!("/conversations/{}/stream", started.conversation);
    assert_eq!(world.get(&path, "").status, 501);
    let url = format!("ws://{}{BASE}{path}?watermark=-&t=x", world.testbed.address());
    assert_eq!(Socket::dial(&url).err(), Some(501));
}

#[test]
fn its_own_socket_sends_one_activity_per_frame_without_watermark() {
    let world = emulator();
    let started = world.start();
    world.say(&started, "a");
    world.message(&started, "b");
    let mut socket = open(&world, &started);
    world.say(&started, "c");
    for text in ["a", "b", "c"] {
        let set = socket.set();
        assert_eq!(texts(&set), [text]);
        assert_eq!(set.as_object().expect("an object").len(), 1, "no watermark: {set}");
        assert!(is_guid(&set["activities"][0]["id"]), "{set}");
    }
    assert_eq!(socket.see_within(A_MOMENT), Seen::Nothing, "no empty messages");
    assert_eq!(socket.ping(), tungstenite::Message::Pong(b"p".as_slice().into()));
}

#[test]
fn a_socket_is_for_a_conversation_that_is_named() {
    let world = emulator();
    assert_eq!(world.ask("GET", "/ws/", "", "").status, 404);
    assert_eq!(world.testbed.log().requests()[0].route, None);
}

#[test]
fn a_second_socket_waits_in_vain_while_the_first_lives() {
    let world = emulator();
    let started = world.start();
    let first = open(&world, &started);
    let mut second = call("GET", &format!("/ws/{}", started.conversation), "", "");
    second.headers.extend([
        ("Connection", "Upgrade".to_string()),
        ("Upgrade", "websocket".to_string()),
        ("Sec-WebSocket-Version", "13".to_string()),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==".to_string()),
    ]);
    world.expect_silence(&second);
    first.close();
    world.wait(|log| log.sockets_closed() == 1);
    world.say(&started, "a");
    assert_eq!(texts(&open(&world, &started).set()), ["a"]);
}

#[test]
fn a_socket_takes_its_queue_along() {
    let world = emulator();
    let started = world.start();
    world.inject(Occasion::Open, Fault::Delay { delay_ms: 600_000 });
    world.say(&started, "queued");
    let socket = open(&world, &started);
    world.say(&started, "live");
    socket.close();
    world.wait(|log| log.sockets_closed() == 1);
    world.say(&started, "later");
    assert_eq!(texts(&open(&world, &started).set()), ["later"]);
    let page = world.activities(&started, "").json();
    assert_eq!(texts(&page), ["queued", "live", "later"], "polling still has it");
}

#[test]
fn pages_tell_the_next_index_and_forget_what_is_skipped() {
    let world = World::with(options(Profile::Emulator).with_page_size(1));
    let started = world.start();
    let page = |query: &str| world.activities(&started, query).json();
    assert_eq!(page(""), json!({ "activities": [], "watermark": 0 }));
    for text in ["a", "b", "c"] {
        world.say(&started, text);
    }
    world.testbed.say(&started.conversation, r#"{"type":"typing"}"#).expect("known");
    for query in ["", "?watermark=0", "?watermark=", "?watermark=x", "?watermark=null"] {
        let set = page(query);
        assert_eq!((texts(&set), &set["watermark"]), (vec_of(&["a", "b", "c", "-"]), &json!(4)));
    }
    assert_eq!(texts(&page("?watermark=2")), ["c", "-"], "inclusive");
    for query in ["", "?watermark=0", "?watermark=1"] {
        let set = page(query);
        assert_eq!((texts(&set), &set["watermark"]), (vec_of(&["c", "-"]), &json!(4)), "pruned");
    }
    assert_eq!(page("?watermark=9"), json!({ "activities": [], "watermark": 4 }));
    world.say(&started, "d");
    assert_eq!(texts(&page("?watermark=4")), ["d"]);
}

fn vec_of(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[test]
fn an_unknown_conversation_is_a_bare_text() {
    let world = emulator();
    let expected = (404, json!("conversation not found"));
    let path = "/conversations/unknown";
    assert_eq!(bare_text(&world.get(path, "")), expected);
    assert_eq!(bare_text(&world.get(&format!("{path}/activities"), "")), expected);
    assert_eq!(bare_text(&world.post(&format!("{path}/activities"), "", &message("a"))), expected);
    assert_eq!(bare_text(&world.post(&format!("{path}/upload"), "", "a")), expected);
    assert_eq!(bare_text(&world.ask("GET", "/nowhere", "", "")).0, 404);
}

#[test]
fn a_post_has_the_status_of_the_bot() {
    let post = |options| {
        let world = World::with(options);
        let started = world.start();
        let answer = world.message(&started, "a");
        assert_eq!(texts(&world.activities(&started, "").json()), ["a"], "recorded first");
        answer
    };
    let options = || options(Profile::Emulator).with_bot(Bot::Echo);
    let good = World::with(options().with_bot_status(202));
    let answer = good.message(&good.start(), "a");
    assert_eq!(answer.status, 202);
    assert!(is_guid(&answer.json()["id"]), "{answer:?}");
    let failed = post(options().with_bot_status(503));
    assert_eq!(failed.status, 503);
    assert!(failed.json().is_string(), "{failed:?}");
    let late = post(late_bot(Profile::Emulator));
    assert_eq!((late.status, late.code().as_str()), (400, "ServiceError"));
}

#[test]
fn exceptions_are_error_objects() {
    let world = emulator();
    let started = world.start();
    let path = format!("/conversations/{}/activities", started.conversation);
    for body in ["[]", "{}", "{"] {
        let answer = world.post(&path, "", body);
        assert_eq!((answer.status, answer.code().as_str()), (400, "ServiceError"), "{body}");
    }
}

#[test]
fn faults_work_as_ever() {
    let world = emulator();
    let started = world.start();
    world.inject(
        Occasion::Frame,
        Fault::Close { code: 1001, reason: "x".into(), when: When::After },
    );
    world.inject(Occasion::Activities, Fault::Watermark { value: WatermarkFlaw::Falling });
    world.inject(Occasion::Reconnect, Fault::RefuseWatermark);
    let mut socket = open(&world, &started);
    world.say(&started, "a");
    assert_eq!(texts(&socket.set()), ["a"]);
    assert_eq!(socket.see(), Seen::Closed(1001, "x".to_string()));
    world.say(&started, "b");
    assert_eq!(world.activities(&started, "").json()["watermark"], 1);
    assert_eq!(world.reconnect(&started, "?watermark=1").status, 400);
    assert_eq!(world.reconnect(&started, "?watermark=1").status, 200);
    let mut socket = open(&world, &started);
    world.inject(Occasion::Frame, Fault::Watermark { value: WatermarkFlaw::Null });
    world.inject(Occasion::Frame, Fault::Swap { delay_ms: 600_000 });
    assert_eq!(texts(&socket.set()), ["b"], "it was said while there was no socket");
    world.say(&started, "c");
    world.say(&started, "d");
    let sets = [socket.set(), socket.set()];
    assert_eq!(sets.each_ref().map(texts), [vec_of(&["d"]), vec_of(&["c"])]);
    assert_eq!(sets[1].get("watermark"), Some(&Value::Null));
}
