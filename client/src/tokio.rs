//! The driver for tokio: conversations as streams.
//!
//! A conversation runs as tasks on the runtime it was started on, which needs its I/O and its
//! time turned on; everything goes on while the application does not look.

mod activities;
mod connector;
mod dial;
mod exchange;
mod gulp;
mod requests;
mod shared;
mod socket;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use directline::{Action, Checkpoint, Config, Input, RequestId, SocketId};
use futures_core::Stream;
use tokio::runtime;
use tokio::task::{AbortHandle, JoinSet};

pub use self::activities::Activities;
pub use self::connector::{Connector, Destination};
use self::dial::Dialler;
#[doc(hidden)]
pub use self::exchange::fetch;
use self::exchange::{Connections, connections};
use self::requests::Requests;
pub(crate) use self::shared::Shared;
use self::socket::{Orders, Socket};
use crate::core::{Core, Turn};
use crate::handle::Handle;
use crate::inbox::Inbox;
use crate::network::{Network, check};
use crate::update::Update;
use crate::watch::LOOK_EVERY;

/// A conversation that is kept alive; a stream of everything that happens in it.
///
/// The last item is [`Update::Ended`]; by then all sockets are closed. Dropping a conversation
/// ends its session. An application that takes no items for a while loses nothing: reading from
/// the network stops until it does, while posts, probes and refreshes go on. Items may be taken on
/// another runtime or thread; where the runtime ends under a conversation, so does this, after all
/// that had come.
#[derive(Debug)]
#[must_use = "a conversation that is dropped ends at once"]
pub struct Conversation {
    inbox: Inbox,
}

impl Conversation {
    /// Starts a new conversation.
    ///
    /// # Errors
    ///
    /// When this is not called from within a runtime, or when the environment names a proxy that
    /// can be none.
    pub fn start(config: impl Into<Arc<Config>>) -> io::Result<Conversation> {
        Conversation::open(config, None, &Network::default())
    }

    /// Takes a conversation up where `checkpoint` left it.
    ///
    /// # Errors
    ///
    /// When this is not called from within a runtime, or when the environment names a proxy that
    /// can be none.
    pub fn resume(
        config: impl Into<Arc<Config>>,
        checkpoint: Checkpoint,
    ) -> io::Result<Conversation> {
        Conversation::open(config, Some(checkpoint), &Network::default())
    }

    /// Starts a conversation, or takes one up, with a service that is reached as `network` says. Who has
    /// many opens them with one network: they share the connections of their requests.
    ///
    /// # Errors
    ///
    /// When this is not called from within a runtime, or when the environment names a proxy that
    /// can be none.
    pub fn open(
        config: impl Into<Arc<Config>>,
        checkpoint: Option<Checkpoint>,
        network: &Network,
    ) -> io::Result<Conversation> {
        Conversation::drive(config.into(), checkpoint, network, |runtime, config| {
            let first = || Dialler::new(network.trust().tls(), network.proxy());
            let (dialler, connections) = network.shared().on(runtime.id(), first);
            check(dialler.proxy(), config)?;
            Ok((dialler, connections))
        })
    }

    /// As [`Conversation::open`], over connections that the application makes: see [`Connector`]. The
    /// environment's proxy is not used; one that `network` names is dialled by the connector.
    ///
    /// # Errors
    ///
    /// When this is not called from within a runtime.
    pub fn open_over(
        connector: Connector,
        config: impl Into<Arc<Config>>,
        checkpoint: Option<Checkpoint>,
        network: &Network,
    ) -> io::Result<Conversation> {
        Conversation::drive(config.into(), checkpoint, network, |_, config| {
            let proxy = network.given_proxy_for(config)?;
            let dialler = Dialler::over(connector, network.trust().tls(), proxy);
            let connections = connections(dialler.clone());
            Ok((dialler, connections))
        })
    }

    fn drive(
        config: Arc<Config>,
        checkpoint: Option<Checkpoint>,
        network: &Network,
        ways: impl FnOnce(&runtime::Handle, &Config) -> io::Result<(Dialler, Connections)>,
    ) -> io::Result<Conversation> {
        let runtime = runtime::Handle::try_current().map_err(io::Error::other)?;
        let (dialler, connections) = ways(&runtime, &config)?;
        let core = Core::new(config.clone(), checkpoint, network.record());
        let requests = Requests::new(core.clone(), &config, connections);
        runtime.spawn(drive(Conclusion(core.clone()), config, dialler, requests));
        Ok(Conversation { inbox: Inbox::new(core) })
    }

