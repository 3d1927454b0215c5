//! CONFIGURATION: plain data, checked once in [`Builder::build`].

mod settings;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) use self::settings::Settings;
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
    pub(crate) common: Arc<Common>,
}

/// What configurations that are made of one another have in common, held once for all of them and
/// their sessions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Common {
    pub(crate) base: Base,
    pub(crate) settings: Settings,
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

    /// What authorises the requests.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
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
        self.common.base.as_str()
    }

    /// Everything but the credential as one line of JSON, for [`Config::from_json`]: so that what a
    /// session did can be repeated elsewhere.
    ///
    /// ```
    /// use directline::{Config, Token};
    ///
    /// let config = Config::builder(Token::new("hush")?).with_seed(7).with_locale("en").build()?;
    /// let json = config.to_json();
    /// assert!(!json.contains("hush"));
    /// assert_eq!(Config::from_json(&json, Token::new("hush")?)?, config);
    /// let refused = Config::from_json(r#"{"base":"ftp://x"}"#, Token::new("hush")?).unwrap_err();
    /// assert_eq!(refused.field(), "base");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        let Config { credential: _, seed, common } = self;
        let Common { base, settings } = &**common;
        let written =
            Written { base: base.as_str().into(), seed: *seed, settings: settings.clone() };
        serde_json::to_string(&written).expect("text, numbers and flags can always be written")
    }

    /// Reads what [`Config::to_json`] wrote; a setting that is not there has its default.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the first setting that is out of bounds, or `config` where the text is
    /// no configuration.
    pub fn from_json(json: &str, credential: impl Into<Credential>) -> Result<Config, ConfigError> {
        let Written { base, seed, settings } = serde_json::from_str(json)
            .map_err(|error| ConfigError::new("config", error.to_string(), "what was written"))?;
        Builder { base, credential: credential.into(), seed, settings }.build()
    }

    /// The largest frame that the session reads, in bytes; hosts should refuse larger ones.
    #[must_use]
    pub fn frame_bytes_max(&self) -> usize {
        self.common.settings.frame_bytes_max
    }

    /// The largest response body that the session reads, in bytes; hosts should refuse larger ones.
    #[must_use]
    pub fn body_bytes_max(&self) -> usize {
        self.common.settings.body_bytes_max
    }
}

/// As a configuration is written down.
#[derive(Serialize, Deserialize)]
struct Written {
    base: String,
    #[serde(default)]
    seed: Option<u64>,
    #[serde(flatten)]
    settings: Settings,
}

/// Whom the conversation is started for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct User {
    /// The user's id; sites with enhanced authentication want it to begin with `dl_`.
    pub id: String,
    /// The name a bot may greet the user with.
    pub name: Option<String>,
}

/// What a conversation that is resumed without a watermark should deliver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// Everything that the service still holds, from the start.
    #[default]
    Everything,
    /// Only what is said from now on.
    OnlyNew,
}

/// How activities reach the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Over a WebSocket, and by polling while none can be had.
    #[default]
    Stream,
    /// By polling only; no socket is ever opened.
    Polling,
}

/// After how much silence a socket counts as lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

    /// After how much silence a socket counts as lost. Default: 60 s (three probes) where the peer is
    /// known to answer probes, else 5 min; 100 ms to 24 h.
    pub fn with_liveness_timeout(mut self, timeout: Duration) -> Builder {
        self.settings.liveness = Liveness::After(timeout);
        self
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
        let base = Base::parse(&base)?;
        settings.check()?;
        Ok(Config { credential, seed, common: Arc::new(Common { base, settings }) })
    }
}

const PUBLIC_BASE: &str = "https://directline.botframework.com";
