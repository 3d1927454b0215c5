//! What the host of a testbed can do to it and learn from it.

use std::time::Duration;

use directline_testbed::{Ending, LogEvent, SayError, Testbed};
use serde_json::json;

use crate::raw::{Seen, Socket};
use crate::world::{A_MOMENT, World, number, quiet, texts};

/// What two clients see when something ends every socket.
fn seen_by_all(end: fn(&Testbed), look: fn(&mut Socket) -> Seen) -> [Seen; 2] {
    let world = World::new();
    let (_one, mut first) = world.open();
    let (_other, mut second) = world.open();
    assert_eq!(world.testbed.open_sockets(), 2);
    end(&world.testbed);
    assert_eq!(world.testbed.open_sockets(), 0);
    [&mut first, &mut second].map(look)
}

#[test]
fn every_open_socket_can_be_ended() {
    let restart = || Seen::Closed(1012, "restart".to_string());
    let close_all = |testbed: &Testbed| testbed.close_all(1012, "restart");
    assert_eq!(seen_by_all(close_all, Socket::see), [restart(), restart()]);
    assert_eq!(seen_by_all(Testbed::drop_all, Socket::see), [Seen::Ended, Seen::Ended]);
    assert_eq!(seen_by_all(Testbed::reset_all, Socket::see), [Seen::Reset, Seen::Reset]);
    let glance = |socket: &mut Socket| socket.see_within(A_MOMENT);
    assert_eq!(seen_by_all(Testbed::go_silent, glance), [Seen::Nothing, Seen::Nothing]);
}

