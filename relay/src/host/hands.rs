//! HANDS: carries out what the core orders. Nothing here waits: whatever takes its time is a task of its
//! own, and what comes of it is news.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::Client;
use bytes::Bytes;
use directline::{Checkpoint, Credential};
use directline_client::tokio::Conversation;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::Sender;

use crate::core::{Address, Answer, Fact, Found, Name, Order, OrderId, PostKey, SessionId};
use crate::host::clock::Clock;
use crate::host::control::{Tickets, answer, ask};
use crate::host::ears::found;
use crate::host::figures::Figures;
use crate::host::log::Log;
use crate::host::news::{Fault, News};
use crate::host::queue::Queue;
use crate::host::session::{Session, Teller};
use crate::host::{Options, track};
use crate::nats::{Bucket, Names, Problem, Queued, Stores, Written};

pub(crate) struct Hands {
    pub(super) options: Options,
    pub(super) clock: Clock,
    pub(super) client: Client,
    pub(super) names: Names,
    pub(super) stores: Stores,
    pub(crate) queue: Queue,
    sessions: BTreeMap<Name, Session>,
    /// The number of the last activity on the stream, of conversations that are published here.
    pub(super) lasts: BTreeMap<Name, u64>,
    tickets: Tickets,
    /// For what is written and published at a time.
    room: Arc<Semaphore>,
    pub(super) news: Sender<News>,
    pub(super) figures: Arc<Figures>,
    log: Log,
    /// When it was last told that NATS does not do something.
    told: Option<Instant>,
}

impl Hands {
    pub(crate) fn new(
        options: Options,
        client: Client,
        stores: Stores,
        tickets: Tickets,
        news: Sender<News>,
        figures: Arc<Figures>,
        log: Log,
    ) -> Hands {
        let names = options.names.clone();
        let queue = Queue::new(stores.posts.clone(), news.clone());
        let (sessions, lasts) = (BTreeMap::new(), BTreeMap::new());
        Hands {
            options,
            clock: Clock::start(),
            client,
            names,
            stores,
            queue,
            sessions,
            lasts,
            tickets,
            room: Arc::new(Semaphore::new(AT_ONCE)),
            news,
            figures,
            log,
            told: None,
        }
    }

    /// Carries out one order; gives whether the host may go.
    pub(crate) fn perform(&mut self, order: Order) -> bool {
        match order {
            Order::Put { id, address, expected, value } => self.put(id, &address, expected, value),
            Order::Read { id, address } => self.read(id, &address),
            Order::Publish { id, publication } => self.publish(id, publication),
            Order::AskCredential { conversation, id } => self.ask(conversation, id),
            Order::Begin { conversation, session, from, credential } => {
                self.begin(conversation, session, from, credential);
            }
            Order::Renew { conversation, session, credential } => {
                self.renew(conversation, session, credential);
            }
            Order::Give { conversation, session, key, activity } => {
                self.give(conversation, session, key, &activity);
            }
            Order::Drop { conversation, session } => self.ended(&conversation, session),
            Order::Hold { conversation, session } => self.hold(&conversation, session, true),
            Order::Resume { conversation, session } => self.hold(&conversation, session, false),
            Order::Fetch { conversation, epoch } => self.queue.fetch(&conversation, epoch),
            Order::Unfetch { conversation } => self.queue.unfetch(&conversation),
            Order::Acknowledge { conversation, sequence } => {
                self.queue.acknowledge(&conversation, sequence);
            }
            Order::Reply { ticket, reply } => {
                if let Some(subject) = self.tickets.take(ticket) {
                    self.say(subject.to_string(), answer(&reply).into());
                }
            }
            Order::Note(note) => {
                track::note(&self.figures, &note);
                if let Some(fault) = track::fault(&note) {
                    self.fault(fault);
                }
                self.log.note(&note);
            }
            Order::Leave => return true,
        }
        false
    }

    /// Tells what is wrong with what somebody sent.
    pub(crate) fn fault(&self, fault: Fault) {
        self.figures.faults.get_or_create(&track::kind(fault.kind())).inc();
        self.log.fault(&fault);
        let said = fault.said_by(&self.options.host);
        self.say(self.names.fault(), said.into());
    }

