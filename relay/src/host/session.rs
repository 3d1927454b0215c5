//! SESSION: one conversation with the service, driven on tokio; what it tells becomes facts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use directline::{Checkpoint, End, Event, Misuse, PostOutcome, Status, Token};
use directline_client::tokio::Conversation;
use directline_client::{Handle, Post, SendError, Update};
use tokio::sync::mpsc::Sender;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::core::{Activity, Ending, Fact, Name, Outcome, PostKey, SessionId};
use crate::host::amend::keyed;
use crate::host::figures::Figures;
use crate::host::news::{Fault, News};

/// A session that runs; dropping it shuts its socket.
pub(crate) struct Session {
    pub(crate) id: SessionId,
    handle: Handle,
    pump: AbortHandle,
    is_held: watch::Sender<bool>,
    keys: Arc<Keys>,
    teller: Teller,
}

/// What the posts that were given are called, by what the session calls them.
#[derive(Default)]
struct Keys(Mutex<BTreeMap<directline::PostKey, Asked>>);

struct Asked {
    key: PostKey,
    /// Whether it is told that nobody knows; its echo may still settle it.
    is_unknown: bool,
}

/// Whose facts are told, and to whom.
#[derive(Clone)]
pub(crate) struct Teller {
    pub(crate) conversation: Name,
    pub(crate) session: SessionId,
    pub(crate) news: Sender<News>,
    pub(crate) figures: Arc<Figures>,
}

impl Session {
    /// Tells of `conversation` until it ends.
    pub(crate) fn start(conversation: Conversation, teller: Teller) -> Session {
        let (is_held, gate) = watch::channel(false);
        let (handle, id) = (conversation.handle(), teller.session);
        let keys = Arc::new(Keys::default());
        let (own, live) = (teller.clone(), Live::default());
        let pump = Pump { conversation, teller: own, gate, keys: keys.clone(), live };
        let pump = tokio::spawn(pump.run()).abort_handle();
        Session { id, handle, pump, is_held, keys, teller }
    }

    /// What is delivered from now on is not taken, so that nothing more is read from the network.
    pub(crate) fn hold(&self, is_held: bool) {
        self.is_held.send_replace(is_held);
    }

    /// Hands in another token; gives whether the session wants another one still.
    pub(crate) fn renew(&self, token: Token) -> bool {
        // A session that is over needs none.
        matches!(self.handle.supply_token(token), Err(Misuse::TokenRefusedBefore))
    }

    /// Gives it a post; of one that it does not take the outcome is told at once.
    pub(crate) fn give(&self, key: PostKey, activity: &str) -> Option<Option<Outcome>> {
        let Some(activity) = keyed(activity, &key) else {
            let reason = String::from("the activity is no JSON object");
            return Some(Some(Outcome::Refused { reason }));
        };
        // Locked meanwhile, so that no outcome comes before the key is known.
        let mut keys = self.keys.lock();
        match self.handle.send(activity) {
            Ok(post) => {
                keys.insert(post.key(), Asked { key, is_unknown: false });
                drop(keys);
                self.await_outcome(post);
                None
            }
            Err(SendError::Misuse(misuse)) if self.handle.status() != Status::Ended => {
                Some(Some(Outcome::Refused { reason: misuse.to_string() }))
            }
            Err(_) => Some(None),
        }
    }

    /// Among what is delivered an outcome could come late, while that is held.
    fn await_outcome(&self, post: Post) {
        let (keys, teller) = (self.keys.clone(), self.teller.clone());
        tokio::spawn(async move {
            let key = post.key();
            teller.outcome(&keys, key, post.await).await;
        });
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // With its task goes the conversation, and with that its socket and what it has not sent.
        self.pump.abort();
    }
}

impl Keys {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<directline::PostKey, Asked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The post that has this outcome now, if that was not told before.
    fn settle(&self, key: directline::PostKey, outcome: &PostOutcome) -> Option<PostKey> {
        let mut keys = self.lock();
        match outcome {
            PostOutcome::Unknown { .. } => {
                let asked = keys.get_mut(&key).filter(|asked| !asked.is_unknown)?;
                asked.is_unknown = true;
                Some(asked.key.clone())
            }
            _ => keys.remove(&key).map(|asked| asked.key),
        }
    }
}

impl Teller {
    async fn tell(&self, fact: Fact) {
        // Nobody listens any more when the host is gone.
        let _ = self.news.send(News::Fact(fact)).await;
    }

    /// Told by whoever hears it first, once.
    async fn outcome(&self, keys: &Keys, key: directline::PostKey, outcome: PostOutcome) {
        let Some(key) = keys.settle(key, &outcome) else { return };
        let (conversation, session) = (self.conversation.clone(), self.session);
        let outcome = self::outcome(outcome);
        self.tell(Fact::Outcome { conversation, session, key, outcome }).await;
    }
}

