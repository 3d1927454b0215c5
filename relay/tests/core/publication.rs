//! What is said: in which order it is published, covered and held back.

use directline::Checkpoint;
use directline_relay::core::{Activity, Answer, Ending, Fact, Order, Settings};

use crate::rig::{Rig, name};

#[test]
fn one_after_another_is_published_and_the_checkpoint_follows() {
    // Covers: RL-11, RL-14
    let mut rig = Rig::running(Settings::default());
    rig.keeps = vec!["publish"];
    rig.delivers(0..2, None);
    assert_eq!(rig.lines(), ["publish c/id|0@"]);
    rig.answered(Answer::Unanswered);
    assert_eq!(rig.lines(), [] as [&str; 0]);
    rig.pass(100);
    assert_eq!(rig.lines(), ["publish c/id|0@"], "the same again");
    rig.release();
    assert_eq!(rig.lines(), ["publish c/id|1@"], "no checkpoint covers the first alone");
    assert_eq!(rig.record().position, 0);
    rig.release();
    assert_eq!(rig.lines(), ["put record c"]);
    let record = rig.record();
    assert_eq!((record.position, record.checkpoint.expect("one").watermark()), (2, Some("2")));
}

#[test]
fn an_update_that_is_said_twice_has_one_place() {
    // Covers: RL-13
    let mut rig = Rig::running(Settings::default());
    let of = |kind: &str, text: &str| {
        let json = format!(r#"{{"type":"{kind}","id":"id|1","text":"{text}"}}"#);
        Activity::read(&json)
    };
    let [first, second] = [of("messageUpdate", "a"), of("messageUpdate", "b")];
    let deleted = of("messageDelete", "");
    let batch = [&first, &first, &second, &first, &deleted, &deleted].map(Clone::clone);
    let checkpoint = Checkpoint::new("id").and_then(|own| own.with_watermark("5"));
    let (conversation, session) = (name("c"), rig.session());
    rig.tell(Fact::Delivered {
        conversation,
        session,
        activities: batch.into(),
        checkpoint: checkpoint.expect("a checkpoint"),
    });
    let published = rig.lines().iter().filter(|line| line.starts_with("publish")).count();
    assert_eq!((published, rig.record().position), (3, 3));
    assert_eq!(rig.record().checkpoint.expect("one").watermark(), Some("5"));
}

#[test]
fn nothing_is_published_or_posted_before_the_record_names_the_conversation() {
    // Covers: RL-16
    let mut rig = Rig::joined(Settings::default());
    rig.sees_entry("c", |_| {});
    assert!(rig.lines().ends_with(&["begin c None".to_owned()]), "and it fetches nothing");
    rig.keeps = vec!["put record c"];
    // A driver that says nothing of it, and only delivers.
    rig.delivers(0..1, None);
    assert_eq!(rig.lines(), ["put record c"]);
    rig.release();
    assert_eq!(rig.lines()[..2], ["fetch c", "publish c/id|0@"]);
    let checkpoint = rig.record().checkpoint.expect("one");
    assert_eq!((checkpoint.conversation(), checkpoint.watermark()), ("id", None));
}

#[test]
fn a_publication_says_who_published_it_and_which_it_is() {
    // Covers: RL-13
    let mut rig = Rig::running(Settings::default());
    rig.keeps = vec!["publish"];
    rig.delivers(0..2, None);
    rig.release();
    let Order::Publish { publication, .. } = &rig.kept[0] else { panic!("kept") };
    let epoch = rig.entry().epoch.to_string();
    let headers = [
        ("Directline-Position", "2".to_owned()),
        ("Directline-Epoch", epoch),
        ("Directline-Conversation", "id".to_owned()),
    ];
    assert_eq!(publication.headers, headers);
    assert_eq!((&*publication.body, &*publication.message_id), ("{\"n\":1}", "c/id|1@"));
    assert_eq!(publication.subject.of(&name("t")), "directline.t.c.activity");
}

#[test]
fn a_new_owner_counts_on_where_the_record_stands() {
    // Covers: RL-13
    let mut rig = Rig::running(Settings::default());
    rig.delivers(0..2, None);
    rig.keeps = vec!["publish"];
    rig.delivers(2..5, None);
    rig.release();
    // One more is on the stream, and none of them is covered.
    let mut next = Rig::new(Settings::default());
    next.cells = rig.cells.clone();
    next.cells.remove(&directline_relay::core::Address::Host(crate::rig::host("a")));
    next.keeps = vec!["publish"];
    next.tell(Fact::Synced);
    let lease = crate::rig::lease("b", 1);
    next.sees_entry("c", |entry| entry.owner = Some(lease));
    assert!(next.lines().contains(&"begin c Some((\"id\", Some(\"2\")))".to_owned()));
    next.delivers(2..6, None);
    let Order::Publish { publication, .. } = &next.kept[0] else { panic!("kept") };
    assert_eq!((&*publication.message_id, &*publication.headers[0].1), ("c/id|2@", "3"));
}

#[test]
fn a_session_is_held_while_too_much_is_not_covered() {
    // Covers: RL-17
    let mut rig = Rig::running(Settings { window: 4, ..Settings::default() });
    rig.keeps = vec!["publish", "put record"];
    rig.delivers(0..3, None);
    assert_eq!(rig.lines(), ["publish c/id|0@"]);
    rig.delivers(3..4, None);
    assert_eq!(rig.lines(), ["hold c"]);
    rig.keeps = vec!["put record"];
    rig.release();
    let on_stream = ["publish c/id|1@", "publish c/id|2@", "publish c/id|3@", "put record c"];
    assert_eq!(rig.lines(), on_stream, "all is, and nothing is covered");
    rig.release();
    assert_eq!(rig.lines(), ["resume c", "put record c"], "three are");
}

#[test]
fn a_session_is_held_before_its_conversation_has_a_name_as_well() {
    // Covers: RL-17
    let mut rig = Rig::joined(Settings { window: 4, ..Settings::default() });
    rig.sees_entry("c", |_| {});
    rig.keeps = vec!["put record c"];
    rig.lines();
    rig.delivers(0..4, None);
    assert_eq!(rig.lines(), ["hold c", "put record c"]);
}

#[test]
fn a_session_that_follows_another_goes_on_behind_what_waits() {
    // Covers: RL-11, RL-13
    let mut rig = Rig::running(Settings::default());
    rig.keeps = vec!["publish"];
    rig.delivers(0..3, None);
    let (conversation, session) = (name("c"), rig.session());
    rig.tell(Fact::Ended { conversation, session, ending: Ending::Again });
    rig.lines();
    rig.pass(100);
    assert_eq!(
        rig.lines(),
        ["ask c Some(\"id\")", "begin c Some((\"id\", Some(\"3\")))", "fetch c"],
        "none of what waits is delivered again"
    );
    rig.delivers(3..4, None);
    rig.keeps.clear();
    rig.release();
    let lines = rig.lines();
    let published: Vec<_> = lines.iter().filter(|line| line.starts_with("publish")).collect();
    assert_eq!(published, ["publish c/id|1@", "publish c/id|2@", "publish c/id|3@"]);
}

#[test]
fn what_a_session_says_that_was_dropped_is_not_heard() {
    // Covers: RL-40
    let mut rig = Rig::running(Settings::default());
    let session = rig.session();
    let conversation = name("c");
    rig.tell(Fact::Ended { conversation, session, ending: Ending::Again });
    rig.pass(200);
    rig.lines();
    let checkpoint = Checkpoint::new("id").expect("an id");
    let (conversation, activities) = (name("c"), vec![Activity::read("{\"id\":\"1\"}")]);
    rig.tell(Fact::Delivered { conversation, session, activities, checkpoint });
    let conversation = name("c");
    rig.tell(Fact::Ended { conversation, session, ending: Ending::Over("x".to_owned()) });
    assert_eq!(rig.lines(), [] as [&str; 0]);
}

#[test]
fn an_activity_is_told_from_others_by_its_id_and_its_time() {
    // Covers: RL-12
    let identity = |json: &str| Activity::read(json).identity();
    let with = |rest: &str| identity(&format!("{{\"id\":\"a|1\",{rest}}}")).expect("an id");
    assert_eq!(with("\"timestamp\":\"2026-01-01T00:00:00Z\""), "a|1@2026-01-01T00:00:00Z");
    assert_eq!(with("\"text\":\"x\""), "a|1@");
    let update = with("\"type\":\"messageUpdate\",\"text\":\"x\"");
    assert_ne!(update, with("\"type\":\"messageUpdate\",\"text\":\"y\""));
    assert_ne!(update, with("\"type\":\"message\",\"text\":\"x\""));
    assert_eq!(
        with("\"type\":7,\"timestamp\":[]"),
        "a|1@",
        "what is not as it should be says nothing"
    );
    assert_eq!(identity("{\"id\":\"\u{e9} %\\r\\n\"}").as_deref(), Some("%c3%a9%20%25%0d%0a@"));
    let both = |id: &str, time: &str| {
        identity(&format!("{{\"id\":\"{id}\",\"timestamp\":\"{time}\"}}")).expect("an id")
    };
    assert_ne!(both("1@A", "B"), both("1", "A@B"), "each says where it ends");
    let hash = update.strip_prefix("a|1@").expect("an id");
    assert_ne!(both("a|1", hash), update, "no time is taken for what an update says");
    let echo = |json: &str| Activity::read(json).echo;
    assert_eq!(echo(r#"{"channelData":{"clientActivityID":"k"}}"#).as_deref(), Some("k"));
    for none in [r#"{"channelData":7}"#, r#"{"channelData":{"clientActivityID":7}}"#, "{}"] {
        assert_eq!(echo(none), None, "{none}");
    }
}

#[test]
fn what_has_no_id_is_published_under_one_that_no_other_has() {
    // Covers: RL-15
    let long = format!("{{\"id\":\"{}\"}}", "x".repeat(2_000));
    for none in ["{}", r#"{"id":""}"#, r#"{"id":7}"#, "[]", "", &long] {
        assert_eq!(Activity::read(none).identity(), None, "{none}");
    }
    let mut rig = Rig::running(Settings::default());
    let checkpoint = Checkpoint::new("id").expect("an id");
    let (conversation, session) = (name("c"), rig.session());
    let activities = vec![Activity::read("{}"), Activity::read("{}")];
    rig.tell(Fact::Delivered { conversation, session, activities, checkpoint });
    let epoch = rig.entry().epoch;
    let ids = [1, 2].map(|position| format!("publish c/%{epoch}.{position}"));
    assert_eq!(rig.lines()[..2], ids);
}
