//! A host's own lease, and how it finds out that another's is over.

use directline_relay::core::{Address, Answer, Fact, HostState, Settings};

use crate::rig::{Rig, host, lease, of};

#[test]
fn a_lease_counts_from_the_moment_its_write_was_sent() {
    // Covers: RL-3
    let mut rig = Rig::new(Settings::default());
    rig.keeps = vec!["put host a"];
    rig.tell(Fact::Synced);
    rig.now = 1_500;
    rig.release();
    assert_eq!(rig.lines(), ["read leases a", "put leases a", "put host a", "note Joined"]);
    // Sent at 0, for 10 s, with a margin of 2 s; renewals go unanswered.
    rig.pass(7_999);
    assert!(rig.lines().iter().all(|line| line == "put host a"));
    rig.pass(8_000);
    let again = ["note LeaseLost 0", "read host a", "read leases a", "put leases a", "put host a"];
    assert_eq!(rig.lines(), again);
}

#[test]
fn who_waits_for_an_answer_wants_to_be_called_for_nothing_else() {
    // Covers: RL-3, RL-41
    let mut rig = Rig::new(Settings::default());
    let stands = r#"{"version":1,"number":3,"nonce":1,"state":"alive"}"#.to_owned();
    rig.sees(Address::Host(host("a")), Some(stands));
    rig.tell(Fact::Synced);
    rig.keeps = vec!["read leases a"];
    rig.until(|rig| rig.all.contains("Leases") || rig.all.contains("leases a"));
    assert_eq!(rig.core.deadline(), None);
}

#[test]
fn an_answer_that_took_too_long_is_no_lease() {
    // Covers: RL-3
    let mut rig = Rig::new(Settings::default());
    rig.keeps = vec!["put host a"];
    rig.tell(Fact::Synced);
    rig.now = 8_000;
    rig.release();
    // Its own write stands there, and another lease is asked for in its place.
    let asked = ["read leases a", "put leases a", "put host a"];
    assert_eq!(rig.lines(), [asked, asked].concat());
    rig.release();
    assert_eq!(rig.lines(), ["note Joined"]);
}

#[test]
fn who_slept_past_the_lease_stops_before_anything_else() {
    // Covers: RL-3, RL-40
    for hears in [true, false] {
        let mut rig = Rig::running(Settings::default());
        rig.keeps = vec!["read host a"];
        rig.now = 60_000;
        if hears {
            rig.delivers(0..3, None);
        } else {
            // What was ordered before is asked for: it is no more.
            let session = rig.session();
            let conversation = crate::rig::name("c");
            rig.core.handle(
                directline::Moment::from_millis(100),
                Fact::NeedsCredential { conversation, session },
            );
            rig.perform();
        }
        let lines = rig.lines();
        assert_eq!(lines, ["drop c", "unfetch c", "note LeaseLost 1", "read host a"], "{hears}");
    }
}

#[test]
fn a_renewal_whose_answer_got_lost_is_found_again() {
    // Covers: RL-3
    let mut rig = Rig::joined(Settings::default());
    rig.keeps = vec!["put host a"];
    rig.pass(2_500);
    assert_eq!(rig.lines(), ["put host a"]);
    // It arrived, and nobody heard.
    let order = rig.kept[0].clone();
    let _ = rig.answer(order);
    rig.now = 4_500;
    rig.answered(Answer::Unanswered);
    rig.pass(4_600);
    rig.release();
    rig.pass(4_800);
    assert_eq!(rig.lines(), ["put host a", "read host a", "put host a"]);
    rig.release();
    rig.pass(7_299);
    assert_eq!(rig.lines(), [] as [&str; 0], "it lives from 4,800 on");
    rig.pass(8_000);
    assert_eq!(rig.lines(), ["put host a"]);
}

#[test]
fn who_finds_something_else_under_its_key_stops() {
    // Covers: RL-3
    let mut rig = Rig::running(Settings::default());
    rig.keeps = vec!["put host a"];
    rig.sees_host("a", HostState::Gone);
    assert_eq!(
        rig.lines(),
        [
            "drop c",
            "unfetch c",
            "note LeaseLost 1",
            "read host a",
            "read leases a",
            "put leases a",
            "put host a"
        ]
    );
}

