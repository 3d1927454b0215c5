//! OUTBOX: the posts of one conversation, one at a time. That a session may send it is stored before
//! it is given one, so that nobody gives it to another ever after; its outcome is stored before it is
//! told, and told before the post is taken off the queue, so that no outcome is lost.

use std::sync::Arc;
use std::time::Duration;

use directline::Moment;

use super::desk::{Desk, Whose};
use super::entry::VERSION;
use super::fact::Answer;
use super::name::{Name, PostKey};
use super::note::Note;
use super::order::{Order, OrderId, Publication, SessionId, Subject};
use super::record::{Given, Outcome, Posts, Record, Settled, Told};
use super::retry::Retry;

/// What is under way of the posts.
#[derive(Debug)]
pub(super) struct Outbox {
    name: Name,
    epoch: u64,
    state: State,
    is_fetching: bool,
    tell: Option<Tell>,
    /// When a post was last to be taken off the queue.
    acknowledged: Option<Moment>,
    retry: Retry,
}

#[derive(Debug)]
enum State {
    /// No post is under way.
    Idle,
    /// A post is here, and no session has it: it goes out once it is recorded.
    Here(Post),
    /// The session has it.
    Out(Post),
    /// An owner before had given one to its session, or one ended without a word of it. Its echo may
    /// settle it; the moment is known once there is a session that could see it.
    Doubtful(Option<Moment>),
}

#[derive(Debug)]
struct Post {
    given: Given,
    activity: Arc<str>,
    /// This session did not send it, and is about to end.
    not_by: Option<SessionId>,
}

/// An outcome that is being told: the same until it is for sure, so that none comes behind a later one.
#[derive(Debug)]
struct Tell {
    /// None while it waits to be told once more.
    id: Option<OrderId>,
    key: PostKey,
    sequence: u64,
    outcome: Outcome,
}

/// What the outbox has to know of its conversation.
pub(super) struct Scene<'a> {
    /// What is stored for sure.
    pub(super) stored: &'a Record,
    /// Whether that stays so: nothing else may still be stored.
    pub(super) is_settled: bool,
    pub(super) session: Option<SessionId>,
    /// Whether nothing is to begin any more.
    pub(super) is_closing: bool,
    /// Why the conversation is over, if it is.
    pub(super) over: Option<&'a str>,
}

impl Outbox {
    pub(super) fn new(name: Name, epoch: u64) -> Outbox {
        let (state, retry) = (State::Idle, Retry::default());
        let (is_fetching, tell, acknowledged) = (false, None, None);
        Outbox { name, epoch, state, is_fetching, tell, acknowledged, retry }
    }

    /// Goes on where the record stands.
    pub(super) fn begin(&mut self, posts: &Posts) {
        if posts.given.is_some() {
            self.state = State::Doubtful(None);
        }
    }

    /// Whether it is worth waiting for the session: it may be sending.
    pub(super) fn is_out(&self) -> bool {
        matches!(self.state, State::Out(_) | State::Doubtful(Some(_)))
    }

    /// Whether one is here that has no outcome yet.
    pub(super) fn has_post(&self) -> bool {
        matches!(self.state, State::Here(_))
    }

    /// Until when a post may still be found in the queue that has its outcome: whoever has the conversation
    /// then knows it, and takes it off once more.
    pub(super) fn haunted_until(&self) -> Option<Moment> {
        self.acknowledged.map(|at| at.saturating_add(OFF_THE_QUEUE))
    }

    /// The session is gone, and has told of its posts what it knew.
    pub(super) fn session_over(&mut self) {
        if self.is_out() {
            self.state = State::Doubtful(None);
        }
    }

