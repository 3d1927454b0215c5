//! What is posted: stored before it is given, told before it is taken off the queue.

use directline_relay::core::{
    Address, Answer, Ending, Fact, HostState, Outcome, Record, Settings, VERSION,
};

use crate::rig::{Rig, host, name};

fn sent() -> Option<Outcome> {
    Some(Outcome::Sent { id: Some("id|0".to_owned()) })
}

/// The next owner of what `before` had, which has died.
fn next(before: &Rig) -> Rig {
    let mut rig = Rig::new(Settings::default());
    rig.cells = before.cells.clone();
    rig.cells.remove(&Address::Host(host("a")));
    rig.tell(Fact::Synced);
    let lease = crate::rig::lease("b", 1);
    rig.sees_entry("c", |entry| entry.owner = Some(lease));
    rig
}

#[test]
fn a_post_is_given_once_that_is_stored_and_told_before_it_is_acknowledged() {
    // Covers: RL-20, RL-21, RL-23
    let mut rig = Rig::running(Settings::default());
    rig.keeps = vec!["put record", "tell"];
    rig.posts(5, "k");
    assert_eq!(rig.lines(), ["put record c"], "not given yet");
    rig.release();
    assert_eq!(rig.lines(), ["give k"]);
    rig.outcome("k", sent());
    assert_eq!(rig.lines(), ["put record c"], "not told yet");
    rig.release();
    assert_eq!(rig.lines(), ["tell c/k/5/sent"]);
    rig.answered(Answer::Unanswered);
    assert_eq!(rig.lines(), [] as [&str; 0], "not acknowledged yet");
    rig.pass(100);
    rig.release();
    assert_eq!(rig.lines(), ["tell c/k/5/sent", "acknowledge 5", "fetch c", "put record c"]);
}

#[test]
fn who_resumes_never_gives_a_post_again() {
    // Covers: RL-20, RL-25
    let mut rig = Rig::running(Settings::default());
    rig.posts(5, "k");
    assert_eq!(rig.lines().last().map(String::as_str), Some("give k"));
    let mut next = next(&rig);
    let lines = next.lines();
    assert!(
        lines.last().is_some_and(|line| line.starts_with("begin c")),
        "it fetches none: {lines:?}"
    );
    next.pass(4_999);
    assert_eq!(next.news(), [] as [&str; 0], "its echo may come");
    next.pass(5_000);
    assert_eq!(next.news()[..2], ["put record c", "tell c/k/5/unknown"]);
    // And so it stays when the queue brings it again.
    next.posts(5, "k");
    assert_eq!(next.lines(), ["acknowledge 5", "fetch c"]);
}

#[test]
fn an_echo_settles_what_the_owner_before_gave() {
    // Covers: RL-25
    let mut rig = Rig::running(Settings::default());
    rig.posts(5, "k");
    let mut next = next(&rig);
    next.lines();
    next.delivers(0..1, Some("k"));
    let lines = next.lines();
    assert!(lines.contains(&"tell c/k/5/sent".to_owned()), "{lines:?}");
    next.pass(6_000);
    assert_eq!(next.news(), [] as [&str; 0], "it is not called unknown any more");
}

#[test]
fn an_echo_that_comes_late_settles_what_was_called_unknown() {
    // Covers: RL-22, RL-25
    let mut rig = Rig::running(Settings::default());
    rig.posts(5, "k");
    rig.outcome("k", Some(Outcome::Unknown));
    assert!(rig.lines().contains(&"tell c/k/5/unknown".to_owned()));
    rig.delivers(0..1, Some("k"));
    let lines = rig.lines();
    assert!(lines.contains(&"tell c/k/5/sent".to_owned()), "{lines:?}");
    // The session says so as well, and later something else.
    rig.outcome("k", sent());
    rig.outcome("k", Some(Outcome::Unknown));
    rig.delivers(1..2, Some("k"));
    let lines = rig.lines();
    assert!(!lines.iter().any(|line| line.starts_with("tell")), "it is told once: {lines:?}");
}