#[test]
fn a_name_that_another_process_has_is_waited_for() {
    // Covers: RL-4
    let mut rig = Rig::new(Settings::default());
    rig.sees_host("a", HostState::Alive);
    rig.tell(Fact::Synced);
    rig.pass(2_000);
    assert_eq!(rig.lines(), [] as [&str; 0], "it may be what this host left when it crashed");
    let other = lease("a", 101);
    rig.renews(&other, HostState::Alive);
    assert_eq!(rig.lines(), ["note NameTaken"]);
    rig.renews(&other, HostState::Alive);
    rig.pass(11_999);
    assert_eq!(rig.lines(), [] as [&str; 0]);
    rig.cells.clear();
    rig.pass(12_000);
    assert_eq!(rig.lines(), ["read leases a", "put leases a", "put host a", "note Joined"]);
}

#[test]
fn silence_is_no_end_and_what_stands_in_a_lease_s_place_is() {
    // Covers: RL-4, RL-5
    let conversation = of("a", &["a", "b"]);
    let (mut rig, _) = Rig::beside(&conversation);
    rig.lines();
    rig.keeps = vec!["put host b"];
    rig.pass(9_999);
    let asks = format!("put conversation {conversation}");
    assert!(!rig.news().contains(&"put host b".to_owned()), "it was heard of");
    // It has not aged out, after all.
    rig.pass(10_000);
    rig.answered(Answer::Conflict);
    assert_eq!(rig.news(), ["put host b", "read host b"]);
    rig.pass(10_100);
    assert_eq!(rig.news(), ["put host b"], "tried again");
    rig.cells.remove(&Address::Host(host("b")));
    rig.release();
    let lines = rig.news();
    assert_eq!(lines[0], "note Fell { host: b }");
    assert!(lines.contains(&asks), "taken once that stands there: {lines:?}");
}

#[test]
fn an_earlier_lease_says_nothing_of_a_later_one() {
    // Covers: RL-4
    let conversation = of("a", &["a", "b"]);
    let mut rig = Rig::joined(Settings::default());
    let earlier = rig.sees_host("b", HostState::Alive);
    let later = lease("b", earlier.number + 5);
    rig.sees_entry(&conversation, |entry| entry.owner = Some(later));
    assert_eq!(rig.news(), [] as [&str; 0], "what is later is not over");
    rig.sees_entry(&conversation, |entry| {
        entry.owner = Some(lease("b", earlier.number - 1));
    });
    let taken = format!("put conversation {conversation}");
    assert!(rig.news().contains(&taken), "what is earlier is");
}

#[test]
fn an_owner_that_nobody_has_heard_of_is_looked_for() {
    // Covers: RL-4
    let mut rig = Rig::joined(Settings::default());
    rig.sees_entry("c", |entry| {
        entry.owner = Some(lease("z", 3));
    });
    let lines = rig.lines();
    assert_eq!(lines[..3], ["put host z", "note Fell { host: z }", "put conversation c"]);
}

#[test]
fn at_rest_a_lease_is_renewed_and_nothing_else_asked_for() {
    // Covers: RL-41
    let mut rig = Rig::running(Settings::default());
    rig.pass(60_000);
    let lines = rig.lines();
    assert_eq!(lines, vec!["put host a"; 24], "every 2.5 s");
}

