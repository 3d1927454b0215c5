//! INBOX: the application's end of a conversation, the same for every driver.

use std::collections::VecDeque;
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
    hand: VecDeque<Mail>,
    /// The batch that is being handed out, and how much of it was.
    current: Option<(Arc<Batch>, usize)>,
}

impl Inbox {
    pub(crate) fn new(core: Arc<Core>) -> Inbox {
        Inbox { core, hand: VecDeque::new(), current: None }
    }

    pub(crate) fn handle(&self) -> Handle {
        Handle::new(self.core.clone())
    }

    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Update>> {
        let at_hand = self.at_hand();
        if at_hand.is_some() {
            return Poll::Ready(at_hand);
        }
        ready!(self.core.poll_mail(&mut self.hand, context));
        Poll::Ready(self.at_hand())
    }

    /// The next update, if nobody has to be asked for it.
    pub(crate) fn at_hand(&mut self) -> Option<Update> {
        if let Some((batch, index)) = self.current.take() {
            return Some(self.hand_out(batch, index));
        }
        Some(match self.hand.pop_front()? {
            Mail::Batch(batch) => self.hand_out(batch, 0),
            Mail::Event(event) => Update::Event(event),
            Mail::Ended(end) => Update::Ended(end),
        })
    }

    fn hand_out(&mut self, batch: Arc<Batch>, index: usize) -> Update {
        if index + 1 < batch.len() {
            self.current = Some((batch.clone(), index + 1));
        }
        Update::Activity(Received::new(batch, index))
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
