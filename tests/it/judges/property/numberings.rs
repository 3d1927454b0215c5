//! Of numberings that begin anew: whatever overtakes what, each activity is handed out once.

use proptest::prelude::*;

use crate::judges::draw;
use crate::transcript::{Host, config, plain};

/// An activity: its number, and the second it was said in.
type Said = (usize, u64);

/// What was said in a few numberings, with many pauses; more than a minute between any two of them.
fn talk(numberings: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Said>> {
    let pause = prop::sample::select(&[1, 5, 20, 20, 50, 60, 61, 100, 500, 5_000][..]);
    let numbering = (61..20_000_u64, prop::collection::vec(pause, 1..30));
    prop::collection::vec(numbering, numberings).prop_map(|numberings| {
        let (mut all, mut second) = (Vec::new(), 0);
        for (gap, pauses) in numberings {
            second += gap;
            for (number, pause) in pauses.into_iter().enumerate() {
                all.push((number, second));
                second += pause;
            }
        }
        all
    })
}

/// A history that is read from its beginning, and a stream that shows what was said from somewhere
/// on; `choices` say whose turn it is.
fn by_two_ways(count: usize, live: usize, choices: &[bool]) -> Vec<usize> {
    let (mut old, mut new) = (0, live);
    let mut choices = choices.iter().cycle();
    let mut order = Vec::new();
    while old < count || new < count {
        let is_new = choices.next().is_some_and(|is_new| *is_new);
        let next = if new < count && (is_new || old == count) { &mut new } else { &mut old };
        order.push(*next);
        *next += 1;
    }
    order
}

fn timestamp(second: u64) -> String {
    let (day, hour) = (second / 86_400, second / 3_600 % 24);
    format!("2026-11-{:02}T{hour:02}:{:02}:{:02}Z", 1 + day, second / 60 % 60, second % 60)
}

/// Which of these came out, in the end of each frame; the process is killed before that one.
fn handed_out(frames: &[(usize, String)], killed: usize) -> Vec<bool> {
    let mut host = Host::live(config(plain()));
    let mut handed = Vec::new();
    for (at, (number, timestamp)) in frames.iter().enumerate() {
        if at == killed {
            host = host.resumed();
            host.goes_live();
        }
        let count = host.session.counters().delivered;
        let id = format!("c|{number:07}");
        host.frame(&format!(
            r#"{{"activities":[{{"id":"{id}","timestamp":"{timestamp}"}}],"watermark":"1"}}"#
        ));
        handed.push(host.session.counters().delivered > count);
    }
    handed
}

properties! {
    256;

    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(
        all in talk(1..3),
        live in any::<prop::sample::Index>(),
        choices in prop::collection::vec(any::<bool>(), 1..40),
        killed in 0..100_usize,
        wrong in prop::option::of((any::<prop::sample::Index>(), any::<bool>())),
    ) {
        // Covers: DD-1, DD-3, TM-7, WM-7
        let wrong = wrong.map(|(at, is_late)| (at.index(all.len()), is_late));
        let mut order = by_two_ways(all.len(), live.index(all.len()), &choices);
        // And all of it is said once more in the end.
        order.extend(0..all.len());
        let frame = |at: &usize| {
            let (number, second) = all[*at];
            let timestamp = match wrong {
                Some((odd, true)) if odd == *at => "2099-01-01T00:00:00Z".to_owned(),
                Some((odd, false)) if odd == *at => "1970-01-01T00:00:00Z".to_owned(),
                _ => timestamp(second),
            };
            (number, timestamp)
        };
        let frames: Vec<_> = order.iter().map(frame).collect();
        let mut was_handed = vec![false; all.len()];
        for (at, is_handed) in order.into_iter().zip(handed_out(&frames, killed)) {
            prop_assert!(is_handed || was_handed[at], "{at} is lost");
            prop_assert!(!is_handed || !was_handed[at], "{at} came twice");
            was_handed[at] = true;
        }
    }
}
