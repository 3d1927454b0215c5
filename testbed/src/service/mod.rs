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
use tokio::sync::Notify;

use crate::http::cors::Origins;
use crate::log::{Log, LogEvent};
use crate::options::Options;
use crate::profile::traits::Traits;
use crate::random::SplitMix64;
use crate::service::conversation::Conversation;
use crate::service::credentials::Token;
use crate::service::director::Director;
use crate::service::sockets::{Socket, SocketEnd};
use crate::service::stream_url::Ticket;
use crate::timestamp::Stamper;

/// The state, shared between the host's threads and the service's own.
pub(crate) struct Shared {
    /// What the profile says, which never changes.
    pub(crate) traits: &'static Traits,
    /// Whose pages may use it, which never changes either.
    pub(crate) origins: Origins,
    /// Whether there is a control API.
    pub(crate) is_controlled: bool,
    /// Wakes tasks that wait for a change; threads wait for the other.
    pub(crate) news: Notify,
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    pub(crate) fn new(state: State) -> Self {
        let origins = Origins::new(state.options.allowed_origins.clone());
        let traits = state.traits();
        let is_controlled = state.options.control;
        let (news, changed) = (Notify::new(), Condvar::new());
        Shared { traits, origins, is_controlled, news, state: Mutex::new(state), changed }
    }

    /// Looks at the state or changes it, and wakes whoever waits for a change.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        let result = work(&mut self.lock());
        self.changed.notify_all();
        self.news.notify_waiters();
        result
    }

    /// Looks at the state without waking anybody.
    pub(crate) fn look<R>(&self, work: impl FnOnce(&State) -> R) -> R {
        work(&self.lock())
    }

    /// Blocks until something is found; `None` if the time is up before.
    pub(crate) fn wait_for<T>(
        &self,
        timeout: Duration,
        find: impl Fn(&State) -> Option<T>,
    ) -> Option<T> {
        let mut found = None;
        let missing = |state: &mut State| {
            found = find(state);
            found.is_none()
        };
        drop(self.changed.wait_timeout_while(self.lock(), timeout, missing));
        found
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
    /// What proves the stream URLs handed out so far, dialled or not.
    pub(crate) proofs: Vec<String>,
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
            proofs: Vec::new(),
            conversations: BTreeMap::new(),
            sockets: BTreeMap::new(),
            attachments: BTreeMap::new(),
            post_count: 0,
            request_count: 0,
            socket_count: 0,
            started: Instant::now(),
        }
    }

    /// What the profile says.
    pub(crate) fn traits(&self) -> &'static Traits {
        self.options.profile.traits()
    }

    pub(crate) fn note(&mut self, event: LogEvent) {
        self.log.push(self.started.elapsed(), event);
    }

    /// Everything that must never be shown: the secret, all tokens and what proves stream URLs.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let tokens = self.tokens.keys().cloned();
        let proofs = self.proofs.iter().cloned();
        tokens.chain(proofs).chain([self.secret.clone()]).collect()
    }

    /// Drops a conversation with all it holds; false if there is no such conversation.
    pub(crate) fn forget(&mut self, conversation: &str) -> bool {
        let socket = self.conversations.get(conversation).and_then(|known| known.socket);
        if let Some(socket) = socket {
            self.end_socket(socket, SocketEnd::Close { code: 1000, reason: String::new() });
        }
        self.conversations.remove(conversation).is_some()
    }

    /// Drops the conversations that nobody has spoken in for as long as the profile allows.
    pub(crate) fn forget_idle(&mut self, now: Instant) {
        let Some(lifetime) = self.traits().idle_lifetime else { return };
        let is_idle =
            |said: Option<Instant>| said.is_some_and(|at| now.duration_since(at) > lifetime);
        let known = self.conversations.iter().filter(|(_, known)| is_idle(known.last_said));
        let idle: Vec<String> = known.map(|(id, _)| id.clone()).collect();
        for conversation in idle {
            self.forget(&conversation);
        }
    }

    /// Forgets all that was said, handed out, broken and noted, and begins the plan anew. Names and
    /// numbers go on: what is left of a client from before is not taken for a new one.
    pub(crate) fn reset(&mut self) {
        let conversations: Vec<String> = self.conversations.keys().cloned().collect();
        for conversation in conversations {
            self.forget(&conversation);
        }
        for socket in self.sockets.keys().copied().collect::<Vec<_>>() {
            self.end_socket(socket, SocketEnd::Close { code: 1000, reason: String::new() });
        }
        self.tokens.clear();
        self.tickets.clear();
        self.proofs.clear();
        self.attachments.clear();
        self.post_count = 0;
        self.director.restart(self.options.plan.rules());
        self.log.forget();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;
    use crate::service::activity::Activity;

    /// Whether a conversation is still there this long after someone has spoken in it.
    fn survives(profile: Profile, pause: Duration) -> bool {
        let options = Options::default().with_profile(profile);
        let mut state = State::new(options, SocketAddr::from(([127, 0, 0, 1], 1)));
        let silent = state.mint_conversation();
        let spoken = state.mint_conversation();
        let now = Instant::now();
        state.say(&spoken, Activity::default());
        let known = state.conversations.get_mut(&spoken).expect("it was just minted");
        known.last_said = known.last_said.map(|_| now);
        state.forget_idle(now + pause);
        assert!(state.conversations.contains_key(&silent), "only activities count");
        state.conversations.contains_key(&spoken)
    }

    #[test]
    fn answers_are_traced_by_seed_and_request() {
        let trace = |seed, request| {
            let options = Options::default().with_seed(seed);
            State::new(options, SocketAddr::from(([127, 0, 0, 1], 1))).trace_id(request)
        };
        assert_eq!(trace(1, 1), trace(1, 1));
        // One bit each, set in the purpose or not.
        for (seed, request) in [(1, 1), (2, 1), (0, 2)] {
            assert_ne!(trace(seed, request), trace(0, 1), "{seed}, {request}");
        }
    }

    #[test]
    fn only_one_profile_forgets_idle_conversations() {
        let half_an_hour = Duration::from_secs(1800);
        assert!(survives(Profile::OfflineDirectline, half_an_hour));
        assert!(!survives(Profile::OfflineDirectline, half_an_hour + Duration::from_nanos(1)));
        for profile in [Profile::Service, Profile::Emulator, Profile::InDirectLine] {
            assert!(survives(profile, half_an_hour * 100), "{profile}");
        }
    }
}
