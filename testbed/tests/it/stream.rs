//! Stream URLs and sockets while nothing is broken.

use std::time::Duration;

use directline_testbed::{CollisionVictim, Ending, LogEvent, WatermarkStyle};
use tungstenite::Message;

use crate::raw::{Seen, Socket};
use crate::world::{A_MOMENT, World, number, quiet, texts};

#[test]
fn a_stream_url_is_good_for_one_dial() {
    let world = World::new();
    let (started, socket) = world.open();
    drop(socket);
    assert_eq!(Socket::dial(&started.url).err(), Some(403));
}

#[test]
fn stream_urls_are_good_beside_each_other() {
    let world = World::new();
    let [one, other] = [world.start(), world.start()];
    for started in [one, other] {
        let mut socket = Socket::dial(&started.url).expect("nobody has dialled it");
        world.say(&started, "a");
        assert_eq!(texts(&socket.set()), ["a"]);
    }
}

#[test]
fn stale_and_altered_stream_urls_are_refused() {
    let world = World::with(quiet().with_stream_url_lifetime(Duration::ZERO));
    let started = world.start();
    assert_eq!(Socket::dial(&started.url).err(), Some(403));
    let world = World::new();
    let started = world.start();
    let altered = started.url.replace("watermark=-", "watermark=0");
    assert_eq!(Socket::dial(&altered).err(), Some(403));
    let (path, query) = started.url.split_once('?').expect("a query");
    let (watermark, proof) = query.split_once('&').expect("two parameters");
    assert_eq!(Socket::dial(&format!("{path}?{proof}&{watermark}")).err(), Some(403));
    assert!(Socket::dial(&started.url).is_ok(), "the right one is still good");
}

#[test]
fn a_stream_without_upgrade_is_refused() {
    let world = World::new();
    let started = world.start();
    let target = started.url.split_once("/v3/directline").expect("a path").1;
    assert_eq!(world.get(target, "").status, 400);
}

#[test]
fn what_was_said_before_the_socket_opened_comes_first() {
    let world = World::new();
    let started = world.start();
    world.say(&started, "a");
    world.message(&started, "b");
    let mut socket = Socket::dial(&started.url).expect("a fresh URL");
    let set = socket.set();
    assert_eq!(texts(&set), ["a", "b"]);
    assert_eq!(set["watermark"], "1");
    world.say(&started, "c");
    let set = socket.set();
    assert_eq!((texts(&set), number(&set["activities"][0])), (vec!["c".to_string()], "0000002"));
}

