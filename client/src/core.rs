//! CORE: the session under a lock, the same for every driver. Facts go in from any thread, actions
//! come out to the driver's loop, mail to the application.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{SystemTime, UNIX_EPOCH};

use directline::{
    Action, Checkpoint, Config, Counters, End, Event, Input, Misuse, Moment, Output, PostKey,
    Session, Status,
};

use crate::clock::Clock;
use crate::handle::SendError;
use crate::mailbox::{Mail, Mailbox};

pub(crate) struct Core {
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    session: Session,
    mailbox: Mailbox,
    actions: VecDeque<Action>,
    /// Told by the session, kept until the driver has closed its sockets.
    end: Option<End>,
    /// Something has changed since the driver's loop last looked.
    has_news: bool,
    driver: Option<Waker>,
    /// Who waits for the application to take mail before reading on.
    room: Vec<Waker>,
    next_key: u64,
}

/// What the driver's loop has to do next.
#[derive(Debug)]
pub(crate) enum Turn {
    Perform(Action),
    /// Nothing before this moment, unless there is news.
    WaitUntil(Option<Moment>),
    /// Close everything, then call [`Core::conclude`].
    Finish,
}

impl Core {
    pub(crate) fn new(config: Arc<Config>, checkpoint: Option<Checkpoint>) -> Arc<Core> {
        let clock = Clock::start();
        let session = match checkpoint {
            Some(checkpoint) => Session::resume(config, checkpoint, clock.now()),
            None => Session::new(config, clock.now()),
        };
        let mut state = State {
            session,
            mailbox: Mailbox::default(),
            actions: VecDeque::new(),
            end: None,
            has_news: false,
            driver: None,
            room: Vec::new(),
            next_key: first_key(),
        };
        state.drain();
        Arc::new(Core { clock, state: Mutex::new(state) })
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// Takes in what happened.
    ///
    /// # Errors
    ///
    /// What the machine objects to; nothing has changed then.
    pub(crate) fn tell(&self, input: Input) -> Result<(), Misuse> {
        let mut state = self.lock();
        state.session.handle(self.clock.now(), input)?;
        state.drain();
        state.has_news = true;
        if let Some(driver) = state.driver.take() {
            driver.wake();
        }
        Ok(())
    }

    /// Takes in a fact that bears an id of the machine's own.
    pub(crate) fn report(&self, input: Input) {
        if let Err(misuse) = self.tell(input) {
            debug_assert!(false, "a driver reports what it was asked for: {misuse}");
        }
    }

    /// Queues what `input` makes of a new key.
    pub(crate) fn post(&self, input: impl FnOnce(PostKey) -> Input) -> Result<PostKey, SendError> {
        let key = {
            let mut state = self.lock();
            if state.mailbox.has_too_many_outcomes() {
                return Err(SendError::OutcomesNotTaken);
            }
            state.next_key += 1;
            PostKey(state.next_key)
        };
        self.tell(input(key))?;
        Ok(key)
    }

    pub(crate) fn status(&self) -> Status {
        self.lock().session.status()
    }

    pub(crate) fn counters(&self) -> Counters {
        self.lock().session.counters()
    }

    pub(crate) fn pending_posts(&self) -> usize {
        self.lock().session.pending_posts()
    }

    /// The next mail; `None` once the end was taken.
    pub(crate) fn poll_mail(&self, context: &mut Context<'_>) -> Poll<Option<Mail>> {
        let mut state = self.lock();
        if let Some(mail) = state.mailbox.take() {
            if state.mailbox.has_room() {
                state.room.drain(..).for_each(Waker::wake);
            }
            return Poll::Ready(Some(mail));
        }
        if state.mailbox.is_over() {
            return Poll::Ready(None);
        }
        state.mailbox.set_reader(context.waker());
        Poll::Pending
    }

    /// The application has gone: ends the session and forgets the mail.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.mailbox.abandon();
        state.room.drain(..).for_each(Waker::wake);
        drop(state);
        self.close();
    }

    pub(crate) fn close(&self) {
        let closed = self.tell(Input::Close);
        debug_assert!(closed.is_ok(), "a session can be closed at any time");
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked while holding the lock has changed nothing that is read here in part.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells no more than the status: all else would be pages, with the users' texts among them.
impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Core({:?})", self.status())
    }
}

/// What only a driver calls.
impl Core {
    /// What to do next; answers anew after every call.
    pub(crate) fn turn(&self) -> Turn {
        let mut state = self.lock();
        state.has_news = false;
        match state.actions.pop_front() {
            Some(action) => Turn::Perform(action),
            None if state.end.is_some() => Turn::Finish,
            None => Turn::WaitUntil(state.session.deadline()),
        }
    }

    /// Ready when something has changed since the last turn.
    pub(crate) fn poll_news(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.has_news {
            return Poll::Ready(());
        }
        state.driver = Some(context.waker().clone());
        Poll::Pending
    }

    /// Ready when the application has taken enough for more to be read.
    pub(crate) fn poll_room(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.mailbox.has_room() {
            return Poll::Ready(());
        }
        if !state.room.iter().any(|waker| waker.will_wake(context.waker())) {
            state.room.push(context.waker().clone());
        }
        Poll::Pending
    }

    /// Everything is closed: tells the application that it is over.
    pub(crate) fn conclude(&self) {
        // A driver that is torn down with its runtime gets here before the session has ended.
        self.close();
        let mut state = self.lock();
        if let Some(end) = state.end.take() {
            state.mailbox.put_end(end);
        }
    }
}

impl State {
    fn drain(&mut self) {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Action(action) => self.actions.push_back(action),
                Output::Event(Event::Delivered(batch)) => self.mailbox.put_batch(batch),
                Output::Event(Event::Ended(end)) => self.end = Some(end),
                Output::Event(event) => self.mailbox.put_event(event),
            }
        }
    }
}

/// Microseconds since 1970: the keys of earlier sessions, which a checkpoint may have kept, are
/// smaller.
fn first_key() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or_default()
}
