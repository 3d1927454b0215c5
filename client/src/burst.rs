//! BURST: what a socket brings without a pause, and what becomes of the memory that it came in.

use std::collections::VecDeque;
use std::sync::Arc;

use directline::{Batch, Input, Moment};

use crate::mailbox::{BATCHES_MAX, Room};

/// What a socket may report before it has to hand over; all of it counts as of one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Burst {
    at: Moment,
    room: Room,
}

/// What is known of what comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ahead {
    /// More of the same burst.
    Burst,
    /// Another burst.
    More,
    /// Nothing for now.
    Nothing,
}

/// Batches of bursts that follow each other, oldest first, which the application has or will have.
///
/// What is freed here is at once what the next frame lies in. Freed by the application's thread it
/// would come back from another processor, which takes as long as to read some of a small frame.
#[derive(Default)]
pub(crate) struct Lent(VecDeque<Arc<Batch>>);

impl Burst {
    pub(crate) fn new(at: Moment, room: Room) -> Burst {
        Burst { at, room }
    }

    pub(crate) fn at(self) -> Moment {
        self.at
    }

    /// Whether one more message may be read; counts it.
    pub(crate) fn has_room_for_one(&mut self) -> bool {
        let has_room = self.room.batches > 0 && self.room.bytes > 0;
        self.room.batches = self.room.batches.saturating_sub(1);
        has_room
    }

    /// Counts the bytes of what was read.
    pub(crate) fn count(&mut self, input: &Input) {
        if let Input::Frame { text, .. } = input {
            self.room.bytes = self.room.bytes.saturating_sub(text.len());
        }
    }
}

impl Lent {
    pub(crate) fn lend(&mut self, batch: &Arc<Batch>) {
        self.0.push_back(batch.clone());
    }

    /// Frees the oldest if the application is done with it; of too many it is the application's to free.
    pub(crate) fn reclaim(&mut self) {
        let is_done = |batch: &Arc<Batch>| Arc::strong_count(batch) == 1;
        if self.0.len() > BATCHES_MAX || self.0.front().is_some_and(is_done) {
            self.0.pop_front();
        }
    }

    /// Frees whatever the application is done with by the end of a burst; keeps nothing when nothing
    /// more is at hand.
    pub(crate) fn settle(&mut self, ahead: Ahead) {
        match ahead {
            Ahead::Burst => {}
            Ahead::More => self.0.retain(|batch| Arc::strong_count(batch) > 1),
            Ahead::Nothing => self.0 = VecDeque::new(),
        }
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}
