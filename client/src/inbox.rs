//! INBOX: the application's end of a conversation, the same for every driver.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use directline::Batch;

use crate::core::Core;
use crate::handle::Handle;
use crate::mailbox::Mail;
use crate::update::{Received, Update};

/// Takes batches apart. Dropping it ends the session.
pub(crate) struct Inbox {
    core: Arc<Core>,
    /// The batch that is being handed out, and how much of it was.
    current: Option<(Arc<Batch>, usize)>,
}

impl Inbox {
    pub(crate) fn new(core: Arc<Core>) -> Inbox {
        Inbox { core, current: None }
    }

    pub(crate) fn handle(&self) -> Handle {
        Handle::new(self.core.clone())
    }

    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Update>> {
        if self.current.is_none() {
            match ready!(self.core.poll_mail(context)) {
                None => return Poll::Ready(None),
                Some(Mail::Event(event)) => return Poll::Ready(Some(Update::Event(event))),
                Some(Mail::Ended(end)) => return Poll::Ready(Some(Update::Ended(end))),
                Some(Mail::Batch(batch)) => self.current = Some((batch, 0)),
            }
        }
        Poll::Ready(self.next_of_batch().map(Update::Activity))
    }

    fn next_of_batch(&mut self) -> Option<Received> {
        let (batch, index) = self.current.take()?;
        if index + 1 < batch.len() {
            self.current = Some((batch.clone(), index + 1));
        }
        Some(Received::new(batch, index))
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.fmt(f)
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.core.abandon();
    }
}
