//! CORE: the session under a lock, the same for every driver. Facts go in from any thread, actions
//! come out to the driver's loop, mail to the application.
//!
//! The mail has a lock of its own, so that the application never waits for a frame to be read.
//! Whoever needs both takes the session's first.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use directline::{
    Action, Checkpoint, Config, Counters, End, Event, Input, Misuse, Moment, Output, PostKey,
    PostOutcome, Session, Status,
};

use crate::burst::{Ahead, Burst, Lent};
use crate::clock::Clock;
use crate::mailbox::{Mail, Mailbox};
use crate::own::{first_key, seeded};
use crate::post::{Post, SendError, Slot};
use crate::record::{Record, Wanted};
use crate::trace::Trace;
use crate::watch::Watch;
use crate::wire::asks_to_wait;

pub(crate) struct Core {
    clock: Clock,
    state: Mutex<State>,
    mailbox: Mutex<Mailbox>,
}

struct State {
    session: Session,
    /// When it was told something last. A burst is told as of its beginning, and another thread may have
    /// told something since.
    latest: Moment,
    actions: VecDeque<Action>,
    /// Told by the session, kept until the driver has closed its sockets.
    end: Option<End>,
    /// There is something to do since the driver's loop last looked.
    has_news: bool,
    /// Until when that loop sleeps without news.
    sleeps_until: Option<Moment>,
    driver: Option<Waker>,
    /// Mail of a burst that goes on; no more than there was room for.
    fresh: Vec<Mail>,
    lent: Lent,
    next_key: u64,
    /// Posts without an outcome; whoever has dropped one does not care for it.
    awaited: BTreeMap<PostKey, Weak<Slot>>,
    /// Outcomes that are still to be told, once no lock is held.
    settled: Vec<(Arc<Slot>, PostOutcome)>,
    trace: Trace,
    record: Record,
    watch: Watch,
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
    pub(crate) fn new(
        config: Arc<Config>,
        checkpoint: Option<Checkpoint>,
        wanted: &Wanted,
    ) -> Arc<Core> {
        let clock = Clock::start();
        let (config, now) = (seeded(config), clock.now());
        let record = Record::begin(wanted.take(), &config, checkpoint.as_ref(), now);
        let session = match checkpoint {
            Some(checkpoint) => Session::resume(config, checkpoint, now),
            None => Session::new(config, now),
        };
        let mut state = State {
            session,
            latest: now,
            actions: VecDeque::new(),
            end: None,
            has_news: false,
            sleeps_until: None,
            driver: None,
            fresh: Vec::new(),
            lent: Lent::default(),
            next_key: first_key(),
            awaited: BTreeMap::new(),
            settled: Vec::new(),
            trace: Trace::new(),
            record,
            watch: Watch::new(clock.awake_or_not()),
        };
        state.drain();
        let mailbox = Mutex::default();
        let core = Arc::new(Core { clock, state: Mutex::new(state), mailbox });
        core.hand_over(Ahead::Nothing);
        core
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
        state.handle(self.clock.now(), input)?;
        self.settle(state, Ahead::Nothing);
        Ok(())
    }

    /// Takes in a fact that bears an id of the machine's own.
    pub(crate) fn report(&self, input: Input) {
        expected(self.tell(input));
    }

    /// Takes in what came over a socket that may have more at hand. The application hears of it with
    /// [`Core::hand_over`].
    pub(crate) fn report_heard(&self, burst: &mut Burst, input: Input) {
        burst.count(&input);
        let mut state = self.lock();
        state.lent.reclaim();
        expected(state.handle(burst.at(), input));
        self.settle(state, Ahead::Burst);
    }

    /// Gives the application what has come, and wakes it if it sleeps.
    pub(crate) fn hand_over(&self, ahead: Ahead) {
        self.settle(self.lock(), ahead);
    }

    /// Tells everybody what concerns them, once no lock is held.
    fn settle(&self, mut state: MutexGuard<'_, State>, ahead: Ahead) {
        let is_over = ahead != Ahead::Burst && !state.fresh.is_empty();
        let reader = is_over.then(|| self.deliver(&mut state.fresh)).flatten();
        let driver = state.driver_to_wake();
        let settled = mem::take(&mut state.settled);
        state.lent.settle(ahead);
        drop(state);
        settled.into_iter().for_each(|(slot, outcome)| slot.settle(outcome));
        // The driver first: what it has to do is what the application waits for.
        driver.into_iter().chain(reader).for_each(Waker::wake);
    }

    /// Puts mail in the box; gives whom to wake because of that.
    fn deliver(&self, mail: &mut Vec<Mail>) -> Option<Waker> {
        let mut mailbox = self.lock_mailbox();
        mem::take(mail).into_iter().for_each(|mail| mailbox.put(mail));
        mailbox.reader_to_wake()
    }

