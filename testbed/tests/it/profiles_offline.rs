//! The profile of the npm package offline-directline.

use directline_testbed::{Answer as MadeUp, Bot, Fault, Occasion, Profile, UrlFlaw, WatermarkFlaw};
use serde_json::{Value, json};

use crate::profiles::{call, is_guid, late_bot, message, options, world};
use crate::raw::Answer;
use crate::world::{World, texts};

/// A world with a conversation.
struct Offline {
    world: World,
    conversation: String,
}

impl Offline {
    fn new() -> Self {
        Offline::with(world(Profile::OfflineDirectline))
    }

    fn with(world: World) -> Self {
        let conversation = start(&world).text("/conversationId");
        Offline { world, conversation }
    }

    fn path(&self) -> String {
        format!("/directline/conversations/{}/activities", self.conversation)
    }

    fn page(&self, query: &str) -> Value {
        let answer = self.world.ask("GET", &format!("{}{query}", self.path()), "", "");
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    fn post(&self, text: &str) -> Answer {
        self.world.ask("POST", &self.path(), "", &message(text))
    }
}

fn start(world: &World) -> Answer {
    world.ask("POST", "/directline/conversations", "", "")
}

#[test]
fn its_base_has_no_version() {
    let world = world(Profile::OfflineDirectline);
    assert_eq!(world.testbed.base(), format!("http://{}/directline", world.testbed.address()));
    assert_eq!(start(&world).status, 200);
    assert_eq!(world.ask("POST", "/v3/directline/conversations", "", "").status, 404);
}

#[test]
fn refusals_have_no_body() {
    let Offline { world, conversation } = Offline::new();
    for (method, path) in [
        ("POST", "/directline/tokens/generate".to_string()),
        ("POST", "/directline/tokens/refresh".to_string()),
        ("POST", "/v3/directline/tokens/generate".to_string()),
        ("GET", format!("/directline/conversations/{conversation}")),
        ("POST", format!("/directline/conversations/{conversation}/upload")),
        ("GET", format!("/directline/conversations/{conversation}/stream")),
        ("GET", "/directline/conversations".to_string()),
    ] {
        let answer = world.ask(method, &path, world.testbed.secret(), "");
        assert_eq!((answer.status, answer.body.as_str()), (404, ""), "{method} {path}");
    }
}

#[test]
fn nobody_checks_credentials() {
    let world = world(Profile::OfflineDirectline);
    let minted = world.testbed.generate_token(None);
    for bearer in ["", "wrong", world.testbed.secret(), &minted.token] {
        let answer = world.ask("POST", "/directline/conversations", bearer, "");
        assert_eq!(answer.status, 200);
        assert_ne!(answer.text("/conversationId"), minted.conversation, "always a new one");
    }
}

#[test]
fn a_start_has_the_status_of_the_bot_and_little_else() {
    for status in [200, 202, 500] {
        let options = options(Profile::OfflineDirectline).with_bot_status(status);
        let answer = start(&World::with(options));
        assert_eq!(answer.status, status);
        let answer = answer.json();
        assert_eq!(
            answer,
            json!({ "conversationId": answer["conversationId"], "expiresIn": 1800 })
        );
        assert!(is_guid(&answer["conversationId"]), "{answer}");
    }
}

#[test]
fn three_routes_are_never_answered() {
    let Offline { world, conversation } = Offline::new();
    let path = format!("/v3/directline/conversations/{conversation}");
    world.expect_silence(&call("GET", &format!("{path}?watermark=1"), "", ""));
    world.expect_silence(&call("GET", "/v3/directline/conversations/unknown", "", ""));
    world.expect_silence(&call("GET", &format!("{path}/stream"), "", ""));
    world.expect_silence(&call("POST", &format!("{path}/upload"), "", "x"));
    assert_eq!(world.testbed.log().requests_to(Occasion::Reconnect).len(), 2);
}

#[test]
fn watermarks_count_activities() {
    let offline = Offline::with(World::with(options(Profile::OfflineDirectline).with_page_size(1)));
    let page = |query: &str| offline.page(query);
    assert_eq!(page(""), json!({ "activities": [], "watermark": 0 }));
    offline.post("a");
    let say = |json: &str| offline.world.testbed.say(&offline.conversation, json).expect("known");
    say(r#"{"type":"typing"}"#);
    say(r#"{"type":"message","text":"b"}"#);
    for query in ["", "?watermark=", "?watermark=0", "?watermark=null"] {
        let set = page(query);
        assert_eq!((texts(&set), &set["watermark"]), (vec_of(&["a", "-", "b"]), &json!(3)));
        assert!(is_guid(&set["activities"][0]["id"]), "{set}");
    }
    assert_eq!(texts(&page("?watermark=2")), ["b"]);
    assert_eq!(page("?watermark=3"), json!({ "activities": [], "watermark": 3 }));
    assert_eq!(page("?watermark=9"), json!({ "activities": [], "watermark": 9 }), "as asked");
    for query in ["?watermark=x", "?watermark=-", "?watermark=undefined"] {
        assert_eq!(page(query), json!({ "activities": [], "watermark": null }), "{query}");
    }
    assert_eq!(texts(&page("")), ["a", "-", "b"], "nothing is pruned");
}

fn vec_of(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[test]
fn an_unknown_conversation_is_an_empty_400() {
    let offline = Offline::new();
    assert!(offline.world.testbed.forget(&offline.conversation));
    let path = offline.path();
    for (method, body) in [("GET", ""), ("POST", message("a").as_str())] {
        let answer = offline.world.ask(method, &path, "", body);
        assert_eq!((answer.status, answer.body.as_str()), (400, ""), "{method}");
    }
}

#[test]
fn a_post_has_the_status_of_the_bot() {
    for status in [200, 202, 500] {
        let options = options(Profile::OfflineDirectline).with_bot(Bot::Echo);
        let offline = Offline::with(World::with(options.with_bot_status(status)));
        let answer = offline.post("a");
        assert_eq!(answer.status, status);
        assert_eq!(answer.json()["id"], offline.page("")["activities"][0]["id"]);
        let expected = if status == 500 { vec_of(&["a"]) } else { vec_of(&["a", "echo: a"]) };
        assert_eq!(texts(&offline.page("")), expected);
    }
}

#[test]
fn a_post_hangs_with_the_bot() {
    let offline = Offline::with(World::with(late_bot(Profile::OfflineDirectline)));
    offline.world.expect_silence(&call("POST", &offline.path(), "", &message("a")));
    assert_eq!(texts(&offline.page("")), ["a"], "it was recorded first");
}

#[test]
fn faults_work_as_ever() {
    let offline = Offline::new();
    let world = &offline.world;
    world.inject(Occasion::Reconnect, Fault::Answer(MadeUp::status(503)));
    let path = format!("/v3/directline/conversations/{}", offline.conversation);
    assert_eq!(world.ask("GET", &path, "", "").status, 503, "a fault answers for the silent");
    world.inject(Occasion::Start, Fault::StreamUrl { value: UrlFlaw::Null });
    assert_eq!(start(world).json().get("streamUrl"), Some(&Value::Null));
    world.inject(Occasion::Activities, Fault::Watermark { value: WatermarkFlaw::Missing });
    assert_eq!(offline.page("").get("watermark"), None);
    world.inject(Occasion::Activities, Fault::BadElement);
    assert_eq!(offline.page("")["activities"], json!([null, 42]));
}
