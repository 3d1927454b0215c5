//! What was handed out is not handed out again, and what was not is.

use directline::{Checkpoint, Way};

use crate::transcript::{Host, config, plain, set};

/// An activity with a timestamp at this second of a minute.
fn stamped(id: &str, second: &str) -> String {
    format!(
        r#"{{"activities":[{{"id":"{id}","timestamp":"2026-11-20T12:00:{second}"}}],"watermark":"1"}}"#
    )
}

#[test]
fn a_replay_of_the_whole_history_is_told_once() {
    // Covers: DD-1, WM-4
    let mut host = Host::live(config(plain()));
    host.says("a b", "2").says("c b", "3").breaks().times_out().goes_live();
    host.says("a b c", "3").says("c a d", "0");
    assert_eq!(host.delivered(), "a b c d");
    assert_eq!(host.session.counters().duplicates, 6);
}

#[test]
fn copies_are_recognised_whatever_way_they_come() {
    // Covers: DD-1, PO-3
    let mut host = Host::live(config(plain()));
    host.says("a a", "").breaks().times_out().goes_live();
    host.says("b", "").answers(200, &set("a b c c", "3")).answers(200, &set("c", "3"));
    assert_eq!(host.delivered(), "a b c", "by socket and by page");
    let mut next = host.resumed();
    next.goes_live().says("a b c d", "4");
    assert_eq!(next.delivered(), "d", "by the checkpoint");
}

