//! DE-DUPLICATION: which activities were handed out before.

mod numbering;

use serde::{Deserialize, Serialize};

use self::numbering::{Id, Likeness, Numbering, Split};
use crate::wire::timestamp::Timestamp;

/// The ids handed out so far, in the current numbering of the service and in the one before.
///
/// The service has been seen to begin its numbering anew in a running conversation. A known id is
/// then another activity, and the moment of that change, the boundary, tells replays of old
/// activities from new ones with the same id. What shows the change is a timestamp later than all
/// before, or one that is not that of the id's own copy, since a single clock that is wrong may be
/// later than all for years.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Known {
    current: Numbering,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    earlier: Option<Box<Earlier>>,
    /// The newest timestamp of an activity of the current numbering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Earlier {
    numbering: Numbering,
    /// All before the current numbering has no later timestamp.
    boundary: Timestamp,
}

/// What an id under a timestamp is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Duplicate,
    /// New in the current numbering.
    New,
    /// New in the earlier numbering.
    Late,
    /// It opens a new numbering; the boundary is this.
    Renumbered(Timestamp),
    /// It is of a numbering before this one, of which nothing was known; the boundary is this.
    Before(Timestamp),
    /// The same, and some of what is known is of that numbering too.
    Between(Box<(Numbering, Numbering)>, Timestamp),
}

impl Known {
    /// Whether an activity with this id was handed out before.
    pub(crate) fn is_duplicate(&self, id: &str, timestamp: Option<Timestamp>) -> bool {
        self.place(Id::of(id), timestamp) == Place::Duplicate
    }

    /// Whether an activity was not handed out before; remembers it then. `id` is `None` for one
    /// that is never a duplicate.
    pub(crate) fn admit(
        &mut self,
        id: Option<&str>,
        timestamp: Option<Timestamp>,
        max: usize,
    ) -> bool {
        let Some(id) = id.map(Id::of) else { return true };
        match self.place(id, timestamp) {
            Place::Duplicate => return false,
            Place::New => {}
            Place::Late => return self.admit_late(id, timestamp, max),
            Place::Renumbered(boundary) => {
                let numbering = std::mem::take(&mut self.current);
                self.earlier = Some(Box::new(Earlier { numbering, boundary }));
                self.newest = None;
            }
            Place::Before(boundary) => {
                let numbering =
                    self.earlier.take().map_or_else(Numbering::default, |own| own.numbering);
                self.earlier = Some(Box::new(Earlier { numbering, boundary }));
                return self.admit_late(id, timestamp, max);
            }
            Place::Between(split, boundary) => {
                let (numbering, current) = *split;
                self.earlier = Some(Box::new(Earlier { numbering, boundary }));
                self.current = current;
                return self.admit_late(id, timestamp, max);
            }
        }
        self.current.insert(id, timestamp, max);
        // `None` is less than every timestamp.
        self.newest = self.newest.max(timestamp);
        true
    }

    fn admit_late(&mut self, id: Id<'_>, timestamp: Option<Timestamp>, max: usize) -> bool {
        if let Some(earlier) = &mut self.earlier {
            earlier.numbering.insert(id, timestamp, max);
        }
        true
    }

    fn place(&self, id: Id<'_>, timestamp: Option<Timestamp>) -> Place {
        let (current, earlier) = (&self.current, self.earlier.as_ref());
        let Some(timestamp) = timestamp else {
            // Nothing says that it is another one.
            let was_known = earlier.is_some_and(|earlier| earlier.numbering.contains(id));
            return if was_known || current.contains(id) { Place::Duplicate } else { Place::New };
        };
        if let Some(earlier) = earlier.filter(|earlier| timestamp <= earlier.boundary) {
            return if earlier.numbering.contains(id) { Place::Duplicate } else { Place::Late };
        }
        // Late by a clock that was wrong then, and not by the change that came since.
        if earlier.is_some_and(|own| own.numbering.copy(id, timestamp) == Likeness::Same) {
            return Place::Duplicate;
        }
        if !current.contains(id) {
            return Place::New;
        }
        match (self.newest, current.copy(id, timestamp)) {
            // Without a timestamp on either side nothing speaks for a new numbering.
            (None, _) => Place::Duplicate,
            (Some(newest), _) if timestamp > newest => Place::Renumbered(newest),
            (_, Likeness::Later) => Place::Renumbered(timestamp.just_before()),
            (_, Likeness::Earlier) => self.before(timestamp),
            (_, Likeness::Same | Likeness::Unclear) => Place::Duplicate,
        }
    }

    /// Where an activity belongs that is earlier than its namesake of the current numbering.
    fn before(&self, timestamp: Timestamp) -> Place {
        match self.current.split(timestamp.second()) {
            Split::Nothing(first) => Place::Before(Timestamp::before_second(first)),
            Split::Between(split, first) => Place::Between(split, Timestamp::before_second(first)),
            // A repeat is better than a loss.
            Split::Unclear => Place::Renumbered(timestamp.just_before()),
        }
    }