#[test]
fn frames_hold_the_recorded_bytes() {
    let world = World::new();
    let (started, mut socket) = world.open();
    world
        .testbed
        .say(&started.conversation, r#"{"type":"event","channelData":{"x" : 1.00}}"#)
        .expect("known");
    let recorded = &world.testbed.recorded(&started.conversation)[0];
    assert_eq!(
        socket.text(),
        format!("{{\"activities\":[{}],\"watermark\":\"0\"}}", recorded.json)
    );
    assert!(recorded.json.contains(r#"{"x" : 1.00}"#));
    assert!(recorded.json.contains(r#""channelId":"directline""#));
}

#[test]
fn a_reconnect_continues_after_the_watermark() {
    let world = World::new();
    let started = world.start();
    for text in ["a", "b", "c"] {
        world.say(&started, text);
    }
    assert_eq!(texts(&world.reopen(&started, "?watermark=0").set()), ["b", "c"]);
    assert_eq!(texts(&world.reopen(&started, "?watermark=-").set()), ["a", "b", "c"]);
    for query in ["", "?watermark="] {
        let mut socket = world.reopen(&started, query);
        assert_eq!(socket.see_within(A_MOMENT), Seen::Nothing, "{query:?} skips what was");
    }
    for unknown in ["3", "null", "x"] {
        let answer = world.reconnect(&started, &format!("?watermark={unknown}"));
        assert_eq!((answer.status, answer.code().as_str()), (400, "BadArgument"), "{unknown}");
    }
}

#[test]
fn an_omitted_watermark_starts_at_the_request_not_at_the_dial() {
    let world = World::new();
    let started = world.start();
    world.say(&started, "before");
    let answer = world.reconnect(&started, "");
    assert!(answer.text("/streamUrl").contains("watermark=0&"), "{answer:?}");
    world.say(&started, "between");
    let mut socket = Socket::dial(&answer.text("/streamUrl")).expect("a fresh URL");
    assert_eq!(texts(&socket.set()), ["between"]);
}

#[test]
fn opaque_watermarks_need_to_be_encoded() {
    let world = World::with(quiet().with_watermarks(WatermarkStyle::Opaque));
    let (started, mut socket) = world.open();
    world.say(&started, "a");
    let watermark = socket.set()["watermark"].as_str().expect("a text").to_string();
    world.say(&started, "b");
    let encoded: String = watermark.bytes().map(|byte| format!("%{byte:02X}")).collect();
    assert_eq!(texts(&world.reopen(&started, &format!("?watermark={encoded}")).set()), ["b"]);
    let sloppy = watermark.replace(' ', "%20");
    assert_eq!(world.reconnect(&started, &format!("?watermark={sloppy}")).status, 400);
}

#[test]
fn replays_come_in_frames_of_a_page() {
    let world = World::with(quiet().with_page_size(2));
    let started = world.start();
    for text in ["a", "b", "c"] {
        world.say(&started, text);
    }
    let mut socket = Socket::dial(&started.url).expect("a fresh URL");
    let sets = [socket.set(), socket.set()];
    assert_eq!(sets.each_ref().map(texts), [vec!["a", "b"], vec!["c"]]);
    assert_eq!((&sets[0]["watermark"], &sets[1]["watermark"]), (&"1".into(), &"2".into()));
}

#[test]
fn the_old_socket_loses_a_collision() {
    let world = World::new();
    let (started, mut old) = world.open();
    let mut new = world.reopen(&started, "");
    assert_eq!(old.see(), Seen::Closed(1000, "collision".to_string()));
    world.say(&started, "a");
    assert_eq!(texts(&new.set()), ["a"]);
}

#[test]
fn the_new_socket_loses_if_the_options_say_so() {
    let world = World::with(quiet().with_collision_victim(CollisionVictim::New));
    let (started, mut old) = world.open();
    let mut new = world.reopen(&started, "");
    assert_eq!(new.see(), Seen::Closed(1000, "collision".to_string()));
    world.say(&started, "a");
    assert_eq!(texts(&old.set()), ["a"]);
}

#[test]
fn empty_messages_keep_the_line_alive() {
    let interval = Duration::from_millis(10);
    let world = World::with(quiet().with_empty_message_interval(Some(interval)));
    let (_started, mut socket) = world.open();
    assert_eq!(socket.see(), Seen::Text(String::new()));
    assert_eq!(socket.see(), Seen::Text(String::new()));
}

#[test]
fn the_first_sign_of_life_comes_after_the_interval() {
    let interval = Duration::from_secs(3600);
    let world = World::with(quiet().with_empty_message_interval(Some(interval)));
    let (_started, mut socket) = world.open();
    assert_eq!(socket.see_within(A_MOMENT), Seen::Nothing);
}

#[test]
fn pings_are_answered_and_empty_messages_ignored() {
    let world = World::new();
    let (started, mut socket) = world.open();
    socket.send(Message::text(""));
    assert_eq!(socket.ping(), Message::Pong(b"p".as_slice().into()));
    world.say(&started, "a");
    assert_eq!(texts(&socket.set()), ["a"]);
}

#[test]
fn a_client_that_closes_is_noticed() {
    let world = World::new();
    let (_started, socket) = world.open();
    socket.close();
    world
        .wait_for(|event| matches!(event, LogEvent::SocketClosed { ending: Ending::ByClient, .. }));
    assert_eq!(world.testbed.open_sockets(), 0);
}
