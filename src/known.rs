//! DE-DUPLICATION: which activities were handed out before.

mod numbering;

use serde::{Deserialize, Serialize};

use self::numbering::{Id, Numbering};
use crate::wire::timestamp::Timestamp;

/// The ids handed out so far, in the current numbering of the service and in the one before.
///
/// The service has been seen to begin its numbering anew in a running conversation. A known id
/// under a timestamp later than all before is then a new activity, and the moment of that change,
/// the boundary, tells replays of old activities from new ones with the same id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Known {
    current: Numbering,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    earlier: Option<Box<Earlier>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Earlier {
    numbering: Numbering,
    /// The newest timestamp handed out before the current numbering began.
    boundary: Timestamp,
}

/// What an id under a timestamp is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Duplicate,
    /// To be remembered in the numbering that judges it.
    New,
    /// It opens a new numbering; the boundary is this.
    Renumbered(Timestamp),
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
        if let Some(id) = id.map(Id::of) {
            match self.place(id, timestamp) {
                Place::Duplicate => return false,
                Place::New => {
                    let earlier = self.earlier.as_mut().filter(|earlier| earlier.judges(timestamp));
                    let numbering = earlier.map_or(&mut self.current, |it| &mut it.numbering);
                    numbering.insert(id, max);
                }
                Place::Renumbered(boundary) => {
                    let numbering = std::mem::take(&mut self.current);
                    self.earlier = Some(Box::new(Earlier { numbering, boundary }));
                    self.current.insert(id, max);
                }
            }
        }
        // `None` is less than every timestamp.
        self.newest = self.newest.max(timestamp);
        true
    }

    fn place(&self, id: Id<'_>, timestamp: Option<Timestamp>) -> Place {
        if let Some(earlier) = self.earlier.as_ref().filter(|earlier| earlier.judges(timestamp)) {
            return if earlier.numbering.contains(id) { Place::Duplicate } else { Place::New };
        }
        if !self.current.contains(id) {
            return Place::New;
        }
        match (self.newest, timestamp) {
            (Some(newest), Some(timestamp)) if timestamp > newest => Place::Renumbered(newest),
            // Without a timestamp on either side nothing speaks for a new numbering.
            _ => Place::Duplicate,
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

impl Earlier {
    /// Whether what has this timestamp belongs to it and not to the current numbering.
    fn judges(&self, timestamp: Option<Timestamp>) -> bool {
        timestamp.is_some_and(|timestamp| timestamp <= self.boundary)
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