    /// The same within the bounds of another configuration; the oldest ids give way.
    pub(crate) fn bounded(mut self, max: usize) -> Known {
        self.current.shrink(max);
        if let Some(earlier) = &mut self.earlier {
            earlier.numbering.shrink(max);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u32) -> Option<Timestamp> {
        Timestamp::parse(&format!("2026-11-20T12:00:{second:02}Z"))
    }

    /// Hands an activity to the filter; whether it came through.
    fn passes(known: &mut Known, id: &str, timestamp: Option<Timestamp>) -> bool {
        let is_duplicate = known.is_duplicate(id, timestamp);
        let passes = known.admit(Some(id), timestamp, 4_096);
        assert_eq!(passes, !is_duplicate);
        passes
    }

    #[test]
    fn a_known_id_is_a_duplicate_until_its_time_says_otherwise() {
        // Covers: DD-1, DD-3
        let mut known = Known::default();
        assert!(passes(&mut known, "c|0000000", at(1)));
        assert!(passes(&mut known, "c|0000001", at(5)));
        assert!(!passes(&mut known, "c|0000000", at(1)), "a replay");
        assert!(!passes(&mut known, "c|0000000", at(5)), "not later than all");
        assert!(!passes(&mut known, "c|0000000", None));
        assert!(passes(&mut known, "c|0000000", at(6)), "the numbering began anew");
    }

    #[test]
    fn one_clock_that_is_wrong_hides_nothing() {
        // Covers: DD-3
        let odd = Timestamp::parse("2099-01-01T00:00:00Z");
        let later = |minute: u32| Timestamp::parse(&format!("2026-12-24T12:{minute:02}:00Z"));
        // Wherever it is among the first.
        for wrong in 0..5 {
            let mut known = Known::default();
            let first = |n: u32| if n == wrong { odd } else { at(n) };
            for n in 0..5 {
                assert!(passes(&mut known, &format!("c|{n}"), first(n)));
            }
            for n in 0..5 {
                assert!(!passes(&mut known, &format!("c|{n}"), first(n)), "a replay of {n}");
            }
            for n in 0..5 {
                assert!(passes(&mut known, &format!("c|{n}"), later(n)), "{n}, {wrong} is wrong");
            }
            for n in 0..5 {
                assert!(!passes(&mut known, &format!("c|{n}"), later(n)), "a replay of {n}");
                let is_known = !passes(&mut known, &format!("c|{n}"), first(n));
                // Of the fifth nobody remembers when it was said.
                assert!(is_known || wrong == 4, "an old replay of {n}, {wrong} is wrong");
            }
        }
    }

    #[test]
    fn a_wrong_old_clock_hides_nothing_either() {
        // Covers: DD-3
        let mut known = Known::default();
        for n in 1..5 {
            assert!(passes(&mut known, &format!("c|{n}"), at(n)));
        }
        let past = Timestamp::parse("1970-01-01T00:00:00Z");
        assert!(passes(&mut known, "c|2", past) && !passes(&mut known, "c|2", past));
        assert!((1..5).all(|n| !passes(&mut known, &format!("c|{n}"), at(n))));
    }

    #[test]
    fn the_old_may_come_after_the_new() {
        // Covers: DD-3
        let later = |second: u32| Timestamp::parse(&format!("2026-12-24T12:00:{second:02}Z"));
        // Of the new numbering so many were said by the socket before the history was read.
        for live in [&[0][..], &[2], &[0, 1, 2, 3, 4, 5, 6], &[1, 2]] {
            let mut known = Known::default();
            for n in live {
                assert!(passes(&mut known, &format!("c|{n}"), later(*n)));
            }
            for n in 0..6 {
                assert!(passes(&mut known, &format!("c|{n}"), at(n)), "{n} of the old, {live:?}");
            }
            for n in 0..8 {
                let is_new = passes(&mut known, &format!("c|{n}"), later(n));
                assert_eq!(is_new, !live.contains(&n), "{n} of the new, {live:?}");
            }
            for n in 0..6 {
                assert!(!passes(&mut known, &format!("c|{n}"), at(n)), "{n} again, {live:?}");
                assert!(!passes(&mut known, &format!("c|{n}"), later(n)), "{n} again, {live:?}");
            }
        }
    }

    #[test]
    fn what_says_nothing_of_its_time_is_known_in_every_numbering() {
        // Covers: DD-1, DD-3
        let mut known = Known::default();
        for id in ["c|0", "c|1", "guid"] {
            assert!(passes(&mut known, id, None));
        }
        assert!(passes(&mut known, "c|2", at(1)) && passes(&mut known, "c|2", at(2)));
        for id in ["c|0", "c|1", "guid"] {
            assert!(!passes(&mut known, id, None), "{id}");
        }
        assert!(passes(&mut known, "c|3", None));
    }

    #[test]
    fn after_a_renumbering_each_activity_is_judged_by_its_own_numbering() {
        // Covers: DD-3
        let mut known = Known::default();
        for (id, second) in [("c|0", 1), ("c|1", 2), ("c|2", 3)] {
            assert!(passes(&mut known, id, at(second)));
        }
        assert!(passes(&mut known, "c|0", at(10)));
        assert!(!passes(&mut known, "c|1", at(2)), "an old replay");
        assert!(passes(&mut known, "c|1", at(9)), "late, yet after the boundary");
        assert!(!passes(&mut known, "c|1", at(9)));
        assert!(passes(&mut known, "c|3", at(3)), "old, and never handed out");
        assert!(!passes(&mut known, "c|3", at(3)));
        assert!(passes(&mut known, "c|3", at(11)), "the same id in the new numbering");
        assert!(passes(&mut known, "c|0", at(20)), "renumbered again");
        assert!(!passes(&mut known, "c|3", at(11)), "the last two numberings are kept");
    }

    #[test]
    fn without_any_timestamp_nothing_is_renumbered() {
        // Covers: DD-3
        let mut known = Known::default();
        assert!(passes(&mut known, "a", None));
        assert!(!passes(&mut known, "a", at(9)), "there is nothing to be later than");
        assert!(!passes(&mut known, "a", None));
    }
}
