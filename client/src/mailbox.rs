//! MAILBOX: what the session had to tell and the application has not taken yet; bounded.

use std::collections::VecDeque;
use std::mem::{self, discriminant};
use std::ops::{AddAssign, SubAssign};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use directline::{Batch, End, Event};

/// One thing for the application, in the order it happened.
pub(crate) enum Mail {
    Batch(Arc<Batch>),
    Event(Event),
    Ended(End),
}

/// Mail in order. Whoever reads the network asks for [`Room`] first; events, which nobody can hold
/// back, are folded together while there is none.
#[derive(Default)]
pub(crate) struct Mailbox {
    mail: VecDeque<Mail>,
    /// What lies here and what the application has in hand.
    all: Load,
    in_hand: Load,
    /// The last mail was taken, or nobody will take any.
    is_over: bool,
    reader: Option<Waker>,
    /// Who waits for the application to take mail before reading on.
    room: Vec<Waker>,
}

/// How much may be read from the network before the application is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) batches: usize,
    /// The last batch may go beyond it.
    pub(crate) bytes: usize,
}

/// What some mail amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Load {
    batches: usize,
    bytes: usize,
    /// Outcomes of posts; the application bounds them by not sending more.
    outcomes: usize,
}

impl Load {
    fn of(mail: &Mail) -> Load {
        match mail {
            Mail::Batch(batch) => Load { batches: 1, bytes: size(batch), outcomes: 0 },
            Mail::Event(Event::Posted { .. }) => Load { outcomes: 1, ..Load::default() },
            Mail::Event(_) | Mail::Ended(_) => Load::default(),
        }
    }
}

impl AddAssign for Load {
    fn add_assign(&mut self, other: Load) {
        self.batches += other.batches;
        self.bytes += other.bytes;
        self.outcomes += other.outcomes;
    }
}

impl SubAssign for Load {
    fn sub_assign(&mut self, other: Load) {
        self.batches -= other.batches;
        self.bytes -= other.bytes;
        self.outcomes -= other.outcomes;
    }
}

impl Mailbox {
    /// What more may be read from the network, if it is worth to begin.
    fn room(&self) -> Option<Room> {
        if self.is_over {
            return Some(Room { batches: ROOM_MAX, bytes: ROOM_BYTES_MAX });
        }
        let batches = BATCHES_MAX.saturating_sub(self.all.batches).min(ROOM_MAX);
        let bytes = BYTES_MAX.saturating_sub(self.all.bytes).min(ROOM_BYTES_MAX);
        (batches >= HAND_MAX && bytes > 0).then_some(Room { batches, bytes })
    }

    /// Whether the application sends on and on and never looks what became of it.
    pub(crate) fn has_too_many_outcomes(&self) -> bool {
        self.all.outcomes >= OUTCOMES_MAX
    }

    /// Adds what happened, in order.
    pub(crate) fn put(&mut self, mail: Mail) {
        if self.is_over {
            return;
        }
        if let Mail::Event(event) = &mail {
            let is_outcome = matches!(event, Event::Posted { .. });
            if !is_outcome && self.mail.len() >= MAIL_MAX {
                self.forget_event_like(event);
            }
        }
        self.all += Load::of(&mail);
        self.mail.push_back(mail);
    }

