//! Servers that number anew: revisions that are lower than what was heard of, or higher.

use directline_relay::core::{Address, Command, Entry, Fact, Found, HostState, Settings, Ticket};

use crate::rig::{Rig, host, name, of};

#[test]
fn who_hears_of_lower_numbers_asks_and_goes_by_the_answer() {
    // Covers: RL-1, RL-41
    let (mut rig, there) = (Rig::joined(Settings::default()), of("b", &["a", "b"]));
    let here = of("a", &["a", "b"]);
    let other = rig.sees_host("b", HostState::Alive);
    for conversation in [&here, &there] {
        rig.sees_entry(conversation, |entry| entry.owner = Some(other.clone()));
    }
    let own = rig.lease();
    rig.lines();
    rig.renumber(50);
    rig.sees_entry(&here, |entry| (entry.owner, entry.epoch) = (Some(own), 60));
    let lines = rig.lines();
    assert_eq!(lines[0], format!("read conversation {here}"));
    assert!(lines[1].starts_with("note Took"), "{lines:?}");
    // What is known already is not asked for again.
    rig.sees_entry(&there, |_| {});
    assert!(!rig.lines().contains(&format!("read conversation {there}")));
}

#[test]
fn what_is_the_same_under_a_lower_number_goes_by_that() {
    // Covers: RL-31, RL-41
    let conversation = of("b", &["a", "b"]);
    let (mut rig, _) = Rig::beside(&conversation);
    rig.renumber(50);
    rig.lines();
    let command = Command::End { conversation: name(&conversation) };
    rig.tell(Fact::Command { ticket: Ticket(1), command });
    let asked = ["read", "put"].map(|what| format!("{what} conversation {conversation}"));
    assert_eq!(rig.news(), [asked.as_slice(), &["reply Done".to_owned()]].concat());
}

#[test]
fn a_lease_is_renewed_under_whatever_numbers() {
    // Covers: RL-3
    let mut rig = Rig::joined(Settings::default());
    rig.pass(2_500);
    rig.renumber(50);
    rig.lines();
    rig.pass(30_000);
    let lines = rig.lines();
    assert_eq!(lines[..3], ["put host a", "read host a", "put host a"]);
    assert!(lines[3..].iter().all(|line| line == "put host a"), "{lines:?}");
}

#[test]
fn a_lease_stays_what_it_is_under_another_number() {
    // Covers: RL-4
    let conversation = of("a", &["a", "b"]);
    let (mut rig, _) = Rig::beside(&conversation);
    let asked = rig.news();
    assert!(asked.contains(&format!("put conversation {conversation}")), "asked for: {asked:?}");
    let address = Address::Host(host("b"));
    for by in [7, -50_i64] {
        // Another server goes on: what is there is heard of again.
        let mut found = rig.cells[&address].clone();
        found.revision = found.revision.saturating_add_signed(by);
        rig.cells.insert(address.clone(), found.clone());
        rig.tell(Fact::Seen { address: address.clone(), found });
        assert_eq!(rig.news(), [] as [&str; 0], "{by}");
    }
}

#[test]
fn what_is_heard_meanwhile_counts_more_than_what_was_read() {
    // Covers: RL-2, RL-6
    let conversation = of("b", &["a", "b"]);
    let (mut rig, other) = Rig::beside(&conversation);
    let own = rig.lease();
    rig.lines();
    rig.keeps = vec!["read conversation"];
    rig.renumber(50);
    rig.sees_entry(&conversation, |entry| (entry.owner, entry.epoch) = (Some(own), 60));
    assert_eq!(rig.lines(), [format!("read conversation {conversation}")]);
    let asked = rig.kept.remove(0);
    let late = rig.answer(asked).expect("an answer");
    // Before that is heard of, it is the other's again.
    rig.renumber(-200);
    rig.sees_entry(&conversation, |entry| (entry.owner, entry.epoch) = (Some(other), 300));
    rig.tell(late);
    assert_eq!(rig.lines(), [format!("read conversation {conversation}")], "and not taken");
}

