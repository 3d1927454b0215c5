//! CONNECT: to a NATS that will do, or a sentence on why it won't.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::jetstream::context::RequestErrorKind;
use async_nats::jetstream::stream::Stream;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ServerAddr, ServerError};
use futures_util::TryStreamExt as _;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use tokio::sync::watch;

use crate::nats::Problem;

/// How a NATS is reached.
#[derive(Clone, Default)]
pub struct Access {
    /// The servers, such as `nats://127.0.0.1:4222`; a name and a password, or a token,
    /// may stand before an `@`, and go for all of them.
    pub servers: Vec<String>,
    /// A file of credentials, as `nsc` writes it.
    pub credentials: Option<PathBuf>,
    /// A file of certificates whose authorities are trusted beside those of the machine.
    pub ca_file: Option<PathBuf>,
    /// What the connection is called where connections are listed.
    pub name: String,
}

/// A connection that comes back by itself; cheap to clone.
#[derive(Clone)]
pub struct Link {
    context: Context,
    seen: Arc<Seen>,
}

/// What the connection has told about itself.
#[derive(Default)]
struct Seen {
    /// The last thing that was not permitted.
    forbidden: Mutex<Option<String>>,
    disconnects: AtomicU64,
    /// How often there was a connection.
    connections: watch::Sender<u64>,
}

impl Link {
    /// Connects, and looks whether the server will do.
    ///
    /// # Errors
    ///
    /// [`Problem`] says what is wrong.
    pub async fn connect(access: &Access) -> Result<Link, Problem> {
        let seen = Arc::new(Seen::default());
        let servers = addresses(&access.servers)?;
        let options = options(access, &servers, seen.clone())?;
        let places: Vec<_> =
            servers.iter().map(|server| format!("{}:{}", server.host(), server.port())).collect();
        let connected = options.connect(servers).await;
        let client = connected.map_err(|error| refused(&error, &places.join(", ")))?;
        let context = jetstream::ContextBuilder::new()
            .timeout(ANSWER_MAX)
            .ack_timeout(ANSWER_MAX)
            .build(client);
        let link = Link { context, seen };
        link.check_server()?;
        link.check_jetstream().await?;
        Ok(link)
    }

    /// The connection itself.
    #[must_use]
    pub fn client(&self) -> Client {
        self.context.client()
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Whether there is a connection now.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.client().connection_state() == async_nats::connection::State::Connected
    }

    /// How often the connection was lost.
    #[must_use]
    pub fn disconnects(&self) -> u64 {
        self.seen.disconnects.load(Ordering::Relaxed)
    }

    /// Changes whenever there is another connection.
    pub(crate) fn connections(&self) -> watch::Receiver<u64> {
        self.seen.connections.subscribe()
    }

    /// What no answer means: something may have been forbidden, which a server says beside.
    pub(crate) fn silence(&self) -> Problem {
        self.forbidden().unwrap_or(Problem::Silent(ANSWER_MAX))
    }

    /// What was forbidden since this was last asked, if anything was.
    pub(crate) fn forbidden(&self) -> Option<Problem> {
        let mut forbidden = self.seen.forbidden.lock().unwrap_or_else(PoisonError::into_inner);
        forbidden.take().map(Problem::NotPermitted)
    }

    /// The subjects of a stream that have messages, as its leader has them.
    pub(crate) async fn subjects(
        &self,
        stream: &Stream,
        filter: &str,
    ) -> Result<Vec<String>, Problem> {
        let subjects = stream.info_with_subjects(filter).await.map_err(|_| self.silence())?;
        let subjects = subjects.map_ok(|(subject, _)| subject);
        subjects.try_collect().await.map_err(|_| self.silence())
    }

    /// Why something failed that a server either answers, or says nothing about.
    pub(crate) fn because(&self, error: &dyn std::error::Error) -> Problem {
        let said = error.to_string();
        if said.contains("timed out") { self.silence() } else { Problem::Other(said) }
    }

    fn check_server(&self) -> Result<(), Problem> {
        let client = self.client();
        let info = client.server_info();
        let (major, minor) = VERSION_MIN;
        if !client.is_server_compatible(major, minor, 0) {
            return Err(Problem::Version { found: info.version, wanted: VERSION_MIN_TEXT });
        }
        if info.max_payload < PAYLOAD_MIN {
            return Err(Problem::Payload { found: info.max_payload, wanted: PAYLOAD_MIN });
        }
        Ok(())
    }

