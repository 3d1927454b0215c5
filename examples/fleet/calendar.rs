//! Things by the moments at which they come up: a list for each moment, in a map.
//!
//! A heap would do the same, and with a million things in it each pop would go down through memory
//! that is in no cache. Moments are milliseconds, so that a large fleet has many things in each of
//! them, and what is next lies together.

use std::collections::BTreeMap;
use std::vec;

use directline::Moment;

/// Of two things at the same moment, the one that was entered first comes first.
pub(crate) struct Calendar<T> {
    all: BTreeMap<Moment, Vec<T>>,
    /// The moment that has come, and what is left of it.
    now: Moment,
    left: vec::IntoIter<T>,
}

impl<T> Calendar<T> {
    pub(crate) fn new() -> Calendar<T> {
        Calendar { all: BTreeMap::new(), now: Moment::ZERO, left: Vec::new().into_iter() }
    }

    /// Enters something that comes up at `at`, which is not before what has come up already.
    pub(crate) fn enter(&mut self, at: Moment, item: T) {
        self.all.entry(at).or_default().push(item);
    }

    /// When something comes up next.
    pub(crate) fn next_at(&self) -> Option<Moment> {
        match self.left.as_slice() {
            [] => self.all.first_key_value().map(|(at, _)| *at),
            [_, ..] => Some(self.now),
        }
    }

    /// What comes up next.
    pub(crate) fn pop(&mut self) -> Option<T> {
        if self.left.as_slice().is_empty() {
            let (now, items) = self.all.pop_first()?;
            (self.now, self.left) = (now, items.into_iter());
        }
        self.left.next()
    }
}
