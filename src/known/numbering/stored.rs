//! A numbering as checkpoints hold it.

use std::iter;

use serde::{Deserialize, Serialize};

use super::counter::{Counter, Period, Run};
use super::{DIGITS_MAX, Id, Numbering};

/// As it is written down; read back through the same insertions, so that nothing hostile in it
/// can break an invariant.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Stored {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    counters: Vec<StoredCounter>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ids: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredCounter {
    prefix: Box<str>,
    width: u32,
    /// First, last, and unless there is but one of all, its age; a fourth where it was met.
    runs: Vec<Vec<u64>>,
    /// When each run was said, in seconds; nothing of those that do not say so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    spans: Vec<Option<(i64, i64)>>,
}

impl From<Numbering> for Stored {
    fn from(numbering: Numbering) -> Stored {
        let is_alone = numbering.runs == 1;
        let run = |Run { first, last, age, is_met, .. }: Run| match (is_met, is_alone) {
            (true, _) => vec![first, last, age.into(), 1],
            (false, true) => vec![first, last],
            (false, false) => vec![first, last, age.into()],
        };
        let span = |run: &Run| (run.span != Period::ANY).then_some((run.span.from, run.span.to));
        let counter = |Counter { prefix, width, runs }: Counter| {
            let mut spans: Vec<_> = runs.iter().map(span).collect();
            if spans.iter().all(Option::is_none) {
                spans.clear();
            }
            StoredCounter { prefix, width, runs: runs.into_iter().map(run).collect(), spans }
        };
        let ids = numbering.others();
        Stored { counters: numbering.counters.into_iter().map(counter).collect(), ids }
    }
}

impl From<Stored> for Numbering {
    fn from(stored: Stored) -> Numbering {
        let mut numbering = Numbering::default();
        let mut runs = Vec::new();
        let fits = |own: &StoredCounter| {
            let is_prefix = own.prefix.is_empty() || own.prefix.ends_with('|');
            is_prefix && (1..=DIGITS_MAX).contains(&own.width)
        };
        let mut counters: Vec<_> = stored.counters.into_iter().filter(fits).collect();
        counters.sort_by(|one, next| (&one.prefix, one.width).cmp(&(&next.prefix, next.width)));
        for (index, counter) in counters.into_iter().enumerate() {
            numbering.add_counter(index, &counter.prefix, counter.width);
            let spans = counter.spans.into_iter().map(period).chain(iter::repeat(Period::ANY));
            for (run, span) in counter.runs.iter().zip(spans) {
                let (first, last, age, is_met) = match **run {
                    [first, last] => (first, last, 0, false),
                    [first, last, age] => (first, last, age, false),
                    [first, last, age, _] => (first, last, age, true),
                    _ => continue,
                };
                if first <= last && last < NUMBER_END {
                    runs.push((age, index, (first, last), span, is_met));
                }
            }
        }
        // The oldest first; of those that say nothing of it, in the order they stand in.
        runs.sort_by_key(|(age, ..)| *age);
        for (_, index, run, span, is_met) in runs {
            if let Some(place) = numbering.insert_run(index, run, span) {
                numbering.counters[index].runs[place].is_met = is_met;
            }
        }
        numbering.drop_empty();
        for id in stored.ids {
            let id = Id::of(&id);
            if !numbering.contains(id) {
                numbering.insert(id, None, usize::MAX);
            }
        }
        numbering
    }
}

fn period(span: Option<(i64, i64)>) -> Period {
    span.filter(|(from, to)| from <= to).map_or(Period::ANY, |(from, to)| Period { from, to })
}

const NUMBER_END: u64 = 10_u64.pow(DIGITS_MAX);
