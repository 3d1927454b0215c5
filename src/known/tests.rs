use super::*;

fn at(second: u32) -> Option<Timestamp> {
    Timestamp::parse(&format!("2026-11-20T12:00:{second:02}Z"))
}

/// Hands an activity to the filter; whether it came through.
fn passes(known: &mut Known, id: &str, timestamp: Option<Timestamp>) -> bool {
    let is_duplicate = known.is_duplicate(id, timestamp);
    let passes = known.admit(Some(id), timestamp, 4_096);
    assert_eq!(passes, !is_duplicate);
    passes
}

#[test]
fn a_known_id_is_a_duplicate_until_its_time_says_otherwise() {
    // Covers: DD-1, DD-3
    let mut known = Known::default();
    assert!(passes(&mut known, "c|0000000", at(1)));
    assert!(passes(&mut known, "c|0000001", at(5)));
    assert!(!passes(&mut known, "c|0000000", at(1)), "a replay");
    assert!(!passes(&mut known, "c|0000000", at(5)), "not later than all");
    assert!(!passes(&mut known, "c|0000000", None));
    assert!(passes(&mut known, "c|0000000", at(6)), "the numbering began anew");
}

#[test]
fn the_next_number_is_that_of_its_own_prefix_and_width() {
    // Covers: DD-1
    for other in ["b|2", "a|02", "2", "aa|2", "a|b|2"] {
        let mut known = Known::default();
        for id in ["a|1", other, "a|2", "a|3"] {
            assert!(passes(&mut known, id, at(1)), "{id} beside {other}");
        }
        for id in ["a|1", other, "a|2", "a|3"] {
            assert!(!passes(&mut known, id, at(1)), "{id} beside {other}");
        }
    }
}

#[test]
fn the_next_number_may_be_of_the_numbering_before() {
    // Covers: DD-1, DD-3
    let mut known = Known::default();
    for n in 0..3 {
        assert!(passes(&mut known, &format!("c|{n}"), at(n)));
    }
    assert!(passes(&mut known, "c|0", at(9)), "the numbering began anew");
    assert!(!passes(&mut known, "c|1", None), "nothing says that it is another one");
    assert!(passes(&mut known, "c|1", at(10)));
}

#[test]
fn one_clock_that_is_wrong_hides_nothing() {
    // Covers: DD-3
    let odd = Timestamp::parse("2099-01-01T00:00:00Z");
    let later = |minute: u32| Timestamp::parse(&format!("2026-12-24T12:{minute:02}:00Z"));
    // Wherever it is among the first.
    for wrong in 0..5 {
        let mut known = Known::default();
        let first = |n: u32| if n == wrong { odd } else { at(n) };
        for n in 0..5 {
            assert!(passes(&mut known, &format!("c|{n}"), first(n)));
        }
        for n in 0..5 {
            assert!(!passes(&mut known, &format!("c|{n}"), first(n)), "a replay of {n}");
        }
        for n in 0..5 {
            assert!(passes(&mut known, &format!("c|{n}"), later(n)), "{n}, {wrong} is wrong");
        }
        for n in 0..5 {
            assert!(!passes(&mut known, &format!("c|{n}"), later(n)), "a replay of {n}");
            assert!(!passes(&mut known, &format!("c|{n}"), first(n)), "{n} anew, {wrong} is wrong");
        }
    }
}

#[test]
fn a_wrong_old_clock_hides_nothing_either() {
    // Covers: DD-3
    let mut known = Known::default();
    for n in 1..5 {
        assert!(passes(&mut known, &format!("c|{n}"), at(n)));
    }
    let past = Timestamp::parse("1970-01-01T00:00:00Z");
    assert!(passes(&mut known, "c|2", past) && !passes(&mut known, "c|2", past));
    assert!((1..5).all(|n| !passes(&mut known, &format!("c|{n}"), at(n))));
}

