//! Counters: what stands behind one prefix, as runs of numbers, and when the first were said.

use std::ops::Range;

/// The numbers seen behind one prefix, written with the same number of digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Counter {
    pub(super) prefix: Box<str>,
    /// Not a `usize`: a checkpoint means the same to 32 and to 64 bits.
    pub(super) width: u32,
    /// Sorted, neither touching nor overlapping.
    pub(super) runs: Vec<Run>,
    /// The first numbers, each with the second that its timestamp lies in.
    pub(super) firsts: Vec<(u64, i64)>,
}

/// How an activity compares to the one that is known by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::known) enum Likeness {
    /// It was said in the same second.
    Same,
    /// It was surely said later, or by a better clock.
    Later,
    /// It was surely said earlier.
    Earlier,
    /// Nobody can tell: it is taken for the same.
    Unclear,
}

/// Numbers without a hole; both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Run {
    pub(super) first: u64,
    pub(super) last: u64,
    /// How many of all runs have grown before it did: 0 for the one that would be forgotten next.
    pub(super) age: u32,
}

impl Counter {
    pub(super) fn new(prefix: &str, width: u32) -> Counter {
        let (runs, firsts) = (Vec::with_capacity(1), Vec::new());
        Counter { prefix: prefix.into(), width, runs, firsts }
    }

    /// Remembers when a number was said, if it is among the first.
    pub(super) fn note_first(&mut self, number: u64, second: i64) {
        if self.firsts.len() < FIRSTS_KEPT {
            self.firsts.reserve_exact(1);
            self.firsts.push((number, second));
        }
    }

    /// Forgets when numbers were said that are forgotten themselves.
    pub(super) fn forget_firsts(&mut self) {
        let mut firsts = std::mem::take(&mut self.firsts);
        firsts.retain(|(number, _)| self.find(*number).is_ok());
        self.firsts = firsts;
    }

    /// How `second` compares to when `number` was said.
    pub(super) fn copy(&self, number: u64, second: i64) -> Likeness {
        let Some(place) = self.firsts.iter().position(|(first, _)| *first == number) else {
            return Likeness::Unclear;
        };
        let (_, own) = &self.firsts[place];
        if *own == second {
            return Likeness::Same;
        }
        let is_apart = own.abs_diff(second) > COPIES_APART.unsigned_abs();
        let others = || self.firsts.iter().filter(|(first, _)| *first != number);
        let earlier = others().filter(|(_, own)| *own < second).count();
        match (is_apart, *own < second) {
            (false, _) => Likeness::Unclear,
            // The clock of either may be wrong: the others say whose.
            (true, true) if earlier * 2 >= others().count() => Likeness::Later,
            // But nobody speaks for what came before the others.
            (true, false) if place > 0 && earlier * 2 >= others().count() => Likeness::Later,
            (true, true) => Likeness::Unclear,
            (true, false) => Likeness::Earlier,
        }
    }

    /// Whether of all that is known it is remembered when it was said.
    pub(super) fn is_all_firsts(&self) -> bool {
        let known = self.runs.iter().map(|run| run.last - run.first + 1);
        known.sum::<u64>() == self.firsts.len() as u64
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

    /// The runs that a new one from `first` to `last` overlaps or touches.
    pub(super) fn touched(&self, first: u64, last: u64) -> Range<usize> {
        // Numbers have at most 18 digits, so that neither end can overflow.
        let from = self.find(first.saturating_sub(1)).unwrap_or_else(|index| index);
        let to = self.find(last + 1).map_or_else(|index| index, |index| index + 1);
        from..to.max(from)
    }
}

/// A numbering that begins anew comes by its first numbers first.
const FIRSTS_KEPT: usize = 4;
/// Copies of an activity may differ in their text, and their timestamps by the way they were
/// rounded; a numbering does not begin anew within a minute.
pub(super) const COPIES_APART: i64 = 60;
