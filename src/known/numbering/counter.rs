//! Counters: what stands behind one prefix, as runs of numbers that were said one after another.

use std::ops::Range;

use crate::few::Few;
use crate::wire::timestamp::Timestamp;

/// Numbers seen behind one prefix, written with the same number of digits. Of the same prefix and
/// width there are several where a number came again at another time: each holds a number once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Counter {
    pub(super) prefix: Box<str>,
    /// Not a `usize`: a checkpoint means the same to 32 and to 64 bits.
    pub(super) width: u32,
    /// Sorted, without overlap. Two that touch were said with a pause between them.
    pub(super) runs: Few<Run>,
}

/// Numbers without a hole, said without a pause; both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Run {
    pub(super) first: u64,
    pub(super) last: u64,
    /// How many of all runs have grown before it did: 0 for the one that would be forgotten next.
    pub(super) age: u32,
    /// Whether what is next to it before it came later than it did.
    pub(super) is_met: bool,
    pub(super) span: Period,
}

/// From the second of the earliest to that of the latest timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Period {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Period {
    /// Of what says nothing of its time: it may have been said at any.
    pub(super) const ANY: Period = Period { from: i64::MIN, to: i64::MAX };

    pub(super) fn of(timestamp: Option<Timestamp>) -> Period {
        let second = timestamp.map(Timestamp::second);
        second.map_or(Period::ANY, |second| Period { from: second, to: second })
    }

    pub(super) fn is_near(self, other: Period) -> bool {
        self.pause(other) <= PAUSE
    }

    /// The seconds between the two, whichever came first.
    fn pause(self, other: Period) -> i64 {
        let after = other.from.saturating_sub(self.to);
        after.max(self.from.saturating_sub(other.to)).max(0)
    }
}

impl Run {
    /// Takes in the next number, if that was said next. Of one that says nothing of its time, its
    /// neighbours do.
    pub(super) fn grows(&mut self, number: u64, span: Period) -> bool {
        let is_later = || self.span.from <= span.from && self.span.is_near(span);
        let grows = self.last + 1 == number
            && (span == Period::ANY || self.span != Period::ANY && is_later());
        if grows {
            self.last = number;
            if span != Period::ANY {
                self.span.to = self.span.to.max(span.to);
            }
        }
        grows
    }

    /// The pause before the next run, where that goes on with the next number.
    fn pause(&self, next: &Run) -> Option<i64> {
        let are_alike = (self.span == Period::ANY) == (next.span == Period::ANY);
        let touch = are_alike && self.last + 1 == next.first;
        touch.then(|| self.span.pause(next.span))
    }

    /// Whether it is known that some of it was said in the pause between two others.
    fn is_between(&self, one: &Run, next: &Run) -> bool {
        let from = one.span.to.min(next.span.to);
        let to = one.span.from.max(next.span.from);
        self.span != Period::ANY && self.span.from < to && from < self.span.to
    }
}

impl Counter {
    pub(super) fn new(prefix: &str, width: u32) -> Counter {
        Counter { prefix: prefix.into(), width, runs: Few::None }
    }

    /// Whether it knows `number` as said at this time, as far as anybody can tell.
    pub(super) fn has_at(&self, number: u64, span: Period) -> bool {
        self.find(number).is_ok_and(|place| self.runs[place].span.is_near(span))
    }

    /// How well `number`, which it does not hold, would go on with what it holds.
    pub(super) fn fit(&self, number: u64, span: Period) -> u8 {
        let fit = |run: &Run| if run.span.is_near(span) { 2 } else { 1 };
        self.beside(number).map(fit).max().unwrap_or(0)
    }

    /// The runs that end before `number` and begin after it, if they are next to it.
    pub(super) fn beside(&self, number: u64) -> impl Iterator<Item = &Run> {
        let place = self.find(number).unwrap_or_else(|place| place);
        let before = self.runs[..place].last().filter(|run| run.last + 1 == number);
        let after = self.runs.get(place).filter(|run| number + 1 == run.first);
        before.into_iter().chain(after)
    }

    /// Notes that the run behind this one was there before it.
    pub(super) fn meets(&mut self, place: usize) {
        let end = self.runs[place].last + 1;
        if let Some(next) = self.runs.get_mut(place + 1).filter(|next| next.first == end) {
            next.is_met = true;
        }
    }

    /// A run beside this one from which no pause parts it, by the place of the first of the two.
    pub(super) fn joins(&self, place: usize) -> Option<usize> {
        let is_near = |at: &usize| {
            let pair = self.runs.get(*at).zip(self.runs.get(at + 1));
            pair.and_then(|(one, next)| one.pause(next)).is_some_and(|pause| pause <= PAUSE)
        };
        place.checked_sub(1).into_iter().chain([place]).find(is_near)
    }

    /// Whether it may have too many pauses.
    pub(super) fn has_many(&self) -> bool {
        self.runs.len() > PLAIN_MAX + 1
    }

    /// The pause to forget, by the place of the run before it, if there are too many: the shortest
    /// that is plain, or of all if it is those that are too many. A pause is plain if the numbers
    /// after it came later, and none of `all` was said in it: nothing is missing in it then.
    pub(super) fn spare_pause(&self, all: &[Counter]) -> Option<usize> {
        let pauses = || {
            let pairs = self.runs.iter().zip(self.runs.iter().skip(1)).enumerate();
            pairs.filter_map(|(place, (one, next))| Some((place, one, next, one.pause(next)?)))
        };
        let count = pauses().count();
        if count <= PLAIN_MAX {
            return None;
        }
        let runs = || all.iter().flat_map(|counter| counter.runs.iter());
        let is_plain = |(_, one, next, _): &(usize, &Run, &Run, i64)| {
            !next.is_met && !runs().any(|run| run.is_between(one, next))
        };
        let is_spare = pauses().filter(is_plain).count() > PLAIN_MAX;
        let spare =
            pauses().filter(|pause| if is_spare { is_plain(pause) } else { count > PAUSES_MAX });
        spare.min_by_key(|pause| pause.3).map(|(place, ..)| place)
    }

    /// The run that holds `number`, or where one would have to go.
    pub(super) fn find(&self, number: u64) -> Result<usize, usize> {
        self.runs.binary_search_by(|run| {
            if run.last < number {
                std::cmp::Ordering::Less
            } else if run.first > number {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        })
    }

    /// The runs that one from `first` to `last` overlaps, or where it would have to go.
    pub(super) fn overlapped(&self, first: u64, last: u64) -> Range<usize> {
        let from = self.find(first).unwrap_or_else(|place| place);
        let to = self.find(last).map_or_else(|place| place, |place| place + 1);
        from..to.max(from)
    }
}

/// Seconds. Copies of an activity may differ in their text, and their timestamps by the way they
/// were rounded; a numbering does not begin anew within a minute.
const PAUSE: i64 = 60;
/// How many plain pauses are remembered; conversations are full of them.
const PLAIN_MAX: usize = 4;
/// How many pauses are remembered in all: in the others there may be another numbering.
const PAUSES_MAX: usize = 16;
