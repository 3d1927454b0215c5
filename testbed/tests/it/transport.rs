//! HTTP at its edges: what is too large, left early, or can't be said in HTTP.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use directline_testbed::{Answer, Fault, LogEvent, Occasion};

use crate::raw::{self, PATIENCE, read_answer};
use crate::world::{World, texts};

/// What comes back for these bytes until the connection ends.
fn exchange(world: &World, bytes: &[u8]) -> raw::Answer {
    let mut stream = TcpStream::connect(world.testbed.address()).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket option");
    stream.write_all(bytes).expect("written");
    stream.shutdown(Shutdown::Write).expect("an open connection");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an orderly end");
    read_answer(&answer).expect("an answer")
}

#[test]
fn heads_and_bodies_have_their_limits() {
    let world = World::new();
    let body = "x".repeat(9 * 1024 * 1024);
    let answer = world.post("/conversations", world.testbed.secret(), &body);
    assert_eq!((answer.status, answer.code().as_str()), (413, "MessageSizeTooBig"));
    let head = format!("GET / HTTP/1.1\r\nLarge: {}\r\n\r\n", "x".repeat(100 * 1024));
    assert_eq!(exchange(&world, head.as_bytes()).status, 431);
    let head = format!("GET / HTTP/1.1\r\nLarge: {}\r\n\r\n", "x".repeat(60 * 1024));
    assert_eq!(exchange(&world, head.as_bytes()).status, 404, "large, but not too large");
    assert_eq!(world.testbed.log().requests().len(), 1, "what is too large is none");
}

#[test]
fn a_client_that_sends_no_more_is_still_answered() {
    let world = World::new();
    let answer = exchange(&world, b"GET /nowhere HTTP/1.1\r\n\r\n");
    assert_eq!((answer.status, answer.is_whole()), (404, true));
}

#[test]
fn a_body_that_ends_early_is_refused() {
    let world = World::new();
    let start = "POST /v3/directline/conversations HTTP/1.1\r\n";
    let short = exchange(&world, format!("{start}Content-Length: 9\r\n\r\n{{}}").as_bytes());
    assert_eq!((short.status, short.code().as_str()), (400, "BadSyntax"));
    let chunked = format!("{start}Transfer-Encoding: chunked\r\n\r\nnone\r\n");
    assert_eq!(exchange(&world, chunked.as_bytes()).status, 400);
}

#[test]
fn a_body_is_asked_for_if_the_client_expects_it() {
    let world = World::new();
    let head = "POST /v3/directline/conversations HTTP/1.1\r\nExpect: 100-continue\r\n";
    let mut stream = TcpStream::connect(world.testbed.address()).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket option");
    stream.write_all(format!("{head}Content-Length: 2\r\n\r\n").as_bytes()).expect("written");
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).expect("a word to go on");
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
}

#[test]
fn a_request_takes_effect_though_its_client_has_left() {
    let world = World::meeting(Occasion::Post, Fault::Delay { delay_ms: 50 });
    let (started, mut socket) = world.open();
    let path = format!("/conversations/{}/activities", started.conversation);
    let activity = r#"{"type":"message","from":{"id":"u"},"text":"a"}"#;
    let call = world.call("POST", &path, &started.token, activity);
    let stream = call.write(world.testbed.address()).expect("written");
    world.wait(|log| log.requests_to(Occasion::Post).len() == 1);
    drop(stream);
    assert_eq!(texts(&socket.set()), ["a"]);
}

#[test]
fn some_answers_have_no_body() {
    let world = World::new();
    let head = world.send("HEAD", "/conversations", world.testbed.secret(), "");
    assert_eq!((head.status, head.body.as_str()), (405, ""));
    world.inject(Occasion::Start, Fault::Answer(Answer::status(204)));
    let answer = world.post("/conversations", world.testbed.secret(), "");
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
}

#[test]
fn an_answer_that_is_no_http_is_none() {
    let world = World::new();
    for answer in [Answer::status(7), Answer::status(503).with_retry_after("1\r\nForged: 1")] {
        world.inject(Occasion::Start, Fault::Answer(answer));
        let call = world.call("POST", "/conversations", world.testbed.secret(), "");
        let error = call.send(world.testbed.address()).expect_err("no answer");
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    }
}

#[test]
fn a_large_page_can_be_cut_too() {
    let world = World::new();
    let started = world.start();
    for _ in 0..32 {
        world.say(&started, &"x".repeat(250_000));
    }
    world.inject(Occasion::Activities, Fault::Cut);
    let cut = world.activities(&started, "");
    let whole = world.activities(&started, "");
    assert!(!cut.is_whole() && whole.is_whole());
    assert!(!cut.body.is_empty() && cut.body.len() <= whole.body.len() / 2);
    assert!(whole.body.starts_with(&cut.body));
}

#[test]
fn requests_of_the_same_connection_are_answered_in_turn() {
    let world = World::new();
    world.inject(Occasion::Start, Fault::Delay { delay_ms: 20 });
    let start = "POST /v3/directline/conversations HTTP/1.1\r\n\r\n";
    let both = format!("{start}GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n");
    let first = exchange(&world, both.as_bytes());
    assert_eq!(first.status, 401);
    assert!(first.body.contains("HTTP/1.1 404 Not Found\r\n"), "{first:?}");
    let answered = |event: &LogEvent| matches!(event, LogEvent::RequestAnswered { .. });
    assert_eq!(world.testbed.log().count(answered), 2);
}

#[test]
fn urls_lead_to_where_it_listens_whatever_the_client_calls_it() {
    let world = World::new();
    let head = "POST /v3/directline/conversations HTTP/1.1\r\nHost: elsewhere.example\r\n";
    let bearer = format!("Authorization: Bearer {}\r\n\r\n", world.testbed.secret());
    let url = exchange(&world, format!("{head}{bearer}").as_bytes()).text("/streamUrl");
    assert!(url.starts_with(&format!("ws://{}/", world.testbed.address())), "{url}");
}
