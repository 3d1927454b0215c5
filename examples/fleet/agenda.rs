//! What is to happen when, for a whole fleet: one heap, and deadlines that are not taken out when
//! they change.
//!
//! A session's deadline moves with almost every input, and nearly always away from now: each sign
//! of life, each keep-alive. To move an entry inside of a heap is dear, so it stays where it is. When
//! its moment comes, the session is asked for the deadline that is true now; if that is later, the
//! entry goes in again there. Only a deadline that moves closer costs a second entry, and the first
//! is passed over when it comes up. So a session has seldom more than one entry, a frame costs the
//! heap nothing, and memory stays in proportion to the sessions.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use directline::Moment;

/// The things that are to happen, by their moments; of two at the same moment, the older first.
pub(crate) struct Agenda<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    entered: u64,
    /// For each session the earliest moment at which it will be asked for its deadline.
    asked_at: Vec<Option<Moment>>,
}

/// What comes up.
pub(crate) enum Item<T> {
    /// This session may have something due.
    Session(usize),
    /// Something else.
    Other(T),
}

struct Entry<T> {
    at: Moment,
    number: u64,
    item: Item<T>,
}

impl<T> Agenda<T> {
    pub(crate) fn new(sessions: usize) -> Agenda<T> {
        Agenda { heap: BinaryHeap::new(), entered: 0, asked_at: vec![None; sessions] }
    }

    /// What is next, and when.
    pub(crate) fn pop(&mut self) -> Option<(Moment, Item<T>)> {
        loop {
            let Reverse(Entry { at, item, .. }) = self.heap.pop()?;
            if let Item::Session(index) = item {
                // An entry from before the deadline moved closer has been dealt with.
                if self.asked_at[index] != Some(at) {
                    continue;
                }
                self.asked_at[index] = None;
            }
            return Some((at, item));
        }
    }

    pub(crate) fn enter(&mut self, at: Moment, item: T) {
        self.push(at, Item::Other(item));
    }

    /// Sees to it that a session is asked by its deadline.
    pub(crate) fn see_to(&mut self, index: usize, deadline: Option<Moment>) {
        let Some(at) = deadline else { return };
        if self.asked_at[index].is_none_or(|asked_at| at < asked_at) {
            self.asked_at[index] = Some(at);
            self.push(at, Item::Session(index));
        }
    }

    fn push(&mut self, at: Moment, item: Item<T>) {
        self.entered += 1;
        self.heap.push(Reverse(Entry { at, number: self.entered, item }));
    }
}

impl<T> Entry<T> {
    fn key(&self) -> (Moment, u64) {
        (self.at, self.number)
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Entry<T>) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Entry<T>) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Entry<T>) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}
