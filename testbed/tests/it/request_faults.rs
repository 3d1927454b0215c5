//! Requests that are refused, delayed, broken off or answered with something odd.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use directline_testbed::{
    Answer, AnswerBody, Ending, Fault, FaultKind, LogEvent, Occasion, Rule, UrlFlaw, WatermarkFlaw,
    When,
};
use serde_json::{Map, Value, json};

use crate::raw::Socket;
use crate::world::{A_MOMENT, BASE, World, texts};

#[test]
fn any_route_can_be_answered_with_any_status() {
    let world = World::new();
    let started = world.start();
    let token = world.testbed.generate_token(None).token;
    let inside = format!("/conversations/{}", started.conversation);
    for (on, method, path, bearer) in [
        (Occasion::Generate, "POST", "/tokens/generate".to_string(), world.testbed.secret()),
        (Occasion::Refresh, "POST", "/tokens/refresh".to_string(), token.as_str()),
        (Occasion::Start, "POST", "/conversations".to_string(), world.testbed.secret()),
        (Occasion::Reconnect, "GET", inside.clone(), &started.token),
        (Occasion::Activities, "GET", format!("{inside}/activities"), &started.token),
        (Occasion::Post, "POST", format!("{inside}/activities"), &started.token),
        (Occasion::Upload, "POST", format!("{inside}/upload"), &started.token),
    ] {
        for (status, code) in [(401, "BadArgument"), (403, "RegionNotAllowed"), (503, "")] {
            let answer = Answer::status(status).with_code(code).with_retry_after("7");
            world.inject(on, Fault::Answer(answer));
            let answer = world.send(method, &path, bearer, "");
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{on}");
            assert_eq!(answer.header("retry-after").as_deref(), Some("7"), "{on}");
        }
    }
    assert_eq!(world.fired(FaultKind::Answer), 21);
    assert_eq!(world.testbed.post_count(), 0);
}

#[test]
fn retry_after_can_be_a_date_or_garbage() {
    let world = World::new();
    let retry_after = |form: &str| {
        let answer = Answer::status(429).with_retry_after(form);
        world.inject(Occasion::Start, Fault::Answer(answer));
        let answer = world.post("/conversations", world.testbed.secret(), "");
        (answer.header("retry-after").expect("given"), answer.header("date").expect("dated"))
    };
    assert_eq!(retry_after("soon").0, "soon");
    let (later, now) = retry_after("date:86400");
    assert_eq!(later.len(), now.len());
    assert_eq!(later.split_at(16).1, now.split_at(16).1, "a day later to the second");
    assert_ne!(later, now);
}

#[test]
fn bodies_can_be_anything() {
    let world = World::new();
    let body = |body: AnswerBody| {
        let answer = Answer::status(200).with_body(body);
        world.inject(Occasion::Start, Fault::Answer(answer));
        let answer = world.post("/conversations", world.testbed.secret(), "");
        assert!(answer.is_whole());
        (answer.body, answer.head.contains("application/json"))
    };
    assert_eq!(body(AnswerBody::Empty), (String::new(), false));
    assert_eq!(body(AnswerBody::Garbage), ("{\"error\":".to_string(), true));
    assert_eq!(body(AnswerBody::Literal("[1]".to_string())), ("[1]".to_string(), true));
    let (html, is_json) = body(AnswerBody::Html);
    assert!(html.starts_with("<!DOCTYPE html>") && !is_json, "{html}");
}

#[test]
fn connections_can_break_before_or_after_the_work() {
    for (when, posts) in [(When::Before, 0), (When::After, 1)] {
        for (fault, kind) in [
            (Fault::Reset { when }, ErrorKind::ConnectionReset),
            (Fault::Drop { when }, ErrorKind::UnexpectedEof),
        ] {
            let world = World::meeting(Occasion::Post, fault);
            let started = world.start();
            let path = format!("/conversations/{}/activities", started.conversation);
            let activity = r#"{"type":"message","from":{"id":"u"},"text":"a"}"#;
            let call = world.call("POST", &path, &started.token, activity);
            let error = call.send(world.testbed.address()).expect_err("no answer");
            assert_eq!(error.kind(), kind, "{when:?}");
            assert_eq!(world.testbed.post_count(), posts, "{when:?}");
            assert_eq!(world.testbed.recorded(&started.conversation).len() as u64, posts);
        }
    }
}

#[test]
fn a_post_can_take_effect_behind_an_error() {
    let answer = Answer::status(502).with_code("BotError").with_when(When::After);
    let world = World::meeting(Occasion::Post, Fault::Answer(answer));
    let (started, mut socket) = world.open();
    assert_eq!(world.message(&started, "a").status, 502);
    assert_eq!(texts(&socket.set()), ["a"]);
}

#[test]
fn a_request_can_hang() {
    let world = World::meeting(Occasion::Start, Fault::Hang { when: When::Before });
    let call = world.call("POST", "/conversations", world.testbed.secret(), "");
    let mut stream = call.write(world.testbed.address()).expect("written");
    world
        .wait_for(|event| matches!(event, LogEvent::RequestAbandoned { ending: Ending::Hung, .. }));
    stream.set_read_timeout(Some(A_MOMENT)).expect("a socket option");
    assert!(stream.read(&mut [0]).is_err());
    assert_eq!(world.testbed.conversations().len(), 0);
}

