//! What happens to the command, in order. Updates wait for room; what the user does never waits.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Cheap to clone; all clones are one queue.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    inner: Arc<Inner<T>>,
}

#[derive(Debug)]
struct Inner<T> {
    waiting: Mutex<VecDeque<T>>,
    has_news: Condvar,
    has_room: Condvar,
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Queue<T> {
        let (waiting, has_news, has_room) = Default::default();
        Queue { inner: Arc::new(Inner { waiting, has_news, has_room }) }
    }

    /// Adds at once, however many wait.
    pub(crate) fn push(&self, one: T) {
        self.lock().push_back(one);
        self.inner.has_news.notify_one();
    }

    /// Adds once there is room.
    pub(crate) fn push_with_room(&self, one: T) {
        let mut waiting = self.lock();
        while waiting.len() >= WAITING_MAX {
            waiting = self.inner.has_room.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.push_back(one);
        drop(waiting);
        self.inner.has_news.notify_one();
    }

    /// The first, if there is one.
    pub(crate) fn take(&self) -> Option<T> {
        self.taken(self.lock())
    }

    /// The first, waited for, if need be no longer than `limit`.
    pub(crate) fn wait(&self, limit: Option<Duration>) -> Option<T> {
        let until = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut waiting = self.lock();
        while waiting.is_empty() {
            let Some(until) = until else {
                waiting = self.inner.has_news.wait(waiting).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.inner.has_news.wait_timeout(waiting, left);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        self.taken(waiting)
    }

    fn taken(&self, mut waiting: MutexGuard<'_, VecDeque<T>>) -> Option<T> {
        let one = waiting.pop_front();
        drop(waiting);
        self.inner.has_room.notify_one();
        one
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.inner.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Queue<T> {
        Queue { inner: Arc::clone(&self.inner) }
    }
}

/// Updates that wait here besides those in the conversation's own buffer.
const WAITING_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_wait_for_room_and_the_user_does_not() {
        let queue = Queue::new();
        for number in 0..WAITING_MAX {
            queue.push_with_room(number);
        }
        queue.push(1_000);
        let (other, is_in) = (queue.clone(), Queue::new());
        let told = is_in.clone();
        let waiter = std::thread::spawn(move || {
            other.push_with_room(2_000);
            told.push(());
        });
        assert_eq!((queue.take(), is_in.take()), (Some(0), None));
        assert_eq!((queue.take(), is_in.wait(None)), (Some(1), Some(())));
        waiter.join().expect("it ends");
        let rest: Vec<_> = std::iter::from_fn(|| queue.take()).collect();
        assert_eq!((rest[0], &rest[rest.len() - 2..]), (2, &[1_000, 2_000][..]));
        assert_eq!(queue.wait(Some(Duration::ZERO)), None);
    }
}
