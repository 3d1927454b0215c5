//! The testbed as its host sees it: start it, act on it, watch it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io};

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::http::connection::serve_connection;
use crate::log::{Log, LogEntry};
use crate::options::Options;
use crate::plan::rule::Rule;
use crate::profile::Profile;
use crate::service::activity::Activity;
use crate::service::conversation::Recorded;
use crate::service::sockets::{Disruption, SocketEnd};
use crate::service::{Shared, State};

/// A running Direct Line service.
///
/// It runs on a thread of its own, so that blocking tests can use it. Dropping it stops the
/// service, closes every connection and waits for the thread.
///
/// # Example
/// ```
/// use directline_testbed::{Options, Testbed};
///
/// let testbed = Testbed::start(Options::default())?;
/// let minted = testbed.generate_token(None);
/// let id = testbed.say(&minted.conversation, r#"{"type":"message","text":"hello"}"#);
/// assert_eq!(id, Ok(Some(format!("{}|0000000", minted.conversation))));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Testbed {
    shared: Arc<Shared>,
    address: SocketAddr,
    secret: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A token with the conversation it was minted for.
#[derive(Clone, PartialEq, Eq)]
pub struct MintedToken {
    /// The id of the conversation, which nobody has started yet.
    pub conversation: String,
    /// The token; `Debug` doesn't show it.
    pub token: String,
}

/// Why the bot can't say something.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SayError {
    /// There is no such conversation.
    #[error("there is no such conversation")]
    UnknownConversation,
    /// The activity is not a JSON object.
    #[error("the activity is not a JSON object")]
    NotAnObject,
}

