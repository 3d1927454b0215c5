//! How conversations change hands.

use directline_relay::core::{
    Address, Answer, Command, Entry, Fact, HostState, Outcome, Record, Settings, Ticket, Wanted,
};

use crate::rig::{Rig, host, key, name, of};

/// A host that runs a conversation which belongs to another, who comes only now.
fn before_the_other() -> (Rig, String) {
    let conversation = of("b", &["a", "b"]);
    let mut rig = Rig::joined(Settings::default());
    rig.sees_entry(&conversation, |_| {});
    rig.tell(Fact::Joined {
        conversation: name(&conversation),
        session: rig.session(),
        checkpoint: directline::Checkpoint::new("id").expect("an id"),
    });
    rig.lines();
    (rig, conversation)
}

fn entry(rig: &Rig, conversation: &str) -> Entry {
    serde_json::from_str(&rig.value(&Address::Conversation(name(conversation)))).expect("an entry")
}

#[test]
fn an_owner_keeps_what_nobody_asks_for() {
    // Covers: RL-6
    let (mut rig, conversation) = before_the_other();
    let other = rig.sees_host("b", HostState::Alive);
    assert_eq!(rig.news(), [] as [&str; 0], "it belongs to the other now");
    // One that it belongs to by nobody's view but its own.
    let third = crate::rig::lease("z", 9);
    rig.sees_entry(&conversation, |entry| entry.heir = Some(third));
    assert_eq!(rig.news(), [] as [&str; 0]);
    rig.sees_entry(&conversation, |entry| entry.heir = Some(other.clone()));
    let lines = rig.news();
    assert_eq!(lines[..2], ["drop c5", "unfetch c5"]);
    assert_eq!(lines.last().map(String::as_str), Some("note Gave { conversation: c5, to: b }"));
    let entry = entry(&rig, &conversation);
    assert_eq!((entry.owner, entry.heir), (Some(other), None));
}

#[test]
fn a_host_asks_for_what_belongs_to_it_and_takes_what_is_nobody_s() {
    // Covers: RL-6, RL-1
    let conversation = of("a", &["a", "b"]);
    let mut rig = Rig::joined(Settings::default());
    let other = rig.sees_host("b", HostState::Alive);
    rig.sees_entry(&of("b", &["a", "b"]), |_| {});
    assert_eq!(rig.news(), [] as [&str; 0], "what belongs to the other is left to it");
    rig.sees_entry(&conversation, |entry| entry.owner = Some(other.clone()));
    assert_eq!(rig.news(), [format!("put conversation {conversation}")]);
    let asked = entry(&rig, &conversation);
    assert_eq!((asked.owner, asked.heir), (Some(other.clone()), Some(rig.lease())));
    let lease = rig.lease();
    rig.sees_entry(&conversation, |entry| {
        (entry.owner, entry.heir, entry.epoch) = (Some(lease), None, 9)
    });
    assert!(rig.news().contains(&format!("begin {conversation} None")));
}

#[test]
fn two_that_disagree_do_not_take_turns_in_asking() {
    // Covers: RL-6
    let conversation = of("a", &["a", "b"]);
    let (mut rig, _) = Rig::beside(&conversation);
    rig.lines();
    let third = crate::rig::lease("z", 9);
    rig.sees_entry(&conversation, |entry| entry.heir = Some(third.clone()));
    assert_eq!(rig.news(), [] as [&str; 0], "not at once");
    rig.pass(rig.now + 100);
    assert_eq!(rig.news(), [format!("put conversation {conversation}")]);
}

#[test]
fn a_conversation_moves_when_all_is_put_away() {
    // Covers: RL-7
    let (mut rig, conversation) = before_the_other();
    rig.keeps = vec!["publish", "put record", "tell", "put conversation"];
    let epoch = entry(&rig, &conversation).epoch;
    let (post, activity) = (key("k"), "{}".into());
    let conversation_name = name(&conversation);
    rig.tell(Fact::Post {
        conversation: conversation_name,
        epoch,
        sequence: 5,
        key: post,
        activity,
    });
    rig.release();
    let checkpoint = directline::Checkpoint::new("id").and_then(|it| it.with_watermark("1"));
    rig.tell(Fact::Delivered {
        conversation: name(&conversation),
        session: rig.session(),
        activities: vec![directline_relay::core::Activity::read("{\"id\":\"1\"}")],
        checkpoint: checkpoint.expect("a checkpoint"),
    });
    rig.lines();
    let heir = rig.sees_host("b", HostState::Alive);
    rig.sees_entry(&conversation, |entry| entry.heir = Some(heir.clone()));
    rig.pass(3_000);
    assert_eq!(rig.news(), [] as [&str; 0], "the session has a post, and is waited for");
    rig.tell(Fact::Outcome {
        conversation: name(&conversation),
        session: rig.session(),
        key: key("k"),
        outcome: Some(Outcome::Sent { id: None }),
    });
    assert_eq!(rig.news(), ["drop c5", "put record c5"]);
    // The publication, the record with the outcome, the outcome, and the record that says all that.
    while rig.kept.len() > 1 || rig.news().iter().all(|line| line != "put conversation c5") {
        assert_eq!(entry(&rig, &conversation).owner, Some(rig.lease()), "still ours");
        rig.release();
    }
    let value = rig.value(&Address::Record(name(&conversation)));
    let record: Record = serde_json::from_str(&value).expect("a record");
    assert_eq!((record.position, record.posts.outcomes[0].is_told), (1, true));
    rig.release();
    assert_eq!(entry(&rig, &conversation).owner, Some(heir));
}