struct Pump {
    conversation: Conversation,
    teller: Teller,
    gate: watch::Receiver<bool>,
    keys: Arc<Keys>,
    live: Live,
}

/// Whether a socket is open, as the figures have it.
#[derive(Default)]
struct Live {
    is_live: bool,
    was_live: bool,
    figures: Option<Arc<Figures>>,
}

impl Pump {
    async fn run(mut self) {
        self.live.figures = Some(self.teller.figures.clone());
        let mut batch = Vec::new();
        loop {
            if batch.is_empty() && self.gate.wait_for(|is_held| !is_held).await.is_err() {
                return;
            }
            match self.conversation.next().await {
                Some(Update::Activity(received)) => {
                    batch.push(Activity::read(received.json()));
                    if let Some(checkpoint) = received.checkpoint() {
                        let activities = std::mem::take(&mut batch);
                        self.delivered(activities, checkpoint.clone()).await;
                    }
                }
                Some(Update::Event(event)) => self.note(event).await,
                Some(Update::Ended(end)) => {
                    if end.needs_new_credentials() {
                        self.refused("the service refused this credential and the one before")
                            .await;
                    }
                    let (conversation, session) = self.whose();
                    let ending = ending(&end);
                    if let (Ending::Over(reason), true) = (&ending, end != End::Completed) {
                        // What the bot ends, it says on the stream.
                        self.fault("over", reason.clone()).await;
                    }
                    return self.tell(Fact::Ended { conversation, session, ending }).await;
                }
                None => return,
            }
        }
    }

    async fn delivered(&self, activities: Vec<Activity>, checkpoint: Checkpoint) {
        let (conversation, session) = self.whose();
        self.tell(Fact::Delivered { conversation, session, activities, checkpoint }).await;
    }

    async fn note(&mut self, event: Event) {
        let (conversation, session) = self.whose();
        match event {
            Event::Joined { conversation: id } => {
                // An id that a session has joined under is one.
                let Ok(checkpoint) = Checkpoint::new(id) else { return };
                self.tell(Fact::Joined { conversation, session, checkpoint }).await;
            }
            Event::Posted { key, outcome } => {
                self.teller.outcome(&self.keys, key, outcome).await;
            }
            Event::NeedsToken { refusal } => {
                if refusal.is_some() {
                    self.refused("the service refused the credential").await;
                }
                self.tell(Fact::NeedsCredential { conversation, session }).await;
            }
            Event::Gap(gap) => {
                let what = serde_json::to_string(&gap).unwrap_or_default();
                self.fault("gap", format!("activities may be missing: {what}")).await;
            }
            Event::Status(status) => self.live.set(status == Status::Live),
            Event::Faulted(_) => {
                self.teller.figures.troubles.inc();
            }
            _ => {}
        }
    }

    async fn refused(&self, message: &str) {
        self.teller.figures.refused.inc();
        self.fault("credentials", message.to_owned()).await;
    }

    async fn fault(&self, fault: &'static str, message: String) {
        let fault = Fault::of(&self.teller.conversation, fault, message);
        // Nobody listens any more when the host is gone.
        let _ = self.teller.news.send(News::Fault(fault)).await;
    }

    async fn tell(&self, fact: Fact) {
        self.teller.tell(fact).await;
    }

    fn whose(&self) -> (Name, SessionId) {
        (self.teller.conversation.clone(), self.teller.session)
    }
}

impl Live {
    fn set(&mut self, is_live: bool) {
        let Some(figures) = &self.figures else { return };
        if is_live && !self.is_live {
            figures.live.inc();
            if self.was_live {
                figures.reconnects.inc();
            }
            self.was_live = true;
        } else if !is_live && self.is_live {
            figures.live.dec();
        }
        self.is_live = is_live;
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.set(false);
    }
}

fn outcome(outcome: PostOutcome) -> Option<Outcome> {
    match outcome {
        PostOutcome::Sent { id } => Some(Outcome::Sent { id: id.map(String::from) }),
        PostOutcome::Rejected { status, message } => {
            Some(Outcome::Refused { reason: format!("status {status}{message}") })
        }
        PostOutcome::QueueFull | PostOutcome::NotSent | PostOutcome::Kept => None,
        // Whatever else there may be one day: nobody knows, and it is not sent again.
        _ => Some(Outcome::Unknown),
    }
}

/// What a conversation that ended by itself is for those who own it.
fn ending(end: &End) -> Ending {
    match end {
        End::Completed | End::Gone | End::WrongRegion { .. } | End::Rejected { .. } => {
            Ending::Over(end.to_string())
        }
        // Another credential, or another try, may help.
        _ => Ending::Again,
    }
}
