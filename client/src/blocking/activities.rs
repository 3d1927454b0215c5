//! The activities alone, for programs that care for nothing else.

use directline::End;

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

    /// The means to send, ask and close, also from other threads.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.conversation.handle()
    }

    /// Why the session ended, once it has.
    #[must_use]
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }
}

impl Iterator for Activities {
    type Item = Received;

    /// The next activity; waits for it. `None` when the session is over.
    fn next(&mut self) -> Option<Received> {
        loop {
            match self.conversation.next()? {
                Update::Activity(received) => return Some(received),
                Update::Event(_) => {}
                Update::Ended(end) => self.end = Some(end),
            }
        }
    }
}
