//! TENURE: one conversation in this host's hands, from signing its record to giving it up. It has a
//! book, a stream and an outbox, which do not know each other; here is what goes on between them, and
//! the session's life.

mod heard;

use directline::{Credential, Moment};

use super::book::Book;
use super::command;
use super::desk::Desk;
use super::entry::{Entry, Lease, Wanted};
use super::name::Name;
use super::note::Note;
use super::order::{Order, SessionId};
use super::outbox::{Outbox, Scene};
use super::retry::Retry;
use super::stream::Stream;

/// A conversation that this host owns.
#[derive(Debug)]
pub(super) struct Tenure {
    name: Name,
    pub(super) epoch: u64,
    book: Book,
    stream: Stream,
    outbox: Outbox,
    stage: Stage,
    /// Of asking for credentials.
    asks: Retry,
    /// Of sessions that end.
    sessions: Retry,
    closing: Option<Closing>,
}

#[derive(Debug)]
enum Stage {
    /// The record is read, and written with this owner's epoch.
    Signing,
    /// A credential is to be asked for.
    Idle,
    /// It was.
    Asking,
    /// All is there, and its turn is still to come.
    Turn(Credential),
    Running(Running),
    /// The session says that the conversation is over; its entry is to say so too.
    Ended(String),
    /// There is no session any more, since it is closing, and what it left is put away until then.
    Shut(Moment),
    /// Posts are refused until then.
    Over(String, Moment),
}

#[derive(Debug)]
struct Running {
    session: SessionId,
    /// It has none left.
    needs_credential: bool,
    /// And was asked for one.
    is_asked: bool,
}

/// It is to have no session any more.
#[derive(Debug)]
struct Closing {
    why: Why,
    /// How long the session may stay for the post that it has.
    until: Moment,
}

#[derive(Clone, Debug)]
enum Why {
    HandOver(Lease),
    Over(String),
    /// The host leaves, and there is nobody to hand it to.
    Departure,
}

/// What is to be done with the conversation's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// All is put away: it may have its new owner.
    HandOver(Lease),
    /// It is over, for this reason.
    End(String),
    /// It was over for long enough.
    Remove,
}

impl Tenure {
    pub(super) fn new(name: Name, entry: &Entry) -> Tenure {
        let epoch = entry.epoch;
        Tenure {
            epoch,
            book: Book::new(name.clone(), entry),
            stream: Stream::new(name.clone(), epoch),
            outbox: Outbox::new(name.clone(), epoch),
            stage: Stage::Signing,
            asks: Retry::default(),
            sessions: Retry::default(),
            closing: None,
            name,
        }
    }

    fn session(&self) -> Option<SessionId> {
        match &self.stage {
            Stage::Running(running) => Some(running.session),
            _ => None,
        }
    }

    /// Whether it is still on its way to this host.
    pub(super) fn is_arriving(&self) -> bool {
        let is_coming = matches!(self.stage, Stage::Signing | Stage::Turn(_));
        // What cannot be read may stay so for ever, and nothing else is to wait for it.
        is_coming && self.closing.is_none() && !self.book.is_damaged()
    }

    /// Whether it waits for its turn.
    pub(super) fn is_ready(&self) -> bool {
        matches!(self.stage, Stage::Turn(_))
    }

    /// Whether nothing closes it.
    pub(super) fn is_open(&self) -> bool {
        self.closing.is_none()
    }

    /// Whether it has neither a session nor anything left to put away.
    pub(super) fn has_departed(&self, now: Moment) -> bool {
        match &self.stage {
            Stage::Shut(until) => self.is_put_away() || *until <= now,
            Stage::Signing => self.closing.is_some(),
            Stage::Over(..) => true,
            _ => false,
        }
    }

    /// It is to be handed to this host.
    pub(super) fn hand_over(&mut self, to: Lease, desk: &Desk) {
        if !matches!(self.stage, Stage::Ended(_)) {
            self.close(Why::HandOver(to), desk);
        }
    }

    /// The host leaves.
    pub(super) fn depart(&mut self, desk: &Desk) {
        self.close(Why::Departure, desk);
    }

    /// Whom it was to be handed to does not take it.
    pub(super) fn stay(&mut self) {
        self.closing = None;
        if let Stage::Shut(_) = self.stage {
            self.stage = Stage::Idle;
        }
    }

