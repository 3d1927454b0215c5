//! What a browser needs to let a page of another origin use the service.

use std::io::Read;

use directline_testbed::{Answer as MadeUp, AnswerBody, Fault, Occasion, Profile, When};

use crate::raw::{Answer, Call};
use crate::world::{BASE, World, quiet};

const PAGE: &str = "http://localhost:8080";

/// A request of a page of this origin.
fn ask(world: &World, method: &'static str, path: &str, origin: &str, more: &[&str]) -> Answer {
    let mut headers = vec![("Origin", origin.to_string())];
    for (name, value) in
        ["Access-Control-Request-Method", "Access-Control-Request-Headers"].into_iter().zip(more)
    {
        headers.push((name, value.to_string()));
    }
    let secret = (method != "OPTIONS").then(|| world.testbed.secret().to_string());
    let target = format!("{BASE}{path}");
    let call = Call { method, target, bearer: secret, headers, body: Vec::new() };
    call.send(world.testbed.address()).expect("an answer")
}

fn preflight(world: &World, path: &str) -> Answer {
    ask(world, "OPTIONS", path, PAGE, &["POST", "authorization,x-ms-bot-agent"])
}

#[test]
fn every_route_may_be_asked_for_beforehand() {
    let world = World::new();
    for path in [
        "/tokens/generate",
        "/tokens/refresh",
        "/conversations",
        "/conversations/c",
        "/conversations/c/activities?watermark=1",
        "/conversations/c/upload?userId=u",
        "/attachments/a/b.png",
        "/nowhere",
    ] {
        let answer = preflight(&world, path);
        assert_eq!(answer.status, 204, "{path}: {answer:?}");
        for (name, value) in [
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Allow-Methods", "GET, POST, DELETE"),
            ("Access-Control-Allow-Headers", "authorization,x-ms-bot-agent"),
            ("Access-Control-Max-Age", "600"),
        ] {
            assert_eq!(answer.header(name).as_deref(), Some(value), "{path}: {answer:?}");
        }
    }
    // Without the question it is a method like any other.
    assert_eq!(ask(&world, "OPTIONS", "/conversations", PAGE, &[]).status, 405);
}

#[test]
fn faults_are_for_the_request_and_not_for_the_question() {
    let world = World::meeting(Occasion::Start, Fault::Drop { when: When::Before });
    assert_eq!(preflight(&world, "/conversations").status, 204);
    assert_eq!(world.testbed.log().requests_to(Occasion::Start).len(), 0);
}

#[test]
fn a_page_may_read_every_answer() {
    let world = World::new();
    let made_up = MadeUp::status(503).with_body(AnswerBody::Html).with_retry_after("7");
    world.inject(Occasion::Generate, Fault::Answer(made_up));
    let started = world.start();
    let attachment = format!("/conversations/{}/upload?userId=u", started.conversation);
    for (method, path, status) in [
        ("POST", "/tokens/generate", 503),
        ("POST", "/tokens/generate", 200),
        ("POST", "/tokens/refresh", 403),
        ("GET", "/conversations/unknown", 404),
        ("GET", "/nowhere", 404),
        ("DELETE", "/conversations", 405),
        ("POST", attachment.as_str(), 200),
    ] {
        let answer = ask(&world, method, path, PAGE, &[]);
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert_eq!(answer.header("Access-Control-Allow-Origin").as_deref(), Some("*"), "{path}");
        let exposed = answer.header("Access-Control-Expose-Headers").expect("some are");
        assert!(exposed.contains("Retry-After") && exposed.contains("Date"), "{exposed}");
    }
    // What is too large is refused before it is understood.
    let target = format!("{BASE}{attachment}");
    let headers = vec![("Origin", PAGE.to_string())];
    let body = vec![0; 9 * 1024 * 1024];
    let large = Call { method: "POST", target, bearer: None, headers, body };
    let answer = large.send(world.testbed.address()).expect("an answer");
    assert_eq!(answer.status, 413);
    assert_eq!(answer.header("Access-Control-Allow-Origin").as_deref(), Some("*"));
}

#[test]
fn origins_can_be_narrowed() {
    let options = quiet().with_allowed_origin("https://other.example").with_allowed_origin(PAGE);
    let world = World::with(options);
    let allowed = |origin: &str| {
        let asked = ask(&world, "OPTIONS", "/conversations", origin, &["POST"]);
        let sent = ask(&world, "POST", "/conversations", origin, &[]);
        for answer in [&asked, &sent] {
            assert_eq!(answer.header("Vary").as_deref(), Some("Origin"), "{answer:?}");
        }
        let both = [asked, sent].map(|answer| answer.header("Access-Control-Allow-Origin"));
        assert_eq!(both[0], both[1]);
        both[0].clone()
    };
    assert_eq!(allowed(PAGE).as_deref(), Some(PAGE));
    assert_eq!(allowed("https://other.example").as_deref(), Some("https://other.example"));
    assert_eq!(allowed("http://localhost:8081"), None);
    assert_eq!(allowed("null"), None);
}

#[test]
fn a_socket_opens_for_no_page_that_is_not_allowed() {
    for (profile, let_in) in [
        (Profile::Service, Some(PAGE)),
        (Profile::Service, None),
        (Profile::Emulator, Some(PAGE)),
        (Profile::InDirectLine, None),
    ] {
        let world = World::with(quiet().with_profile(profile).with_allowed_origin(PAGE));
        let token = world.testbed.generate_token(Some("u")).token;
        let started = world.post("/conversations", &token, "");
        let id = started.text("/conversationId");
        let url = match started.text("/streamUrl") {
            none if none.is_empty() => format!("ws://{}/ws/{id}", world.testbed.address()),
            url => url,
        };
        let (_, target) = url.split_once("//").expect("an absolute URL");
        let (_, path) = target.split_once('/').expect("a path");
        let dial = |origin: Option<&str>| {
            let key = "dGhlIHNhbXBsZSBub25jZQ==";
            let words = [
                ("Connection", "Upgrade"),
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", key),
            ];
            let origin = origin.map(|origin| ("Origin", origin));
            let headers = words.into_iter().chain(origin);
            let call = Call {
                method: "GET",
                target: format!("/{path}"),
                bearer: None,
                headers: headers.map(|(name, value)| (name, value.to_string())).collect(),
                body: Vec::new(),
            };
            let mut stream = call.write(world.testbed.address()).expect("sent");
            let mut head = [0; 12];
            stream.read_exact(&mut head).expect("an answer");
            String::from_utf8_lossy(&head).into_owned()
        };
        assert_eq!(dial(Some("http://localhost:8081")), "HTTP/1.1 403", "{profile}");
        // The URL is not used up by that.
        assert_eq!(dial(let_in), "HTTP/1.1 101", "{profile}");
    }
}
