//! HEARD: what happens to a conversation in this host's hands. A session is heard as long as it is the
//! one that runs.

use std::sync::Arc;

use directline::{Checkpoint, Credential};

use super::{Running, Stage, Tenure};
use crate::core::activity::Activity;
use crate::core::book::Fenced;
use crate::core::desk::Desk;
use crate::core::fact::{Answer, Ending, Found};
use crate::core::name::PostKey;
use crate::core::order::{Order, OrderId, SessionId};
use crate::core::record::{Given, Outcome};

impl Tenure {
    /// A credential came, or did not; gives whether it is wanted.
    pub(in crate::core) fn credential(
        &mut self,
        credential: Option<Credential>,
        desk: &mut Desk,
    ) -> bool {
        match (&mut self.stage, credential) {
            (Stage::Idle | Stage::Asking, Some(credential)) if self.closing.is_none() => {
                self.asks.succeeded();
                self.stage = Stage::Turn(credential);
            }
            (Stage::Asking, None) => {
                self.asks.failed(desk.now, &desk.settings);
                self.stage = Stage::Idle;
            }
            (Stage::Running(running), Some(credential)) => {
                // It may be one that the service refuses: until something is delivered, that is why the
                // next is asked for after a pause.
                self.asks.failed(desk.now, &desk.settings);
                (running.needs_credential, running.is_asked) = (false, false);
                let (conversation, session) = (self.name.clone(), running.session);
                desk.order(Order::Renew { conversation, session, credential });
            }
            (Stage::Running(running), None) => {
                self.asks.failed(desk.now, &desk.settings);
                running.is_asked = false;
            }
            _ => return false,
        }
        true
    }

    pub(in crate::core) fn needs_credential(&mut self, session: SessionId) {
        if let Some(running) = self.running(session) {
            running.needs_credential = true;
        }
    }

    pub(in crate::core) fn joined(&mut self, session: SessionId, checkpoint: &Checkpoint) {
        if self.running(session).is_some() {
            self.book.draft.checkpoint.get_or_insert_with(|| checkpoint.clone());
            self.stream.joined(checkpoint);
        }
    }

    pub(in crate::core) fn delivered(
        &mut self,
        session: SessionId,
        activities: Vec<Activity>,
        checkpoint: Checkpoint,
        desk: &Desk,
    ) {
        if self.running(session).is_none() {
            return;
        }
        if let Ok(beginning) = Checkpoint::new(checkpoint.conversation()) {
            self.joined(session, &beginning);
        }
        self.sessions.succeeded();
        self.asks.succeeded();
        let (posts, outcomes) = (&mut self.book.draft.posts, desk.settings.outcomes);
        for activity in &activities {
            if let Some(key) = &activity.echo {
                self.outbox.echoed(key, activity.id.as_ref(), posts, outcomes);
            }
        }
        self.stream.take(activities, checkpoint);
    }

    pub(in crate::core) fn outcome(
        &mut self,
        session: SessionId,
        key: &PostKey,
        outcome: Option<Outcome>,
        desk: &Desk,
    ) {
        if self.running(session).is_some() {
            let posts = &mut self.book.draft.posts;
            self.outbox.outcome(session, key, outcome, posts, desk.settings.outcomes);
        }
    }

    /// A session is over by itself.
    pub(in crate::core) fn ended(&mut self, session: SessionId, ending: Ending, desk: &Desk) {
        if self.running(session).is_none() {
            return;
        }
        self.outbox.session_over();
        self.stage = match ending {
            Ending::Over(reason) => Stage::Ended(reason),
            Ending::Again => {
                self.sessions.failed(desk.now, &desk.settings);
                Stage::Idle
            }
        };
    }

    pub(in crate::core) fn post(&mut self, given: Given, activity: Arc<str>, desk: &mut Desk) {
        self.outbox.take(given, activity, &mut self.book.draft.posts, desk);
    }

    pub(in crate::core) fn answered(&mut self, id: OrderId, answer: Answer, desk: &mut Desk) {
        self.book.answered(id, answer, desk);
        self.outbox.answered(id, answer, &mut self.book.draft.posts, desk);
        if let Some(covered) = self.stream.answered(id, answer, desk) {
            self.book.draft.checkpoint = Some(covered.checkpoint);
            self.book.draft.position = covered.position;
        }
    }

    pub(in crate::core) fn read(
        &mut self,
        id: OrderId,
        found: Option<&Found>,
        desk: &mut Desk,
    ) -> Result<(), Fenced> {
        self.book.read(id, found, desk)
    }

    /// The running session, if it is this one.
    fn running(&mut self, session: SessionId) -> Option<&mut Running> {
        match &mut self.stage {
            Stage::Running(running) if running.session == session => Some(running),
            _ => None,
        }
    }
}