impl Testbed {
    /// Starts a service.
    ///
    /// # Errors
    /// The address can't be listened on, or the system gives no thread.
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((options.bind, options.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let state = State::new(options, address);
        let secret = state.secret.clone();
        let shared = Arc::new(Shared::new(state));
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name(String::from("directline-testbed"))
            .spawn(move || run_service(&runtime, served, listener, stopped))?;
        Ok(Testbed { shared, address, secret, stop: Some(stop), thread: Some(thread) })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for a client: without a path, such as `http://127.0.0.1:3978`, unless the
    /// profile has its routes elsewhere than below `/v3/directline`, such as
    /// `http://127.0.0.1:3978/directline`.
    pub fn base(&self) -> String {
        let mount = self.shared.traits.mount;
        let path = if mount == Profile::Service.traits().mount { "" } else { mount };
        format!("http://{}{path}", self.address)
    }

    /// The URL below which the routes are.
    pub(crate) fn root(&self) -> String {
        format!("http://{}{}", self.address, self.shared.traits.mount)
    }

    /// The secret of the bot.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Mints a token and its conversation without a request, for the user if one is given.
    pub fn generate_token(&self, user: Option<&str>) -> MintedToken {
        self.shared.with(|state| {
            let conversation = state.mint_conversation();
            let token = state.mint_token(&conversation, user);
            MintedToken { conversation, token }
        })
    }

    /// Lets the bot say an activity; gives its id.
    ///
    /// The service adds what a real one adds. An `id`, `timestamp` or `from` in the activity is
    /// kept; with `"id": null` it goes out without an id (and gives `None`), with
    /// `"timestamp": null` without a time.
    ///
    /// # Errors
    /// There is no such conversation, or the activity is no JSON object.
    pub fn say(&self, conversation: &str, activity: &str) -> Result<Option<String>, SayError> {
        let activity = Activity::parse(activity).ok_or(SayError::NotAnObject)?;
        self.shared.with(|state| {
            if !state.conversations.contains_key(conversation) {
                return Err(SayError::UnknownConversation);
            }
            Ok(state.speak_up(conversation, activity))
        })
    }

    /// The ids of all conversations, in alphabetical order.
    pub fn conversations(&self) -> Vec<String> {
        self.shared.with(|state| state.conversations.keys().cloned().collect())
    }

    /// Everything said in a conversation so far, in the order of its recording; nothing for an
    /// unknown one.
    pub fn recorded(&self, conversation: &str) -> Vec<Recorded> {
        self.shared.with(|state| {
            let known = state.conversations.get(conversation);
            let records = known.map(|known| known.records.as_slice()).unwrap_or_default();
            records.iter().map(|record| record.recorded.clone()).collect()
        })
    }

    /// How many activities clients have posted or uploaded so far.
    pub fn post_count(&self) -> u64 {
        self.shared.with(|state| state.post_count)
    }

    /// How many sockets are open; silent ones don't count.
    pub fn open_sockets(&self) -> usize {
        self.shared.with(|state| state.live_sockets().len())
    }

    /// Closes every open socket with a close frame of this code and reason.
    pub fn close_all(&self, code: u16, reason: &str) {
        self.disrupt_all(&Disruption::End(SocketEnd::Close { code, reason: reason.into() }));
    }

    /// Closes the TCP connection of every open socket, without a close frame.
    pub fn drop_all(&self) {
        self.disrupt_all(&Disruption::End(SocketEnd::Drop));
    }

    /// Resets the TCP connection of every open socket.
    pub fn reset_all(&self) {
        self.disrupt_all(&Disruption::End(SocketEnd::Reset));
    }

    /// Makes every open socket half-open: TCP stays up, but nothing arrives any more.
    pub fn go_silent(&self) {
        self.disrupt_all(&Disruption::Silence);
    }

    /// Makes every token handed out so far an expired one.
    pub fn expire_tokens(&self) {
        self.shared.with(State::expire_tokens);
    }

    /// Drops a conversation with all it holds, as the real service does after its retention:
    /// requests get 404, its socket is closed. False if there is no such conversation.
    pub fn forget(&self, conversation: &str) -> bool {
        self.shared.with(|state| state.forget(conversation))
    }

    /// Restarts a conversation's activity ids and watermarks at 0, as the real service has been
    /// seen to do. False if there is no such conversation.
    ///
    /// A watermark that then stands for two activities means the earlier one: too much comes
    /// again rather than too little.
    pub fn renumber(&self, conversation: &str) -> bool {
        self.renumber_from(conversation, 0)
    }

    /// Goes on with this number in a conversation's activity ids and watermarks, whether that skips
    /// some or takes some anew. False if there is no such conversation.
    pub fn renumber_from(&self, conversation: &str, next: u64) -> bool {
        self.shared.with(|state| state.renumber(conversation, next))
    }

    /// Forgets all conversations, tokens, uploads and the log, ends every socket, and begins the
    /// plan anew; injected rules are gone. Ids and numbers of requests and sockets go on.
    pub fn reset(&self) {
        self.shared.with(State::reset);
    }

    /// Adds a rule to the plan; its counting begins now.
    pub fn inject(&self, rule: Rule) {
        self.shared.with(|state| {
            state.director.add(rule);
        });
    }

    /// Removes every rule, those of the plan and those injected: from now on nothing breaks.
    pub fn clear_faults(&self) {
        self.shared.with(|state| state.director.clear());
    }

    /// What has happened so far.
    pub fn log(&self) -> Log {
        self.shared.with(|state| state.log.clone())
    }

    /// What has happened after the first `seen` entries, and how many there have been in all.
    pub(crate) fn log_since(&self, seen: u64) -> (Vec<LogEntry>, u64) {
        self.shared.look(|state| (state.log.since(seen).to_vec(), state.log.total()))
    }

    /// Blocks until the condition holds, which is asked whenever something has happened; false if
    /// the time is up before.
    ///
    /// The condition must not call the testbed: it is asked while the service stands still.
    #[must_use = "false says that what was waited for has not happened"]
    pub fn wait_until(&self, timeout: Duration, condition: impl Fn(&Log) -> bool) -> bool {
        self.shared.wait_until(timeout, condition)
    }

    /// Blocks until something is found; `None` if the time is up before.
    pub(crate) fn wait_for<T>(
        &self,
        timeout: Duration,
        find: impl Fn(&State) -> Option<T>,
    ) -> Option<T> {
        self.shared.wait_for(timeout, find)
    }

    /// Looks at the state or changes it.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        self.shared.with(work)
    }

    /// Wakes whoever waits for something, since something has happened elsewhere.
    pub(crate) fn nudge(&self) -> impl Fn() + Send + 'static {
        let shared = Arc::clone(&self.shared);
        move || shared.with(|_| ())
    }

    fn disrupt_all(&self, disruption: &Disruption) {
        self.shared.with(|state| {
            for socket in state.live_sockets() {
                state.disrupt(socket, disruption.clone());
            }
        });
    }
}

impl Drop for Testbed {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread is gone already if nobody listens.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic over there was printed there; there is nothing left to stop.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Testbed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Testbed").field("address", &self.address).finish_non_exhaustive()
    }
}

impl fmt::Debug for MintedToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MintedToken")
            .field("conversation", &self.conversation)
            .field("token", &"[redacted]")
            .finish()
    }
}

/// Accepts connections until it is told to stop; dropping the runtime ends what is left.
fn run_service(
    runtime: &Runtime,
    shared: Arc<Shared>,
    listener: std::net::TcpListener,
    stopped: oneshot::Receiver<()>,
) {
    runtime.block_on(async {
        tokio::select! {
            _ = stopped => {}
            () = accept_connections(shared, listener) => {}
        }
    });
}

async fn accept_connections(shared: Arc<Shared>, listener: std::net::TcpListener) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve_connection(Arc::clone(&shared), stream));
            }
            // Out of file descriptors, most likely: others have to close first.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_testbed_has_ended_all_it_began() {
        let testbed = Testbed::start(Options::default()).expect("loopback is there");
        let shared = Arc::downgrade(&testbed.shared);
        drop(testbed);
        assert_eq!(shared.strong_count(), 0, "its thread is still there");
    }
}
