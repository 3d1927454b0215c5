//! A numbering as checkpoints hold it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::counter::{Counter, Run};
use super::{DIGITS_MAX, Id, Numbering};

/// As it is written down; read back through the same insertions, so that nothing hostile in it
/// can break an invariant.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Stored {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    counters: Vec<StoredCounter>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ids: Vec<Arc<str>>,
}

#[derive(Serialize, Deserialize)]
struct StoredCounter {
    prefix: Box<str>,
    width: u32,
    /// First, last, and unless there is but one of all, its age.
    runs: Vec<Vec<u64>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    firsts: Vec<(u64, i64)>,
}

impl From<Numbering> for Stored {
    fn from(numbering: Numbering) -> Stored {
        let is_alone = numbering.runs == 1;
        let run = |Run { first, last, age }: Run| match is_alone {
            true => vec![first, last],
            false => vec![first, last, age.into()],
        };
        let counter = |Counter { prefix, width, runs, firsts }: Counter| StoredCounter {
            prefix,
            width,
            runs: runs.into_iter().map(run).collect(),
            firsts,
        };
        let counters = numbering.counters.into_iter().map(counter).collect();
        Stored { counters, ids: numbering.order.into() }
    }
}

impl From<Stored> for Numbering {
    fn from(stored: Stored) -> Numbering {
        let mut numbering = Numbering::default();
        let mut runs = Vec::new();
        let fits = |own: &StoredCounter| {
            own.prefix.ends_with('|') && (1..=DIGITS_MAX).contains(&own.width)
        };
        for (index, counter) in stored.counters.iter().enumerate().filter(|(_, own)| fits(own)) {
            for run in &counter.runs {
                let (first, last, age) = match **run {
                    [first, last] => (first, last, 0),
                    [first, last, age] => (first, last, age),
                    _ => continue,
                };
                if first <= last && last < NUMBER_END {
                    runs.push((age, index, (first, last)));
                }
            }
        }
        // The oldest first; of those that say nothing of it, in the order they stand in.
        runs.sort_by_key(|(age, ..)| *age);
        for (_, index, run) in runs {
            let StoredCounter { prefix, width, .. } = &stored.counters[index];
            numbering.insert_run(prefix, *width, run);
        }
        for StoredCounter { prefix, width, firsts, .. } in &stored.counters {
            let Ok(index) = numbering.find(prefix, *width) else { continue };
            let counter = &mut numbering.counters[index];
            for (number, second) in firsts {
                if counter.find(*number).is_ok() {
                    counter.note_first(*number, *second);
                }
            }
        }
        for id in stored.ids {
            numbering.insert(Id::of(&id), None, usize::MAX);
        }
        numbering
    }
}

const NUMBER_END: u64 = 10_u64.pow(DIGITS_MAX);
