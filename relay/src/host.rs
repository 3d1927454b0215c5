//! HOST: a process that owns conversations: the core, and everything that it has to do with the world.

mod amend;
mod clock;
mod control;
mod ears;
mod figures;
mod hands;
mod log;
mod news;
mod press;
mod queue;
mod session;
mod track;

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use directline::Config;
use directline_client::Network;
use tokio::sync::mpsc::{Receiver, Sender, channel};

pub use self::figures::Figures;
pub use self::log::Log;
use crate::core::{Core, Fact, HostName, Settings};
use crate::host::clock::Clock;
use crate::host::control::Tickets;
use crate::host::hands::Hands;
use crate::host::news::News;
use crate::nats::{Link, Names, Problem, Stores};

/// What a host is to be.
#[derive(Clone)]
pub struct Options {
    /// Whose conversations.
    pub names: Names,
    /// What it is called; no other process that runs is called so.
    pub host: HostName,
    /// What it goes by; all hosts of a tenant have the same.
    pub settings: Settings,
    /// How sessions are configured; its credential is not used.
    pub service: Config,
    /// How the service is reached.
    pub network: Network,
    /// How it tells what happens.
    pub log: Log,
}

/// A host that runs.
pub struct Host {
    news: Sender<News>,
    figures: Arc<Figures>,
    done: tokio::task::JoinHandle<()>,
}

impl Host {
    /// Begins to own conversations, on the runtime of the caller. Once this returns, commands are heard.
    ///
    /// # Errors
    ///
    /// When NATS does not let it hear what it has to.
    pub async fn start(options: Options, link: Link, stores: Stores) -> Result<Host, Problem> {
        let (news, heard) = channel(NEWS_MAX);
        let figures = Arc::new(Figures::default());
        let (client, tickets) = (link.client(), Tickets::default());
        control::listen(&client, &options.names, &tickets, &news).await?;
        ears::notices(&client, &options.names, stores.posts.clone(), &news).await?;
        ears::watch(&stores, &news);
        // Answers on the same connection: whoever sends a command from now on is heard, and what may
        // not be heard was told before the second.
        for _ in 0..2 {
            stores.hosts.get(options.host.as_str()).await?;
        }
        if let Some(forbidden) = link.forbidden() {
            return Err(forbidden);
        }
        let log = options.log;
        let (settings, host) = (options.settings.clone(), options.host.clone());
        let nonce = RandomState::new().hash_one(std::process::id());
        let hands =
            Hands::new(options, client, stores, tickets, news.clone(), figures.clone(), log);
        let clock = hands.clock;
        let core = Core::new(settings, host, nonce, clock.now());
        let run = Run {
            core,
            clock,
            hands,
            heard,
            link,
            figures: figures.clone(),
            counted: Instant::now(),
        };
        Ok(Host { news, figures, done: tokio::spawn(run.run()) })
    }

    /// What it counts.
    #[must_use]
    pub fn figures(&self) -> Arc<Figures> {
        self.figures.clone()
    }

    /// Has it hand over what it has, and leave; [`Host::gone`] tells when it has.
    pub async fn drain(&self) {
        // One that is gone has nothing to hand over.
        let _ = self.news.send(News::Fact(Fact::Drain)).await;
    }

    /// Waits until it has left.
    pub async fn gone(&mut self) {
        // It ends in no other way than by itself, or with the runtime.
        let _ = (&mut self.done).await;
    }
}

impl Drop for Host {
    /// As a crash: nothing is handed over.
    fn drop(&mut self) {
        self.done.abort();
    }
}

struct Run {
    core: Core,
    clock: Clock,
    hands: Hands,
    heard: Receiver<News>,
    link: Link,
    figures: Arc<Figures>,
    counted: Instant,
}

impl Run {
    async fn run(mut self) {
        self.count();
        loop {
            while let Some(order) = self.core.poll(self.clock.now()) {
                if self.hands.perform(order) {
                    return;
                }
            }
            if self.counted.elapsed() >= COUNT_EVERY {
                self.count();
            }
            let left = self.core.deadline().map_or(LOOK_EVERY, |due| self.clock.until(due));
            // A clock that stands still while the machine sleeps must not be slept by for long.
            match tokio::time::timeout(left.min(LOOK_EVERY), self.heard.recv()).await {
                Ok(Some(news)) => self.hear(news),
                Ok(None) => return,
                Err(_) => self.core.handle(self.clock.now(), Fact::Timeout),
            }
        }
    }

    /// What is counted by looking, which takes a while where there is much.
    fn count(&mut self) {
        self.counted = Instant::now();
        // Of what is not answered a server says nothing else.
        if let Some(problem) = self.link.forbidden() {
            self.hands.problem(&problem);
        }
        let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let (_, waiting) = self.core.figures();
        let (hosts, known) = self.core.neighbours();
        self.figures.waiting.set(whole(waiting));
        self.figures.hosts.set(whole(hosts));
        self.figures.known.set(whole(known));
        self.figures.connected.set(i64::from(self.link.is_up()));
        self.figures.disconnects.set(i64::try_from(self.link.disconnects()).unwrap_or(i64::MAX));
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Fact(fact) => {
                track::fact(&self.figures, &fact);
                if let Fact::Ended { conversation, session, .. } = &fact {
                    self.hands.ended(conversation, *session);
                }
                self.core.handle(self.clock.now(), fact);
            }
            News::Notice(conversation) => self.hands.queue.notice(&conversation),
            News::Fetched { conversation, epoch, found } => {
                let queued = self.hands.queue.fetched(&conversation, epoch, found);
                if let Some(fact) =
                    queued.and_then(|one| self.hands.found(conversation, epoch, one))
                {
                    self.core.handle(self.clock.now(), fact);
                }
            }
            News::Stored(conversation, sequence) => self.hands.stored(conversation, sequence),
            News::Fault(fault) => self.hands.fault(fault),
            News::Problem(problem) => self.hands.problem(&problem),
        }
    }
}

/// How much may wait for the run loop; whoever brings more waits.
const NEWS_MAX: usize = 1_024;
const LOOK_EVERY: Duration = Duration::from_secs(1);
const COUNT_EVERY: Duration = Duration::from_secs(1);
