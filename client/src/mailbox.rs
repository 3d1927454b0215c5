//! MAILBOX: what the session had to tell and the application has not taken yet; bounded.

use std::collections::VecDeque;
use std::mem::{self, discriminant};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use directline::{Batch, End, Event};

/// One thing for the application, in the order it happened.
pub(crate) enum Mail {
    Batch(Arc<Batch>),
    Event(Event),
    Ended(End),
}

/// Mail in order. Whoever reads the network looks at [`Mailbox::has_room`] first; events, which
/// nobody can hold back, are folded together while there is no room.
#[derive(Default)]
pub(crate) struct Mailbox {
    mail: VecDeque<Mail>,
    batches: usize,
    bytes: usize,
    /// Outcomes of posts among the mail; the application bounds them by not sending more.
    outcomes: usize,
    /// The last mail was taken, or nobody will take any.
    is_over: bool,
    reader: Option<Waker>,
    /// Who waits for the application to take mail before reading on.
    room: Vec<Waker>,
}

impl Mailbox {
    /// Whether more may be read from the network.
    fn has_room(&self) -> bool {
        self.is_over || (self.batches < BATCHES_MAX && self.bytes < BYTES_MAX)
    }

    /// Whether the application sends on and on and never looks what became of it.
    pub(crate) fn has_too_many_outcomes(&self) -> bool {
        self.outcomes >= OUTCOMES_MAX
    }

    pub(crate) fn put_batch(&mut self, batch: Batch) {
        self.batches += 1;
        self.bytes += size(&batch);
        self.put(Mail::Batch(Arc::new(batch)));
    }

    pub(crate) fn put_event(&mut self, event: Event) {
        let is_outcome = matches!(event, Event::Posted { .. });
        if !is_outcome && self.mail.len() >= MAIL_MAX {
            self.forget_event_like(&event);
        }
        self.outcomes += usize::from(is_outcome);
        self.put(Mail::Event(event));
    }

    pub(crate) fn put_end(&mut self, end: End) {
        self.put(Mail::Ended(end));
    }

    /// The oldest mail. With `None`, [`Mailbox::is_over`] tells whether more will come.
    pub(crate) fn take(&mut self) -> Option<Mail> {
        let mail = self.mail.pop_front()?;
        match &mail {
            Mail::Batch(batch) => {
                self.batches -= 1;
                self.bytes -= size(batch);
            }
            Mail::Event(event) => {
                self.outcomes -= usize::from(matches!(event, Event::Posted { .. }))
            }
            Mail::Ended(_) => self.is_over = true,
        }
        Some(mail)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Nobody takes anything any more; gives whom to wake because of that.
    pub(crate) fn abandon(&mut self) -> Vec<Waker> {
        let waiting = mem::take(&mut self.room);
        *self = Mailbox { is_over: true, ..Mailbox::default() };
        waiting
    }

    /// Ready when there is room; whoever hears that there is none is woken once there is.
    pub(crate) fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.has_room() {
            return Poll::Ready(());
        }
        if !self.room.iter().any(|waker| waker.will_wake(context.waker())) {
            self.room.push(context.waker().clone());
        }
        Poll::Pending
    }

    /// Whom to wake now that something was taken.
    pub(crate) fn waiting_for_room(&mut self) -> Vec<Waker> {
        if self.has_room() { mem::take(&mut self.room) } else { Vec::new() }
    }

    /// Whether so much waits that the application should not be left to sleep.
    pub(crate) fn holds_much(&self) -> bool {
        self.mail.len() >= BATCHES_MAX / 4 || self.bytes >= BYTES_MAX / 16
    }

    /// Whoever sleeps beside mail.
    pub(crate) fn reader_to_wake(&mut self) -> Option<Waker> {
        if self.mail.is_empty() { None } else { self.reader.take() }
    }

    /// Whom to wake when there is mail.
    pub(crate) fn set_reader(&mut self, waker: &Waker) {
        self.reader = Some(waker.clone());
    }

    fn put(&mut self, mail: Mail) {
        if self.is_over {
            return;
        }
        self.mail.push_back(mail);
    }

    /// An application that has not looked for so long needs the latest news of each kind only.
    fn forget_event_like(&mut self, event: &Event) {
        let is_alike = |mail: &Mail| match mail {
            Mail::Event(old) => discriminant(old) == discriminant(event),
            Mail::Batch(_) | Mail::Ended(_) => false,
        };
        if let Some(index) = self.mail.iter().rposition(is_alike) {
            self.mail.remove(index);
        }
    }
}

fn size(batch: &Batch) -> usize {
    batch.iter().map(|activity| activity.json().len()).sum()
}

/// Enough to keep an application busy while it looks away, little enough to hold at any time.
const BATCHES_MAX: usize = 64;
const BYTES_MAX: usize = 1 << 20;
/// Above this, events of one kind replace each other.
const MAIL_MAX: usize = 512;
const OUTCOMES_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use directline::{PostKey, PostOutcome, Status};

    use super::*;

    #[test]
    fn an_application_that_looks_away_gets_the_latest_news() {
        let mut mailbox = Mailbox::default();
        for _ in 0..10 * MAIL_MAX {
            mailbox.put_event(Event::Status(Status::Connecting));
            mailbox.put_event(Event::Status(Status::Live));
        }
        assert_eq!(mailbox.mail.len(), MAIL_MAX);
        let last = std::iter::from_fn(|| mailbox.take()).last();
        assert!(matches!(last, Some(Mail::Event(Event::Status(Status::Live)))));
    }

    #[test]
    fn outcomes_are_never_folded_together() {
        let mut mailbox = Mailbox::default();
        for key in 0..OUTCOMES_MAX as u64 {
            let outcome = PostOutcome::Sent { id: None };
            mailbox.put_event(Event::Posted { key: PostKey(key), outcome });
        }
        assert!(mailbox.has_too_many_outcomes());
        assert_eq!(std::iter::from_fn(|| mailbox.take()).count(), OUTCOMES_MAX);
        assert!(!mailbox.has_too_many_outcomes());
    }

    #[test]
    fn nothing_follows_the_end() {
        let mut mailbox = Mailbox::default();
        mailbox.put_end(End::Closed);
        assert!(!mailbox.is_over());
        assert!(matches!(mailbox.take(), Some(Mail::Ended(End::Closed))));
        mailbox.put_event(Event::Status(Status::Live));
        assert!(mailbox.is_over() && mailbox.take().is_none());
    }
}