#[test]
fn a_request_can_be_slow() {
    let world = World::meeting(Occasion::Start, Fault::Delay { delay_ms: 50 });
    let begun = Instant::now();
    world.start();
    assert!(begun.elapsed() >= Duration::from_millis(50), "{:?}", begun.elapsed());
}

#[test]
fn a_body_can_be_cut_in_the_middle() {
    let world = World::meeting(Occasion::Activities, Fault::Cut);
    let started = world.start();
    world.say(&started, "a");
    let cut = world.activities(&started, "");
    assert_eq!((cut.status, cut.is_whole()), (200, false));
    let whole = world.activities(&started, "");
    assert_eq!(whole.body.len() / 2, cut.body.len());
    assert!(whole.is_whole() && whole.body.starts_with(&cut.body));
}

#[test]
fn stream_urls_can_be_spoilt() {
    let world = World::new();
    let started = world.start();
    let spoilt = |value: UrlFlaw| {
        world.inject(Occasion::Reconnect, Fault::StreamUrl { value });
        let answer = world.reconnect(&started, "?watermark=-").json();
        answer.get("streamUrl").cloned()
    };
    assert_eq!(spoilt(UrlFlaw::Empty), Some(json!("")));
    assert_eq!(spoilt(UrlFlaw::Null), Some(Value::Null));
    assert_eq!(spoilt(UrlFlaw::Missing), None);
    let text = |value| spoilt(value).and_then(|url| url.as_str().map(String::from)).expect("text");
    assert_eq!(Socket::dial(&text(UrlFlaw::Expired)).err(), Some(403));
    let escaped = text(UrlFlaw::Escaped);
    assert_eq!(Socket::dial(&escaped).err(), Some(403), "as it is, it is another URL");
    assert!(Socket::dial(&escaped.replace("&amp;", "&")).is_ok());
    let https = text(UrlFlaw::Https);
    assert!(Socket::dial(&https.replace("https://", "ws://")).is_ok(), "{https}");
    let http = text(UrlFlaw::Http);
    assert!(Socket::dial(&http.replace("http://", "ws://")).is_ok(), "{http}");
    let relative = text(UrlFlaw::Relative);
    assert!(relative.starts_with(BASE), "{relative}");
    let absolute = format!("ws://{}{relative}", world.testbed.address());
    assert!(Socket::dial(&absolute).is_ok());
}

#[test]
fn a_reconnect_can_replay_everything() {
    let world = World::meeting(Occasion::Reconnect, Fault::ReplayAll);
    let started = world.start();
    world.say(&started, "a");
    world.say(&started, "b");
    assert_eq!(texts(&world.reopen(&started, "?watermark=1").set()), ["a", "b"]);
}

#[test]
fn an_answer_can_name_another_conversation() {
    let world = World::meeting(Occasion::Reconnect, Fault::WrongConversation);
    let started = world.start();
    let named = world.reconnect(&started, "").text("/conversationId");
    assert!(!named.is_empty() && named != started.conversation, "{named}");
    assert_eq!(world.reconnect(&started, "").text("/conversationId"), started.conversation);
}

#[test]
fn only_a_watermark_can_be_refused() {
    let world = World::meeting(Occasion::Reconnect, Fault::RefuseWatermark);
    world.inject(Occasion::Activities, Fault::RefuseWatermark);
    let started = world.start();
    world.say(&started, "a");
    assert_eq!(world.reconnect(&started, "").status, 200);
    assert_eq!(world.reconnect(&started, "?watermark=0").code(), "BadArgument");
    assert_eq!(world.reconnect(&started, "?watermark=0").status, 200);
    assert_eq!(world.activities(&started, "").status, 200);
    assert_eq!(world.activities(&started, "?watermark=0").status, 400);
}

#[test]
fn an_answer_can_be_patched() {
    let mut set = Map::new();
    set.insert("expires_in".to_string(), json!("soon"));
    let fault = Fault::Patch { set, remove: vec!["token".to_string()] };
    let world = World::meeting(Occasion::Generate, fault);
    let answer = world.post("/tokens/generate", world.testbed.secret(), "").json();
    assert_eq!((&answer["expires_in"], answer.get("token")), (&json!("soon"), None));
    assert!(answer["conversationId"].is_string());
}

#[test]
fn a_page_can_be_spoilt_like_a_frame() {
    let flaw = Fault::Watermark { value: WatermarkFlaw::Number };
    let world = World::meeting(Occasion::Activities, flaw);
    world.inject(Occasion::Activities, Fault::BadElement);
    let started = world.start();
    world.say(&started, "a");
    let page = world.activities(&started, "").json();
    assert_eq!(page["watermark"], json!(0));
    assert_eq!(page["activities"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_request_can_disturb_the_conversation() {
    let world = World::meeting(Occasion::Post, Fault::EndConversation);
    world.inject(Occasion::Reconnect, Fault::ExpireTokens);
    let (started, mut socket) = world.open();
    world.message(&started, "a");
    assert_eq!(socket.set()["activities"][0]["type"], "endOfConversation");
    assert_eq!(texts(&socket.set()), ["a"]);
    assert_eq!(world.reconnect(&started, "").code(), "TokenExpired");
}

#[test]
fn faults_can_be_cleared() {
    let world = World::new();
    let fault = Fault::Answer(Answer::status(500));
    world.testbed.inject(Rule::always(Occasion::Start, fault).expect("allowed"));
    let status = || world.post("/conversations", world.testbed.secret(), "").status;
    assert_eq!((status(), status()), (500, 500));
    world.testbed.clear_faults();
    assert_eq!(status(), 201);
}
