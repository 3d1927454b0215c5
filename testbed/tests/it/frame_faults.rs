//! Frames that are garbled, doubled, late, out of order or wrongly marked.

use std::time::{Duration, Instant};

use directline_testbed::{
    Fault, FrameFate, GarbageKind, LogEvent, Occasion, Rule, Trigger, WatermarkFlaw,
};
use serde_json::{Map, Value, json};

use crate::raw::Seen;
use crate::world::{A_MOMENT, World, number, texts};

#[test]
fn garbage_comes_before_the_real_frame() {
    for (value, expected) in [
        (GarbageKind::Invalid, r#"{"activities":[{"type":"#),
        (GarbageKind::Array, "[]"),
        (GarbageKind::Null, "null"),
        (GarbageKind::Unknown, r#"{"notice":{"kind":"maintenance"}}"#),
        (GarbageKind::Blank, " \r\n\t "),
        (GarbageKind::Hollow, r#"{"activities":null,"watermark":null}"#),
    ] {
        let world = World::meeting(Occasion::Frame, Fault::Garbage { value, instead: false });
        let (started, mut socket) = world.open();
        world.say(&started, "a");
        assert_eq!(socket.text(), expected, "{value:?}");
        assert_eq!(texts(&socket.set()), ["a"], "{value:?}");
    }
}

#[test]
fn a_frame_can_be_truncated_and_lost_until_it_is_asked_for() {
    let fault = Fault::Garbage { value: GarbageKind::Truncated, instead: true };
    let world = World::meeting(Occasion::Frame, fault);
    let (started, mut socket) = world.open();
    world.say(&started, "a");
    world.say(&started, "b");
    let half = socket.text();
    assert!(half.starts_with(r#"{"activities":[{"#) && !half.ends_with('}'), "{half}");
    let next = socket.set();
    assert_eq!((texts(&next), &next["watermark"]), (vec!["b".to_string()], &json!("1")));
    assert_eq!(texts(&world.reopen(&started, "?watermark=-").set()), ["a", "b"]);
    world.wait_for(|event| matches!(event, LogEvent::FrameSent { fate: FrameFate::Garbled, .. }));
}

#[test]
fn a_frame_can_come_as_bytes() {
    let world = World::meeting(Occasion::Frame, Fault::Binary);
    let (started, mut socket) = world.open();
    world.say(&started, "a");
    let Seen::Binary(bytes) = socket.see() else { panic!("expected a binary message") };
    assert_eq!(texts(&serde_json::from_slice(&bytes).expect("JSON")), ["a"]);
}

#[test]
fn bad_elements_stand_among_good_ones() {
    let world = World::meeting(Occasion::Frame, Fault::BadElement);
    let (started, mut socket) = world.open();
    world.say(&started, "a");
    let set = socket.set();
    let elements = set["activities"].as_array().expect("an array");
    assert_eq!(elements.len(), 3);
    assert_eq!((&elements[0], &elements[2]), (&Value::Null, &json!(42)));
    assert_eq!(elements[1]["text"], "a");
}

#[test]
fn a_frame_can_come_twice() {
    let world = World::meeting(Occasion::Frame, Fault::Twice);
    let (started, mut socket) = world.open();
    world.say(&started, "a");
    assert_eq!(socket.text(), socket.text());
    assert_eq!(socket.see_within(A_MOMENT), Seen::Nothing);
}

#[test]
fn frames_can_overtake_each_other_without_loss() {
    let world = World::new();
    let (started, mut socket) = world.open();
    world.say(&started, "a");
    assert_eq!(texts(&socket.set()), ["a"]);
    world.inject(Occasion::Frame, Fault::Swap { delay_ms: 60_000 });
    world.say(&started, "b");
    world.say(&started, "c");
    let (first, second) = (socket.set(), socket.set());
    assert_eq!((texts(&first), texts(&second)), (vec!["c".into()], vec!["b".into()]));
    // Whoever loses the socket between the two gets both again.
    assert_eq!((&first["watermark"], &second["watermark"]), (&json!("0"), &json!("1")));
}

#[test]
fn no_frame_is_held_beside_another() {
    let world = World::new();
    let (started, mut socket) = world.open();
    let swap = Fault::Swap { delay_ms: 60_000 };
    world.testbed.inject(Rule::always(Occasion::Frame, swap).expect("it fits").with_limit(2));
    world.say(&started, "a");
    world.say(&started, "b");
    assert_eq!([socket.set(), socket.set()].each_ref().map(texts), [["b"], ["a"]]);
}

#[test]
fn a_held_frame_comes_even_if_nothing_follows() {
    let world = World::meeting(Occasion::Frame, Fault::Swap { delay_ms: 30 });
    let (started, mut socket) = world.open();
    let begun = Instant::now();
    world.say(&started, "a");
    assert_eq!(texts(&socket.set()), ["a"]);
    assert!(begun.elapsed() >= Duration::from_millis(30), "{:?}", begun.elapsed());
}

#[test]
fn a_frame_can_be_late() {
    let world = World::meeting(Occasion::Frame, Fault::Delay { delay_ms: 50 });
    let (started, mut socket) = world.open();
    let begun = Instant::now();
    world.say(&started, "a");
    world.say(&started, "b");
    assert_eq!(texts(&socket.set()), ["a"]);
    assert!(begun.elapsed() >= Duration::from_millis(50), "{:?}", begun.elapsed());
    assert_eq!(texts(&socket.set()), ["b"]);
}

#[test]
fn watermarks_can_be_wrong_in_five_ways() {
    for (value, expected) in [
        (WatermarkFlaw::Null, Some(Value::Null)),
        (WatermarkFlaw::Missing, None),
        (WatermarkFlaw::Empty, Some(json!(""))),
        (WatermarkFlaw::Number, Some(json!(2))),
        (WatermarkFlaw::Falling, Some(json!("0"))),
    ] {
        let world = World::new();
        let rule = Rule::always(Occasion::Frame, Fault::Watermark { value }).expect("allowed");
        world.testbed.inject(rule.with_trigger(Trigger::Nth(vec![3])));
        let (started, mut socket) = world.open();
        for (text, watermark) in [("a", Some(json!("0"))), ("b", Some(json!("1"))), ("c", expected)]
        {
            world.say(&started, text);
            let set = socket.set();
            assert_eq!(texts(&set), [text]);
            assert_eq!(set.get("watermark"), watermark.as_ref(), "{value:?}");
        }
    }
}

#[test]
fn a_frame_can_be_patched() {
    let mut set = Map::new();
    set.insert("extra".to_string(), json!(true));
    let fault = Fault::Patch { set, remove: vec!["watermark".to_string()] };
    let world = World::meeting(Occasion::Frame, fault);
    let (started, mut socket) = world.open();
    world.say(&started, "a");
    let frame = socket.set();
    assert_eq!((&frame["extra"], frame.get("watermark")), (&json!(true), None));
    assert_eq!(texts(&frame), ["a"]);
}

#[test]
fn numbering_can_restart_in_the_middle() {
    let world = World::new();
    let rule = Rule::always(Occasion::Frame, Fault::Renumber).expect("allowed");
    world.testbed.inject(rule.with_trigger(Trigger::Nth(vec![2])));
    let (started, mut socket) = world.open();
    let numbers: Vec<String> = ["a", "b", "c"]
        .iter()
        .map(|text| {
            world.say(&started, text);
            number(&socket.set()["activities"][0]).to_string()
        })
        .collect();
    assert_eq!(numbers, ["0000000", "0000001", "0000000"]);
}

#[test]
fn the_bot_can_end_the_conversation_once() {
    let world = World::new();
    let rule = Rule::always(Occasion::Frame, Fault::EndConversation).expect("allowed");
    world.testbed.inject(rule);
    let (started, mut socket) = world.open();
    world.say(&started, "a");
    assert_eq!(texts(&socket.set()), ["a"]);
    assert_eq!(socket.set()["activities"][0]["type"], "endOfConversation");
    world.say(&started, "b");
    assert_eq!(texts(&socket.set()), ["b"]);
}

#[test]
fn a_frame_can_take_the_tokens_along() {
    let world = World::meeting(Occasion::Frame, Fault::ExpireTokens);
    let (started, mut socket) = world.open();
    assert_eq!(world.activities(&started, "").status, 200);
    world.say(&started, "a");
    assert_eq!(texts(&socket.set()), ["a"]);
    assert_eq!(world.activities(&started, "").code(), "TokenExpired");
}
