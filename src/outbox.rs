//! OUTBOX: queued posts in order, one in flight, bounded.

use std::collections::VecDeque;

use crate::id::{BearerId, PostKey, RequestId};
use crate::time::Moment;

/// The largest activity that the service takes, in bytes, by its documentation.
pub(crate) const POST_BYTES_MAX: usize = 262_144;

/// Posts that were not acknowledged yet; the first of them may be in flight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Outbox {
    posts: VecDeque<Post>,
    flight: Option<Flight>,
    /// After a post that was surely not taken: not again before this.
    not_before: Option<Moment>,
    failures: u32,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Post {
    key: PostKey,
    activity: Box<str>,
}

/// The post that is under way: the first of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Flight {
    pub(crate) request: RequestId,
    pub(crate) bearer: BearerId,
    pub(crate) by: Moment,
}

impl Outbox {
    pub(crate) fn holds(&self, key: PostKey) -> bool {
        self.posts.iter().any(|post| post.key == key)
    }

    pub(crate) fn len(&self) -> usize {
        self.posts.len()
    }

    pub(crate) fn push(&mut self, key: PostKey, activity: Box<str>) {
        self.posts.push_back(Post { key, activity });
    }

    /// The activity to send next, when none is in flight and no pause is due.
    pub(crate) fn next(&self, now: Moment) -> Option<&str> {
        let ready = self.flight.is_none() && self.not_before.is_none_or(|at| at <= now);
        self.posts.front().filter(|_| ready).map(|post| &*post.activity)
    }

    pub(crate) fn sent(&mut self, flight: Flight) {
        self.not_before = None;
        self.flight = Some(flight);
    }

    /// When the post in flight is overdue, or the pause before the next is over.
    pub(crate) fn deadline(&self) -> Option<Moment> {
        self.flight.map(|flight| flight.by).or(self.not_before)
    }

    /// The pause is over.
    pub(crate) fn resume(&mut self, now: Moment) {
        self.not_before.take_if(|at| *at <= now);
    }

    pub(crate) fn is_in_flight(&self) -> bool {
        self.flight.is_some()
    }

    /// The post in flight, if it is overdue.
    pub(crate) fn overdue(&self, now: Moment) -> Option<RequestId> {
        self.flight.filter(|flight| flight.by <= now).map(|flight| flight.request)
    }

    /// Takes the flight of `request`, whose outcome is known now; the post stays in the queue.
    pub(crate) fn land(&mut self, request: RequestId) -> Option<Flight> {
        self.flight.take_if(|flight| flight.request == request)
    }

    /// The post that was in flight has its outcome: it leaves the queue.
    pub(crate) fn settle(&mut self) -> Option<PostKey> {
        self.failures = 0;
        self.posts.pop_front().map(|post| post.key)
    }

    /// The post that was in flight was surely not taken; counts how often in a row.
    pub(crate) fn failed(&mut self) -> u32 {
        self.failures = self.failures.saturating_add(1);
        self.failures
    }

    /// Waits until `at` with the next try.
    pub(crate) fn wait(&mut self, at: Moment) {
        self.not_before = Some(at);
    }

    /// Empties the queue at the end: the request in flight, and the keys, the one in flight first.
    pub(crate) fn close(&mut self) -> (Option<RequestId>, Vec<PostKey>) {
        self.not_before = None;
        let flight = self.flight.take().map(|flight| flight.request);
        (flight, self.posts.drain(..).map(|post| post.key).collect())
    }
}

/// Shows no text: it is the user's.
impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Post({}, {} bytes)", self.key.0, self.activity.len())
    }
}