    /// Orders what is due, and changes the draft of the record.
    pub(super) fn tend(&mut self, scene: &Scene<'_>, draft: &mut Posts, desk: &mut Desk) {
        self.tell(&scene.stored.posts, draft, desk);
        let outcomes = desk.settings.outcomes;
        match &mut self.state {
            State::Here(post) => {
                let Given { key, sequence } = post.given.clone();
                if let Some(reason) = scene.over {
                    let reason = reason.to_owned();
                    draft.settle(key, sequence, Outcome::Refused { reason }, outcomes);
                    self.state = State::Idle;
                } else if scene.is_closing {
                    // No session had it: whoever is next fetches it.
                    draft.given = None;
                    self.state = State::Idle;
                } else if let Some(session) = scene.session.filter(|own| post.not_by != Some(*own))
                {
                    let is_written = scene.stored.posts.given.as_ref() == Some(&post.given);
                    if is_written && scene.is_settled {
                        let (conversation, activity) = (self.name.clone(), post.activity.clone());
                        desk.order(Order::Give { conversation, session, key, activity });
                        let State::Here(post) = std::mem::replace(&mut self.state, State::Idle)
                        else {
                            return;
                        };
                        self.state = State::Out(post);
                    }
                }
            }
            State::Doubtful(until) => {
                if until.is_none() && scene.session.is_some() {
                    *until = Some(desk.now.saturating_add(desk.settings.doubt_wait));
                }
                if scene.over.is_some() || until.is_some_and(|until| until <= desk.now) {
                    if let Some(Given { key, sequence }) = draft.given.clone() {
                        draft.settle(key, sequence, Outcome::Unknown, outcomes);
                    }
                    self.state = State::Idle;
                }
            }
            State::Idle | State::Out(_) => {}
        }
        let is_open = (scene.session.is_some() && !scene.is_closing) || scene.over.is_some();
        let is_idle = matches!(self.state, State::Idle) && draft.untold().is_none();
        if is_open && is_idle && !self.is_fetching {
            self.is_fetching = true;
            desk.order(Order::Fetch { conversation: self.name.clone(), epoch: self.epoch });
        } else if !is_open && self.is_fetching {
            self.shut(desk);
        }
    }

    /// Fetches nothing any more.
    pub(super) fn shut(&mut self, desk: &mut Desk) {
        if std::mem::take(&mut self.is_fetching) {
            desk.order(Order::Unfetch { conversation: self.name.clone() });
        }
    }

    /// A post came.
    pub(super) fn take(
        &mut self,
        given: Given,
        activity: Arc<str>,
        draft: &mut Posts,
        desk: &mut Desk,
    ) {
        if !std::mem::take(&mut self.is_fetching) || !matches!(self.state, State::Idle) {
            return;
        }
        let Given { key, sequence } = given.clone();
        let outcomes = desk.settings.outcomes;
        if let Some(settled) = draft.outcomes.iter().find(|settled| settled.sequence == sequence) {
            // Taking it off the queue has failed.
            if settled.is_told {
                self.acknowledge(sequence, desk);
            }
        } else if sequence <= draft.settled {
            // Its outcome was told before anything behind it was taken: a copy that comes late.
            desk.note(Note::LatePost { conversation: self.name.clone(), sequence });
            self.acknowledge(sequence, desk);
        } else if let Some(known) = draft.outcomes.iter().rfind(|settled| settled.key == key) {
            let outcome = known.outcome.clone();
            draft.settle(key, sequence, outcome, outcomes);
        } else {
            draft.given = Some(given.clone());
            self.state = State::Here(Post { given, activity, not_by: None });
        }
    }

    /// The session says what became of a post; `None` is that it was surely not sent.
    pub(super) fn outcome(
        &mut self,
        session: SessionId,
        key: &PostKey,
        outcome: Option<Outcome>,
        draft: &mut Posts,
        outcomes: u32,
    ) {
        let state = std::mem::replace(&mut self.state, State::Idle);
        self.state = match (state, outcome) {
            (State::Out(post), None) if post.given.key == *key => {
                State::Here(Post { not_by: Some(session), ..post })
            }
            (State::Out(post), Some(outcome)) if post.given.key == *key => {
                draft.settle(post.given.key, post.given.sequence, outcome, outcomes);
                State::Idle
            }
            (state, Some(Outcome::Sent { id })) => {
                draft.echoed(key.as_str(), id.as_ref());
                state
            }
            (state, _) => state,
        };
    }

