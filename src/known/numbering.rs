//! One numbering: ranges of numbers per prefix, and a bounded set for all other ids.

mod counter;
mod stored;

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(super) use self::counter::Likeness;
use self::counter::{COPIES_APART, Counter, Run};
use self::stored::Stored;
use crate::wire::timestamp::Timestamp;

/// The ids seen in one numbering.
///
/// The service numbers the activities of a conversation `conversation|0000000`,
/// `conversation|0000001` and so on: those become runs of numbers, one for a whole conversation
/// without holes. Other servers use arbitrary ids. Of both the newest are kept, up to a bound on
/// their number and on their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub(super) struct Numbering {
    /// Sorted by prefix and width, each with at least one run.
    counters: Vec<Counter>,
    /// How many runs all counters hold together.
    runs: usize,
    /// The bytes of all prefixes.
    prefix_bytes: usize,
    others: BTreeSet<Arc<str>>,
    /// The same ids, oldest first.
    order: VecDeque<Arc<str>>,
    /// The bytes of those ids.
    bytes: usize,
}

/// What of a numbering is from before a moment and what from after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Split {
    /// All that is remembered is from after it, from about this second on.
    Nothing(i64),
    /// What is from before and the rest, and when that began.
    Between(Box<(Numbering, Numbering)>, i64),
    /// Nobody can tell.
    Unclear,
}

/// An id, taken apart. The parts give the id back, so that no two ids are ever taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Id<'a> {
    /// As the service numbers: what the number stands behind, its digits, itself.
    Numbered {
        prefix: &'a str,
        width: u32,
        number: u64,
    },
    Other(&'a str),
}

impl<'a> Id<'a> {
    pub(super) fn of(id: &'a str) -> Id<'a> {
        let (mut number, mut unit, mut width) = (0, 1, 0);
        for (at, byte) in id.bytes().enumerate().rev() {
            if byte == b'|' && width > 0 {
                return Id::Numbered { prefix: &id[..=at], width, number };
            }
            if !byte.is_ascii_digit() || width == DIGITS_MAX {
                break;
            }
            number += u64::from(byte - b'0') * unit;
            (unit, width) = (unit * 10, width + 1);
        }
        Id::Other(id)
    }
}

impl Numbering {
    pub(super) fn contains(&self, id: Id<'_>) -> bool {
        match id {
            Id::Numbered { prefix, width, number } => self
                .find(prefix, width)
                .is_ok_and(|index| self.counters[index].find(number).is_ok()),
            Id::Other(id) => self.others.contains(id),
        }
    }

    /// How a timestamp compares to that of the activity known by this id, as far as that is
    /// remembered.
    pub(super) fn copy(&self, id: Id<'_>, timestamp: Timestamp) -> Likeness {
        self.counter(id)
            .map_or(Likeness::Unclear, |(own, number)| own.copy(number, timestamp.second()))
    }

    /// What is known from before an activity of this second on, and what from after it.
    pub(super) fn split(&self, second: i64) -> Split {
        let is_after = |(_, own): &&(u64, i64)| *own > second.saturating_add(COPIES_APART);
        let firsts = || self.counters.iter().flat_map(|counter| &counter.firsts);
        let Some((_, first)) = firsts().filter(is_after).min_by_key(|(_, own)| own) else {
            return Split::Unclear;
        };
        // Not all that follow were said after those that came first.
        let first = first.saturating_sub(COPIES_APART);
        if firsts().all(|own| is_after(&own)) {
            return Split::Nothing(first);
        }
        // Of more than is remembered nobody can tell.
        if !self.others.is_empty() || self.counters.iter().any(|counter| !counter.is_all_firsts()) {
            return Split::Unclear;
        }
        let (mut before, mut after) = (Numbering::default(), Numbering::default());
        for Counter { prefix, width, firsts, .. } in &self.counters {
            for first @ (number, second) in firsts {
                let side = if is_after(&first) { &mut after } else { &mut before };
                let index = side.insert_run(prefix, *width, (*number, *number));
                side.counters[index].note_first(*number, *second);
            }
        }
        Split::Between(Box::new((before, after)), first)
    }

    fn counter(&self, id: Id<'_>) -> Option<(&Counter, u64)> {
        let Id::Numbered { prefix, width, number } = id else { return None };
        self.find(prefix, width).ok().map(|index| (&self.counters[index], number))
    }