#[test]
fn the_old_may_come_after_the_new() {
    // Covers: DD-3
    let later = |second: u32| Timestamp::parse(&format!("2026-12-24T12:00:{second:02}Z"));
    // Of the new numbering so many were said by the socket before the history was read.
    for live in [&[0][..], &[2], &[0, 1, 2, 3, 4, 5, 6], &[1, 2]] {
        let mut known = Known::default();
        for n in live {
            assert!(passes(&mut known, &format!("c|{n}"), later(*n)));
        }
        for n in 0..6 {
            assert!(passes(&mut known, &format!("c|{n}"), at(n)), "{n} of the old, {live:?}");
        }
        for n in 0..8 {
            let is_new = passes(&mut known, &format!("c|{n}"), later(n));
            assert_eq!(is_new, !live.contains(&n), "{n} of the new, {live:?}");
        }
        for n in 0..6 {
            assert!(!passes(&mut known, &format!("c|{n}"), at(n)), "{n} again, {live:?}");
            assert!(!passes(&mut known, &format!("c|{n}"), later(n)), "{n} again, {live:?}");
        }
    }
}

#[test]
fn what_says_nothing_of_its_time_is_known_in_every_numbering() {
    // Covers: DD-1, DD-3
    let mut known = Known::default();
    for id in ["c|0", "c|1", "guid"] {
        assert!(passes(&mut known, id, None));
    }
    assert!(passes(&mut known, "c|2", at(1)) && passes(&mut known, "c|2", at(2)));
    for id in ["c|0", "c|1", "guid"] {
        assert!(!passes(&mut known, id, None), "{id}");
    }
    assert!(passes(&mut known, "c|3", None));
}

#[test]
fn after_a_renumbering_each_activity_is_judged_by_its_own_numbering() {
    // Covers: DD-3
    let mut known = Known::default();
    for (id, second) in [("c|0", 1), ("c|1", 2), ("c|2", 3)] {
        assert!(passes(&mut known, id, at(second)));
    }
    assert!(passes(&mut known, "c|0", at(10)));
    assert!(!passes(&mut known, "c|1", at(2)), "an old replay");
    assert!(passes(&mut known, "c|1", at(9)), "late, yet after the boundary");
    assert!(!passes(&mut known, "c|1", at(9)));
    assert!(passes(&mut known, "c|3", at(3)), "old, and never handed out");
    assert!(!passes(&mut known, "c|3", at(3)));
    assert!(passes(&mut known, "c|3", at(11)), "the same id in the new numbering");
    assert!(passes(&mut known, "c|0", at(20)), "renumbered again");
    assert!(!passes(&mut known, "c|3", at(11)), "the last two numberings are kept");
}

#[test]
fn what_is_of_the_numbering_before_the_last_is_forgotten_first() {
    // Covers: DD-5
    let mut known = Known::default();
    let mut passes = |id: &str, second| known.admit(Some(id), at(second), 16);
    assert!(passes("a", 1) && passes("a", 10), "the numbering began anew");
    for n in 0..16 {
        assert!(passes(&format!("b-{n}"), 10));
    }
    assert!(passes("late", 1) && !passes("late", 1), "of the first");
    assert!(passes("b-15", 20), "and began once more: there is room for the second alone");
    assert!(!passes("b-0", 10), "handed out before the late one, and known");
    assert!(passes("late", 1));
}

#[test]
fn without_any_timestamp_nothing_is_renumbered() {
    // Covers: DD-3
    let mut known = Known::default();
    assert!(passes(&mut known, "a", None));
    assert!(!passes(&mut known, "a", at(9)), "there is nothing to be later than");
    assert!(!passes(&mut known, "a", None));
}

fn second(second: i64) -> Option<Timestamp> {
    let (hours, minutes) = (second / 3_600, second / 60 % 60);
    let (month, day) = (hours / 24 / 28 + 1, hours / 24 % 28 + 1);
    let (hour, rest) = (hours % 24, second % 60);
    Timestamp::parse(&format!("2026-{month:02}-{day:02}T{hour:02}:{minutes:02}:{rest:02}Z"))
}