#[test]
fn a_conversation_moves_when_waiting_has_taken_too_long() {
    // Covers: RL-7
    let (mut rig, conversation) = before_the_other();
    let epoch = entry(&rig, &conversation).epoch;
    let (own, post, activity) = (name(&conversation), key("k"), "{}".into());
    rig.tell(Fact::Post { conversation: own, epoch, sequence: 5, key: post, activity });
    let heir = rig.sees_host("b", HostState::Alive);
    rig.sees_entry(&conversation, |entry| entry.heir = Some(heir.clone()));
    rig.lines();
    while rig.now < 24_995 {
        rig.pass(rig.now + 4_999);
        rig.renews(&heir, HostState::Alive);
    }
    assert!(!rig.news().contains(&"drop c5".to_owned()));
    rig.pass(25_000);
    let lines = rig.news();
    assert_eq!(lines[..2], ["drop c5", "put conversation c5"], "{lines:?}");
    let value = rig.value(&Address::Record(name(&conversation)));
    let record: Record = serde_json::from_str(&value).expect("a record");
    assert!(record.posts.given.is_some(), "whoever is next calls it unknown");
}

#[test]
fn what_may_still_arrive_is_overtaken_before_a_conversation_begins_again() {
    // Covers: RL-2, RL-7
    let (mut rig, conversation) = before_the_other();
    let heir = rig.sees_host("b", HostState::Alive);
    rig.keeps = vec!["put conversation"];
    rig.sees_entry(&conversation, |entry| entry.heir = Some(heir.clone()));
    // Nobody answers whether it is the other's now, and the other takes nothing any more.
    rig.answered(Answer::Unanswered);
    rig.renews(&heir, HostState::Draining);
    rig.lines();
    rig.pass(100);
    assert_eq!(
        rig.lines(),
        ["read conversation c5", "put conversation c5"],
        "it does not begin yet"
    );
    rig.release();
    assert!(rig.lines().contains(&"begin c5 Some((\"id\", None))".to_owned()), "now it does");
    let entry = entry(&rig, &conversation);
    assert_eq!((entry.owner, entry.heir), (Some(rig.lease()), None));
}

#[test]
fn what_may_still_be_stored_is_overtaken_before_a_conversation_moves() {
    // Covers: RL-7
    let (mut rig, conversation) = before_the_other();
    rig.keeps = vec!["put record"];
    let epoch = entry(&rig, &conversation).epoch;
    let (own, post, activity) = (name(&conversation), key("k"), "{}".into());
    rig.tell(Fact::Post { conversation: own, epoch, sequence: 5, key: post, activity });
    rig.answered(Answer::Unanswered);
    let heir = rig.sees_host("b", HostState::Alive);
    rig.sees_entry(&conversation, |entry| entry.heir = Some(heir));
    rig.lines();
    // That the session has the post is taken back; it may be stored all the same.
    rig.pass(100);
    assert_eq!(rig.lines(), ["put record c5"]);
    rig.release();
    assert_eq!(rig.lines()[..1], ["put conversation c5"]);
}

#[test]
fn a_word_that_may_still_be_taken_back_counts_for_nothing() {
    // Covers: RL-20, RL-26
    let (mut rig, conversation) = before_the_other();
    rig.keeps = vec!["put record"];
    let epoch = entry(&rig, &conversation).epoch;
    let post = |rig: &mut Rig| {
        let (own, post, activity) = (name(&conversation), key("k"), "{}".into());
        rig.tell(Fact::Post { conversation: own, epoch, sequence: 5, key: post, activity });
    };
    post(&mut rig);
    // The session goes before it is given the post, and that it may is stored all the same.
    let heir = rig.sees_host("b", HostState::Alive);
    rig.sees_entry(&conversation, |entry| entry.heir = Some(heir.clone()));
    rig.release();
    // It is taken back, and no answer comes as long as another session begins.
    rig.renews(&heir, HostState::Draining);
    rig.pass(rig.now + 5_000);
    let lines = rig.news();
    assert_eq!(lines.last().map(String::as_str), Some("fetch c5"), "{lines:?}");
    post(&mut rig);
    assert_eq!(rig.lines(), [] as [&str; 0]);
    rig.release();
    assert_eq!(rig.lines(), ["put record c5"], "it is stored anew");
    rig.release();
    assert_eq!(rig.lines(), ["give k"]);
}