    /// Queues what `input` makes of a new key.
    pub(crate) fn post(&self, input: impl FnOnce(PostKey) -> Input) -> Result<Post, SendError> {
        if self.lock_mailbox().has_too_many_outcomes() {
            return Err(SendError::OutcomesNotTaken);
        }
        let slot = Arc::new(Slot::default());
        let key = {
            let mut state = self.lock();
            state.next_key += 1;
            let key = PostKey(state.next_key);
            state.awaited.insert(key, Arc::downgrade(&slot));
            key
        };
        if let Err(misuse) = self.tell(input(key)) {
            self.lock().awaited.remove(&key);
            return Err(misuse.into());
        }
        Ok(Post::new(key, slot))
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

    pub(crate) fn record_trouble(&self) -> Option<String> {
        self.lock().record.trouble()
    }

    /// Fills an empty hand with the next mail; leaves it empty once the end was taken.
    pub(crate) fn poll_mail(
        &self,
        hand: &mut VecDeque<Mail>,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        let mut mailbox = self.lock_mailbox();
        mailbox.take(hand);
        let is_ready = !hand.is_empty() || mailbox.is_over();
        if !is_ready {
            mailbox.set_reader(context.waker());
        }
        let waiting = mailbox.waiting_for_room();
        drop(mailbox);
        waiting.into_iter().for_each(Waker::wake);
        if is_ready { Poll::Ready(()) } else { Poll::Pending }
    }

    /// The application has gone: ends the session and forgets the mail.
    pub(crate) fn abandon(&self) {
        let waiting = self.lock_mailbox().abandon();
        waiting.into_iter().for_each(Waker::wake);
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

    fn lock_mailbox(&self) -> MutexGuard<'_, Mailbox> {
        self.mailbox.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// Takes in that the device slept, if it did since the last call. Called before each turn, and
    /// no later than [`LOOK_EVERY`](crate::watch::LOOK_EVERY) after the last one.
    pub(crate) fn look_at_the_clock(&self) {
        let now = self.clock.awake_or_not();
        let has_slept = self.lock().watch.notices_sleep(now);
        if has_slept {
            self.report(Input::Woke);
        }
    }

    /// Before when what became of a request is not to be reported: less than a millisecond from now, and
    /// for most it is now.
    pub(crate) fn held_back_until(&self, fact: &Input) -> Moment {
        if asks_to_wait(fact) { self.clock.next() } else { self.clock.now() }
    }

    /// What to do next; answers anew after every call.
    pub(crate) fn turn(&self) -> Turn {
        let mut state = self.lock();
        state.has_news = false;
        match state.actions.pop_front() {
            Some(action) => Turn::Perform(action),
            None if state.end.is_some() => Turn::Finish,
            None => {
                state.sleeps_until = state.session.deadline();
                Turn::WaitUntil(state.sleeps_until)
            }
        }
    }

    /// Ready when there is something to do since the last turn: actions, the end, or a deadline
    /// before the one that was told then. A deadline that has moved on is no news.
    pub(crate) fn poll_news(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.has_news {
            return Poll::Ready(());
        }
        state.driver = Some(context.waker().clone());
        Poll::Pending
    }

    /// Ready when the application has taken enough for more to be read.
    pub(crate) fn poll_room(&self, context: &mut Context<'_>) -> Poll<Burst> {
        self.lock_mailbox().poll_room(context).map(|room| Burst::new(self.clock.now(), room))
    }

    /// Everything is closed: tells the application that it is over.
    pub(crate) fn conclude(&self) {
        // A driver that is torn down with its runtime gets here before the session has ended.
        self.close();
        let mut state = self.lock();
        if let Some(end) = state.end.take() {
            state.fresh.push(Mail::Ended(end));
        }
        self.settle(state, Ahead::Nothing);
    }
}

impl State {
    fn handle(&mut self, at: Moment, input: Input) -> Result<(), Misuse> {
        let now = at.max(self.latest);
        self.latest = now;
        self.trace.input(&input);
        self.record.input(&self.session, now, &input);
        let handled = self.session.handle(now, input);
        if let Err(misuse) = &handled {
            self.record.misuse(misuse);
        }
        self.drain();
        handled
    }

    /// The driver's loop, if it sleeps and should not.
    fn driver_to_wake(&mut self) -> Option<Waker> {
        let is_due = match (self.session.deadline(), self.sleeps_until) {
            (Some(due), Some(awake)) => due < awake,
            (due, None) => due.is_some(),
            (None, Some(_)) => false,
        };
        if !is_due && self.actions.is_empty() && self.end.is_none() {
            return None;
        }
        self.has_news = true;
        self.driver.take()
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll() {
            self.trace.output(&output);
            self.record.output(&output);
            match output {
                Output::Action(action) => self.actions.push_back(action),
                Output::Event(Event::Delivered(batch)) => {
                    let batch = Arc::new(batch);
                    self.lent.lend(&batch);
                    self.fresh.push(Mail::Batch(batch));
                }
                Output::Event(Event::Ended(end)) => self.end = Some(end),
                Output::Event(event) => {
                    self.note_outcome(&event);
                    self.fresh.push(Mail::Event(event));
                }
            }
        }
    }

    fn note_outcome(&mut self, event: &Event) {
        let Event::Posted { key, outcome } = event else { return };
        let slot = self.awaited.remove(key).and_then(|slot| slot.upgrade());
        self.settled.extend(slot.map(|slot| (slot, outcome.clone())));
    }
}

fn expected(taken: Result<(), Misuse>) {
    if let Err(misuse) = taken {
        debug_assert!(false, "a driver reports what it was asked for: {misuse}");
    }
}
