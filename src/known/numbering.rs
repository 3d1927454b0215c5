//! One numbering: ranges of numbers per prefix, and a bounded set for all other ids.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The ids seen in one numbering.
///
/// The service numbers the activities of a conversation `conversation|0000000`,
/// `conversation|0000001` and so on: those become runs of numbers, one for a whole conversation
/// without holes. Other servers use arbitrary ids: of those the newest are kept, up to a bound on
/// their number and on their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub(super) struct Numbering {
    /// Sorted by prefix and width, each with at least one run.
    counters: Vec<Counter>,
    /// How many runs all counters hold together.
    runs: usize,
    others: BTreeSet<Arc<str>>,
    /// The same ids, oldest first.
    order: VecDeque<Arc<str>>,
    /// The bytes of those ids and of the prefixes.
    bytes: usize,
}

/// The numbers seen behind one prefix, written with the same number of digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Counter {
    prefix: Box<str>,
    /// Not a `usize`: a checkpoint means the same to 32 and to 64 bits.
    width: u32,
    /// Inclusive, sorted, neither touching nor overlapping.
    runs: Vec<(u64, u64)>,
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

    /// Remembers an id, and forgets what is over the bound.
    pub(super) fn insert(&mut self, id: Id<'_>, max: usize) {
        match id {
            Id::Numbered { prefix, width, number } => {
                self.insert_runs(prefix, width, (number, number));
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

    /// Forgets until `max` runs, `max` other ids and an average of 256 bytes for each are left.
    pub(super) fn shrink(&mut self, max: usize) {
        let over = |numbering: &Numbering| numbering.bytes > max.saturating_mul(BYTES_EACH);
        while self.order.len() > max || over(self) {
            // What is left over may be prefixes.
            let Some(oldest) = self.order.pop_front() else { break };
            self.bytes -= oldest.len();
            self.others.remove(&oldest);
        }
        let too_many = |numbering: &Numbering| numbering.runs > max || over(numbering);
        while !self.counters.is_empty() && too_many(self) {
            self.forget_run(self.longest());
        }
    }

    /// The counter with the most runs, of several the first.
    fn longest(&self) -> usize {
        let runs = |index: usize| self.counters[index].runs.len();
        let longer = |one, other| if runs(other) > runs(one) { other } else { one };
        (1..self.counters.len()).fold(0, longer)
    }

    /// Forgets the lowest run of a counter: a repeat is better than a loss, so holes are never
    /// closed.
    fn forget_run(&mut self, index: usize) {
        self.counters[index].runs.remove(0);
        self.runs -= 1;
        if self.counters[index].runs.is_empty() {
            self.bytes -= self.counters.remove(index).prefix.len();
        }
    }

    fn insert_runs(&mut self, prefix: &str, width: u32, run: (u64, u64)) {
        let index = self.find(prefix, width).unwrap_or_else(|index| {
            self.bytes += prefix.len();
            // Nearly always there is one counter of one run; by itself a list begins with room for
            // four.
            if self.counters.is_empty() {
                self.counters.reserve_exact(1);
            }
            let runs = Vec::with_capacity(1);
            self.counters.insert(index, Counter { prefix: prefix.into(), width, runs });
            index
        });
        let before = self.counters[index].runs.len();
        self.counters[index].insert(run);
        self.runs = self.runs - before + self.counters[index].runs.len();
    }

    fn find(&self, prefix: &str, width: u32) -> Result<usize, usize> {
        self.counters
            .binary_search_by(|counter| (&*counter.prefix, counter.width).cmp(&(prefix, width)))
    }
}

impl Counter {
    /// The run that holds `number`, or where one would have to go.
    fn find(&self, number: u64) -> Result<usize, usize> {
        self.runs.binary_search_by(|&(first, last)| {
            if last < number {
                std::cmp::Ordering::Less
            } else if first > number {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        })
    }

    /// Adds a run and joins it with all it touches.
    fn insert(&mut self, (mut first, mut last): (u64, u64)) {
        // Mostly the next number comes next.
        if let Some((_, end)) = self.runs.last_mut().filter(|(_, end)| first == *end + 1) {
            *end = last;
            return;
        }
        // Numbers have at most 18 digits, so that neither end can overflow.
        let from = self.find(first.saturating_sub(1)).unwrap_or_else(|index| index);
        let to = self.find(last + 1).map_or_else(|index| index, |index| index + 1);
        if from < to {
            first = first.min(self.runs[from].0);
            last = last.max(self.runs[to - 1].1);
        }
        self.runs.splice(from..to, [(first, last)]);
    }
}

/// As it is written down; read back through the same insertions, so that nothing hostile in it
/// can break an invariant.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Stored {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    counters: Vec<Counter>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ids: Vec<Arc<str>>,
}

impl From<Numbering> for Stored {
    fn from(numbering: Numbering) -> Stored {
        Stored { counters: numbering.counters, ids: numbering.order.into() }
    }
}

impl From<Stored> for Numbering {
    fn from(stored: Stored) -> Numbering {
        let mut numbering = Numbering::default();
        for counter in stored.counters {
            let fits = counter.prefix.ends_with('|') && (1..=DIGITS_MAX).contains(&counter.width);
            for (first, last) in counter.runs {
                if fits && first <= last && last < NUMBER_END {
                    numbering.insert_runs(&counter.prefix, counter.width, (first, last));
                }
            }
        }
        for id in stored.ids {
            numbering.insert(Id::of(&id), usize::MAX);
        }
        numbering
    }
}

/// More digits would not fit into a `u64`; the service writes seven.
const DIGITS_MAX: u32 = 18;
const NUMBER_END: u64 = 10_u64.pow(18);
/// Identifiers in the field have 7 to 70 bytes.
const BYTES_EACH: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn with(ids: &[&str]) -> Numbering {
        let mut numbering = Numbering::default();
        ids.iter().for_each(|id| numbering.insert(Id::of(id), 4_096));
        numbering
    }

    #[test]
    fn a_conversation_without_holes_is_one_run_in_whatever_order() {
        // Covers: DD-5
        let mut numbering = Numbering::default();
        let count = 100_000_u64;
        // A step that is prime to the count visits every number once, in blocks that close.
        for number in (0..count).map(|n| n ^ 5) {
            numbering.insert(Id::of(&format!("conv|{number:07}")), 4_096);
        }
        assert_eq!(numbering.counters[0].runs, [(0, count - 1)]);
        let backwards = with(&["c|9", "c|8", "c|7", "c|5", "c|6"]);
        assert_eq!(backwards.counters[0].runs, [(5, 9)]);
        assert!(
            backwards.contains(Id::of("c|6"))
                && !backwards.contains(Id::of("c|4"))
                && !backwards.contains(Id::of("c|06"))
        );
    }

    #[test]
    fn at_least_4096_arbitrary_ids_are_held_and_the_oldest_go_first() {
        // Covers: DD-5
        let id = |n: usize| format!("{n:08x}-0000-4000-8000-000000000000");
        let mut numbering = Numbering::default();
        (0..5_000).for_each(|n| numbering.insert(Id::of(&id(n)), 4_096));
        assert!((904..5_000).all(|n| numbering.contains(Id::of(&id(n)))));
        assert!((0..904).all(|n| !numbering.contains(Id::of(&id(n)))));
    }

    #[test]
    fn neither_holes_nor_prefixes_nor_long_ids_grow_without_bound() {
        // Covers: DD-5, RX-6
        let mut numbering = Numbering::default();
        for n in 0..1_000 {
            numbering.insert(Id::of(&format!("c|{:07}", n * 2)), 64);
            numbering.insert(Id::of(&format!("p{n}|1")), 64);
            numbering.insert(Id::of(&format!("{n}{}", "x".repeat(1_000))), 64);
            let counted: usize = numbering.counters.iter().map(|counter| counter.runs.len()).sum();
            assert_eq!(counted, numbering.runs);
            assert!(numbering.runs <= 64 && numbering.order.len() <= 64);
            assert!(numbering.bytes <= 64 * BYTES_EACH);
        }
        assert!(numbering.contains(Id::of(&format!("999{}", "x".repeat(1_000)))));
    }

    #[test]
    fn of_the_prefixes_with_the_most_holes_the_first_gives_way() {
        // Covers: DD-5
        let mut numbering =
            with(&["a|1", "b|1", "b|3", "b|5", "c|1", "c|3", "c|5", "d|1", "other"]);
        let left = |numbering: &Numbering| {
            let all = ["a|1", "b|1", "b|3", "b|5", "c|1", "c|3", "c|5", "d|1", "other"];
            all.into_iter().filter(|id| numbering.contains(Id::of(id))).collect::<Vec<_>>()
        };
        numbering.shrink(6);
        assert_eq!(left(&numbering), ["a|1", "b|3", "b|5", "c|3", "c|5", "d|1", "other"]);
        numbering.shrink(3);
        assert_eq!(left(&numbering), ["b|5", "c|5", "d|1", "other"]);
        numbering.shrink(0);
        assert_eq!((left(&numbering), numbering), (Vec::new(), Numbering::default()));
    }

    #[test]
    fn more_digits_than_a_number_holds_are_an_id_like_any_other() {
        // Covers: DD-1, RX-6
        let long = "c|1234567890123456789";
        assert_eq!(Id::of(long), Id::Other(long));
        assert!(with(&[long]).contains(Id::of(long)));
        assert!(!with(&[long]).contains(Id::of("c|0234567890123456789")));
    }

    #[test]
    fn what_is_written_down_reads_back_as_the_same() {
        // Covers: DD-5
        let numbering =
            with(&["c|3", "c|1", "d|0000001", "guid", "", "c|x", "c|999999999999999999"]);
        let json = serde_json::to_string(&numbering).expect("serialisable");
        assert_eq!(serde_json::from_str::<Numbering>(&json).expect("readable"), numbering);
    }

    #[test]
    fn hostile_runs_are_left_out() {
        // Covers: RX-6
        let json = r#"{"counters":[{"prefix":"c|","width":7,"runs":[[9,1],[5,6],[6,9],[0,18446744073709551615]]},
            {"prefix":"no bar","width":7,"runs":[[1,2]]},{"prefix":"c|","width":0,"runs":[[1,2]]}],"ids":["a","a"]}"#;
        let numbering: Numbering = serde_json::from_str(json).expect("readable");
        assert_eq!(numbering.counters.len(), 1);
        assert_eq!(numbering.counters[0].runs, [(5, 9)]);
        assert_eq!(numbering.order.len(), 1);
    }

    #[test]
    fn a_checkpoint_means_the_same_to_32_and_to_64_bits() {
        // Covers: TM-2
        let read = |width: u64| {
            let json =
                format!(r#"{{"counters":[{{"prefix":"c|","width":{width},"runs":[[1,2]]}}]}}"#);
            serde_json::from_str::<Numbering>(&json).map(|numbering| numbering.counters.len())
        };
        assert_eq!((read(18).ok(), read(19).ok()), (Some(1), Some(0)));
        assert_eq!(read(u64::from(u32::MAX)).ok(), Some(0));
        assert!(read(1 << 32).is_err(), "as where a usize ends there");
    }
}