#[test]
fn what_fails_is_tried_again_after_a_pause_that_grows() {
    // Covers: RL-41
    let mut rig = Rig::running(Settings::default());
    rig.keeps = vec!["publish"];
    rig.delivers(0..1, None);
    let mut moments = vec![];
    for _ in 0..9 {
        rig.answered(Answer::Unanswered);
        moments.push(rig.until(|rig| !rig.kept.is_empty()));
    }
    assert_eq!(moments, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
}

#[test]
fn a_lease_is_later_than_all_before_it() {
    // Covers: RL-4
    let mut rig = Rig::joined(Settings::default());
    let first = rig.lease();
    // Nothing stands under its key, and nobody names a lease: it is counted where nothing ages out.
    rig.cells.remove(&Address::Host(host("a")));
    rig.at(60_000, Fact::Timeout);
    assert!(rig.lease().number > first.number);
    // The count was removed by hand, and an entry is left.
    let mut rig = Rig::new(Settings::default());
    let old = lease("a", 40);
    rig.sees_entry("c", |entry| entry.owner = Some(old.clone()));
    rig.tell(Fact::Synced);
    assert!(rig.lease().number > old.number);
    assert_eq!(rig.entry().owner, Some(rig.lease()), "taken: the one before is over");
}

#[test]
fn a_number_is_of_one_lease_and_not_used_late() {
    // Covers: RL-3, RL-4
    let mut rig = Rig::new(Settings::default());
    rig.keeps = vec!["put"];
    rig.tell(Fact::Synced);
    assert_eq!(rig.lines(), ["read leases a", "put leases a"]);
    // Another process of this name was first.
    let count = r#"{"version":1,"count":7}"#.to_owned();
    rig.write(Address::Leases(host("a")), Some(count));
    rig.release();
    rig.pass(100);
    assert_eq!(rig.lines(), ["read leases a", "put leases a"], "read again after a pause");
    rig.release();
    assert_eq!(rig.lines(), ["put host a"]);
    // Counted from when the number was asked for, this is too late.
    rig.now = 8_099;
    rig.release();
    assert_eq!(rig.lines(), ["note Joined", "put host a"]);
    assert_eq!(rig.lease(), lease("a", 8));
    rig.pass(8_100);
    assert_eq!(rig.lines()[..1], ["note LeaseLost 0"], "the renewal is not answered");
    // A number that was granted that long ago is not used at all.
    let mut rig = Rig::new(Settings::default());
    rig.keeps = vec!["put"];
    rig.tell(Fact::Synced);
    rig.now = 8_000;
    rig.release();
    assert_eq!(rig.lines(), ["read leases a", "put leases a", "read leases a", "put leases a"]);
}

#[test]
fn a_count_that_cannot_be_read_is_told_and_left_alone() {
    // Covers: RL-33, RL-41
    for count in ["{", r#"{"version":2,"count":7}"#, r#"{"version":1,"count":-1}"#] {
        let mut rig = Rig::new(Settings::default());
        let address = Address::Leases(host("a"));
        rig.write(address.clone(), Some(count.to_owned()));
        rig.tell(Fact::Synced);
        rig.pass(60_000);
        let lines = rig.lines();
        assert!(lines[1].starts_with("note Damaged { address: leases a"), "{lines:?}");
        let reads = lines.iter().filter(|line| *line == "read leases a").count();
        assert!((10..20).contains(&reads) && lines.len() == 2 * reads, "{lines:?}");
        rig.write(address, None);
        rig.pass(66_000);
        assert!(rig.lines().contains(&"note Joined".to_owned()), "as soon as it is mended");
    }
}

#[test]
fn that_a_lease_is_gone_says_nothing_of_a_later_one() {
    // Covers: RL-4, RL-5
    for has_vanished in [false, true] {
        let conversation = of("a", &["a", "b"]);
        let mut rig = Rig::joined(Settings::default());
        let gone = rig.sees_host("b", HostState::Gone);
        let later = lease("b", gone.number + 1);
        rig.sees_entry(&conversation, |entry| entry.owner = Some(later.clone()));
        assert_eq!(rig.news(), [] as [&str; 0], "it may be heard of any moment");
        if has_vanished {
            rig.cells.remove(&Address::Host(host("b")));
        }
        rig.pass(rig.now + 10_200);
        let lines = rig.news();
        let taken = format!("put conversation {conversation}");
        assert!(lines.contains(&"note Fell { host: b }".to_owned()), "{has_vanished}: {lines:?}");
        assert!(lines.contains(&taken), "{has_vanished}: {lines:?}");
    }
}
