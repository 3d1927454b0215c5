//! One numbering: ranges of numbers per prefix, and a bounded set for all other ids.

mod counter;
mod log;
mod others;
mod stored;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use self::counter::{Counter, Period, Run};
use self::others::Others;
use self::stored::Stored;
use crate::few::Few;
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
    /// Sorted by prefix and width, each with at least one run; of the same, the older first.
    counters: Few<Counter>,
    /// How many runs all counters hold together.
    runs: usize,
    /// The bytes of all prefixes.
    prefix_bytes: usize,
    /// Mostly there are none, which so take no room.
    others: Option<Box<Others>>,
}

/// An id, taken apart. The parts give the id back, so that no two ids are ever taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Id<'a> {
    /// As the service numbers: what the number stands behind (nothing in a plain number), its
    /// digits, itself.
    Numbered { prefix: &'a str, width: u32, number: u64 },
    /// Any other, and its hash.
    Other(&'a str, u64),
}

impl<'a> Id<'a> {
    pub(super) fn of(id: &'a str) -> Id<'a> {
        let digits = id.bytes().rev().take_while(u8::is_ascii_digit);
        let width = digits.fold(0, |width, _| width + 1);
        let (prefix, digits) = id.split_at(id.len() - width as usize);
        let is_numbered = prefix.is_empty() || prefix.ends_with('|');
        if !is_numbered || !(1..=DIGITS_MAX).contains(&width) {
            return Id::other(id);
        }
        let number = digits.bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        Id::Numbered { prefix, width, number }
    }

    fn other(id: &'a str) -> Id<'a> {
        Id::Other(id, log::hash(id))
    }
}

impl Numbering {
    pub(super) fn contains(&self, id: Id<'_>) -> bool {
        match id {
            Id::Numbered { prefix, width, number } => {
                let mut counters = self.counters[self.find(prefix, width)].iter();
                counters.any(|counter| counter.find(number).is_ok())
            }
            Id::Other(id, hash) => self.has_other(id, hash),
        }
    }

    /// The same, as said at this time, as far as it is remembered when that was.
    pub(super) fn contains_at(&self, id: Id<'_>, timestamp: Timestamp) -> bool {
        match id {
            Id::Numbered { prefix, width, number } => {
                let span = Period::of(Some(timestamp));
                self.counters[self.find(prefix, width)].iter().any(|own| own.has_at(number, span))
            }
            Id::Other(id, hash) => self.has_other(id, hash),
        }
    }

    /// Remembers an id that is not there, and forgets what is over the bound.
    pub(super) fn insert(&mut self, id: Id<'_>, timestamp: Option<Timestamp>, max: usize) {
        match id {
            Id::Numbered { prefix, width, number } => {
                self.insert_number(prefix, width, number, Period::of(timestamp));
            }
            Id::Other(id, hash) => self.others.get_or_insert_default().push(id, hash, max),
        }
        self.shrink(max);
    }

    /// Remembers what a later numbering has, beside its own.
    pub(super) fn take_in(&mut self, mut later: Numbering, max: usize) {
        let age = u32::try_from(self.runs).unwrap_or(u32::MAX);
        for run in later.counters.iter_mut().flat_map(|counter| counter.runs.iter_mut()) {
            run.age = run.age.saturating_add(age);
        }
        self.runs += later.runs;
        self.prefix_bytes += later.prefix_bytes;
        for counter in std::mem::take(&mut later.counters) {
            let alike = self.find(&counter.prefix, counter.width);
            self.counters.insert(alike.end, counter);
            self.forget_counter(alike);
        }
        for id in later.others() {
            let hash = log::hash(&id);
            if !self.has_other(&id, hash) {
                self.others.get_or_insert_default().push(&id, hash, max);
            }
        }
        self.shrink(max);
    }

    /// The ids that are no numbers, oldest first.
    fn others(&self) -> Vec<String> {
        self.others.as_ref().map(|others| others.to_vec()).unwrap_or_default()
    }

    fn has_other(&self, id: &str, hash: u64) -> bool {
        self.others.as_ref().is_some_and(|others| others.contains(id, hash))
    }

    /// Forgets the oldest until `max` runs, `max` other ids and an average of 256 bytes for each
    /// are left.
    pub(super) fn shrink(&mut self, max: usize) {
        let bytes_max = max.saturating_mul(BYTES_EACH);
        self.others.take_if(|others| {
            while others.len() > max || others.bytes() > bytes_max {
                others.forget();
            }
            others.len() == 0
        });
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
        self.take_run(index, run);
        if self.counters[index].runs.is_empty() {
            self.prefix_bytes -= self.counters.remove(index).prefix.len();
        }
    }

    /// Takes a run of a counter out, and closes the row of ages behind it.
    fn take_run(&mut self, index: usize, place: usize) {
        let Run { age, .. } = self.counters[index].runs.remove(place);
        self.runs -= 1;
        let all = self.counters.iter_mut().flat_map(|counter| counter.runs.iter_mut());
        all.filter(|run| run.age > age).for_each(|run| run.age -= 1);
    }

    /// Takes in the next number of the only counter, if it is that: what mostly comes, and surely not
    /// there.
    pub(super) fn goes_on(&mut self, id: Id<'_>, timestamp: Option<Timestamp>) -> bool {
        match (id, &self.counters[..]) {
            (Id::Numbered { prefix, width, number }, [own]) => {
                let is_alike = own.width == width && *own.prefix == *prefix;
                is_alike && self.grow(0, number, Period::of(timestamp))
            }
            _ => false,
        }
    }

    /// Takes in the next number of the run that has grown last, if that is the last of a counter.
    fn grow(&mut self, index: usize, number: u64, span: Period) -> bool {
        let youngest = self.youngest();
        let runs = &mut self.counters[index].runs;
        let before = runs.len() - 1;
        let last = &mut runs[before];
        if Some(last.age) != youngest || !last.grows(number, span) {
            return false;
        }
        if before > 0 {
            self.join_beside(index, before);
        }
        true
    }

    /// Adds a number to the counter that it goes on with, or to the first that does not hold it.
    fn insert_number(&mut self, prefix: &str, width: u32, number: u64, span: Period) {
        let alike = self.find(prefix, width);
        // Mostly the next number comes next.
        if alike.clone().any(|index| self.grow(index, number, span)) {
            return;
        }
        if alike.is_empty() {
            self.add_counter(alike.end, prefix, width);
            self.insert_run(alike.end, (number, number), span);
            return;
        }
        let is_free = |index: &usize| self.counters[*index].find(number).is_err();
        let fit = |index: &usize| self.counters[*index].fit(number, span);
        let index = alike.clone().rev().filter(is_free).max_by_key(fit);
        let index = index.unwrap_or_else(|| {
            self.add_counter(alike.end, prefix, width);
            alike.end - usize::from(self.forget_counter(alike))
        });
        let beside = self.counters[index].beside(number).next();
        let span = beside.filter(|_| span == Period::ANY).map_or(span, |run| run.span);
        if let Some(place) = self.insert_run(index, (number, number), span) {
            self.counters[index].meets(place);
        }
        // One more number makes two more pauses at the most.
        for _ in 0..2 {
            self.forget_pause(index);
        }
    }

    /// Drops the counters without a run.
    fn drop_empty(&mut self) {
        self.counters.retain(|counter| !counter.runs.is_empty());
        self.prefix_bytes = self.counters.iter().map(|counter| counter.prefix.len()).sum();
    }

    /// Forgets the one that has not grown for the longest time of counters that are alike, if they
    /// are too many with the one behind them; whether they were.
    fn forget_counter(&mut self, alike: Range<usize>) -> bool {
        let is_full = alike.len() >= ALIKE_MAX;
        let grown = |index: &usize| self.counters[*index].runs.iter().map(|run| run.age).max();
        if let Some(index) = alike.filter(|_| is_full).min_by_key(grown) {
            while !self.counters[index].runs.is_empty() {
                self.take_run(index, 0);
            }
            self.prefix_bytes -= self.counters.remove(index).prefix.len();
        }
        is_full
    }

    fn add_counter(&mut self, index: usize, prefix: &str, width: u32) {
        self.prefix_bytes += prefix.len();
        self.counters.insert(index, Counter::new(prefix, width));
    }

    /// Adds a run as the youngest, joined with those beside it that no pause parts from it; gives its
    /// place. Not if some of it is held.
    fn insert_run(
        &mut self,
        index: usize,
        (first, last): (u64, u64),
        span: Period,
    ) -> Option<usize> {
        let overlapped = self.counters[index].overlapped(first, last);
        if !overlapped.is_empty() {
            return None;
        }
        self.runs += 1;
        let age = self.youngest().unwrap_or(0);
        let run = Run { first, last, age, is_met: false, span };
        self.counters[index].runs.insert(overlapped.start, run);
        Some(self.join_beside(index, overlapped.start))
    }

    /// Joins a run with all beside it that no pause parts from it; gives its place.
    fn join_beside(&mut self, index: usize, mut place: usize) -> usize {
        while let Some(first) = self.counters[index].joins(place) {
            self.join(index, first);
            place = first;
        }
        place
    }

    /// Makes two runs that touch one, as young as the younger.
    fn join(&mut self, index: usize, place: usize) {
        let [one, next] = [0, 1].map(|more| self.counters[index].runs[place + more]);
        self.take_run(index, if one.age < next.age { place } else { place + 1 });
        let span =
            Period { from: one.span.from.min(next.span.from), to: one.span.to.max(next.span.to) };
        let age = one.age.max(next.age) - 1;
        self.counters[index].runs[place] = Run { last: next.last, age, span, ..one };
    }

    /// Forgets a pause of a counter, if it has too many.
    fn forget_pause(&mut self, index: usize) {
        let counter = &self.counters[index];
        if !counter.has_many() {
            return;
        }
        let alike = self.find(&counter.prefix, counter.width);
        if let Some(place) = counter.spare_pause(&self.counters[alike]) {
            self.join(index, place);
            self.join_beside(index, place);
        }
    }

    /// The age of the run that has grown last.
    fn youngest(&self) -> Option<u32> {
        u32::try_from(self.runs).unwrap_or(u32::MAX).checked_sub(1)
    }

    /// The counters of this prefix and width, or where one would have to go.
    fn find(&self, prefix: &str, width: u32) -> Range<usize> {
        let key = (prefix, width);
        let from = self.counters.partition_point(|own| (&*own.prefix, own.width) < key);
        let alike = self.counters[from..].iter();
        let count = alike.take_while(|own| (&*own.prefix, own.width) == key).count();
        from..from + count
    }
}

/// More digits would not fit into a `u64`; the service writes seven.
const DIGITS_MAX: u32 = 18;
/// How often a number may be remembered, each time at another time.
const ALIKE_MAX: usize = 8;
/// Identifiers in the field have 7 to 70 bytes.
const BYTES_EACH: usize = 256;

#[cfg(test)]
mod tests;