    /// Remembers an id, and forgets what is over the bound.
    pub(super) fn insert(&mut self, id: Id<'_>, timestamp: Option<Timestamp>, max: usize) {
        match id {
            Id::Numbered { prefix, width, number } => {
                let index = self.insert_run(prefix, width, (number, number));
                if let Some(timestamp) = timestamp {
                    self.counters[index].note_first(number, timestamp.second());
                }
            }
            Id::Other(id) => {
                let id: Arc<str> = id.into();
                if self.others.insert(Arc::clone(&id)) {
                    self.bytes += id.len();
                    self.order.push_back(id);
                }
            }
        }
        self.shrink(max);
    }

    /// Forgets the oldest until `max` runs, `max` other ids and an average of 256 bytes for each
    /// are left.
    pub(super) fn shrink(&mut self, max: usize) {
        let bytes_max = max.saturating_mul(BYTES_EACH);
        while self.order.len() > max || self.bytes > bytes_max {
            let Some(oldest) = self.order.pop_front() else { break };
            self.bytes -= oldest.len();
            self.others.remove(&oldest);
        }
        while self.runs > max || self.prefix_bytes > bytes_max {
            self.forget_run();
        }
    }

    /// Forgets the oldest run: a repeat is better than a loss, so holes are never closed.
    fn forget_run(&mut self) {
        let is_oldest = |counter: &Counter| counter.runs.iter().position(|run| run.age == 0);
        let mut places = self.counters.iter().enumerate();
        let place = places.find_map(|(index, counter)| Some((index, is_oldest(counter)?)));
        let Some((index, run)) = place else { return };
        self.take_runs(index, run..run + 1);
        let counter = &mut self.counters[index];
        counter.forget_firsts();
        if counter.runs.is_empty() {
            self.prefix_bytes -= self.counters.remove(index).prefix.len();
        }
    }

    /// Takes runs of a counter out, and closes the row of ages behind each.
    fn take_runs(&mut self, index: usize, taken: Range<usize>) {
        for place in taken.rev() {
            let Run { age, .. } = self.counters[index].runs.remove(place);
            self.runs -= 1;
            let all = self.counters.iter_mut().flat_map(|counter| &mut counter.runs);
            all.filter(|run| run.age > age).for_each(|run| run.age -= 1);
        }
    }

    /// Adds a run, joined with all it touches, as the youngest; gives the place of its counter.
    fn insert_run(&mut self, prefix: &str, width: u32, (mut first, mut last): (u64, u64)) -> usize {
        let index = self.find(prefix, width).unwrap_or_else(|index| {
            self.prefix_bytes += prefix.len();
            // Nearly always there is one counter of one run; by itself a list begins with room for
            // four.
            if self.counters.is_empty() {
                self.counters.reserve_exact(1);
            }
            self.counters.insert(index, Counter::new(prefix, width));
            index
        });
        let youngest = self.youngest();
        let grows = |own: &&mut Run| Some(own.age) == youngest && own.last + 1 == first;
        // Mostly the next number comes next.
        if let Some(own) = self.counters[index].runs.last_mut().filter(grows) {
            own.last = last;
            return index;
        }
        let touched = self.counters[index].touched(first, last);
        for run in &self.counters[index].runs[touched.clone()] {
            (first, last) = (first.min(run.first), last.max(run.last));
        }
        self.take_runs(index, touched.clone());
        self.runs += 1;
        let age = self.youngest().unwrap_or(0);
        self.counters[index].runs.insert(touched.start, Run { first, last, age });
        index
    }

    /// The age of the run that has grown last.
    fn youngest(&self) -> Option<u32> {
        u32::try_from(self.runs).unwrap_or(u32::MAX).checked_sub(1)
    }

    fn find(&self, prefix: &str, width: u32) -> Result<usize, usize> {
        self.counters
            .binary_search_by(|counter| (&*counter.prefix, counter.width).cmp(&(prefix, width)))
    }
}

/// More digits would not fit into a `u64`; the service writes seven.
const DIGITS_MAX: u32 = 18;
/// Identifiers in the field have 7 to 70 bytes.
const BYTES_EACH: usize = 256;

#[cfg(test)]
mod tests;