#[test]
fn an_id_is_a_text_by_its_characters() {
    // Covers: DD-1, DD-2
    let twice = |first: &str, second: &str| {
        let mut host = Host::live(config(plain()));
        for ids in [first, second] {
            host.frame(&format!(r#"{{"activities":[{{"type":"message",{ids}}}]}}"#));
        }
        host.session.counters().duplicates == 0
    };
    for none in [r#""id":5"#, r#""id":"""#, r#""id":{}"#, r#""id":null"#, r#""id":"\ud800x""#] {
        assert!(twice(none, none), "{none}");
    }
    for (one, same) in
        [(r#""id":"a/é""#, r#""id":"a\/\u00e9""#), (r#""id":"😀""#, r#""id":"\ud83d\ude00""#)]
    {
        assert!(!twice(one, same), "{one} {same}");
    }
    assert!(twice(r#""id":"é""#, r#""id":"e\u0301""#), "other characters");
}

#[test]
fn a_bar_without_a_number_is_an_id_like_any_other() {
    // Covers: DD-1
    let mut host = Host::live(config(plain()));
    host.says("c| c|0", "1");
    let mut next = host.resumed();
    next.goes_live().says("c| c|0 c|1", "2");
    assert_eq!(next.delivered(), "c|1", "both are known from the checkpoint");
}

#[test]
fn a_number_of_19_digits_is_in_no_run() {
    // Covers: RX-6, DD-1
    let resumed = |last: u64| {
        let counter = format!(r#"{{"prefix":"c|","width":18,"runs":[[5,{last}]]}}"#);
        let known = format!(r#"{{"current":{{"counters":[{counter}]}}}}"#);
        let json = format!(r#"{{"version":1,"conversation":"c","known":{known}}}"#);
        let mut host = Host::resume(config(plain()), Checkpoint::from_json(&json).expect("one"));
        host.goes_live().says(&format!("c|{:018}", 7), "1").delivered()
    };
    assert_eq!(resumed(999_999_999_999_999_999), "");
    assert_eq!(resumed(1_000_000_000_000_000_000), format!("c|{:018}", 7));
}

#[test]
fn what_has_no_id_is_never_dropped() {
    // Covers: DD-2
    let typing = r#"{"type":"typing"}"#;
    let mut host = Host::live(config(plain()));
    host.frame(&format!(r#"{{"activities":[{typing},{typing}]}}"#));
    host.frame(&format!(r#"{{"activities":[{typing},{{"id":""}},{{"id":""}},{{"id":null}}]}}"#));
    let told = host.delivered();
    assert_eq!(told.matches(typing).count(), 3, "{told}");
    assert_eq!(host.session.counters().delivered, 6);
    assert_eq!(host.session.counters().duplicates, 0);
}

#[test]
fn revisions_carry_a_known_id_on_purpose() {
    // Covers: DD-2
    let mut host = Host::live(config(plain()));
    host.says("a", "1").forget();
    for kind in ["messageUpdate", "messageDelete"] {
        let revision = format!(r#"{{"activities":[{{"type":"{kind}","id":"a"}}]}}"#);
        host.frame(&revision).frame(&revision);
        assert_eq!(host.delivered(), "a a", "{kind}");
    }
    host.frame(r#"{"activities":[{"type":"messageUpdate","id":"b"}]}"#).forget();
    host.says("b", "2");
    assert_eq!(host.delivered(), "b", "a revision does not stand for what it revises");
}

#[test]
fn a_numbering_that_begins_anew_loses_nothing() {
    // Covers: DD-3, DD-1
    let mut host = Host::live(config(plain()));
    for (id, second) in [("c|0000000", "01Z"), ("c|0000001", "02.5Z"), ("c|0000002", "03Z")] {
        host.frame(&stamped(id, second));
    }
    host.forget();
    host.frame(&stamped("c|0000000", "03.000Z"));
    assert_eq!(host.delivered(), "", "the same instant as the newest is not later");
    host.frame(&stamped("c|0000000", "03.0000000000001Z"));
    assert_eq!(host.delivered(), "c|0000000", "a later one is");
    host.frame(&stamped("c|0000001", "02.5Z"));
    assert_eq!(host.delivered(), "", "an old replay");
    host.frame(&stamped("c|0000001", "09Z")).frame(&stamped("c|0000001", "09Z"));
    assert_eq!(host.delivered(), "c|0000001", "the same number anew, once");
    let mut next = host.resumed();
    next.goes_live().frame(&stamped("c|0000002", "03Z")).frame(&stamped("c|0000002", "10Z"));
    assert_eq!(next.delivered(), "c|0000002", "the checkpoint knows both numberings");
}

#[test]
fn timestamps_are_instants_and_rubbish_is_none() {
    // Covers: DD-3
    let mut host = Host::live(config(plain()));
    host.frame(&stamped("a", "30Z")).forget();
    host.frame(&stamped("a", "31+01:00"));
    assert_eq!(host.delivered(), "", "an hour earlier, whatever the digits say");
    for rubbish in ["99Z", "31", "31X", "", "31.Z"] {
        host.frame(&stamped("a", rubbish));
        assert_eq!(host.delivered(), "", "{rubbish:?}");
    }
    host.frame(&stamped("a", "29-00:01"));
    assert_eq!(host.delivered(), "a", "a minute later");
    let mut host = Host::live(config(plain()));
    for timestamp in ["1999-12-31T23:59:59Z", "2000-01-01T00:00:00Z"] {
        host.frame(&format!(r#"{{"activities":[{{"id":"a","timestamp":"{timestamp}"}}]}}"#));
    }
    assert_eq!(host.delivered(), "a a", "a second later");
    let mut host = Host::live(config(plain()));
    host.frame(&stamped("a", "30.5Z")).forget();
    host.frame(&stamped("a", "30.1000000000000000000Z"));
    assert_eq!(host.delivered(), "", "digits without end write a tenth too");
}

#[test]
fn of_two_copies_the_first_wins() {
    // Covers: DD-4
    let mut host = Host::live(config(plain()));
    host.frame(r#"{"activities":[{"id":"a","text":"1"},{"id":"a","text":"2"}]}"#);
    host.frame(r#"{"activities":[{"text":"3","id":"a"}]}"#);
    let [batch] = host.batches.as_slice() else { panic!("one batch") };
    let texts: Vec<_> = batch.iter().map(|activity| activity.json()).collect();
    assert_eq!(texts, [r#"{"id":"a","text":"1"}"#]);
    assert_eq!(host.session.counters().duplicates, 2);
}

#[test]
fn the_memory_is_as_large_as_the_host_wants() {
    // Covers: DD-5
    let mut host = Host::live(config(plain().with_seen_ids_max(16)));
    for id in 0..17 {
        host.says(&format!("x{id}"), "1");
    }
    host.forget();
    (1..17).for_each(|id| _ = host.says(&format!("x{id}"), "1"));
    assert_eq!(host.delivered(), "", "sixteen are known");
    host.says("x0", "1");
    assert_eq!(host.delivered(), "x0", "the oldest gave way");
}

#[test]
fn a_day_of_arbitrary_ids_fits_into_a_checkpoint() {
    // Covers: DD-5, DD-1
    let id = |number: u32| format!("{number:08x}-0000-4000-8000-0123456789ab");
    let ids: Vec<_> = (0..4_096).map(id).collect();
    let mut host = Host::live(config(plain()));
    ids.chunks(64).for_each(|chunk| _ = host.says(&chunk.join(" "), "1"));
    assert_eq!(host.session.counters().delivered, 4_096);
    let line = host.checkpoint().to_json();
    let read = Checkpoint::from_json(&line).expect("a checkpoint");
    let mut next = Host::resume(config(plain()), read);
    next.goes_live().says(&ids.join(" "), "2");
    assert_eq!(next.delivered(), "");
    assert_eq!(next.session.counters().duplicates, 4_096);
}

#[test]
fn numbered_activities_cost_next_to_nothing() {
    // Covers: DD-5
    let mut host = Host::live(config(plain().with_seen_ids_max(16)));
    // Shuffled within blocks of eight, as a service that does not order its frames would.
    let ids: Vec<_> = (0..80_000_u32).map(|number| format!("c|{:07}", number ^ 5)).collect();
    ids.chunks(1_000).for_each(|chunk| _ = host.says(&chunk.join(" "), "1"));
    assert_eq!(host.session.counters().delivered, 80_000);
    let line = host.checkpoint().to_json();
    assert!(line.len() < 200, "{line}");
    host.forget();
    ids.chunks(1_000).rev().for_each(|chunk| _ = host.says(&chunk.join(" "), "1"));
    assert_eq!(host.delivered(), "", "not one is forgotten");
}

#[test]
fn resuming_with_a_smaller_memory_forgets_the_oldest() {
    // Covers: DD-5, RX-6
    let mut host = Host::live(config(plain()));
    let ids: Vec<_> = (0..40).map(|id| format!("x{id}")).collect();
    host.says(&ids.join(" "), "1");
    let mut next = Host::resume(config(plain().with_seen_ids_max(16)), host.checkpoint());
    next.goes_live().says(&ids[24..].join(" "), "1");
    assert_eq!(next.delivered(), "");
    next.says("x0", "1");
    assert_eq!(next.delivered(), "x0");
}

#[test]
fn polls_share_the_memory() {
    // Covers: DD-1, PO-1
    let mut host = Host::new(config(plain().with_way(Way::Polling)));
    host.grants().answers(200, &set("a b", "2")).answers(200, &set("", "2"));
    host.times_out().answers(200, &set("b c", "3"));
    assert_eq!(host.delivered(), "a b c");
}

#[test]
fn long_prefixes_are_forgotten_before_they_fill_the_memory() {
    // Covers: DD-5, RX-6
    let mut host = Host::live(config(plain().with_seen_ids_max(16)));
    // 16 ids of 256 bytes on average hold four prefixes of 1,024, to the byte.
    let id = |number: usize| format!("{number}{}|7", "x".repeat(1_022));
    for number in 0..10 {
        host.says(&id(number), "1");
    }
    host.forget().says(&id(9), "1").says(&id(6), "1");
    assert_eq!(host.delivered(), "", "the last four are known");
    host.says(&id(5), "1");
    assert_eq!(host.delivered(), id(5), "a repeat is better than a loss");
}
