//! DE-DUPLICATION: which activities were handed out before.

mod numbering;

use serde::{Deserialize, Serialize};

use self::numbering::{Id, Numbering};
use crate::wire::timestamp::Timestamp;

/// The ids handed out so far, in the current numbering of the service and in the one before.
///
/// The service has been seen to begin its numbering anew in a running conversation. A known id is
/// then another activity. What shows it is a timestamp later than all before, or one that is far
/// from the time in which the numbers around it were said, whatever came first. The first alone
/// tells numberings apart that follow each other closely: its moment, the boundary, says which of
/// the two judges an activity.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Novelty {
    Duplicate,
    /// New in the current numbering.
    New,
    /// New in the earlier numbering.
    Late,
    /// It opens a new numbering; the boundary is this.
    Renumbered(Timestamp),
}

impl Known {
    /// Whether an activity with this id was handed out before.
    pub(crate) fn is_duplicate(&self, id: &str, timestamp: Option<Timestamp>) -> bool {
        self.novelty(Id::of(id), timestamp) == Novelty::Duplicate
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
        if self.earlier.is_none() && self.current.goes_on(id, timestamp) {
            self.newest = self.newest.max(timestamp);
            return true;
        }
        match self.novelty(id, timestamp) {
            Novelty::Duplicate => return false,
            Novelty::New => {}
            Novelty::Late => {
                if let Some(earlier) = &mut self.earlier {
                    earlier.numbering.insert(id, timestamp, max);
                }
                return true;
            }
            Novelty::Renumbered(boundary) => {
                let mut numbering =
                    self.earlier.take().map(|own| own.numbering).unwrap_or_default();
                numbering.take_in(std::mem::take(&mut self.current), max);
                self.earlier = Some(Box::new(Earlier { numbering, boundary }));
                self.newest = None;
            }
        }
        self.current.insert(id, timestamp, max);
        // `None` is less than every timestamp.
        self.newest = self.newest.max(timestamp);
        true
    }

    fn novelty(&self, id: Id<'_>, timestamp: Option<Timestamp>) -> Novelty {
        let (current, earlier) = (&self.current, self.earlier.as_ref());
        let Some(timestamp) = timestamp else {
            // Nothing says that it is another one.
            let was_known = earlier.is_some_and(|earlier| earlier.numbering.contains(id));
            return if was_known || current.contains(id) {
                Novelty::Duplicate
            } else {
                Novelty::New
            };
        };
        if let Some(earlier) = earlier.filter(|earlier| timestamp <= earlier.boundary) {
            let is_known = earlier.numbering.contains_at(id, timestamp);
            return if is_known { Novelty::Duplicate } else { Novelty::Late };
        }
        if !current.contains(id) {
            return Novelty::New;
        }
        match self.newest {
            // Without a timestamp on either side nothing speaks for a new numbering.
            None => Novelty::Duplicate,
            Some(newest) if timestamp > newest => Novelty::Renumbered(newest),
            // Of a numbering before, or by a clock that is wrong: a repeat is better than a loss.
            Some(_) if !current.contains_at(id, timestamp) => Novelty::New,
            Some(_) => Novelty::Duplicate,
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
mod tests;