    /// Tells what NATS does not do, now and then: there may be many that wait for the same.
    pub(crate) fn problem(&mut self, problem: &Problem) {
        if self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            self.told = Some(Instant::now());
            self.fault(Fault::new("nats", problem.to_string()));
        }
    }

    /// What the queue has found, as a fact, if it is a post.
    pub(crate) fn found(&mut self, conversation: Name, epoch: u64, queued: Queued) -> Option<Fact> {
        let sequence = queued.sequence;
        match track::post(&queued) {
            Ok((key, activity)) => {
                Some(Fact::Post { conversation, epoch, sequence, key, activity })
            }
            Err(flaw) => {
                self.fault(Fault::of(&conversation, "post", flaw));
                self.queue.skip(&conversation, sequence);
                None
            }
        }
    }

    /// A session is over, by itself or because it is to be.
    pub(crate) fn ended(&mut self, conversation: &Name, session: SessionId) {
        if self.session(conversation, session).is_some() {
            self.sessions.remove(conversation);
            self.lasts.remove(conversation);
            self.count_sessions();
        }
    }

    fn session(&self, conversation: &Name, session: SessionId) -> Option<&Session> {
        self.sessions.get(conversation).filter(|own| own.id == session)
    }

    fn bucket(&self, address: &Address) -> (Bucket, String) {
        match address {
            Address::Host(name) => (self.stores.hosts.clone(), name.to_string()),
            Address::Conversation(name) => (self.stores.conversations.clone(), name.to_string()),
            Address::Record(name) => (self.stores.records.clone(), name.to_string()),
            // No conversation has a stroke in its name.
            Address::Leases(host) => (self.stores.records.clone(), format!("leases/{host}")),
        }
    }

    fn put(&self, id: OrderId, address: &Address, expected: u64, value: Option<String>) {
        let (bucket, key) = self.bucket(address);
        let work = move || async move {
            let written = match value {
                Some(value) => bucket.put(&key, value.into(), expected).await,
                None => bucket.remove(&key, expected).await,
            };
            written.map(|written| match written {
                Written::Stored(revision) => Answer::Done(revision),
                Written::Conflict => Answer::Conflict,
            })
        };
        match address {
            // A lease waits for nothing.
            Address::Host(_) | Address::Leases(_) => self.answer_in(None, id, work),
            Address::Conversation(_) | Address::Record(_) => self.answer(id, work),
        }
    }

    fn read(&self, id: OrderId, address: &Address) {
        let (bucket, key) = self.bucket(address);
        let (news, figures, wait) = self.task();
        tokio::spawn(async move {
            let read = tokio::time::timeout(wait, bucket.get(&key)).await;
            let fact = match read.unwrap_or(Err(Problem::Silent(wait))) {
                Ok(entry) => Fact::Read { id, found: stands(entry) },
                Err(problem) => {
                    Fact::Answered { id, answer: unanswered(&news, &figures, problem).await }
                }
            };
            // Nobody listens any more when the host is gone.
            let _ = news.send(News::Fact(fact)).await;
        });
    }

    /// Runs what is answered, for no longer than an answer may take; so many at a time, since each holds
    /// far more while it is under way than while it waits for that.
    pub(super) fn answer<Work>(&self, id: OrderId, work: impl FnOnce() -> Work + Send + 'static)
    where
        Work: Future<Output = Result<Answer, Problem>> + Send,
    {
        self.answer_in(Some(self.room.clone()), id, work);
    }

    fn answer_in<Work>(
        &self,
        room: Option<Arc<Semaphore>>,
        id: OrderId,
        work: impl FnOnce() -> Work + Send + 'static,
    ) where
        Work: Future<Output = Result<Answer, Problem>> + Send,
    {
        let (news, figures, wait) = self.task();
        tokio::spawn(async move {
            let bounded = async {
                let _place = match &room {
                    // Nobody shuts it.
                    Some(room) => room.acquire().await.ok(),
                    None => None,
                };
                Box::pin(work()).await
            };
            let answered = tokio::time::timeout(wait, bounded).await;
            let answer = match answered.unwrap_or(Err(Problem::Silent(wait))) {
                Ok(answer) => answer,
                Err(problem) => unanswered(&news, &figures, problem).await,
            };
            let _ = news.send(News::Fact(Fact::Answered { id, answer })).await;
        });
    }

    fn task(&self) -> (Sender<News>, Arc<Figures>, Duration) {
        (self.news.clone(), self.figures.clone(), self.options.settings.answer_wait)
    }

    fn ask(&self, conversation: Name, id: Option<Arc<str>>) {
        let (client, names, news) = (self.client.clone(), self.names.clone(), self.news.clone());
        tokio::spawn(async move {
            let credential = match ask(&client, &names, &conversation, id.as_deref()).await {
                Ok(credential) => Some(credential),
                Err(fault) => {
                    // Nobody listens any more when the host is gone; nor below.
                    let _ = news.send(News::Fault(fault)).await;
                    None
                }
            };
            let _ = news.send(News::Fact(Fact::Credential { conversation, credential })).await;
        });
    }

    fn begin(
        &mut self,
        conversation: Name,
        session: SessionId,
        from: Option<Checkpoint>,
        credential: Credential,
    ) {
        let config = self.options.service.with_credential(credential);
        let teller = Teller {
            conversation: conversation.clone(),
            session,
            news: self.news.clone(),
            figures: self.figures.clone(),
        };
        match Conversation::open(config, from, &self.options.network) {
            Ok(opened) => {
                self.sessions.insert(conversation, Session::start(opened, teller));
                self.count_sessions();
            }
            Err(error) => {
                // No task can be had, or no proxy: both are told when the host starts.
                self.fault(Fault::of(&conversation, "session", error.to_string()));
                let ending = crate::core::Ending::Again;
                self.later(Fact::Ended { conversation, session, ending });
            }
        }
    }

    /// A session takes another token; a secret goes for a session of its own, which begins where this
    /// one was.
    fn renew(&mut self, conversation: Name, session: SessionId, credential: Credential) {
        let Some(own) = self.session(&conversation, session) else { return };
        match credential {
            Credential::Token(token) => {
                if own.renew(token) {
                    let flaw = "the application gave the token that the service has refused";
                    self.fault(Fault::of(&conversation, "credentials", String::from(flaw)));
                    self.later(Fact::NeedsCredential { conversation, session });
                }
            }
            Credential::Secret(_) => {
                self.sessions.remove(&conversation);
                self.count_sessions();
                let ending = crate::core::Ending::Again;
                self.later(Fact::Ended { conversation, session, ending });
            }
        }
    }

    fn give(&self, conversation: Name, session: SessionId, key: PostKey, activity: &str) {
        let told = match self.session(&conversation, session) {
            Some(own) => own.give(key.clone(), activity),
            None => return,
        };
        if let Some(outcome) = told {
            self.later(Fact::Outcome { conversation, session, key, outcome });
        }
    }

    fn hold(&self, conversation: &Name, session: SessionId, is_held: bool) {
        if let Some(session) = self.session(conversation, session) {
            session.hold(is_held);
        }
    }

    /// A fact that comes of an order at once.
    fn later(&self, fact: Fact) {
        let news = self.news.clone();
        tokio::spawn(async move {
            // Nobody listens any more when the host is gone.
            let _ = news.send(News::Fact(fact)).await;
        });
    }

    fn say(&self, subject: String, body: Bytes) {
        let client = self.client.clone();
        tokio::spawn(async move {
            // Said once: whoever needs it for sure asks again.
            let _ = client.publish(subject, body).await;
        });
    }

    fn count_sessions(&self) {
        self.figures.owned.set(i64::try_from(self.sessions.len()).unwrap_or(i64::MAX));
    }
}

/// There is no answer, which is counted and told.
async fn unanswered(news: &Sender<News>, figures: &Figures, problem: Problem) -> Answer {
    figures.unanswered.inc();
    // Nobody listens any more when the host is gone.
    let _ = news.send(News::Problem(problem)).await;
    Answer::Unanswered
}

/// Where nothing ever stood there is no revision to tell.
fn stands(entry: crate::nats::Entry) -> Option<Found> {
    if entry.revision == 0 { None } else { Some(found(entry)) }
}

/// How often it is told at most that NATS does not do something.
const TOLD_EVERY: Duration = Duration::from_secs(10);
/// What is written and published at a time: enough for 25,000 a second over a round trip of 10 ms.
const AT_ONCE: usize = 256;
