//! CONFIGURATION: plain data, checked once in [`Builder::build`].

mod settings;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::settings::{Settings, within};
use crate::error::ConfigError;
use crate::retry::RetryPolicy;
use crate::secret::Credential;
use crate::wire::base::Base;

/// Everything a session needs to know before it begins; made by [`Config::builder`], valid by
/// construction.
///
/// ```
/// use std::time::Duration;
/// use directline::{Config, Credential};
///
/// let config = Config::builder(Credential::token("ew0KICAiYWxnIjo")?)
///     .with_base("https://europe.directline.botframework.com/")
///     .with_backoff(Duration::from_millis(500), Duration::from_secs(20))
///     .with_seed(7)
///     .build()?;
/// assert_eq!(config.base(), "https://europe.directline.botframework.com/v3/directline");
///
/// let refused = Config::builder(Credential::token("ew0KICAiYWxnIjo")?)
///     .with_request_timeout(Duration::ZERO)
///     .build()
///     .unwrap_err();
/// assert_eq!(refused.to_string(), "request.timeout is 0ns, allowed is 10ms to 600s");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    pub(crate) credential: Credential,
    pub(crate) seed: Option<u64>,
    /// Held once for all that are made of one another, as the settings are.
    pub(crate) base: Arc<Base>,
    pub(crate) settings: Arc<Settings>,
}

impl Config {
    /// Starts a configuration for the public service with every default in place.
    pub fn builder(credential: impl Into<Credential>) -> Builder {
        let (base, credential) = (PUBLIC_BASE.into(), credential.into());
        Builder { base, credential, seed: None, settings: Settings::default() }
    }

    /// The same for another conversation. What the two have in common is held once, so that a
    /// configuration for each of many sessions costs next to nothing.
    ///
    /// ```
    /// use directline::{Config, Token};
    ///
    /// let first = Config::builder(Token::new("first")?).build()?;
    /// let tokens = [Token::new("second")?, Token::new("third")?];
    /// let others: Vec<Config> = (1..)
    ///     .zip(tokens)
    ///     .map(|(seed, token)| first.with_credential(token).with_seed(seed))
    ///     .collect();
    /// assert_eq!(others.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_credential(&self, credential: impl Into<Credential>) -> Config {
        Config { credential: credential.into(), ..self.clone() }
    }

    /// The seed, if one was given.
    #[must_use]
    pub fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// The same with another seed; give each session its own (see [`Builder::with_seed`]).
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Config {
        Config { seed: Some(seed), ..self }
    }

    /// The base that every request goes to, ending in the path under which the routes lie.
    #[must_use]
    pub fn base(&self) -> &str {
        self.base.as_str()
    }

    /// The largest frame that the session reads, in bytes; hosts should refuse larger ones.
    #[must_use]
    pub fn frame_bytes_max(&self) -> usize {
        self.settings.frame_bytes_max
    }

    /// The largest response body that the session reads, in bytes; hosts should refuse larger ones.
    #[must_use]
    pub fn body_bytes_max(&self) -> usize {
        self.settings.body_bytes_max
    }
}

/// Whom the conversation is started for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct User {
    /// The user's id; sites with enhanced authentication want it to begin with `dl_`.
    pub id: String,
    /// The name a bot may greet the user with.
    pub name: Option<String>,
}

/// What a conversation that is resumed without a watermark should deliver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum History {
    /// Everything that the service still holds, from the start.
    #[default]
    Everything,
    /// Only what is said from now on.
    OnlyNew,
}

/// How activities reach the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Way {
    /// Over a WebSocket, and by polling while none can be had.
    #[default]
    Stream,
    /// By polling only; no socket is ever opened.
    Polling,
}

/// After how much silence a socket counts as lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Liveness {
    /// It depends on what is known of the peer.
    #[default]
    Known,
    After(Duration),
    Never,
}

/// A configuration in the making: `with_*` to change a default, [`Builder::build`] to check all.
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder {
    base: String,
    credential: Credential,
    seed: Option<u64>,
    settings: Settings,
}

/// One line per setting that is only stored; what it means is said at the call.
/// Without the base, which may hold a password until it is checked.
impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Builder { base: _, credential, seed, settings } = self;
        f.debug_struct("Builder")
            .field("credential", credential)
            .field("seed", seed)
            .field("settings", settings)
            .finish_non_exhaustive()
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])+ $name:ident($value:ident: $type:ty) => $($field:ident).+ = $expr:expr;)+) => {
        $($(#[$doc])+
        pub fn $name(mut self, $value: $type) -> Builder {
            self.settings.$($field).+ = $expr;
            self
        })+
    };
}

impl Builder {
    /// The service to talk to, with or without `/v3/directline`, with or without a slash at the
    /// end. A path that ends in `/directline` is taken as it is. Default: the public service.
    pub fn with_base(mut self, base: impl Into<String>) -> Builder {
        self.base = base.into();
        self
    }

    /// The first and the longest pause between attempts; each pause is drawn at random below a
    /// bound that doubles from the first to the second. Default 1 s and 30 s; 1 ms to 24 h.
    pub fn with_backoff(mut self, initial: Duration, max: Duration) -> Builder {
        self.settings.backoff = RetryPolicy::new(initial, max);
        self
    }

    /// As [`Builder::with_backoff`], for looking for a socket while polling. Default 60 s and
    /// 30 min.
    pub fn with_probe_backoff(mut self, initial: Duration, max: Duration) -> Builder {
        self.settings.probe_backoff = RetryPolicy::new(initial, max);
        self
    }

