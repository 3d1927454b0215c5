//! A service that begins its numbering anew: every activity of both numberings is handed out once,
//! whatever was missed, whatever is replayed, and in whatever order.

use crate::transcript::{Host, config, lasting};

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
