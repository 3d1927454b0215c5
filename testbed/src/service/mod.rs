//! The service behind the routes: everything it remembers, under one lock.
//!
//! All decisions are taken synchronously while the lock is held, so that their order is the order
//! of the log; the tasks that own the TCP connections only carry out what was decided.

pub(crate) mod activity;
pub(crate) mod conversation;
pub(crate) mod credentials;
pub(crate) mod delivery;
pub(crate) mod director;
pub(crate) mod frame;
pub(crate) mod recording;
pub(crate) mod request_shape;
pub(crate) mod sockets;
pub(crate) mod stream_url;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::log::{Log, LogEvent};
use crate::options::Options;
use crate::random::SplitMix64;
use crate::service::conversation::Conversation;
use crate::service::credentials::Token;
use crate::service::director::Director;
use crate::service::sockets::Socket;
use crate::service::stream_url::Ticket;
use crate::timestamp::Stamper;

/// The state, shared between the host's threads and the service's own.
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    pub(crate) fn new(state: State) -> Self {
        Shared { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Looks at the state or changes it, and wakes whoever waits for a change.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        let result = work(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Blocks until the condition holds; false if the time is up before.
    pub(crate) fn wait_until(&self, timeout: Duration, condition: impl Fn(&Log) -> bool) -> bool {
        let unmet = |state: &mut State| !condition(&state.log);
        let waited = self.changed.wait_timeout_while(self.lock(), timeout, unmet);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic of one request must not make every other one panic too.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything the service remembers.
pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) address: SocketAddr,
    pub(crate) secret: String,
    pub(crate) log: Log,
    pub(crate) names: SplitMix64,
    pub(crate) director: Director,
    pub(crate) stamper: Stamper,
    pub(crate) tokens: BTreeMap<String, Token>,
    /// Stream URLs not dialled yet, by path and query.
    pub(crate) tickets: BTreeMap<String, Ticket>,
    pub(crate) conversations: BTreeMap<String, Conversation>,
    /// The sockets that the service would still write to, silent ones included.
    pub(crate) sockets: BTreeMap<u64, Socket>,
    pub(crate) attachments: BTreeMap<String, Attachment>,
    pub(crate) post_count: u64,
    request_count: u64,
    socket_count: u64,
    started: Instant,
}

/// A file that was uploaded.
#[derive(Clone)]
pub(crate) struct Attachment {
    pub(crate) content_type: String,
    pub(crate) content: Bytes,
}

impl State {
    pub(crate) fn new(options: Options, address: SocketAddr) -> Self {
        let mut names = SplitMix64::branch(options.seed, NAMES);
        let made_up = names.word(SECRET_LENGTH);
        let seed = options.plan.seed().unwrap_or(options.seed);
        State {
            secret: options.secret.clone().unwrap_or(made_up),
            director: Director::new(options.plan.rules(), seed),
            options,
            address,
            log: Log::default(),
            names,
            stamper: Stamper::default(),
            tokens: BTreeMap::new(),
            tickets: BTreeMap::new(),
            conversations: BTreeMap::new(),
            sockets: BTreeMap::new(),
            attachments: BTreeMap::new(),
            post_count: 0,
            request_count: 0,
            socket_count: 0,
            started: Instant::now(),
        }
    }

    pub(crate) fn note(&mut self, event: LogEvent) {
        self.log.push(self.started.elapsed(), event);
    }

    pub(crate) fn next_request(&mut self) -> u64 {
        self.request_count += 1;
        self.request_count
    }

    pub(crate) fn next_socket(&mut self) -> u64 {
        self.socket_count += 1;
        self.socket_count
    }

    /// An id for the service's `x-ms-request-id`, the same for the same seed and request.
    pub(crate) fn trace_id(&self, request: u64) -> String {
        SplitMix64::branch(self.options.seed ^ TRACES, request).word(TRACE_LENGTH)
    }
}

/// Purposes of generators, so that none of them shifts another's draws.
const NAMES: u64 = 1;
const TRACES: u64 = 0x7261_6365;
const SECRET_LENGTH: usize = 43;
const TRACE_LENGTH: usize = 32;
