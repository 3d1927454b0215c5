//! POST: what was handed in to be sent, for whoever wants to know what became of it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use directline::{Misuse, PostKey, PostOutcome};

/// An activity or files on their way: a future of the outcome, or something to wait for.
///
/// To await it is a matter of choice: it is sent either way, and its outcome comes among the updates,
/// too. Nothing is taken back by dropping it, whether it was polled or not. It always comes to an
/// outcome, at the latest when the conversation ends or is dropped. An outcome of
/// [`PostOutcome::Unknown`] may be settled later, by an update alone.
///
/// ```
/// # use directline_client::{blocking::Conversation, directline::{Config, Credential, PostOutcome}};
/// # use directline_testbed::{Options, Testbed};
/// # let testbed = Testbed::start(Options::default())?;
/// # let config = Config::builder(Credential::secret(testbed.secret())?).with_base(testbed.base());
/// # let conversation = Conversation::start(config.build()?)?;
/// let post = conversation.handle().send_text("user1", "hello")?;
/// // Or, with tokio: `let outcome = post.await;`
/// assert!(matches!(post.wait(), PostOutcome::Sent { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Post {
    key: PostKey,
    slot: Arc<Slot>,
}

/// Where the outcome is put, by whoever drives the session.
#[derive(Default)]
pub(crate) struct Slot {
    state: Mutex<State>,
    is_settled: Condvar,
}

#[derive(Default)]
struct State {
    outcome: Option<PostOutcome>,
    waker: Option<Waker>,
}

/// Why an activity was not taken for sending.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// It can never be sent, or the conversation is over.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The application sends and sends and takes no updates, among which the outcomes are.
    #[error("the outcomes of earlier posts wait to be taken")]
    OutcomesNotTaken,
    /// It is to be from somebody, and nobody was said to speak.
    #[error("nobody was said to speak: Handle::with_user says who")]
    NoUser,
}

impl Post {
    pub(crate) fn new(key: PostKey, slot: Arc<Slot>) -> Post {
        Post { key, slot }
    }

    /// Its name among the updates.
    #[must_use]
    pub fn key(&self) -> PostKey {
        self.key
    }

    /// The outcome, if there is one already.
    #[must_use]
    pub fn outcome(&self) -> Option<PostOutcome> {
        self.slot.lock().outcome.clone()
    }

    /// Blocks this thread until there is an outcome.
    ///
    /// Updates need not be taken meanwhile, unless thousands of outcomes wait among them.
    #[must_use]
    pub fn wait(&self) -> PostOutcome {
        let mut state = self.slot.lock();
        loop {
            if let Some(outcome) = &state.outcome {
                return outcome.clone();
            }
            state = self.slot.is_settled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// As [`Post::wait`], for no longer than `limit`; then it may be waited for again.
    #[must_use]
    pub fn wait_for(&self, limit: Duration) -> Option<PostOutcome> {
        let waited = self
            .slot
            .is_settled
            .wait_timeout_while(self.slot.lock(), limit, |state| state.outcome.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.outcome.clone()
    }
}

impl Future for Post {
    type Output = PostOutcome;

    /// May be cancelled without loss; once it is ready it stays so.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<PostOutcome> {
        let mut state = self.slot.lock();
        match &state.outcome {
            Some(outcome) => Poll::Ready(outcome.clone()),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Each is equal to itself alone.
impl PartialEq for Post {
    fn eq(&self, other: &Post) -> bool {
        Arc::ptr_eq(&self.slot, &other.slot)
    }
}

impl Eq for Post {}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Post({})", self.key.0)
    }
}

impl Slot {
    /// Called while no lock is held: whoever is woken may do anything.
    pub(crate) fn settle(&self, outcome: PostOutcome) {
        let waker = {
            let mut state = self.lock();
            state.outcome = Some(outcome);
            state.waker.take()
        };
        self.is_settled.notify_all();
        waker.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_itself_alone_and_shows_its_key() {
        let post = || Post::new(PostKey(7), Arc::default());
        let (one, other) = (post(), post());
        assert_eq!(one, one);
        assert_ne!(one, other);
        assert_eq!(format!("{one:?}"), "Post(7)");
    }
}
