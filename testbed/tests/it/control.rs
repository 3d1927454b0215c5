//! The control API: what a host in Rust can do, over HTTP.

use std::io::{self, Read};
use std::thread;

use directline_testbed::{FaultKind, Occasion, Profile};
use serde_json::{Value, json};

use crate::profiles::call;
use crate::raw::{Answer, Call, PATIENCE, Seen, read_answer};
use crate::world::{A_MOMENT, Started, World, quiet, texts};

fn controlled() -> World {
    World::with(quiet().with_control(true))
}

fn ask(world: &World, method: &'static str, path: &str, body: &str) -> Answer {
    ask_from(world, method, path, body, None)
}

fn ask_from(
    world: &World,
    method: &'static str,
    path: &str,
    body: &str,
    origin: Option<&str>,
) -> Answer {
    let call = Call {
        method,
        target: format!("/control{path}"),
        bearer: None,
        headers: origin.map(|origin| ("Origin", origin.to_string())).into_iter().collect(),
        body: body.as_bytes().to_vec(),
    };
    call.send(world.testbed.address()).expect("an answer")
}

/// Does something that has to succeed, and gives what is answered.
fn done(world: &World, method: &'static str, path: &str, body: &str) -> Value {
    let answer = ask(world, method, path, body);
    assert!((200..300).contains(&answer.status), "{method} {path} {body}: {answer:?}");
    answer.json()
}

fn about(started: &Started, more: &str) -> String {
    format!("/conversations/{}{more}", started.conversation)
}

