//! What is over: its posts are refused, and in the end its name is free again.

use directline_relay::core::{Address, Answer, Settings, Wanted};

use crate::control::{end, start};
use crate::rig::{Rig, name};

#[test]
fn what_is_over_has_no_session_and_is_removed_in_the_end() {
    // Covers: RL-34
    let mut rig = Rig::running(Settings::default());
    end(&mut rig);
    let lines = rig.lines();
    assert_eq!(lines[1..5], ["put conversation c", "reply Done", "drop c", "unfetch c"]);
    assert_eq!(lines[6..], ["fetch c", "put record c"], "what comes now is refused");
    let reason = "ended by the application".to_owned();
    assert_eq!(rig.entry().wanted, Wanted::Over(reason));
    start(&mut rig);
    assert_eq!(rig.lines()[1..], ["reply Refused(\"it is over: ended by the application\")"]);
    rig.pass(3_599_999);
    assert!(rig.lines().iter().all(|line| line == "put host a"));
    rig.pass(3_600_000);
    let lines = rig.news();
    assert_eq!(lines, ["remove record c", "remove conversation c", "unfetch c"]);
    start(&mut rig);
    assert_eq!(rig.lines()[1..3], ["put conversation c", "reply Done"], "the name is free");
}

#[test]
fn a_record_is_removed_whatever_was_still_on_its_way_to_it() {
    // Covers: RL-34
    let mut rig = Rig::running(Settings::default());
    end(&mut rig);
    rig.pass(3_599_000);
    // A write that nobody answered has arrived after all.
    let record = rig.record();
    rig.write(Address::Record(name("c")), Some(serde_json::to_string(&record).expect("a record")));
    rig.lines();
    rig.pass(3_600_500);
    let lines = rig.news();
    assert_eq!(lines[..3], ["remove record c", "read record c", "remove record c"], "{lines:?}");
    assert!(lines.contains(&"remove conversation c".to_owned()), "{lines:?}");
    assert!(!rig.has(&Address::Record(name("c"))), "nothing is left of it");
}

#[test]
fn an_entry_is_not_removed_before_its_record_is_for_sure() {
    // Covers: RL-34
    let mut rig = Rig::running(Settings::default());
    end(&mut rig);
    rig.pass(3_599_000);
    let record = rig.record();
    rig.write(Address::Record(name("c")), Some(serde_json::to_string(&record).expect("a record")));
    rig.keeps = vec!["read record"];
    rig.pass(3_600_500);
    rig.keeps.clear();
    rig.lines();
    // A server that lags shows nothing.
    rig.shows(None);
    rig.pass(3_605_000);
    let lines = rig.news();
    let wanted = ["remove record c", "read record c", "remove record c", "remove conversation c"];
    assert_eq!(lines[..4], wanted, "{lines:?}");
}

#[test]
fn a_post_that_comes_while_all_is_removed_holds_nothing_up() {
    // Covers: RL-34
    let mut rig = Rig::running(Settings::default());
    end(&mut rig);
    rig.keeps = vec!["remove conversation"];
    rig.pass(3_600_000);
    assert_eq!(rig.news().last().map(String::as_str), Some("remove conversation c"));
    rig.posts(5, "k");
    rig.answered(Answer::Unanswered);
    rig.keeps.clear();
    rig.pass(3_610_000);
    let lines = rig.news();
    assert!(lines.contains(&"remove conversation c".to_owned()), "{lines:?}");
    assert!(!rig.has(&Address::Conversation(name("c"))), "{lines:?}");
    assert!(!rig.all.contains("Acknowledge"), "it is for the next one of that name");
}

#[test]
fn a_name_is_not_free_before_what_was_refused_is_told() {
    // Covers: RL-22, RL-34
    let mut rig = Rig::running(Settings::default());
    end(&mut rig);
    rig.pass(3_599_000);
    rig.keeps = vec!["tell"];
    rig.posts(5, "k");
    rig.lines();
    rig.pass(3_601_500);
    assert_eq!(rig.news(), [] as [&str; 0], "it waits");
    rig.release();
    rig.pass(3_602_000);
    assert_eq!(rig.news()[0], "acknowledge 5");
    // It may not be off the queue, and the next one of that name would send it.
    rig.pass(3_609_000);
    rig.posts(5, "k");
    assert_eq!(rig.news(), ["acknowledge 5", "fetch c"]);
    rig.pass(3_618_000);
    assert_eq!(rig.news(), [] as [&str; 0]);
    rig.pass(3_620_000);
    let lines = rig.news();
    assert!(lines.contains(&"remove conversation c".to_owned()), "{lines:?}");
}

#[test]
fn a_later_conversation_of_a_name_has_a_later_epoch() {
    // Covers: RL-34, RL-9
    let mut rig =
        Rig::running(Settings { over_wait: std::time::Duration::ZERO, ..Settings::default() });
    let before = rig.entry().epoch;
    end(&mut rig);
    start(&mut rig);
    assert!(rig.entry().epoch > before);
}

#[test]
fn what_was_read_before_a_removal_does_not_bring_it_back() {
    // Covers: RL-34
    let mut rig = Rig::running(Settings::default());
    end(&mut rig);
    rig.pass(3_599_900);
    rig.keeps = vec!["read conversation"];
    start(&mut rig);
    let asked = rig.kept.pop().expect("it was asked for");
    let late = rig.answer(asked).expect("an answer");
    rig.pass(3_600_500);
    assert!(!rig.has(&Address::Conversation(name("c"))), "it is removed");
    rig.keeps.clear();
    rig.lines();
    rig.tell(late);
    let lines = rig.lines();
    assert_eq!(lines[..2], ["put conversation c", "reply Done"], "a new one: {lines:?}");
    assert_eq!(rig.record().over, None);
}