#[test]
fn what_was_heard_is_not_forgotten_for_what_a_server_shows_that_lags() {
    // Covers: RL-1, RL-35
    let (mut rig, conversation) = (Rig::joined(Settings::default()), of("b", &["a", "b"]));
    let own = rig.lease();
    rig.sees_entry(&conversation, |entry| (entry.owner, entry.epoch) = (Some(own), 60));
    let other = rig.sees_host("b", HostState::Alive);
    rig.pass(1_000);
    rig.renumber(50);
    let address = Address::Conversation(name(&conversation));
    let before = rig.cells[&address].clone();
    rig.keeps = vec!["read conversation"];
    rig.news();
    rig.sees_entry(&conversation, |entry| entry.heir = Some(other));
    let read = format!("read conversation {conversation}");
    assert_eq!(rig.news(), [read.as_str()]);
    rig.shows(Some(before));
    rig.keeps.clear();
    rig.pass(2_000);
    let lines = rig.news();
    assert_eq!(lines[0], read, "{lines:?}");
    assert!(lines.contains(&format!("put conversation {conversation}")), "{lines:?}");
}

#[test]
fn a_host_that_falls_under_a_lower_number_is_asked_about() {
    // Covers: RL-4, RL-5
    let conversation = of("a", &["a", "b"]);
    let (mut rig, other) = Rig::beside(&conversation);
    rig.news();
    rig.renumber(50);
    rig.renews(&other, HostState::Gone);
    let lines = rig.news();
    let taken = format!("put conversation {conversation}");
    assert_eq!(lines[..2], ["read host b".to_owned(), taken]);
}

#[test]
fn an_earlier_lease_of_its_own_is_no_reason_to_stop() {
    // Covers: RL-3
    let mut rig = Rig::joined(Settings::default());
    let (earlier, address) =
        (rig.cells[&Address::Host(host("a"))].clone(), Address::Host(host("a")));
    rig.cells.remove(&address);
    rig.at(60_000, Fact::Timeout);
    rig.lines();
    // A server that lags shows it to who asks.
    rig.keeps = vec!["read host a"];
    rig.tell(Fact::Seen { address, found: earlier.clone() });
    assert_eq!(rig.lines(), ["read host a"]);
    rig.shows(Some(earlier));
    assert_eq!(rig.lines(), [] as [&str; 0]);
}

#[test]
fn what_a_server_shows_that_lags_is_read_again_before_it_counts() {
    // Covers: RL-1, RL-33
    for (lags, revision) in [(1, 1), (3, 1), (4, 1), (1, 900), (3, 900), (4, 900)] {
        let mut rig = Rig::running(Settings::default());
        let (address, there) = (Address::Conversation(name("c")), rig.entry());
        let other = rig.sees_host("b", HostState::Alive);
        let now = rig.cells[&address].clone();
        // Before this host had it, it was another's, and under another number.
        let json = serde_json::to_string(&Entry { owner: Some(other), epoch: 1, ..there });
        let value = Some(json.expect("an entry").as_str().into());
        let earlier = Found { revision, value };
        rig.cells.insert(address.clone(), earlier.clone());
        rig.news();
        rig.tell(Fact::Seen { address: address.clone(), found: earlier });
        let mut reads = 0;
        for _ in 0..20 {
            let lines = rig.news();
            let asked = lines.iter().filter(|line| *line == "read conversation c").count();
            reads += asked;
            if reads == lags && asked > 0 {
                rig.cells.insert(address.clone(), now.clone());
            }
            assert_eq!(
                lines.contains(&"drop c".to_owned()),
                lags == 4 && reads == 4 && asked > 0,
                "{lines:?}"
            );
            rig.pass(rig.now + 100);
        }
        assert_eq!(reads, (lags + 1).min(4), "as long as it is shown");
    }
}

#[test]
fn an_answer_that_comes_after_later_news_is_old() {
    // Covers: RL-1
    let conversation = of("a", &["a", "b"]);
    let mut rig = Rig::joined(Settings::default());
    let other = rig.sees_host("b", HostState::Alive);
    rig.lines();
    rig.keeps = vec!["put conversation"];
    rig.sees_entry(&conversation, |entry| entry.owner = Some(other));
    assert_eq!(rig.lines(), [format!("put conversation {conversation}")], "asked for");
    let asked = rig.kept.remove(0);
    let done = rig.answer(asked).expect("an answer");
    // It is given before that this host asked is answered.
    let own = rig.lease();
    rig.sees_entry(&conversation, |entry| {
        (entry.owner, entry.heir, entry.epoch) = (Some(own), None, 900);
    });
    assert!(rig.lines()[0].starts_with("note Took"));
    rig.tell(done);
    assert_eq!(rig.lines(), [] as [&str; 0], "it is kept, and nothing asked for");
}