#[test]
fn it_is_there_only_if_it_is_asked_for() {
    assert_eq!(ask(&World::new(), "GET", "/faults", "").status, 404);
    let world = controlled();
    let described = done(&world, "GET", "", "");
    assert_eq!(described["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(described["profile"], "service");
    assert_eq!(described["root"], format!("{}/v3/directline", world.testbed.base()));
    let file = ask(&world, "GET", "/openapi.yaml", "");
    assert_eq!(file.header("content-type").as_deref(), Some("application/yaml"));
    assert!(file.body.starts_with("openapi: 3.1.0") && file.is_whole(), "{file:?}");
    // Nothing of it is part of what happened.
    assert_eq!(world.testbed.log().entries(), []);
}

#[test]
fn faults_begin_and_end_now() {
    let world = controlled();
    let fault = r#"{"on":"start","do":"answer","status":503,"retry_after":2,"limit":1}"#;
    let first = done(&world, "POST", "/faults", fault);
    assert_eq!(world.post("/conversations", world.testbed.secret(), "").status, 503);
    assert_eq!(world.post("/conversations", world.testbed.secret(), "").status, 201);
    let second = done(&world, "POST", "/faults", r#"{"on":"generate","do":"drop","nth":[1.0]}"#);
    let listed = done(&world, "GET", "/faults", "");
    let listed = listed["faults"].as_array().expect("a list");
    let fields = ["rule", "fired", "on", "do", "limit", "retry_after"];
    assert_eq!(
        fields.map(|field| listed[0][field].clone()),
        [first["rule"].clone(), json!(1), json!("start"), json!("answer"), json!(1), json!("2")]
    );
    assert_eq!((&listed[1]["do"], &listed[1]["nth"]), (&json!("drop"), &json!([1])));
    done(&world, "DELETE", &format!("/faults/{}", second["rule"]), "");
    assert_eq!(world.post("/tokens/generate", world.testbed.secret(), "").status, 200);
    done(&world, "POST", "/faults", r#"{"on":"generate","do":"answer","status":500}"#);
    done(&world, "DELETE", "/faults", "");
    assert_eq!(done(&world, "GET", "/faults", ""), json!({ "faults": [] }));
    assert_eq!(world.post("/tokens/generate", world.testbed.secret(), "").status, 200);
    assert_eq!(world.fired(FaultKind::Drop), 0);
}

#[test]
fn a_socket_is_cut_as_wanted() {
    let world = controlled();
    let gone = [
        (r#"{"do":"close","code":1001,"reason":"bye"}"#, Seen::Closed(1001, "bye".to_string())),
        (r#"{"do":"collision"}"#, Seen::Closed(1000, "collision".to_string())),
        (r#"{"do":"reset"}"#, Seen::Reset),
        (r#"{"do":"drop"}"#, Seen::Ended),
        ("", Seen::Ended),
    ];
    for (body, seen) in gone {
        let (started, mut socket) = world.open();
        let (_, mut other) = world.open();
        let listed = done(&world, "GET", "/sockets", "");
        let sockets = listed["sockets"].as_array().expect("a list");
        let own = sockets.iter().find(|it| it["conversation"] == *started.conversation);
        let own = own.expect("it is open");
        assert_eq!(own["silent"], false);
        done(&world, "POST", &format!("/sockets/{}/cut", own["socket"]), body);
        assert_eq!(socket.see(), seen, "{body}");
        assert!(matches!(other.ping(), tungstenite::Message::Pong(_)), "the other one lives");
        done(&world, "POST", "/reset", "");
    }
    let (_, _socket) = world.open();
    let number = done(&world, "GET", "/sockets", "")["sockets"][0]["socket"].clone();
    done(&world, "POST", &format!("/sockets/{number}/cut"), r#"{"do":"half_open"}"#);
    assert_eq!(done(&world, "GET", "/sockets", "")["sockets"][0]["silent"], true);
}

#[test]
fn the_bot_says_what_a_script_could_say() {
    let world = controlled();
    let (started, mut socket) = world.open();
    let say = about(&started, "/say");
    let said = done(&world, "POST", &say, r#"{"text":"Which?","suggest":["Red"]}"#);
    assert_eq!(said["id"], format!("{}|0000000", started.conversation));
    let shown = socket.set()["activities"][0].clone();
    assert_eq!((&shown["type"], &shown["text"]), (&json!("message"), &json!("Which?")));
    assert_eq!(shown["suggestedActions"]["actions"][0]["value"], "Red");
    // What needs no writing out keeps its bytes.
    let bare = done(&world, "POST", &say, r#"{"type":"event","id":null,"value":{"b":1.00,"a":1}}"#);
    assert_eq!(bare["id"], Value::Null);
    assert!(socket.text().contains(r#""value":{"b":1.00,"a":1}"#));
}

#[test]
fn what_was_said_and_sent_can_be_read() {
    let world = controlled();
    let (started, mut socket) = world.open();
    world.message(&started, "hello");
    world.say(&started, "hi");
    let frames = [socket.set(), socket.set()];
    assert_eq!(texts(&frames[1]), ["hi"]);
    let shown = done(&world, "GET", &about(&started, ""), "");
    let told: Vec<_> = shown["activities"].as_array().expect("a list").iter().collect();
    assert_eq!((&told[0]["author"], &told[1]["author"]), (&json!("user"), &json!("bot")));
    assert_eq!(told[1]["activity"], frames[1]["activities"][0]);
    let listed = done(&world, "GET", "/conversations", "");
    let expected = json!({
        "conversation": started.conversation, "started": true, "activities": 2, "socket": 1,
    });
    assert_eq!(listed["conversations"], json!([expected]));
    let query = format!("/log?event=frame_sent&conversation={}", started.conversation);
    let log = done(&world, "GET", &query, "");
    let sent: Vec<_> = log["entries"].as_array().expect("a list").iter().collect();
    assert_eq!((&sent[0]["watermark"], &sent[1]["watermark"]), (&json!("0"), &json!("1")));
    assert_eq!(log["next"], world.testbed.log().entries().len());
    let rest = done(&world, "GET", &format!("{query}&after={}", sent[0]["number"]), "");
    assert_eq!(rest["entries"].as_array().map(Vec::len), Some(1));
    let elsewhere = done(&world, "GET", "/log?conversation=other", "");
    assert_eq!(elsewhere["entries"], json!([]));
}

#[test]
fn what_has_not_happened_yet_is_waited_for() {
    let world = controlled();
    let started = world.start();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            done(&world, "GET", "/log?event=activity_recorded&wait_ms=30000", "")["entries"].clone()
        });
        // Whether it comes before or after the question makes no difference.
        world.say(&started, "at last");
        let entries = waiting.join().expect("no panic");
        assert_eq!(entries[0]["conversation"], *started.conversation);
    });
    // Nothing is answered before.
    let call = call("GET", "/control/log?event=socket_opened&wait_ms=60000", "", "");
    let mut waiting = call.write(world.testbed.address()).expect("it listens");
    waiting.set_read_timeout(Some(A_MOMENT)).expect("a socket option");
    let silence = [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut];
    let early = waiting.read(&mut [0; 1]).map_err(|error| error.kind());
    assert!(early.is_err_and(|kind| silence.contains(&kind)), "{early:?}");
    waiting.set_read_timeout(Some(PATIENCE)).expect("a socket option");
    let _socket = world.reopen(&started, "");
    let mut answer = Vec::new();
    waiting.read_to_end(&mut answer).expect("an orderly end");
    let answer = read_answer(&answer).expect("an answer");
    assert_eq!(answer.text("/entries/0/event"), "socket_opened");
    let in_vain = done(&world, "GET", "/log?event=fault_fired&wait_ms=1", "");
    assert_eq!(in_vain["entries"], json!([]));
}

#[test]
fn tokens_are_handed_out_and_expire() {
    let world = controlled();
    let minted = done(&world, "POST", "/tokens", r#"{"user":"dl_u"}"#);
    let token = minted["token"].as_str().expect("a token");
    let started = world.post("/conversations", token, "");
    assert_eq!(started.text("/conversationId"), minted["conversation"].as_str().expect("an id"));
    done(&world, "POST", "/tokens/expire", "");
    let refused = world.post("/tokens/refresh", token, "");
    assert_eq!((refused.status, refused.code().as_str()), (403, "TokenExpired"));
}

#[test]
fn numbering_goes_on_where_it_is_told() {
    let world = controlled();
    let (started, mut socket) = world.open();
    let renumber = about(&started, "/renumber");
    let mut ids = Vec::new();
    for body in [r#"{"next":40}"#, "", r#"{"next":7}"#] {
        done(&world, "POST", &renumber, body);
        world.say(&started, "x");
        let set = socket.set();
        ids.push((set["activities"][0]["id"].clone(), set["watermark"].clone()));
    }
    let id = |number: u64| json!(format!("{}|{number:07}", started.conversation));
    assert_eq!(ids, [(id(40), json!("40")), (id(0), json!("0")), (id(7), json!("7"))]);
    // A client that goes on from any of them gets what follows.
    assert_eq!(texts(&world.activities(&started, "?watermark=40").json()), ["x", "x"]);
    assert_eq!(texts(&world.activities(&started, "?watermark=7").json()), [""; 0]);
}

#[test]
fn a_reset_leaves_nothing_but_the_plan() {
    let plan = "[[fault]]\non = 'start'\nnth = 2\ndo = 'answer'\nstatus = 500";
    let plan = directline_testbed::Plan::parse(plan).expect("valid");
    let world = World::with(quiet().with_control(true).with_plan(plan));
    let (started, mut socket) = world.open();
    done(&world, "POST", "/faults", r#"{"on":"generate","do":"drop"}"#);
    done(&world, "POST", "/reset", "");
    assert_eq!(socket.see(), Seen::Closed(1000, String::new()));
    assert_eq!(done(&world, "GET", "/conversations", "")["conversations"], json!([]));
    assert_eq!(world.reconnect(&started, "").status, 403, "its token is gone");
    // The plan counts from the beginning, and nothing that begins anew is taken for what was.
    let again = world.start();
    assert_ne!(again.conversation, started.conversation);
    assert_eq!(world.post("/conversations", world.testbed.secret(), "").status, 500);
    let log = done(&world, "GET", "/log", "");
    let first = log["entries"][0]["number"].as_u64().expect("a number");
    assert!(first > 1, "numbers go on: {first}");
    assert_eq!(
        done(&world, "GET", &format!("/log?after={first}&event=socket_opened"), "")["entries"],
        json!([])
    );
    done(&world, "DELETE", &about(&again, ""), "");
    assert_eq!(world.reconnect(&again, "").status, 404);
}

#[test]
fn each_mistake_is_named_with_its_value_and_what_is_allowed() {
    let world = controlled();
    let started = world.start();
    let (known, say) = (about(&started, "/renumber"), about(&started, "/say"));
    let nobody = "/conversations/x/say";
    for (method, path, body, status, words) in [
        ("POST", "/faults", "{", 400, &["no JSON", "a JSON object"][..]),
        ("POST", "/faults", "[]", 400, &["the fault is []", "a JSON object"]),
        ("POST", "/faults", "", 400, &["`on` is missing", "one of generate"]),
        (
            "POST",
            "/faults",
            r#"{"on":"frame","do":"fly"}"#,
            400,
            &["`do` is \"fly\"", "one of close"],
        ),
        ("POST", "/faults", r#"{"on":"frame","do":"hang"}"#, 400, &["hang", "only on generate"]),
        ("POST", "/faults", r#"{"on":"frame","do":"cut","limit":null}"#, 400, &["`limit` is null"]),
        ("POST", "/faults", r#"{"on":"frame","do":"cut","evry":2}"#, 400, &["`evry` is unknown"]),
        ("POST", "/faults", r#"{"on":"frame","do":"drop","nth":[]}"#, 400, &["`nth` is []"]),
        ("POST", "/faults", r#"{"on":"frame","do":"patch"}"#, 400, &["neither `set` nor"]),
        ("POST", "/faults", r#"{"on":"open","do":"drop","do":"cut"}"#, 400, &["`do` stands twice"]),
        ("DELETE", "/faults", r#"{"rule":1}"#, 400, &["`rule` is unknown here, known are none"]),
        ("DELETE", "/faults/7", "", 404, &["\"7\"", "there is none"]),
        ("DELETE", "/faults/x", "", 404, &["\"x\"", "there is none"]),
        ("POST", "/tokens", r#"{"user":3}"#, 400, &["`user` is 3", "a text"]),
        ("POST", "/tokens", r#"{"user":""}"#, 400, &["`user` is \"\"", "isn't empty"]),
        ("POST", "/tokens/expire", "{bad", 400, &["no JSON", "a JSON object"]),
        ("POST", "/reset", r#"{"now":true}"#, 400, &["`now` is unknown here, known are none"]),
        ("POST", "/sockets/9/cut", "", 404, &["\"9\"", "there is none"]),
        ("POST", "/sockets/9/cut", r#"{"do":"saw"}"#, 400, &["`do` is \"saw\"", "one of drop"]),
        ("POST", "/sockets/9/cut", r#"{"do":"close","code":7}"#, 400, &["`code` is 7", "1000 to"]),
        ("POST", "/sockets/9/cut", r#"{"when":"after"}"#, 400, &["`when` is unknown", "do"]),
        ("GET", "/conversations/x", "", 404, &["\"x\"", &started.conversation]),
        ("DELETE", "/conversations/x", "", 404, &["\"x\"", "one of"]),
        ("POST", nobody, "{}", 404, &["\"x\"", "one of"]),
        ("POST", &say, "nonsense", 400, &["no JSON", "a JSON object"]),
        ("POST", &say, r#""x""#, 400, &["the activity is \"x\"", "a JSON object"]),
        ("POST", &say, r#"{"id":5}"#, 400, &["`id` is 5", "a text"]),
        ("POST", &say, r#"{"type":5}"#, 400, &["`type` is 5", "a text"]),
        ("POST", &say, r#"{"type":"event","text":5}"#, 400, &["`text` is 5", "a text"]),
        ("POST", &say, r#"{"from":5}"#, 400, &["`from` is 5", "an object"]),
        ("POST", &say, r#"{"text":"a","text":"b"}"#, 400, &["`text` stands twice"]),
        ("POST", &say, r#"{"suggest":1}"#, 400, &["`suggest` is 1", "a list of texts"]),
        ("POST", &known, r#"{"next":-1}"#, 400, &["`next` is -1", "from 0 to 9999999"]),
        ("POST", &known, r#"{"to":1}"#, 400, &["`to` is unknown", "next"]),
        ("GET", "/log?after=x", "", 400, &["`after` is \"x\"", "a whole number"]),
        ("GET", "/log?after=9007199254740992", "", 400, &["from 0 to 9007199254740991"]),
        ("GET", "/log?after=1&after=2", "", 400, &["`after` is given twice", "only once"]),
        ("GET", "/log?wait_ms=60001", "", 400, &["`wait_ms` is \"60001\"", "to 60000"]),
        ("GET", "/log?event=boom", "", 400, &["`event` is \"boom\"", "socket_opened"]),
        ("GET", "/log?since=1", "", 400, &["`since` is unknown", "after"]),
        ("GET", "/sockets?x=1", "", 400, &["`x` is unknown", "none"]),
        ("GET", "/nothing", "", 404, &["no such path", "openapi.yaml"]),
        ("PUT", "/faults", "", 405, &["PUT", "DELETE, GET, POST"]),
    ] {
        let answer = ask(&world, method, path, body);
        let told = answer.text("/error/message");
        assert_eq!(answer.status, status, "{method} {path} {body}: {answer:?}");
        let code = match status {
            404 => "NotFound",
            405 => "NotAllowed",
            _ => "BadArgument",
        };
        assert_eq!(answer.code(), code, "{method} {path} {body}");
        for word in words {
            assert!(told.contains(word), "{method} {path} {body}: {word:?} is not in {told:?}");
        }
    }
    let allowed = ask(&world, "PUT", "/reset", "").header("Allow");
    assert_eq!(allowed.as_deref(), Some("POST"));
    assert_eq!(done(&world, "GET", "/faults", "")["faults"], json!([]), "nothing has begun");
}

#[test]
fn what_cannot_be_read_as_a_request_has_a_code_of_its_own() {
    let world = controlled();
    let refused = ask(&world, "POST", "/faults", &" ".repeat(9 * 1024 * 1024));
    assert_eq!((refused.status, refused.code().as_str()), (413, "MessageSizeTooBig"));
    let call = Call {
        method: "POST",
        target: String::from("/control/faults"),
        bearer: None,
        headers: vec![("Transfer-Encoding", String::from("chunked"))],
        body: b"x\r\n".to_vec(),
    };
    let refused = call.send(world.testbed.address()).expect("an answer");
    assert_eq!((refused.status, refused.code().as_str()), (400, "BadSyntax"));
}

#[test]
fn of_what_there_is_a_handful_is_named() {
    let world = controlled();
    let named = |count: usize| {
        for _ in 0..count {
            done(&world, "POST", "/faults", r#"{"on":"frame","do":"cut"}"#);
        }
        ask(&world, "DELETE", "/faults/x", "").text("/error/message")
    };
    assert!(named(5).ends_with("it must be one of 1, 2, 3, 4, 5"));
    assert!(named(2).ends_with("it must be one of 1, 2, 3, 4, 5, and 2 more"));
}

#[test]
fn pages_of_other_origins_control_nothing() {
    let options = quiet().with_control(true).with_allowed_origin("http://localhost:8080");
    let world = World::with(options);
    let from = |origin| ask_from(&world, "POST", "/tokens", "", Some(origin));
    assert_eq!(from("http://localhost:8080").status, 201);
    let refused = from("https://x.example");
    assert_eq!((refused.status, refused.code().as_str()), (403, "Forbidden"));
    assert_eq!(ask(&world, "POST", "/tokens", "").status, 201, "what is no page may");
}

#[test]
fn it_works_beside_every_server() {
    for name in Profile::names() {
        let profile = Profile::named(name).expect("it is built in");
        let world = World::with(quiet().with_control(true).with_profile(profile));
        assert_eq!(done(&world, "GET", "", "")["profile"], name);
        let fault = r#"{"on":"start","do":"answer","status":418}"#;
        done(&world, "POST", "/faults", fault);
        let target = world.testbed.base().split_once("//").expect("a URL").1.to_string();
        let path = target.split_once('/').map_or("/v3/directline", |_| "/directline");
        let call = Call {
            method: "POST",
            target: format!("{path}/conversations"),
            bearer: None,
            headers: Vec::new(),
            body: Vec::new(),
        };
        assert_eq!(call.send(world.testbed.address()).expect("an answer").status, 418, "{name}");
        assert_eq!(world.testbed.log().requests_to(Occasion::Start).len(), 1, "{name}");
    }
}

#[test]
fn what_is_half_open_gets_nothing() {
    let world = controlled();
    let (started, mut socket) = world.open();
    done(&world, "POST", "/sockets/1/cut", r#"{"do":"half_open"}"#);
    done(&world, "POST", &about(&started, "/say"), r#"{"text":"lost"}"#);
    assert_eq!(socket.see_within(A_MOMENT), Seen::Nothing);
    assert_eq!(texts(&world.reopen(&started, "?watermark=-").set()), ["lost"]);
}
