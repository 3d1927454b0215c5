//! WAKES: when which conversation wants to be looked at again.

use std::collections::{BTreeMap, BTreeSet};

use directline::Moment;

use super::name::Name;

/// At most one moment for each.
#[derive(Debug, Default)]
pub(super) struct Wakes {
    by_moment: BTreeSet<(Moment, Name)>,
    by_name: BTreeMap<Name, Moment>,
}

impl Wakes {
    pub(super) fn set(&mut self, name: &Name, at: Option<Moment>) {
        if self.by_name.get(name).copied() == at {
            return;
        }
        if let Some(before) = self.by_name.remove(name) {
            self.by_moment.remove(&(before, name.clone()));
        }
        if let Some(at) = at {
            self.by_name.insert(name.clone(), at);
            self.by_moment.insert((at, name.clone()));
        }
    }

    /// One whose moment has come; it has none any more.
    pub(super) fn due(&mut self, now: Moment) -> Option<Name> {
        let (at, name) = self.by_moment.first()?;
        if *at > now {
            return None;
        }
        let name = name.clone();
        self.set(&name, None);
        Some(name)
    }

    pub(super) fn first(&self) -> Option<Moment> {
        self.by_moment.first().map(|(at, _)| *at)
    }

    pub(super) fn clear(&mut self) {
        *self = Wakes::default();
    }
}
