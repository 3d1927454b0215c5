//! The activities alone, for programs that care for nothing else.

use std::pin::Pin;
use std::task::{Context, Poll};

use directline::End;
use futures_core::Stream;

use super::Conversation;
use crate::handle::Handle;
use crate::update::{Received, Update};

/// The activities of a conversation; see [`Conversation::activities`].
///
/// Events are passed over. A session that needs a new token waits for it in silence: look at
/// [`Handle::status`], or take the whole [`Conversation`] if its token cannot be refreshed.
#[derive(Debug)]
#[must_use = "a conversation that is dropped ends at once"]
pub struct Activities {
    conversation: Conversation,
    end: Option<End>,
}

impl Activities {
    pub(super) fn new(conversation: Conversation) -> Activities {
        Activities { conversation, end: None }
    }

    /// The means to send, ask and close, also from elsewhere.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.conversation.handle()
    }

    /// The next activity; `None` when the session is over. May be cancelled without loss.
    pub async fn next(&mut self) -> Option<Received> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Why the session ended, once it has.
    #[must_use]
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }
}

impl Stream for Activities {
    type Item = Received;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Received>> {
        loop {
            match std::task::ready!(self.conversation.inbox.poll_next(context)) {
                Some(Update::Activity(received)) => return Poll::Ready(Some(received)),
                Some(Update::Event(_)) => {}
                Some(Update::Ended(end)) => self.end = Some(end),
                None => return Poll::Ready(None),
            }
        }
    }
}