    /// The means to send, ask and close, also from elsewhere.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.inbox.handle()
    }

    /// The next update; `None` after [`Update::Ended`]. May be cancelled without loss.
    pub async fn next(&mut self) -> Option<Update> {
        poll_fn(|context| self.inbox.poll_next(context)).await
    }

    /// The activities alone.
    pub fn activities(self) -> Activities {
        Activities::new(self)
    }
}

impl Stream for Conversation {
    type Item = Update;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Update>> {
        self.inbox.poll_next(context)
    }
}

/// Tells the application that it is over, also when the runtime drops the driver half-way.
struct Conclusion(Arc<Core>);

impl Drop for Conclusion {
    fn drop(&mut self) {
        self.0.conclude();
    }
}

/// The run loop.
async fn drive(conclusion: Conclusion, config: Arc<Config>, dialler: Dialler, requests: Requests) {
    let core = &conclusion.0;
    let mut hands = Hands::new(core.clone(), config, dialler, requests);
    loop {
        core.look_at_the_clock();
        match core.turn() {
            Turn::Perform(action) => hands.perform(action),
            Turn::Finish => break,
            Turn::WaitUntil(moment) => {
                let news = poll_fn(|context| core.poll_news(context));
                let left = || moment.map_or(LOOK_EVERY, |moment| core.clock().until(moment));
                let is_over = tokio::time::timeout(left().min(LOOK_EVERY), news).await.is_err();
                if is_over && left().is_zero() {
                    core.report(Input::Timeout);
                }
            }
        }
    }
    hands.rest().await;
}

/// Waits until a fact may be reported.
async fn hold_back(core: &Core, fact: &Input) {
    let wait = core.clock().until(core.held_back_until(fact));
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
}

/// Performs actions, each as a task of its own that reports by itself.
struct Hands {
    core: Arc<Core>,
    config: Arc<Config>,
    dialler: Dialler,
    requests: Requests,
    asked: BTreeMap<RequestId, AbortHandle>,
    sockets: BTreeMap<SocketId, (AbortHandle, Arc<Orders>)>,
    /// Dropping it ends them all.
    tasks: JoinSet<()>,
}

impl Hands {
    fn new(core: Arc<Core>, config: Arc<Config>, dialler: Dialler, requests: Requests) -> Hands {
        let tasks = JoinSet::new();
        let (asked, sockets) = (BTreeMap::new(), BTreeMap::new());
        Hands { core, config, dialler, requests, asked, sockets, tasks }
    }

    fn perform(&mut self, action: Action) {
        self.forget_finished();
        match action {
            Action::Send { request, message } => {
                let task = self.tasks.spawn(self.requests.clone().send(request, message));
                self.asked.insert(request, task);
            }
            Action::Cancel { request } => {
                if let Some(task) = self.asked.remove(&request) {
                    task.abort();
                }
            }
            Action::Open { socket, url } => {
                let orders = Arc::new(Orders::default());
                let dialler = self.dialler.clone();
                let core = self.core.clone();
                let run = Socket::new(core, socket, orders.clone()).run(
                    url,
                    dialler,
                    self.config.clone(),
                );
                self.sockets.insert(socket, (self.tasks.spawn(run), orders));
            }
            Action::Probe { socket } => {
                if let Some((_, orders)) = self.sockets.get(&socket) {
                    orders.probe();
                }
            }
            Action::Shut { socket } => {
                if let Some((_, orders)) = self.sockets.remove(&socket) {
                    orders.shut();
                }
            }
        }
    }

    fn forget_finished(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        self.asked.retain(|_, task| !task.is_finished());
        self.sockets.retain(|_, (task, _)| !task.is_finished());
    }

    /// Waits until every socket has said goodbye, which takes none of them long.
    async fn rest(mut self) {
        self.asked.values().for_each(AbortHandle::abort);
        for (_, orders) in self.sockets.values() {
            orders.shut();
        }
        while self.tasks.join_next().await.is_some() {}
    }
}