    /// The seed of the jitter and of the keys of posts; without one it is 0, which is for tests.
    ///
    /// Give each session its own, also each that resumes: or a fleet of clients moves in step, and a
    /// post may be taken for one of another session by the key of its echo
    /// ([`Builder::with_echo_keys`]). The drivers draw one where none is given.
    pub fn with_seed(mut self, seed: u64) -> Builder {
        self.seed = Some(seed);
        self
    }

    setters! {
        /// Whom a new conversation is started for, so that the bot can greet the user at once.
        with_user(user: User) => user = Some(user);
        /// The language a new conversation is started in, such as `en-US`.
        with_locale(locale: impl Into<String>) => locale = Some(locale.into());
        /// What to deliver of a conversation resumed without a watermark. Default: everything.
        with_history(history: History) => history = history;
        /// How activities reach the client. Default: over a socket.
        with_way(way: Way) => way = way;
        /// With a secret: use it for every request and keep no token. Default: no.
        with_secret_only(secret_only: bool) => secret_only = secret_only;
        /// The longest pause that a server may ask for by `Retry-After`. Default 5 min; 1 s to 24 h.
        with_retry_after_max(max: Duration) => retry_after_max = max;
        /// How many attempts in a row may fail before the session gives up. Default: no limit.
        with_attempts_max(max: u32) => attempts_max = Some(max);
        /// How many requests for a connection may follow each other without a pause; in the long run
        /// there is one every 5 s, whatever else is configured. Default 12; 1 to 10,000.
        with_attempts_at_once(count: u32) => attempts_at_once = count;
        /// How long the session may be without a connection before it gives up. Time in which
        /// nothing can be tried, since the network is down or no credential is left, does not
        /// count. Default: for ever.
        with_outage_max(max: Duration) => outage_max = Some(max);
        /// How long a connection must last to count as stable. Default 10 s; up to 24 h.
        with_stable_after(duration: Duration) => stable_after = duration;
        /// How long a request may take. Default 20 s; 10 ms to 10 min.
        with_request_timeout(timeout: Duration) => request_timeout = timeout;
        /// How long a handshake may take. Default 20 s; 10 ms to 10 min.
        with_connect_timeout(timeout: Duration) => connect_timeout = timeout;
        /// How long a stream URL lives after the request for it was sent. Default 60 s; 100 ms to
        /// 1 h.
        with_stream_url_lifetime(lifetime: Duration) => stream_url_lifetime = lifetime;
        /// How much life a stream URL must still have to be dialled. Default: a twelfth of its
        /// lifetime.
        with_stream_url_margin(margin: Duration) => stream_url_margin = Some(margin);
        /// How often a live socket is probed, `None` for never. Default 20 s; 100 ms to 1 h.
        with_keepalive_interval(interval: Option<Duration>) => keepalive_interval = interval;
        /// After how much silence a socket counts as lost. Default: 60 s where the peer is known
        /// to answer probes, else 5 min; 100 ms to 24 h.
        with_liveness_timeout(timeout: Duration) => liveness = Liveness::After(timeout);
        /// The pause between polls. Default 1 s; 200 ms to 1 h.
        with_poll_interval(interval: Duration) => poll_interval = interval;
        /// How long to stay away after another client took the conversation over. Default 30 s;
        /// 10 ms to 24 h.
        with_collision_wait(wait: Duration) => collision_wait = wait;
        /// How many collisions in a row end the session. Default 3; 1 to 100.
        with_collisions_max(max: u32) => collisions_max = max;
        /// After how many handshakes in a row that never opened the session polls. Default 5; 1 to
        /// 1,000.
        with_handshakes_max(max: u32) => handshakes_max = max;
        /// How far apart two refreshes are at least, however short tokens live. Default
        /// 500 ms; 200 ms to 1 h.
        with_refresh_interval_min(min: Duration) => refresh_interval_min = min;
        /// The largest frame that is read, in bytes. Default 16 MiB; 1 KiB to 1 GiB.
        with_frame_bytes_max(bytes: usize) => frame_bytes_max = bytes;
        /// The largest response body that is read, in bytes. Default 16 MiB; 1 KiB to 1 GiB.
        with_body_bytes_max(bytes: usize) => body_bytes_max = bytes;
        /// How many activity ids that follow no numbering are remembered. Default 8,192; 16 to
        /// 1,048,576.
        with_seen_ids_max(max: usize) => seen_ids_max = max;
        /// Whether the session may add `channelData.clientActivityID` to posts that have none, so
        /// that the echo of a post of unknown outcome can be recognised. Default: no.
        with_echo_keys(echo_keys: bool) => echo_keys = echo_keys;
        /// Whether the session adds `"deliveryMode": "stream"` to posts that have none, which asks
        /// the bot to answer in pieces. Default: no.
        with_streamed_answers(streamed_answers: bool) => streamed_answers = streamed_answers;
        /// Whether checkpoints hold the posts that were not sent yet. Default: no.
        with_posts_in_checkpoint(keeps_posts: bool) => keeps_posts = keeps_posts;
        /// How many posts may wait. Default 256; 1 to 65,536.
        with_posts_max(max: usize) => posts_max = max;
    }

    /// However long a socket is silent, it is not given up for that.
    pub fn without_liveness_timeout(mut self) -> Builder {
        self.settings.liveness = Liveness::Never;
        self
    }

    /// Checks everything and gives the configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the first setting that is out of bounds, its value, and what is
    /// allowed.
    pub fn build(self) -> Result<Config, ConfigError> {
        let Builder { base, credential, seed, settings } = self;
        let base = Base::parse(&base)?.into();
        settings.check()?;
        Ok(Config { credential, seed, base, settings: settings.into() })
    }
}

const PUBLIC_BASE: &str = "https://directline.botframework.com";
