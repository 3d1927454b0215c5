//! What a host makes of what stands there: records that others have signed, damaged ones, and numbers that
//! begin anew.

use directline_relay::core::{Address, Answer, Given, HostState, Record, Settings};

use crate::rig::{Rig, key, name};

#[test]
fn nothing_begins_before_the_record_is_signed() {
    // Covers: RL-9
    let mut rig = Rig::joined(Settings::default());
    rig.keeps = vec!["put record"];
    rig.sees_entry("c", |_| {});
    let taken = [
        "put conversation c",
        "note Took { conversation: c, epoch: 103 }",
        "read record c",
        "put record c",
    ];
    assert_eq!(rig.lines(), taken);
    // A write of the owner before was still on its way.
    let late = Record {
        version: 1,
        epoch: 0,
        owner: None,
        checkpoint: None,
        position: 3,
        posts: Default::default(),
        over: None,
    };
    rig.write(Address::Record(name("c")), Some(serde_json::to_string(&late).expect("a record")));
    rig.release();
    rig.pass(100);
    assert_eq!(
        rig.lines(),
        ["read record c", "put record c"],
        "its record is the one to go on from"
    );
    rig.release();
    assert_eq!(rig.lines(), ["ask c None", "begin c None"]);
    assert_eq!((rig.record().position, rig.record().epoch), (3, 103));
}

#[test]
fn what_a_server_shows_that_lags_of_a_record_that_was_removed_does_not_come_back() {
    // Covers: RL-9, RL-34
    let mut rig = Rig::joined(Settings::default());
    let address = Address::Record(name("c"));
    let former = Record {
        version: 1,
        epoch: 5,
        owner: None,
        checkpoint: None,
        position: 3,
        posts: Default::default(),
        over: Some("long ago".to_owned()),
    };
    rig.write(address.clone(), Some(serde_json::to_string(&former).expect("a record")));
    let stale = rig.cells[&address].clone();
    rig.write(address, None);
    rig.keeps = vec!["read record"];
    rig.sees_entry("c", |_| {});
    rig.keeps.clear();
    rig.shows(Some(stale));
    rig.pass(1_000);
    assert_eq!((rig.record().position, rig.record().over), (0, None));
}

#[test]
fn who_does_not_find_what_it_has_written_begins_anew_under_a_later_epoch() {
    // Covers: RL-9, RL-20
    let mut rig = Rig::running(Settings::default());
    rig.posts(5, "k");
    let (address, before) = (Address::Record(name("c")), rig.entry().epoch);
    let stands = rig.cells[&address].clone();
    rig.keeps = vec!["put record"];
    rig.delivers(0..1, None);
    // It is stored, and that is not answered; then a server that lags shows nothing.
    let put = rig.kept[0].clone();
    _ = rig.answer(put);
    rig.keeps = vec!["read record"];
    rig.answered(Answer::Unanswered);
    rig.pass(1_000);
    rig.shows(None);
    rig.pass(3_000);
    assert!(rig.entry().epoch > before, "{} after {before}", rig.entry().epoch);
    // And what that shows then is of before.
    rig.lines();
    rig.keeps.clear();
    rig.shows(Some(stands));
    rig.pass(10_000);
    let lines = rig.lines();
    assert!(lines.iter().any(|line| line.starts_with("begin c")), "{lines:?}");
    assert!(!lines.contains(&"give k".to_owned()), "{lines:?}");
}

#[test]
fn who_finds_a_later_owner_stops() {
    // Covers: RL-9
    let mut rig = Rig::running(Settings::default());
    let mut record = rig.record();
    record.epoch = 900;
    rig.write(Address::Record(name("c")), Some(serde_json::to_string(&record).expect("a record")));
    rig.delivers(0..1, None);
    rig.pass(100);
    let lines = rig.lines();
    let stops =
        ["put record c", "read record c", "note Fenced { conversation: c }", "drop c", "unfetch c"];
    assert_eq!(lines[1..], stops, "{lines:?}");
}

#[test]
fn who_finds_another_under_its_own_epoch_stops_and_takes_a_later_one() {
    // Covers: RL-9, RL-20
    let mut rig = Rig::running(Settings::default());
    let epoch = rig.entry().epoch;
    rig.keeps = vec!["put record"];
    rig.posts(5, "k");
    // A NATS that has lost a write let another take it as well, who may have given the post.
    let mut record = rig.record();
    record.owner = Some(rig.sees_host("b", HostState::Gone));
    record.posts.given = Some(Given { key: key("k"), sequence: 5 });
    rig.write(Address::Record(name("c")), Some(serde_json::to_string(&record).expect("a record")));
    rig.keeps.clear();
    rig.release();
    rig.pass(100);
    let lines = rig.lines();
    assert!(lines.contains(&"note Fenced { conversation: c }".to_owned()), "{lines:?}");
    assert!(!rig.all.contains("Give {"), "{lines:?}");
    rig.pass(2_000);
    assert!(rig.entry().epoch > epoch && rig.record().epoch == rig.entry().epoch);
    assert_eq!(rig.record().owner, Some(rig.lease()));
    assert!(!rig.all.contains("Give {"), "what another may have given is not given again");
}

#[test]
fn a_record_that_is_ahead_of_its_entry_is_overtaken() {
    // Covers: RL-9
    let mut rig = Rig::running(Settings::default());
    let mut record = rig.record();
    record.epoch = 900;
    rig.write(Address::Record(name("c")), Some(serde_json::to_string(&record).expect("a record")));
    rig.delivers(0..1, None);
    rig.pass(2_000);
    assert_eq!(rig.entry().epoch, 901);
    assert_eq!(rig.record().epoch, 901);
    let took = rig.all.matches("Took").count();
    assert_eq!(took, 2, "it goes on under the new epoch");
}

#[test]
fn what_cannot_be_read_keeps_nobody_waiting() {
    // Covers: RL-10, RL-33
    let mut rig = Rig::joined(Settings { arriving: 1, ..Settings::default() });
    rig.write(Address::Record(name("c0")), Some(r#"{"version":2}"#.to_owned()));
    for at in 0..3 {
        rig.sees_entry(&format!("c{at}"), |_| {});
    }
    rig.pass(2_000);
    let lines = rig.lines();
    for begun in ["begin c1 None", "begin c2 None"] {
        assert!(lines.contains(&begun.to_owned()), "{lines:?}");
    }
}