#[test]
fn no_more_come_at_once_than_may_and_none_is_forgotten() {
    // Covers: RL-10
    let mut rig = Rig::joined(Settings { arriving: 2, ..Settings::default() });
    rig.keeps = vec!["put record"];
    for at in 0..5 {
        rig.sees_entry(&format!("c{at}"), |_| {});
    }
    let taken =
        |lines: Vec<String>| lines.iter().filter(|line| line.starts_with("note Took")).count();
    assert_eq!(taken(rig.lines()), 2);
    for _ in 0..3 {
        rig.release();
        rig.pass(rig.now + 10);
        assert_eq!(taken(rig.lines()), 1, "one has arrived, and the next comes");
    }
}

#[test]
fn a_host_that_leaves_hands_over_what_others_ask_for() {
    // Covers: RL-8
    let (mut rig, conversation) = before_the_other();
    let heir = rig.sees_host("b", HostState::Alive);
    rig.lines();
    rig.tell(Fact::Drain);
    assert_eq!(rig.lines(), ["put host a"], "the others hear that it takes nothing more");
    assert!(rig.value(&Address::Host(host("a"))).contains("draining"));
    rig.sees_entry("c9", |_| {});
    assert_eq!(rig.lines(), [] as [&str; 0]);
    rig.sees_entry(&conversation, |entry| entry.heir = Some(heir));
    let lines = rig.lines();
    assert_eq!(lines[lines.len() - 2..], ["put host a", "leave"], "{lines:?}");
    assert!(rig.value(&Address::Host(host("a"))).contains("gone"));
}

#[test]
fn a_host_with_nobody_to_hand_over_to_puts_everything_away() {
    // Covers: RL-8
    let mut rig = Rig::running(Settings::default());
    rig.keeps = vec!["publish"];
    rig.delivers(0..1, None);
    rig.lines();
    rig.tell(Fact::Drain);
    assert_eq!(
        rig.lines(),
        ["drop c", "unfetch c", "put host a"],
        "what it delivered is waited for"
    );
    rig.release();
    assert_eq!(rig.lines(), ["put record c", "put host a", "leave"]);
    assert_eq!(rig.record().position, 1);
}

#[test]
fn who_has_left_loses_no_lease_any_more() {
    // Covers: RL-8
    let mut rig = Rig::joined(Settings::default());
    rig.keeps = vec!["put host"];
    rig.tell(Fact::Drain);
    rig.lines();
    rig.pass(20_000);
    assert_eq!(rig.news(), ["leave"]);
    rig.sees_entry("c9", |_| {});
    let command = Command::Start { conversation: name("c9"), from: None };
    rig.tell(Fact::Command { ticket: Ticket(1), command });
    assert_eq!(rig.lines(), [] as [&str; 0], "it was the last order");
}

#[test]
fn a_host_does_not_stay_for_ever() {
    // Covers: RL-8
    let mut rig = Rig::running(Settings::default());
    let other = rig.sees_host("b", HostState::Alive);
    rig.tell(Fact::Drain);
    rig.lines();
    // The other lives and asks for nothing.
    while rig.now < 59_999 {
        rig.pass((rig.now + 5_000).min(59_999));
        rig.renews(&other, HostState::Alive);
    }
    assert!(!rig.lines().contains(&"drop c".to_owned()));
    rig.pass(60_000);
    assert_eq!(rig.news(), ["drop c", "unfetch c", "leave"]);
}

#[test]
fn an_entry_that_is_not_written_is_read_and_written_again() {
    // Covers: RL-31, RL-41
    let mut rig = Rig::joined(Settings::default());
    rig.keeps = vec!["put conversation"];
    rig.sees_entry("c", |_| {});
    rig.answered(Answer::Unanswered);
    rig.lines();
    rig.pass(99);
    assert_eq!(rig.lines(), [] as [&str; 0]);
    rig.pass(100);
    assert_eq!(rig.lines(), ["read conversation c", "put conversation c"]);
    assert_eq!(entry(&rig, "c").wanted, Wanted::Running);
}

#[test]
fn what_is_over_is_handed_over_as_soon_as_it_is_asked_for() {
    // Covers: RL-6, RL-7
    let mut rig = Rig::joined(Settings::default());
    let conversation = of("b", &["a", "b"]);
    let (own, other) = (rig.lease(), rig.sees_host("b", HostState::Alive));
    rig.keeps = vec!["put record"];
    let over = Wanted::Over("by command".to_owned());
    // Its record says so already.
    let record =
        r#"{"version":1,"epoch":1,"position":0,"posts":{"settled":0},"over":"by command"}"#;
    rig.write(Address::Record(name(&conversation)), Some(record.to_owned()));
    rig.sees_entry(&conversation, |entry| (entry.owner, entry.epoch) = (Some(own), 60));
    rig.sees_entry(&conversation, |entry| entry.wanted = over.clone());
    // It is asked for while its record is still to be signed.
    rig.sees_entry(&conversation, |entry| entry.heir = Some(other.clone()));
    rig.lines();
    rig.keeps.clear();
    rig.release();
    rig.pass(5_000);
    let lines = rig.lines();
    assert!(lines.contains(&format!("put conversation {conversation}")), "{lines:?}");
}
