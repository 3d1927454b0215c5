//! What the servers have lost, or do not show.

use directline_relay::core::{
    Address, Answer, Command, Fact, Found, HostState, Record, Settings, Ticket,
};

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

#[test]
fn a_start_that_finds_no_entry_goes_by_the_record_if_there_is_one() {
    // Covers: RL-2, RL-35
    let rig = Rig::running(Settings::default());
    let (entry, record) = (rig.entry(), rig.cells[&Address::Record(name("c"))].clone());
    // A host that never heard of it.
    let mut newcomer = Rig::joined(Settings::default());
    let other = newcomer.sees_host("b", HostState::Alive);
    let mut stands: Record = serde_json::from_str(&record.value.expect("one")).expect("a record");
    stands.owner = Some(other.clone());
    let json = serde_json::to_string(&stands).expect("a record");
    newcomer.write(Address::Record(name("c")), Some(json));
    newcomer.lines();
    let command = Command::Start { conversation: name("c"), from: None };
    newcomer.tell(Fact::Command { ticket: Ticket(1), command });
    let lines = newcomer.lines();
    let wanted = ["read conversation c", "read record c", "put conversation c", "reply Done"];
    assert_eq!(lines[..4], wanted, "{lines:?}");
    let now = newcomer.entry();
    assert_eq!((now.epoch, now.owner), (entry.epoch, Some(other)));
    assert!(!newcomer.all.contains("Begin"), "the other has it");
}

#[test]
fn one_late_mark_is_no_removal() {
    // Covers: RL-35
    let mut rig = Rig::running(Settings::default());
    let address = Address::Conversation(name("c"));
    let (now, mut before) = (rig.cells[&address].clone(), rig.entry());
    before.owner = None;
    let json = serde_json::to_string(&before).expect("an entry");
    let earlier = Found { revision: now.revision - 1, value: Some(json.as_str().into()) };
    rig.keeps = vec!["read conversation"];
    rig.lines();
    // The watch is late, and then it is not.
    rig.tell(Fact::Seen { address: address.clone(), found: earlier });
    rig.tell(Fact::Seen { address, found: now });
    rig.keeps.clear();
    rig.shows(Some(Found { revision: 3, value: None }));
    rig.pass(5_000);
    assert!(!rig.all.contains("Drop"), "it is still there");
}

#[test]
fn what_shows_less_counts_only_while_it_is_the_same() {
    // Covers: RL-35
    let mut rig = Rig::running(Settings::default());
    let (entry, address) = (rig.entry(), Address::Conversation(name("c")));
    rig.lines();
    lose(&mut rig, "c");
    let mut before = entry.clone();
    before.epoch -= 1;
    let json = serde_json::to_string(&before).expect("an entry");
    // Three times nothing, then what stood there before, then nothing again.
    rig.until(|rig| rig.all.matches("Read {").count() > 3);
    let revision = 7;
    rig.cells.insert(address.clone(), Found { revision, value: Some(json.as_str().into()) });
    let reads = rig.all.matches("Read {").count();
    rig.until(|rig| rig.all.matches("Read {").count() > reads);
    rig.cells.remove(&address);
    rig.pass(rig.now + 30_000);
    assert_eq!(rig.entry(), entry);
}

#[test]
fn a_command_waits_for_what_is_doubted() {
    // Covers: RL-31
    let (mut rig, conversation) = (Rig::joined(Settings::default()), of("b", &["a", "b"]));
    let other = rig.sees_host("b", HostState::Alive);
    rig.sees_entry(&conversation, |entry| (entry.owner, entry.epoch) = (Some(other), 60));
    rig.renumber(50);
    // It is over, which this host has not heard of.
    let address = Address::Conversation(name(&conversation));
    let json = rig.value(&address).replace("\"running\"", "{\"over\":\"by another\"}");
    rig.write(address, Some(json));
    let command = Command::Start { conversation: name(&conversation), from: None };
    rig.tell(Fact::Command { ticket: Ticket(1), command });
    rig.pass(1_000);
    let lines = rig.news();
    assert!(lines.contains(&"reply Refused(\"it is over: by another\")".to_owned()), "{lines:?}");
}