    /// What its entry wants.
    pub(super) fn wanted(&mut self, wanted: &Wanted, desk: &Desk) {
        let Wanted::Over(reason) = wanted else { return };
        if self.closing.is_none() && !matches!(self.stage, Stage::Over(..)) {
            self.close(Why::Over(reason.clone()), desk);
        }
    }

    fn close(&mut self, why: Why, desk: &Desk) {
        if self.closing.is_none() {
            let until = desk.now.saturating_add(desk.settings.handover_wait);
            self.closing = Some(Closing { why, until });
        }
    }

    /// Drops the session, if there is one, and fetches nothing any more.
    pub(super) fn stop(&mut self, desk: &mut Desk) {
        if let Some(session) = self.session() {
            desk.order(Order::Drop { conversation: self.name.clone(), session });
        }
        self.outbox.shut(desk);
    }

    /// Orders what is due; gives what is to be done with the entry.
    pub(super) fn tend(&mut self, desk: &mut Desk) -> Option<Wish> {
        if let Stage::Signing = self.stage {
            self.book.tend(desk);
            let Some(signed) = self.book.signed() else { return self.unsigned() };
            self.stream.begin(signed.position, signed.checkpoint.clone());
            self.outbox.begin(&signed.posts);
            self.stage = signed.over.clone().map_or(Stage::Idle, Stage::Ended);
        }
        self.shut(desk);
        self.conclude(desk);
        self.ask(desk);
        self.work(desk);
        self.book.tend(desk);
        self.wish(desk)
    }

    /// A conversation that is handed on before its record is signed needs no more.
    fn unsigned(&self) -> Option<Wish> {
        match &self.closing {
            Some(Closing { why: Why::HandOver(to), .. }) => Some(Wish::HandOver(to.clone())),
            _ => None,
        }
    }

    /// Drops the session of a conversation that is closing, once nothing speaks for waiting.
    fn shut(&mut self, desk: &mut Desk) {
        let Some(closing) = &self.closing else { return };
        match &self.stage {
            Stage::Shut(_) => return,
            Stage::Running(_) if self.outbox.is_out() && closing.until > desk.now => return,
            _ => {}
        }
        self.stop(desk);
        self.outbox.session_over();
        self.stage = Stage::Shut(desk.now.saturating_add(desk.settings.answer_wait));
    }

    /// What is over has nothing left to put away: its posts are refused from now on.
    fn conclude(&mut self, desk: &mut Desk) {
        if let (Stage::Ended(reason), true) = (&self.stage, self.stream.is_empty()) {
            // In the same write as the checkpoint that covers the end.
            self.book.draft.over = Some(reason.clone());
        }
        let Some(Closing { why: Why::Over(reason), .. }) = &self.closing else { return };
        if self.has_departed(desk.now) {
            let (conversation, reason) = (self.name.clone(), reason.clone());
            desk.note(Note::Over { conversation, reason: reason.clone() });
            let until = desk.now.saturating_add(desk.settings.over_wait);
            if self.book.signed().is_some() {
                // Whoever finds no entry goes by the record.
                self.book.draft.over.get_or_insert_with(|| reason.clone());
            }
            self.stage = Stage::Over(reason, until);
            self.closing = None;
        }
    }

    fn ask(&mut self, desk: &mut Desk) {
        let is_due = self.asks.is_due(desk.now) && self.sessions.is_due(desk.now);
        let is_due = is_due && self.closing.is_none();
        match &mut self.stage {
            Stage::Idle if is_due => self.stage = Stage::Asking,
            Stage::Running(running) if is_due && running.needs_credential && !running.is_asked => {
                running.is_asked = true;
            }
            _ => return,
        }
        let id = self.stream.latest().map(|checkpoint| checkpoint.conversation().into());
        desk.order(Order::AskCredential { conversation: self.name.clone(), id });
    }