    /// An activity with this key came in: the post was sent.
    pub(super) fn echoed(
        &mut self,
        key: &str,
        id: Option<&String>,
        draft: &mut Posts,
        outcomes: u32,
    ) {
        let may_be_sent = matches!(self.state, State::Out(_) | State::Doubtful(_));
        match draft.given.clone().filter(|given| may_be_sent && given.key.as_str() == key) {
            Some(Given { key, sequence }) => {
                draft.settle(key, sequence, Outcome::Sent { id: id.cloned() }, outcomes);
                self.state = State::Idle;
            }
            None => draft.echoed(key, id),
        }
    }

    /// What became of telling an outcome.
    pub(super) fn answered(
        &mut self,
        id: OrderId,
        answer: Answer,
        draft: &mut Posts,
        desk: &mut Desk,
    ) {
        let Some(mut tell) = self.tell.take_if(|tell| tell.id == Some(id)) else { return };
        if let Answer::Conflict | Answer::Unanswered = answer {
            self.retry.failed(desk.now, &desk.settings);
            tell.id = None;
            self.tell = Some(tell);
            return;
        }
        self.retry.succeeded();
        for settled in &mut draft.outcomes {
            // Its echo may have settled it meanwhile, and that is to be told as well.
            if settled.sequence == tell.sequence && settled.outcome == tell.outcome {
                settled.is_told = true;
            }
        }
        self.acknowledge(tell.sequence, desk);
    }

    /// When something is due.
    pub(super) fn wake(&self, now: Moment) -> Option<Moment> {
        let doubt = match self.state {
            State::Doubtful(until) => until.filter(|until| *until > now),
            State::Idle | State::Here(_) | State::Out(_) => None,
        };
        self.retry.wake(now).into_iter().chain(doubt).min()
    }

    /// Tells the first outcome that is stored and not told.
    fn tell(&mut self, stored: &Posts, draft: &Posts, desk: &mut Desk) {
        if !self.retry.is_due(desk.now) {
            return;
        }
        let untold = draft.untold().filter(|settled| stored.outcomes.contains(settled));
        let first = || {
            untold.map(|Settled { key, sequence, outcome, .. }| {
                let (key, outcome) = (key.clone(), outcome.clone());
                Tell { id: None, key, sequence: *sequence, outcome }
            })
        };
        let Some(mut tell) = self.tell.take().or_else(first) else { return };
        if tell.id.is_none() {
            let publication = self.publication(&tell);
            tell.id = Some(desk.publish(Whose::Tenure(self.name.clone()), publication));
        }
        self.tell = Some(tell);
    }

    fn publication(&self, tell: &Tell) -> Publication {
        let Tell { key, sequence, outcome, .. } = tell;
        let told = Told {
            version: VERSION,
            key: key.clone(),
            sequence: *sequence,
            outcome: outcome.clone(),
        };
        Publication {
            subject: Subject::Outcome(self.name.clone()),
            message_id: format!("{}/{key}/{sequence}/{}", self.name, outcome.kind()),
            headers: vec![("Directline-Epoch", self.epoch.to_string())],
            body: super::json(&told).into(),
        }
    }

    fn acknowledge(&mut self, sequence: u64, desk: &mut Desk) {
        self.acknowledged = Some(desk.now);
        desk.order(Order::Acknowledge { conversation: self.name.clone(), sequence });
    }
}

/// What was not taken off the queue is found there again within seconds (RL-54), and as many are tried.
const OFF_THE_QUEUE: Duration = Duration::from_secs(10);