#[test]
fn what_is_being_told_is_told_before_what_follows() {
    // Covers: RL-22
    let mut rig = Rig::running(Settings::default());
    rig.posts(5, "k");
    rig.keeps = vec!["tell"];
    rig.outcome("k", Some(Outcome::Unknown));
    rig.delivers(0..1, Some("k"));
    rig.lines();
    // It may be on its way still.
    rig.answered(Answer::Unanswered);
    rig.keeps.clear();
    rig.pass(1_000);
    let told: Vec<_> = rig.lines().into_iter().filter(|line| line.starts_with("tell")).collect();
    assert_eq!(told, ["tell c/k/5/unknown", "tell c/k/5/sent"]);
}

#[test]
fn no_checkpoint_that_covers_an_echo_doubts_its_post() {
    // Covers: RL-25
    let mut rig = Rig::running(Settings::default());
    rig.posts(5, "k");
    let mut records = vec![];
    rig.keeps = vec!["put record"];
    rig.delivers(0..1, Some("k"));
    while !rig.kept.is_empty() && records.len() < 20 {
        rig.release();
        records.push(rig.record());
    }
    let covers = |record: &Record| record.position == 1;
    assert!(records.iter().any(covers), "the echo is covered at last");
    assert!(records.iter().filter(|it| covers(it)).all(|it| it.posts.given.is_none()));
}

#[test]
fn whoever_resumes_tells_what_may_not_have_been_told() {
    // Covers: RL-23
    let mut rig = Rig::running(Settings::default());
    rig.posts(5, "k");
    rig.keeps = vec!["tell"];
    rig.outcome("k", Some(Outcome::Refused { reason: "no".to_owned() }));
    assert_eq!(rig.kept.len(), 1);
    let mut next = next(&rig);
    let lines = next.lines();
    assert!(lines.contains(&"tell c/k/5/refused".to_owned()), "{lines:?}");
    assert!(lines.contains(&"acknowledge 5".to_owned()), "{lines:?}");
}

#[test]
fn an_outcome_that_is_not_told_is_not_forgotten_for_the_next() {
    // Covers: RL-23, RL-24
    let mut rig = Rig::running(Settings { outcomes: 1, ..Settings::default() });
    rig.posts(5, "k");
    rig.outcome("k", Some(Outcome::Unknown));
    rig.posts(6, "l");
    rig.keeps = vec!["tell"];
    rig.delivers(0..1, Some("k"));
    rig.outcome("l", sent());
    rig.lines();
    rig.answered(Answer::Unanswered);
    rig.pass(100);
    rig.release();
    rig.release();
    let lines = rig.lines();
    let told: Vec<_> = lines.iter().filter(|line| line.starts_with("tell")).collect();
    assert_eq!(told, ["tell c/k/5/sent", "tell c/l/6/sent"]);
}

#[test]
fn a_key_that_has_an_outcome_is_answered_with_it() {
    // Covers: RL-24
    let mut rig = Rig::running(Settings { outcomes: 2, ..Settings::default() });
    for (sequence, post) in [(1, "k"), (2, "l")] {
        rig.posts(sequence, post);
        rig.outcome(post, sent());
    }
    rig.lines();
    rig.posts(3, "k");
    let again = ["put record c", "tell c/k/3/sent", "acknowledge 3"];
    assert_eq!(rig.lines()[..3], again, "not given");
    // Two are remembered, and the first is not among them now.
    rig.posts(4, "l");
    rig.posts(5, "m");
    rig.outcome("m", sent());
    rig.lines();
    rig.posts(6, "k");
    assert_eq!(rig.lines(), ["put record c", "give k"]);
}

#[test]
fn a_copy_that_comes_late_is_no_post() {
    // Covers: RL-20, RL-40
    let mut rig = Rig::running(Settings { outcomes: 1, ..Settings::default() });
    for (sequence, post) in [(1, "k"), (2, "l")] {
        rig.posts(sequence, post);
        // One that is brought twice, and one under an epoch that is over.
        rig.posts(sequence, post);
        let (conversation, activity) = (name("c"), "{}".into());
        let key = crate::rig::key("m");
        rig.tell(Fact::Post { conversation, epoch: 0, sequence: 9, key, activity });
        rig.outcome(post, sent());
    }
    let lines = rig.lines();
    assert_eq!(lines.iter().filter(|line| line.starts_with("give")).count(), 2, "{lines:?}");
    rig.posts(1, "k");
    let late = "note LatePost { conversation: c, sequence: 1 }";
    assert_eq!(rig.lines(), [late, "acknowledge 1", "fetch c"]);
}