    /// Posts, publications, and what of both goes into the record.
    fn work(&mut self, desk: &mut Desk) {
        let (session, is_closing) = (self.session(), self.closing.is_some());
        let over = match &self.stage {
            Stage::Over(reason, _) => Some(reason.as_str()),
            _ => None,
        };
        let is_settled = self.book.is_settled();
        let Some((stored, draft)) = self.book.pages() else { return };
        // Before the record says which conversation it is, whoever resumes would begin another:
        // nothing is published of this one, and nothing is sent to it.
        let has_joined = stored.checkpoint.is_some();
        let joined = session.filter(|_| has_joined);
        let scene = Scene { stored, is_settled, session: joined, is_closing, over };
        self.outbox.tend(&scene, &mut draft.posts, desk);
        if has_joined {
            self.stream.publish(desk);
        }
        self.stream.hold(stored.position, session, desk);
    }

    fn is_put_away(&self) -> bool {
        self.stream.is_empty() && self.is_settled() && self.book.is_clean()
    }

    /// Whether it is being removed, or nothing is left to be told.
    fn may_be_removed(&self, now: Moment) -> bool {
        let is_haunted = self.outbox.haunted_until().is_some_and(|until| until > now);
        self.book.is_removing() || (self.is_settled() && !self.outbox.has_post() && !is_haunted)
    }

    /// Whether every outcome is told.
    fn is_settled(&self) -> bool {
        self.book.draft.posts.untold().is_none()
    }

    fn wish(&mut self, desk: &mut Desk) -> Option<Wish> {
        match &self.stage {
            Stage::Ended(reason) if self.is_put_away() => Some(Wish::End(reason.clone())),
            Stage::Shut(_) if self.has_departed(desk.now) => match &self.closing.as_ref()?.why {
                Why::HandOver(to) => Some(Wish::HandOver(to.clone())),
                Why::Over(_) | Why::Departure => None,
            },
            // What is refused is told before, so that nobody sends it under the same name again.
            Stage::Over(_, until) if *until <= desk.now && self.may_be_removed(desk.now) => {
                self.book.remove();
                self.book.tend(desk);
                self.book.is_removed().then_some(Wish::Remove)
            }
            _ => None,
        }
    }

    /// Its turn has come: gives whether it begins.
    pub(super) fn begin(&mut self, desk: &mut Desk) -> bool {
        let Stage::Turn(credential) = &self.stage else { return false };
        let credential = credential.clone();
        let session = desk.session();
        let running = Running { session, needs_credential: false, is_asked: false };
        self.stage = Stage::Running(running);
        let (conversation, from) = (self.name.clone(), self.stream.latest().cloned());
        desk.order(Order::Begin { conversation, session, from, credential });
        true
    }

    /// When something is due.
    pub(super) fn wake(&self, now: Moment) -> Option<Moment> {
        let stage = match &self.stage {
            Stage::Shut(until) | Stage::Over(_, until) => Some(*until),
            _ => None,
        };
        let haunted = self.outbox.haunted_until().filter(|_| matches!(self.stage, Stage::Over(..)));
        let own = stage.into_iter().chain(haunted);
        let own = own.chain(self.closing.as_ref().map(|closing| closing.until));
        let own = own.filter(|at| *at > now);
        let parts = [self.book.wake(now), self.stream.wake(now), self.outbox.wake(now)];
        let retries = [self.asks.wake(now), self.sessions.wake(now)];
        own.chain(parts.into_iter().chain(retries).flatten()).min()
    }

    /// Why it is over, where it is.
    pub(super) fn over(&self) -> Option<&str> {
        match (&self.stage, &self.closing) {
            (Stage::Ended(reason) | Stage::Over(reason, _), _)
            | (_, Some(Closing { why: Why::Over(reason), .. })) => Some(reason),
            _ => None,
        }
    }

    /// What it is at, where it stands, and how many activities wait for the stream.
    pub(super) fn status(&self) -> (command::Stage, u64, usize) {
        let stage = match &self.stage {
            _ if self.closing.is_some() => command::Stage::Leaving,
            Stage::Signing | Stage::Turn(_) => command::Stage::Taking,
            Stage::Idle | Stage::Asking => command::Stage::Asking,
            Stage::Running(_) => command::Stage::Running,
            Stage::Shut(_) => command::Stage::Leaving,
            Stage::Ended(_) | Stage::Over(..) => command::Stage::Over,
        };
        let position = self.book.signed().map_or(0, |stored| stored.position);
        (stage, position, self.stream.len())
    }
}