    /// Moves the oldest mail into the application's empty hand. If there is none,
    /// [`Mailbox::is_over`] tells whether more will come.
    pub(crate) fn take(&mut self, hand: &mut VecDeque<Mail>) {
        self.all -= mem::take(&mut self.in_hand);
        while hand.len() < HAND_MAX && self.in_hand.bytes < HAND_BYTES_MAX {
            let Some(mail) = self.mail.pop_front() else { break };
            self.in_hand += Load::of(&mail);
            self.is_over |= matches!(mail, Mail::Ended(_));
            hand.push_back(mail);
        }
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
    pub(crate) fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<Room> {
        if let Some(room) = self.room() {
            return Poll::Ready(room);
        }
        if !self.room.iter().any(|waker| waker.will_wake(context.waker())) {
            self.room.push(context.waker().clone());
        }
        Poll::Pending
    }

    /// Whom to wake now that something was taken.
    pub(crate) fn waiting_for_room(&mut self) -> Vec<Waker> {
        if self.room.is_empty() || self.room().is_none() {
            return Vec::new();
        }
        mem::take(&mut self.room)
    }

    /// Whoever sleeps beside mail.
    pub(crate) fn reader_to_wake(&mut self) -> Option<Waker> {
        if self.mail.is_empty() { None } else { self.reader.take() }
    }

    /// Whom to wake when there is mail.
    pub(crate) fn set_reader(&mut self, waker: &Waker) {
        // A conversation that rests holds little.
        self.mail.shrink_to(HAND_MAX);
        self.reader = Some(waker.clone());
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
pub(crate) const BATCHES_MAX: usize = 128;
const BYTES_MAX: usize = 1 << 20;
/// What is read before the application is told, if more is at hand: to wake somebody costs as much as
/// to read some small frames.
const ROOM_MAX: usize = 96;
const ROOM_BYTES_MAX: usize = 256 << 10;
/// What the application takes at once, and with what it makes room again: little enough for a slow one
/// that the network is read from all the time.
const HAND_MAX: usize = 16;
const HAND_BYTES_MAX: usize = 64 << 10;
/// Above this, events of one kind replace each other.
const MAIL_MAX: usize = 512;
const OUTCOMES_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use directline::{PostKey, PostOutcome, Status};

    use super::*;

    /// All that is there, by the handful.
    fn taken(mailbox: &mut Mailbox) -> Vec<Mail> {
        let (mut hand, mut all) = (VecDeque::new(), Vec::new());
        loop {
            mailbox.take(&mut hand);
            if hand.is_empty() {
                return all;
            }
            all.extend(hand.drain(..));
        }
    }

    #[test]
    fn an_application_that_looks_away_gets_the_latest_news() {
        let mut mailbox = Mailbox::default();
        for _ in 0..10 * MAIL_MAX {
            mailbox.put(Mail::Event(Event::Status(Status::Connecting)));
            mailbox.put(Mail::Event(Event::Status(Status::Live)));
        }
        assert_eq!(mailbox.mail.len(), MAIL_MAX);
        let last = taken(&mut mailbox).pop();
        assert!(matches!(last, Some(Mail::Event(Event::Status(Status::Live)))));
    }

    #[test]
    fn outcomes_are_never_folded_together() {
        let mut mailbox = Mailbox::default();
        for key in 0..OUTCOMES_MAX as u64 {
            let outcome = PostOutcome::Sent { id: None };
            mailbox.put(Mail::Event(Event::Posted { key: PostKey(key), outcome }));
        }
        assert!(mailbox.has_too_many_outcomes());
        assert_eq!(taken(&mut mailbox).len(), OUTCOMES_MAX);
        assert!(!mailbox.has_too_many_outcomes());
    }

    #[test]
    fn an_application_takes_no_more_at_once_than_a_hand_holds() {
        let (mut mailbox, mut hand) = (Mailbox::default(), VecDeque::new());
        (0..=HAND_MAX).for_each(|_| mailbox.put(Mail::Event(Event::Status(Status::Live))));
        mailbox.take(&mut hand);
        assert_eq!(hand.len(), HAND_MAX);
    }

    #[test]
    fn nothing_follows_the_end() {
        let mut mailbox = Mailbox::default();
        mailbox.put(Mail::Ended(End::Closed));
        assert!(!mailbox.is_over());
        assert!(matches!(taken(&mut mailbox)[..], [Mail::Ended(End::Closed)]));
        mailbox.put(Mail::Event(Event::Status(Status::Live)));
        assert!(mailbox.is_over() && taken(&mut mailbox).is_empty());
    }
}