#[test]
fn what_a_session_did_not_send_goes_to_the_next_and_is_not_unknown() {
    // Covers: RL-26
    let mut rig = Rig::running(Settings::default());
    rig.posts(5, "k");
    let (conversation, session) = (name("c"), rig.session());
    rig.outcome("k", None);
    rig.tell(Fact::Ended { conversation, session, ending: Ending::Again });
    rig.lines();
    rig.pass(100);
    let lines = rig.lines();
    assert_eq!(lines[1..], ["begin c Some((\"id\", None))", "give k"], "{lines:?}");
}

#[test]
fn a_session_that_ends_without_a_word_leaves_a_doubt() {
    // Covers: RL-25
    let mut rig = Rig::running(Settings::default());
    rig.posts(5, "k");
    let (conversation, session) = (name("c"), rig.session());
    rig.tell(Fact::Ended { conversation, session, ending: Ending::Again });
    rig.lines();
    rig.pass(5_099);
    assert_eq!(rig.news(), ["ask c Some(\"id\")", "begin c Some((\"id\", None))"]);
    rig.pass(5_100);
    assert_eq!(rig.news()[..2], ["put record c", "tell c/k/5/unknown"]);
}

#[test]
fn posts_to_what_is_over_are_refused() {
    // Covers: RL-27, RL-34
    let mut rig = Rig::running(Settings::default());
    let (conversation, session) = (name("c"), rig.session());
    rig.tell(Fact::Ended { conversation, session, ending: Ending::Over("gone".to_owned()) });
    let lines = rig.lines();
    let over = "note Over { conversation: c, reason: \"gone\" }";
    assert_eq!(lines, ["unfetch c", "put record c", "put conversation c", over, "fetch c"]);
    assert_eq!(rig.record().over.as_deref(), Some("gone"), "whoever is next knows as well");
    rig.posts(5, "k");
    assert_eq!(rig.lines()[..2], ["put record c", "tell c/k/5/refused"]);
    let outcome = &rig.record().posts.outcomes[0].outcome;
    assert_eq!(*outcome, Outcome::Refused { reason: "gone".to_owned() });
}

#[test]
fn a_post_in_hand_stays_in_the_queue_when_the_conversation_moves() {
    // Covers: RL-26, RL-7
    let conversation = crate::rig::of("b", &["a", "b"]);
    assert_eq!(conversation, "c5");
    let mut rig = Rig::joined(Settings::default());
    rig.sees_entry(&conversation, |_| {});
    rig.tell(Fact::Joined {
        conversation: name(&conversation),
        session: rig.session(),
        checkpoint: directline::Checkpoint::new("id").expect("an id"),
    });
    rig.keeps = vec!["put record"];
    let epoch: u64 = {
        let value = rig.value(&Address::Conversation(name(&conversation)));
        serde_json::from_str::<directline_relay::core::Entry>(&value).expect("an entry").epoch
    };
    rig.tell(Fact::Post {
        conversation: name(&conversation),
        epoch,
        sequence: 5,
        key: crate::rig::key("k"),
        activity: "{}".into(),
    });
    rig.lines();
    let heir = rig.sees_host("b", HostState::Alive);
    rig.sees_entry(&conversation, |entry| entry.heir = Some(heir.clone()));
    assert_eq!(rig.lines(), ["drop c5"], "what is on its way has to be taken back first");
    rig.keeps.clear();
    rig.release();
    let lines = rig.lines();
    assert_eq!(lines[..2], ["put record c5", "put conversation c5"], "{lines:?}");
    let record: Record =
        serde_json::from_str(&rig.value(&Address::Record(name("c5")))).expect("a record");
    assert_eq!((record.posts.given, record.version), (None, VERSION));
}