#[test]
fn the_host_speaks_as_the_bot() {
    let world = World::new();
    let (started, mut socket) = world.open();
    let say = |json: &str| world.testbed.say(&started.conversation, json);
    let id = say(r#"{"type":"message","text":"a"}"#).expect("known").expect("an id");
    let set = socket.set();
    assert_eq!(set["activities"][0]["id"], json!(id));
    assert_eq!(set["activities"][0]["from"]["role"], "bot");
    assert_eq!(say(r#"{"type":"typing","id":null,"timestamp":null}"#), Ok(None));
    let typing = socket.set()["activities"][0].clone();
    assert_eq!((typing.get("id"), typing.get("timestamp")), (None, None));
    let update = json!({ "type": "messageUpdate", "id": id, "timestamp": "2020-01-01T00:00:00Z" });
    assert_eq!(say(&update.to_string()), Ok(Some(id)));
    assert_eq!(socket.set()["activities"][0]["timestamp"], "2020-01-01T00:00:00Z");
    assert_eq!(say(r#"{"type":"event","from":{"id":"other"}}"#).map(|id| id.is_some()), Ok(true));
    assert_eq!(socket.set()["activities"][0]["from"], json!({ "id": "other" }));
    assert_eq!(say("[]"), Err(SayError::NotAnObject));
    assert_eq!(world.testbed.say("nobody", "{}"), Err(SayError::UnknownConversation));
}

#[test]
fn what_is_recorded_is_what_is_delivered() {
    let world = World::new();
    let started = world.start();
    world.message(&started, "a");
    world.say(&started, "b");
    let recorded = world.testbed.recorded(&started.conversation);
    let joined: Vec<&str> = recorded.iter().map(|said| said.json.as_str()).collect();
    assert_eq!(
        world.activities(&started, "").body,
        format!("{{\"activities\":[{}],\"watermark\":\"1\"}}", joined.join(","))
    );
    assert!(world.testbed.recorded("nobody").is_empty());
}

#[test]
fn a_renumbered_conversation_starts_again_at_zero_and_loses_nothing() {
    let world = World::new();
    let (started, mut socket) = world.open();
    world.say(&started, "a");
    world.say(&started, "b");
    assert!(world.testbed.renumber(&started.conversation));
    world.say(&started, "c");
    let sets = [socket.set(), socket.set(), socket.set()];
    let numbers = sets.each_ref().map(|set| number(&set["activities"][0]));
    assert_eq!(numbers, ["0000000", "0000001", "0000000"]);
    let times = sets.each_ref().map(|set| set["activities"][0]["timestamp"].as_str());
    assert!(times.is_sorted() && times[0] < times[2], "{times:?}");
    assert_eq!(texts(&world.reopen(&started, "?watermark=1").set()), ["c"]);
    assert_eq!(texts(&world.reopen(&started, "?watermark=0").set()), ["b", "c"]);
    assert!(!world.testbed.renumber("nobody"));
}

#[test]
fn a_forgotten_conversation_is_unknown() {
    let world = World::new();
    let (started, mut socket) = world.open();
    assert!(world.testbed.forget(&started.conversation));
    assert_eq!(socket.see(), Seen::Closed(1000, String::new()));
    assert_eq!(world.reconnect(&started, "").status, 404);
    assert_eq!(world.message(&started, "a").status, 404);
    assert!(!world.testbed.forget(&started.conversation));
    assert!(world.testbed.conversations().is_empty());
}

#[test]
fn a_reset_leaves_nothing_but_names_and_numbers() {
    let world = World::new();
    let mut expected = [world.start().conversation, world.start().conversation];
    expected.sort();
    assert_eq!(world.testbed.conversations(), expected);
    let (started, mut socket) = world.open();
    world.message(&started, "a");
    assert_eq!(texts(&socket.set()), ["a"]);
    world.testbed.reset();
    assert_eq!(socket.see(), Seen::Closed(1000, String::new()));
    assert_eq!(world.testbed.conversations(), [""; 0]);
    assert_eq!((world.testbed.post_count(), world.testbed.log().entries()), (0, &[][..]));
    assert_eq!(world.message(&started, "b").status, 403, "its token is gone");
    let numbers = world.testbed.log().requests().iter().map(|it| it.request).collect::<Vec<_>>();
    assert_eq!(numbers, [6], "after three starts, a handshake and a post");
}

#[test]
fn waiting_ends_with_the_event_or_with_the_time() {
    let world = World::new();
    assert!(!world.testbed.wait_until(Duration::from_millis(5), |log| log.sockets_opened() > 0));
    assert_eq!(world.testbed.log().sockets_closed(), 0);
    std::thread::scope(|scope| {
        scope.spawn(|| world.open());
        world.wait(|log| log.sockets_opened() == 1);
    });
    world
        .wait_for(|event| matches!(event, LogEvent::SocketClosed { ending: Ending::ByClient, .. }));
    assert_eq!(world.testbed.log().sockets_closed(), 1);
}

#[test]
fn a_testbed_on_every_address_hands_out_the_one_that_was_used() {
    let unspecified = std::net::Ipv4Addr::UNSPECIFIED;
    let world = World::with(quiet().with_bind(unspecified.into()));
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], world.testbed.address().port()));
    let call = world.call("POST", "/conversations", world.testbed.secret(), "");
    let url = call.send(address).expect("an answer").text("/streamUrl");
    assert!(url.starts_with(&format!("ws://{address}/")), "{url}");
    assert!(Socket::dial(&url).is_ok());
}

#[test]
fn a_dropped_testbed_is_gone() {
    let world = World::with(quiet().with_secret("only here"));
    let (_started, mut socket) = world.open();
    let address = world.testbed.address();
    let call = world.call("POST", "/conversations", world.testbed.secret(), "");
    drop(world);
    assert!(matches!(socket.see(), Seen::Ended | Seen::Reset));
    // Another test's service may have been given the port since, with another secret.
    assert!(call.send(address).map_or(true, |answer| answer.status == 403));
}

#[test]
fn debug_output_shows_no_secret() {
    let world = World::with(quiet().with_secret("hush"));
    let minted = world.testbed.generate_token(None);
    let shown = format!("{:?} {minted:?}", world.testbed);
    assert!(!shown.contains("hush") && !shown.contains(&minted.token), "{shown}");
    assert!(shown.contains(&world.testbed.address().to_string()), "{shown}");
    assert!(shown.contains(&minted.conversation) && shown.contains("[redacted]"), "{shown}");
    assert_eq!(world.testbed.secret(), "hush");
}