/// Every order in which a history of so many activities is read from its beginning, while a stream
/// shows what was said from `live` on.
fn by_two_ways(old: usize, live: usize, count: usize) -> Vec<Vec<usize>> {
    if old == count && live == count {
        return vec![Vec::new()];
    }
    let mut orders = Vec::new();
    for (at, old_next, live_next) in [(old, old + 1, live), (live, old, live + 1)] {
        if at < count {
            let rest = by_two_ways(old_next, live_next, count);
            orders.extend(rest.into_iter().map(|order| [vec![at], order].concat()));
        }
    }
    orders
}

#[test]
fn what_comes_by_two_ways_is_handed_out_once_whatever_overtakes_what() {
    // Covers: DD-1, DD-3, TM-7
    // Two numberings full of pauses.
    let all = [(0, 0), (1, 100), (2, 250), (3, 330), (4, 500), (0, 570), (1, 700), (2, 701)];
    for live in 0..all.len() {
        for order in by_two_ways(0, live, all.len()) {
            let mut was_handed = [false; 8];
            let mut known = Known::default();
            for at in order.iter().copied().chain(0..all.len()) {
                let (id, said_at) = all[at];
                let passes = passes(&mut known, &format!("c|{id}"), second(said_at));
                assert_ne!(passes, was_handed[at], "{at} of {order:?}");
                was_handed[at] = true;
            }
            let json = serde_json::to_string(&known).expect("plain data");
            let read: Known = serde_json::from_str(&json).expect("readable");
            assert_eq!(read, known, "{order:?}");
        }
    }
}

#[test]
fn a_wrong_clock_later_than_all_hides_no_id_that_comes_again() {
    // Covers: DD-3
    let mut known = Known::default();
    let odd = Timestamp::parse("2099-01-01T00:00:00Z");
    for n in 0..60 {
        let timestamp = if n == 45 { odd } else { second(n * 50) };
        assert!(passes(&mut known, &format!("c|{n}"), timestamp), "{n}");
    }
    for day in 1..=6 {
        for n in 0..60 {
            let id = format!("c|{n}");
            assert!(passes(&mut known, &id, second(day * 86_400 + n * 50)), "{n} of day {day}");
        }
    }
    assert!(!passes(&mut known, "c|45", odd), "its copy");
}

#[test]
fn numberings_that_are_far_apart_are_remembered_whatever_came_in_between() {
    // Covers: DD-3, DD-5
    let mut known = Known::default();
    // The newest first, so that each but one is from before all that is known.
    for day in (0..30).rev() {
        for n in 0..20 {
            assert!(passes(&mut known, &format!("c|{n:07}"), second(day * 86_400 + n * 50)));
        }
        for other in day..30.min(day + 8) {
            let at = second(other * 86_400);
            assert!(!passes(&mut known, "c|0000000", at), "day {other} after day {day}");
        }
    }
    let json = serde_json::to_string(&known).expect("plain data");
    assert!(json.len() < 1_000, "{json}");
}

#[test]
fn old_checkpoints_still_tell_what_is_known() {
    // Covers: DD-1, TM-7
    let json = r#"{"current":{"counters":[{"prefix":"c|","width":1,"runs":[[0,7]],
        "firsts":[[0,1795000000]]}],"ids":["8","guid"]},"newest":{"seconds":1795000000,"attoseconds":0}}"#;
    let mut known: Known = serde_json::from_str(json).expect("readable");
    for id in ["c|0", "c|7", "8", "guid"] {
        assert!(!passes(&mut known, id, second(0)) && !passes(&mut known, id, None), "{id}");
    }
    let next = Timestamp::parse("2026-11-20T12:00:00Z");
    assert!(passes(&mut known, "c|8", next), "it goes on");
    for id in ["c|0", "c|7", "8", "guid"] {
        assert!(!passes(&mut known, id, second(0)), "{id}");
    }
    let anew = Timestamp::parse("2026-11-20T12:00:01Z");
    assert!(passes(&mut known, "c|0", anew) && !passes(&mut known, "c|0", anew));
}