    /// Asked in our own words: the library wants more of the answer than a server of 2.9 says.
    async fn check_jetstream(&self) -> Result<(), Problem> {
        let said: Result<Account, _> = self.context.request("INFO", &()).await;
        match said {
            Ok(Account { error: None }) => Ok(()),
            Ok(Account { error: Some(error) }) if NO_JETSTREAM.contains(&error.err_code) => {
                Err(Problem::NoJetStream)
            }
            Ok(Account { error: Some(error) }) => Err(Problem::Other(error.description)),
            Err(error) => Err(match error.kind() {
                RequestErrorKind::NoResponders => Problem::NoJetStream,
                RequestErrorKind::TimedOut => self.silence(),
                RequestErrorKind::Other => Problem::Other(error.to_string()),
            }),
        }
    }
}

/// What is read of what JetStream says of an account.
#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    err_code: u64,
    #[serde(default)]
    description: String,
}

fn addresses(servers: &[String]) -> Result<Vec<ServerAddr>, Problem> {
    let parsed = servers.iter().map(|server| {
        // The address may hold a password, so that it is not said again.
        let parsed = server.parse::<ServerAddr>();
        let parsed = parsed.map_err(|error| Problem::Address(error.to_string()))?;
        match parsed.scheme() {
            "nats" | "tls" => Ok(parsed),
            other => Err(Problem::Address(format!("its scheme is {other}"))),
        }
    });
    let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
    if parsed.is_empty() {
        return Err(Problem::Address(String::from("there is none")));
    }
    Ok(parsed)
}

fn options(
    access: &Access,
    servers: &[ServerAddr],
    seen: Arc<Seen>,
) -> Result<ConnectOptions, Problem> {
    let mut options = ConnectOptions::new()
        .name(&access.name)
        .connection_timeout(CONNECT_MAX)
        .request_timeout(Some(ANSWER_MAX))
        .ping_interval(PING_EVERY)
        .reconnect_delay_callback(|attempts| {
            PAUSE_MAX.min(PAUSE * u32::try_from(attempts).unwrap_or(u32::MAX))
        })
        .subscription_capacity(SUBSCRIPTION_MAX)
        .event_callback(move |event| {
            seen.note(&event);
            std::future::ready(())
        });
    // The library reads an address and leaves who stands in it alone.
    if let Some((server, user)) =
        servers.iter().find_map(|server| Some((server, server.username()?)))
    {
        let plain = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
        options = match server.password() {
            Some(password) => options.user_and_password(plain(user), plain(password)),
            None => options.token(plain(user)),
        };
    }
    let wrong = |file: &Path, why: String| Problem::File { file: file.display().to_string(), why };
    let read =
        |file: &Path| std::fs::read_to_string(file).map_err(|error| wrong(file, error.to_string()));
    if let Some(file) = &access.credentials {
        let text = read(file)?;
        options = options.credentials(&text).map_err(|error| wrong(file, error.to_string()))?;
    }
    if let Some(file) = &access.ca_file {
        // The library reads it when it needs it, and takes what is none for no certificate.
        if !read(file)?.contains(CERTIFICATE) {
            return Err(wrong(file, String::from("it has no certificate in PEM")));
        }
        options = options.add_root_certificates(file.clone());
    }
    Ok(options)
}

impl Seen {
    fn note(&self, event: &Event) {
        match event {
            Event::Connected => self.connections.send_modify(|count| *count += 1),
            Event::Disconnected => {
                self.disconnects.fetch_add(1, Ordering::Relaxed);
            }
            Event::ServerError(ServerError::Other(said)) if is_refusal(said) => {
                *self.forbidden.lock().unwrap_or_else(PoisonError::into_inner) = Some(said.clone());
            }
            _ => {}
        }
    }
}

fn is_refusal(said: &str) -> bool {
    said.to_ascii_lowercase().contains("permissions violation")
}

fn refused(error: &async_nats::ConnectError, places: &str) -> Problem {
    match error.kind() {
        ConnectErrorKind::ServerParse => Problem::Address(error.to_string()),
        ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
            Problem::Credentials(error.to_string())
        }
        _ => Problem::Unreachable(format!("{error}, at {places}")),
    }
}

/// How long an answer is waited for.
pub(crate) const ANSWER_MAX: Duration = Duration::from_secs(3);
const CONNECT_MAX: Duration = Duration::from_secs(5);
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
/// How soon a connection that only looks open is found out.
const PING_EVERY: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// How many messages may wait for one reader; more are dropped and told, never stored by us.
const SUBSCRIPTION_MAX: usize = 4_096;
/// The first with everything that is asked of it.
const VERSION_MIN: (i64, i64) = (2, 9);
const VERSION_MIN_TEXT: &str = "2.9";
/// Not enabled here, and not for this account.
const NO_JETSTREAM: [u64; 2] = [10_076, 10_039];
/// The largest activity that the service takes, its escapes and a record around it.
pub(crate) const PAYLOAD_MIN: usize = 512 * 1024;
