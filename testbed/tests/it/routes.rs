//! Which requests are answered, and how those are refused that aren't.

use std::io::Write;
use std::net::TcpStream;

use directline_testbed::{CredentialKind, Occasion};

use crate::raw::{PATIENCE, read_answer};
use crate::world::World;

#[test]
fn unknown_routes_and_methods_are_refused() {
    let world = World::new();
    let secret = world.testbed.secret();
    for path in ["/nothing", "/conversations/", "/conversations/a/b", "/tokens", ""] {
        let answer = world.get(path, secret);
        assert_eq!((answer.status, answer.code().as_str()), (404, "BadArgument"), "{path}");
    }
    let log = world.testbed.log();
    assert!(log.requests().iter().all(|request| request.route.is_none()), "{log:#?}");
    let answer = world.get("/conversations", secret);
    assert_eq!(answer.status, 405);
    assert_eq!(answer.header("Allow").as_deref(), Some("POST"));
    let answer = world.send("DELETE", "/conversations/x/activities", secret, "");
    assert_eq!(answer.header("allow").as_deref(), Some("GET, POST"));
}

#[test]
fn credentials_are_checked_before_anything_else() {
    let world = World::new();
    let refusal = |bearer: &str| {
        let answer = world.get("/conversations/unknown", bearer);
        (answer.status, answer.code())
    };
    assert_eq!(refusal(""), (401, "BadArgument".to_string()));
    assert_eq!(refusal("wrong"), (403, "BadArgument".to_string()));
    assert_eq!(refusal(world.testbed.secret()), (404, "BadArgument".to_string()));
    let mut basic = world.call("GET", "/conversations/unknown", "", "");
    basic.headers.push(("Authorization", format!("Basic {}", world.testbed.secret())));
    assert_eq!(basic.send(world.testbed.address()).expect("an answer").status, 401, "no bearer");
    let kinds: Vec<_> =
        world.testbed.log().requests().iter().map(|request| request.credential).collect();
    let expected = [
        CredentialKind::Missing,
        CredentialKind::Unknown,
        CredentialKind::Secret,
        CredentialKind::Missing,
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn every_answer_is_dated_and_traceable() {
    let world = World::new();
    let good = world.post("/conversations", world.testbed.secret(), "");
    let bad = world.get("/nowhere", "");
    for answer in [&good, &bad] {
        assert!(answer.header("date").is_some_and(|date| date.ends_with("GMT")), "{answer:?}");
        assert!(answer.is_whole(), "{answer:?}");
    }
    assert_ne!(good.header("x-ms-request-id"), bad.header("x-ms-request-id"));
}

#[test]
fn bodies_in_chunks_and_connections_kept_alive_are_served() {
    let world = World::new();
    let minted = world.testbed.generate_token(None);
    let mut stream = TcpStream::connect(world.testbed.address()).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket option");
    let path = format!("/v3/directline/conversations/{}/activities", minted.conversation);
    let head = format!("POST {path} HTTP/1.1\r\nAuthorization: Bearer {}\r\n", minted.token);
    let chunked = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n1c\r\n{{\"type\":\"event\",\"from\":{{\"id\"\r\n\
         6\r\n:\"u\"}}}}\r\n0\r\n\r\n"
    );
    stream.write_all(chunked.as_bytes()).expect("written");
    stream.write_all(b"GET /v3/directline/x HTTP/1.1\r\nConnection: close\r\n\r\n").expect("sent");
    let mut both = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut both).expect("two answers");
    let text = String::from_utf8_lossy(&both).into_owned();
    let second = text.rfind("HTTP/1.1").expect("an answer");
    assert_eq!(read_answer(&both).expect("whole").status, 200, "{text}");
    assert_eq!(read_answer(&both[second..]).expect("whole").status, 404, "{text}");
    assert_eq!(world.testbed.post_count(), 1);
}

#[test]
fn what_is_no_request_is_answered_400() {
    let world = World::new();
    let mut stream = TcpStream::connect(world.testbed.address()).expect("it listens");
    stream.write_all(b"\x00\x01nonsense\r\n\r\n").expect("written");
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut bytes).expect("an answer");
    assert_eq!(read_answer(&bytes).expect("whole").status, 400);
}

#[test]
fn the_log_tells_requests_without_their_query() {
    let world = World::new();
    let started = world.start();
    world.reconnect(&started, "?watermark=%2D&t=hush");
    let log = world.testbed.log();
    let asked = log.requests_to(Occasion::Reconnect);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].watermark.as_deref(), Some("-"));
    assert_eq!(asked[0].status, Some(200));
    let everything = format!("{log:?}");
    assert!(!everything.contains("hush") && !everything.contains(&started.token), "{everything}");
    assert!(!everything.contains(world.testbed.secret()) && !everything.contains("&t="));
}
