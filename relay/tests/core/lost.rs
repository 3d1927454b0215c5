//! What the servers have lost, or do not show.

use directline_relay::core::{Address, Answer, Command, Fact, Found, HostState, Settings, Ticket};

use crate::rig::{Rig, name, of};

/// Nothing stands there any more, and the watch says so.
fn lose(rig: &mut Rig, conversation: &str) {
    let address = Address::Conversation(name(conversation));
    rig.cells.remove(&address);
    rig.tell(Fact::Seen { address, found: Found { revision: 0, value: None } });
}

/// What is ordered of its entry in ten seconds.
fn orders(rig: &mut Rig, conversation: &str) -> Vec<String> {
    rig.pass(rig.now + 10_000);
    let is_its = |line: &String| line.ends_with(&format!("conversation {conversation}"));
    rig.news().into_iter().filter(is_its).collect()
}

#[test]
fn an_owner_writes_again_what_the_servers_have_lost_and_its_session_goes_on() {
    // Covers: RL-35
    let mut rig = Rig::running(Settings::default());
    let (entry, session) = (rig.entry(), rig.session());
    lose(&mut rig, "c");
    let lines = orders(&mut rig, "c");
    // A server that lags may say the same.
    let wanted = [vec!["read conversation c"; 4], vec!["put conversation c"]].concat();
    assert_eq!(lines, wanted);
    assert_eq!((rig.entry(), rig.session()), (entry, session));
    assert!(!rig.all.contains("Drop"));
}

#[test]
fn what_a_server_does_not_show_that_lags_is_not_lost() {
    // Covers: RL-35
    let mut rig = Rig::running(Settings::default());
    let address = Address::Conversation(name("c"));
    let there = rig.cells[&address].clone();
    rig.lines();
    lose(&mut rig, "c");
    rig.pass(rig.now + 300);
    rig.cells.insert(address, there.clone());
    assert!(orders(&mut rig, "c").iter().all(|line| line == "read conversation c"));
    assert_eq!(rig.cells[&Address::Conversation(name("c"))], there);
}

#[test]
fn a_doubt_stays_when_nobody_answers() {
    // Covers: RL-35
    let mut rig = Rig::running(Settings::default());
    let entry = rig.entry();
    rig.keeps = vec!["read conversation"];
    lose(&mut rig, "c");
    rig.answered(Answer::Unanswered);
    rig.keeps.clear();
    let wanted = [vec!["read conversation c"; 5], vec!["put conversation c"]].concat();
    assert_eq!(orders(&mut rig, "c"), wanted);
    assert_eq!(rig.entry(), entry);
}

#[test]
fn what_is_another_s_is_left_to_it_as_long_as_it_lives() {
    // Covers: RL-35, RL-6
    for is_ours in [true, false] {
        let conversation = of(if is_ours { "a" } else { "d" }, &["a", "b", "d"]);
        let (mut rig, other) = Rig::beside(&conversation);
        let third = rig.sees_host("d", HostState::Alive);
        rig.pass(1_000);
        rig.lines();
        lose(&mut rig, &conversation);
        rig.pass(rig.now + 5_000);
        for host in [&other, &third] {
            rig.renews(host, HostState::Alive);
        }
        let lines = orders(&mut rig, &conversation);
        assert!(lines.iter().all(|line| line.starts_with("read")), "{is_ours}: {lines:?}");
        // It falls, and nobody else may know of this one.
        rig.renews(&other, HostState::Gone);
        let lines = orders(&mut rig, &conversation);
        assert_eq!(lines, [format!("put conversation {conversation}")], "{is_ours}");
        assert_eq!(rig.all.contains(&format!("Begin {{ conversation: {conversation}")), is_ours);
    }
}

#[test]
fn what_is_lost_is_there_again_before_it_is_said_to_be_begun() {
    // Covers: RL-31, RL-35
    let conversation = of("b", &["a", "b"]);
    let (mut rig, _) = Rig::beside(&conversation);
    lose(&mut rig, &conversation);
    rig.pass(rig.now + 5_000);
    let reads = rig.lines().iter().filter(|line| line.starts_with("read conversation")).count();
    assert_eq!(reads, 6, "its owner is first");
    let command = Command::Start { conversation: name(&conversation), from: None };
    rig.tell(Fact::Command { ticket: Ticket(1), command });
    let (read, put) =
        (format!("read conversation {conversation}"), format!("put conversation {conversation}"));
    assert_eq!(rig.news()[..3], [read, put, "reply Done".to_owned()]);
}

#[test]
fn a_name_that_is_free_again_has_a_mark_that_is_written_over() {
    // Covers: RL-34
    let mut rig = Rig::joined(Settings::default());
    rig.sees_entry("c", |_| {});
    rig.sees(Address::Conversation(name("c")), None);
    rig.lines();
    let command = Command::Start { conversation: name("c"), from: None };
    rig.tell(Fact::Command { ticket: Ticket(1), command });
    assert_eq!(rig.lines()[..2], ["read conversation c", "put conversation c"]);
    assert!(rig.has(&Address::Conversation(name("c"))));
}
