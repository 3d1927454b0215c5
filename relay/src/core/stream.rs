//! STREAM: what a session delivered and the stream has not got yet, in order. One publication is under
//! way at a time, the same one until it is acknowledged: so the stream has them in order, whatever
//! fails, and none is missing. A repeat, of this host or of the owner before, bears the same id.

use std::collections::VecDeque;

use directline::{Checkpoint, Moment};

use super::activity::Activity;
use super::desk::{Desk, Whose};
use super::fact::Answer;
use super::name::Name;
use super::order::{Order, OrderId, Publication, SessionId, Subject};
use super::retry::Retry;

/// The activities that wait for the stream.
#[derive(Debug)]
pub(super) struct Stream {
    name: Name,
    epoch: u64,
    queue: VecDeque<Line>,
    flight: Option<OrderId>,
    retry: Retry,
    /// Of the last that was delivered.
    last: u64,
    /// What covers that.
    latest: Option<Checkpoint>,
    is_held: bool,
    /// Which updates and deletions were delivered last. A service may say one twice, and a session hands
    /// it out twice: it has one place on the stream, which no later owner may count otherwise.
    changes: VecDeque<u64>,
}

#[derive(Debug)]
struct Line {
    position: u64,
    activity: Activity,
    /// The checkpoint that covers all up to here, if one does.
    covered: Option<Checkpoint>,
}

/// All up to here is on the stream.
#[derive(Debug)]
pub(super) struct Covered {
    pub(super) checkpoint: Checkpoint,
    pub(super) position: u64,
}

impl Stream {
    pub(super) fn new(name: Name, epoch: u64) -> Stream {
        Stream {
            name,
            epoch,
            queue: VecDeque::new(),
            flight: None,
            retry: Retry::default(),
            last: 0,
            latest: None,
            is_held: false,
            changes: VecDeque::new(),
        }
    }

    /// Goes on where the record stands.
    pub(super) fn begin(&mut self, position: u64, checkpoint: Option<Checkpoint>) {
        (self.last, self.latest) = (position, checkpoint);
    }

    /// Where a session resumes: behind all that was delivered.
    pub(super) fn latest(&self) -> Option<&Checkpoint> {
        self.latest.as_ref()
    }

    /// The conversation has an id.
    pub(super) fn joined(&mut self, checkpoint: &Checkpoint) {
        self.latest.get_or_insert_with(|| checkpoint.clone());
    }

    /// A batch was delivered.
    pub(super) fn take(&mut self, activities: Vec<Activity>, checkpoint: Checkpoint) {
        for activity in activities {
            if self.is_repeated(&activity) {
                continue;
            }
            self.last += 1;
            self.queue.push_back(Line { position: self.last, activity, covered: None });
        }
        if let Some(line) = self.queue.back_mut() {
            line.covered = Some(checkpoint.clone());
        }
        self.latest = Some(checkpoint);
    }

    fn is_repeated(&mut self, activity: &Activity) -> bool {
        let Some(change) = activity.change() else { return false };
        let is_known = self.changes.contains(&change);
        if !is_known {
            self.changes.push_back(change);
            if self.changes.len() > CHANGES_MAX {
                self.changes.pop_front();
            }
        }
        is_known
    }

    /// Whether all that was delivered is on the stream.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Publishes the first that waits, if it is due.
    pub(super) fn publish(&mut self, desk: &mut Desk) {
        if self.flight.is_some() || !self.retry.is_due(desk.now) {
            return;
        }
        if let Some(line) = self.queue.front() {
            let publication = self.publication(line);
            self.flight = Some(desk.publish(Whose::Tenure(self.name.clone()), publication));
        }
    }

    /// Holds the session once a window of what was delivered is not covered by the stored checkpoint,
    /// which is at this position, and reads on once half of it is.
    pub(super) fn hold(&mut self, stored: u64, session: Option<SessionId>, desk: &mut Desk) {
        let Some(session) = session else {
            self.is_held = false;
            return;
        };
        let (open, window) = (self.last.saturating_sub(stored), u64::from(desk.settings.window));
        let conversation = self.name.clone();
        if !self.is_held && open >= window {
            self.is_held = true;
            desk.order(Order::Hold { conversation, session });
        } else if self.is_held && open <= window / 2 {
            self.is_held = false;
            desk.order(Order::Resume { conversation, session });
        }
    }

    /// What became of a publication; gives what is covered now, if more is.
    pub(super) fn answered(&mut self, id: OrderId, answer: Answer, desk: &Desk) -> Option<Covered> {
        self.flight.take_if(|flight| *flight == id)?;
        if let Answer::Conflict | Answer::Unanswered = answer {
            self.retry.failed(desk.now, &desk.settings);
            return None;
        }
        self.retry.succeeded();
        let line = self.queue.pop_front()?;
        Some(Covered { checkpoint: line.covered?, position: line.position })
    }

    /// When something is tried again.
    pub(super) fn wake(&self, now: Moment) -> Option<Moment> {
        self.retry.wake(now)
    }

    fn publication(&self, line: &Line) -> Publication {
        // What nothing identifies is told from all others, so that none of it is lost.
        let (epoch, position) = (self.epoch, line.position);
        let conversation = self.latest.as_ref().map_or("", Checkpoint::conversation);
        let identity = line.activity.identity().unwrap_or_else(|| format!("%{epoch}.{position}"));
        Publication {
            subject: Subject::Activity(self.name.clone()),
            message_id: format!("{}/{identity}", self.name),
            headers: vec![
                ("Directline-Position", position.to_string()),
                ("Directline-Epoch", epoch.to_string()),
                ("Directline-Conversation", conversation.to_owned()),
            ],
            body: line.activity.json.clone(),
        }
    }
}

/// As many as the frames of a service that repeats itself have, and more.
const CHANGES_MAX: usize = 64;
