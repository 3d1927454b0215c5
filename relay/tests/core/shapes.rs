//! Names, settings and forms.

use std::time::Duration;

use directline::{Checkpoint, Moment};
use directline_relay::core::{
    Core, Fact, HostName, Name, Outcome, PostKey, Record, Settings, Told, VERSION,
};

use crate::rig::{Rig, host, name};

#[test]
fn a_name_fits_into_subjects_and_keys() {
    // Covers: RL-42
    for good in ["a", "FBf9-us", "A_b=", &"x".repeat(128)] {
        assert!(Name::new(good).is_ok() && HostName::new(good).is_ok(), "{good}");
    }
    for bad in ["", "a.b", "a b", "*", ">", "a/b", "\u{e9}", &"x".repeat(129)] {
        assert!(Name::new(bad).is_err() && HostName::new(bad).is_err(), "{bad}");
    }
    assert!(PostKey::new("a.b/c:1").is_ok());
    let flaw = PostKey::new("a b").expect_err("a space").to_string();
    assert_eq!(flaw, "key of a post is \"a b\", allowed is 1 to 128 characters of visible ASCII");
    assert!(serde_json::from_str::<Name>("\"a.b\"").is_err());
}

#[test]
fn settings_have_bounds() {
    // Covers: RL-42
    let settings = Settings::default();
    assert_eq!(settings.clone().checked(), Ok(settings.clone()));
    let flaw = |change: &dyn Fn(&mut Settings)| {
        let mut settings = settings.clone();
        change(&mut settings);
        settings.checked().expect_err("out of bounds").to_string()
    };
    let seconds = Duration::from_secs;
    assert_eq!(flaw(&|it| it.lease = seconds(0)), "lease is 0ns, allowed is 1s to 600s");
    assert_eq!(flaw(&|it| it.margin = seconds(6)), "margin is 6s, allowed is 100ms to 5s");
    assert_eq!(
        flaw(&|it| it.renew_after = seconds(5)),
        "renew_after is 5s, allowed is 100ms to 4s"
    );
    assert_eq!(flaw(&|it| it.answer_wait = seconds(6)), "answer_wait is 6s, allowed is 50ms to 5s");
    let pauses = |it: &mut Settings| (it.retry_min, it.retry_max) = (seconds(9), seconds(8));
    assert_eq!(flaw(&pauses), "retry_max is 8s, allowed is 9s to 600s");
    assert_eq!(flaw(&|it| it.starts_a_second = 0), "starts_a_second is 0, allowed is 1 to 100000");
    assert_eq!(flaw(&|it| it.window = 0), "window is 0, allowed is 1 to 65536");
    assert_eq!(flaw(&|it| it.outcomes = 0), "outcomes is 0, allowed is 1 to 1024");
    assert_eq!(flaw(&|it| it.arriving = 0), "arriving is 0, allowed is 1 to 10000");
}

#[test]
fn what_is_written_down_has_a_form() {
    // Covers: RL-22, RL-40
    let checkpoint = Checkpoint::new("id").and_then(|it| it.with_watermark("4"));
    let mut posts = directline_relay::core::Posts { settled: 5, ..Default::default() };
    let key = PostKey::new("k").expect("a key");
    let given = directline_relay::core::Given { key: key.clone(), sequence: 6 };
    posts.given = Some(given);
    let checkpoint = Some(checkpoint.expect("a checkpoint"));
    let owner = Some(crate::rig::lease("a", 2));
    let (position, over) = (4, None);
    let record = Record { version: VERSION, epoch: 3, owner, checkpoint, position, posts, over };
    let json = serde_json::to_string(&record).expect("a record");
    assert_eq!(
        json,
        "{\"version\":1,\"epoch\":3,\"owner\":{\"host\":\"a\",\"number\":2},\"checkpoint\":{\"version\":1,\"conversation\":\"id\",\
         \"watermark\":\"4\",\"known\":{\"current\":{}}},\"position\":4,\
         \"posts\":{\"settled\":5,\"given\":{\"key\":\"k\",\"sequence\":6}}}"
    );
    assert_eq!(serde_json::from_str::<Record>(&json).expect("a record"), record);
    let told = Told { version: VERSION, key, sequence: 6, outcome: Outcome::Unknown };
    let json = serde_json::to_string(&told).expect("an outcome");
    assert_eq!(json, r#"{"version":1,"key":"k","sequence":6,"outcome":"unknown"}"#);
}

#[test]
fn the_same_facts_give_the_same_orders_and_late_ones_none() {
    // Covers: RL-40
    let story = || {
        let mut rig = Rig::running(Settings::default());
        rig.delivers(0..3, None);
        rig.posts(5, "k");
        rig.pass(20_000);
        rig.all
    };
    assert_eq!(story(), story());
    let mut core = Core::new(Settings::default(), host("a"), 7, Moment::ZERO);
    let (session, conversation) = (directline_relay::core::SessionId(3), name("c"));
    let checkpoint = Checkpoint::new("id").expect("an id");
    let id = directline_relay::core::OrderId(9);
    for fact in [
        Fact::Timeout,
        Fact::Read { id, found: None },
        Fact::Answered { id, answer: directline_relay::core::Answer::Done(3) },
        Fact::Joined { conversation: conversation.clone(), session, checkpoint },
        Fact::NeedsCredential { conversation: conversation.clone(), session },
        Fact::Credential { conversation, credential: None },
    ] {
        core.handle(Moment::from_millis(5), fact);
        // A clock that goes back stands still.
        assert_eq!(core.poll(Moment::ZERO), None);
    }
    assert_eq!(core.deadline(), None);
}
