//! A service that begins its numbering anew: every activity of both numberings is handed out once,
//! whatever was missed, whatever is replayed, and in whatever order.

use directline::{Checkpoint, Purpose};

use crate::transcript::{Host, config, lasting, plain};

/// The old numbering, at 1, 2, 3 s, and the new one, at 10, 11, 12 s.
const OLD: [(&str, u32); 3] = [("c|0", 1), ("c|1", 2), ("c|2", 3)];
const NEW: [(&str, u32); 3] = [("c|0", 10), ("c|1", 11), ("c|2", 12)];

fn frame(activities: &[(&str, u32)]) -> String {
    let written = activities.iter().map(|(id, second)| {
        format!(r#"{{"id":"{id}","timestamp":"2026-11-20T12:00:{second:02}Z"}}"#)
    });
    format!(r#"{{"activities":[{}]}}"#, written.collect::<Vec<_>>().join(","))
}

/// How often each of these was handed out.
fn times(host: &Host, activity: (&str, u32)) -> usize {
    let json = frame(&[activity]);
    let json = &json[r#"{"activities":["#.len()..json.len() - 2];
    host.batches.iter().flat_map(|batch| batch.iter()).filter(|one| one.json() == json).count()
}

/// The activities of which the bits of `choice` say so.
fn some(all: &[(&'static str, u32)], choice: usize) -> Vec<(&'static str, u32)> {
    let is_chosen = |(at, _): &(usize, _)| choice >> at & 1 == 1;
    all.iter().copied().enumerate().filter(is_chosen).map(|(_, activity)| activity).collect()
}

/// Every order of these.
fn orders<T: Copy>(all: &[T]) -> Vec<Vec<T>> {
    if all.is_empty() {
        return vec![Vec::new()];
    }
    let with = |at: usize| {
        let mut rest = all.to_vec();
        let first = rest.remove(at);
        orders(&rest).into_iter().map(move |order| [vec![first], order].concat())
    };
    (0..all.len()).flat_map(with).collect()
}

#[test]
fn what_was_missed_of_the_old_numbering_is_handed_out_after_the_new_one_has_begun() {
    // Covers: DD-1, DD-3, TM-7
    for seen in 1..8 {
        let (before, missed) = (some(&OLD, seen), some(&OLD, !seen));
        // What is missed is older than something that is not.
        let newest = before.last().map_or(0, |(_, second)| *second);
        let missed: Vec<_> = missed.into_iter().filter(|(_, second)| *second < newest).collect();
        // Only an id that is known can show that the numbering is new.
        let (shows, others) = NEW
            .into_iter()
            .partition::<Vec<_>, _>(|(id, _)| before.iter().any(|(known, _)| known == id));
        let first = &shows[..1];
        for is_killed in [false, true] {
            for after in orders(&missed) {
                for replay in [[&OLD[..], &NEW[..]].concat(), [&NEW[..], &OLD[..]].concat()] {
                    let mut host = Host::live(config(lasting()));
                    host.frame(&frame(&before)).frame(&frame(first));
                    host.frame(&frame(&[&shows[1..], &others].concat()));
                    let handed_out = host.batches.clone();
                    if is_killed {
                        host = host.resumed();
                        host.goes_live().batches = handed_out;
                    }
                    after.iter().for_each(|missed| _ = host.frame(&frame(&[*missed])));
                    // What was never said must not be invented by a replay.
                    let replay: Vec<_> = replay
                        .into_iter()
                        .filter(|one| {
                            before.contains(one) || missed.contains(one) || NEW.contains(one)
                        })
                        .collect();
                    host.frame(&frame(&replay));
                    for one in replay {
                        assert_eq!(times(&host, one), 1, "{one:?} after {before:?} and {after:?}");
                    }
                }
            }
        }
    }
}

/// These numbers, from this hour and minute on, one each second.
fn hour(numbers: std::ops::Range<u32>, time: &str) -> Vec<String> {
    let one = |n| format!(r#"{{"id":"c|{n:07}","timestamp":"2026-11-20T{time}:{n:02}Z"}}"#);
    numbers.map(one).collect()
}

fn at(number: u32, timestamp: &str) -> Vec<String> {
    vec![format!(r#"{{"id":"c|{number:07}","timestamp":"{timestamp}"}}"#)]
}

/// What came of a conversation that is resumed without a watermark: each set by the socket, or as the
/// next page.
fn delivered(sets: &[(Way, Vec<String>)]) -> Vec<String> {
    let checkpoint = Checkpoint::new("c").expect("an id");
    let mut host = Host::resume(config(plain()), checkpoint);
    host.goes_live();
    for (mark, (way, set)) in sets.iter().enumerate() {
        let set = format!(r#"{{"activities":[{}],"watermark":"{mark}"}}"#, set.join(","));
        match way {
            Way::Live => host.frame(&set),
            Way::Page => host.answers_to(Purpose::Activities, 200, &set),
        };
    }
    let all = host.batches.iter().flat_map(|batch| batch.iter());
    all.map(|activity| activity.json().to_owned()).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Live,
    Page,
}
use Way::{Live, Page};

/// Every set is handed out whole, whatever was known before.
fn loses_nothing(sets: &[(Way, Vec<String>)]) {
    let all: Vec<_> = sets.iter().flat_map(|(_, set)| set.clone()).collect();
    assert_eq!(delivered(sets), all);
}

#[test]
fn a_history_that_live_frames_overtake_loses_nothing() {
    // Covers: DD-3, WM-7
    let (first, live) = (hour(0..5, "10:00"), hour(0..10, "11:10"));
    loses_nothing(&[(Page, first), (Live, live), (Page, hour(5..10, "10:01"))]);
    // What the stream has shown of the new numbering comes once more in the end.
    let sets =
        [(Live, hour(3..9, "11:00")), (Page, hour(0..5, "10:00")), (Page, hour(0..9, "11:00"))];
    let (early, late) = (hour(0..3, "11:00"), &sets[0].1);
    assert_eq!(delivered(&sets), [&late[..], &sets[1].1, &early].concat());
    loses_nothing(&[
        (Live, at(3, "2026-01-01T11:00:48Z")),
        (Live, at(0, "2026-01-01T10:00:14Z")),
        (Live, at(0, "2026-01-01T11:00:38Z")),
    ]);
}

#[test]
fn a_numbering_between_two_loses_nothing() {
    // Covers: DD-3
    let orders = orders(&["10:00", "11:00", "12:00", "13:00"]);
    for order in orders {
        let sets: Vec<_> = order.iter().map(|time| (Live, hour(0..3, time))).collect();
        loses_nothing(&sets);
        // And nothing is told twice of what was said in the last two hours, or of any of them.
        let twice = [sets.clone(), sets.clone()].concat();
        assert_eq!(delivered(&twice), delivered(&sets), "{order:?}");
    }
}

#[test]
fn wherever_one_clock_is_wrong_the_next_numbering_loses_nothing() {
    // Covers: DD-3
    for odd in ["2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z"] {
        for count in 1..7 {
            for wrong in 0..count {
                let mut old = hour(0..count, "10:00");
                old[wrong as usize] = at(wrong, odd).remove(0);
                let new = hour(0..count, "23:00");
                loses_nothing(&[(Live, old.clone()), (Live, new.clone())]);
                let twice = [(Live, old), (Live, new)];
                let twice = [twice.clone(), twice].concat();
                assert_eq!(delivered(&twice), delivered(&twice[..2]), "{wrong} of {count}");
            }
        }
    }
}

#[test]
fn within_a_minute_of_a_run_an_activity_is_its_copy() {
    // Covers: DD-3
    let said = hour(0..3, "10:00");
    let came = |timestamp| {
        let later = at(9, "2026-11-20T11:00:00Z");
        delivered(&[(Live, said.clone()), (Live, later), (Live, at(1, timestamp))]).len() > 4
    };
    assert!(!came("2026-11-20T10:01:02.9Z"), "in whole seconds");
    assert!(came("2026-11-20T10:01:03Z") && came("2026-11-20T09:58:59.9Z"));
    assert!(!came("2026-11-20T09:59:00Z"));
}
