//! NETWORK: how the service is reached, the same for both drivers.

use std::io::{self, Write};

use directline::Config;

use crate::proxy::Proxy;
use crate::record::Wanted;
#[cfg(feature = "tokio")]
use crate::tokio::Shared;
use crate::trust::Trust;

/// How the service is reached: whose certificates are accepted, and through which proxy.
///
/// The default accepts Mozilla's roots, and goes through the proxy of the environment, if there is
/// one ([`Proxy::from_env`]).
///
/// Conversations of the tokio driver that are opened with one value or copies of it share the
/// connections of their requests, as long as they are on one runtime, and what the environment said
/// when the first was opened.
///
/// ```
/// use directline_client::{Network, Proxy, Trust};
///
/// let network = Network::default().with_trust(Trust::default()).with_proxy(Proxy::none());
/// assert_eq!(format!("{:?}", network.proxy()), "Proxy(https: none, http: none)");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Network {
    trust: Trust,
    proxy: Option<Proxy>,
    record: Wanted,
    #[cfg(feature = "tokio")]
    shared: Shared,
}

impl Network {
    /// Accepts the certificates that `trust` vouches for, those of proxies too.
    #[must_use]
    pub fn with_trust(self, trust: Trust) -> Network {
        Network { trust, ..self.apart() }
    }

    /// Goes through `proxy`, whatever the environment says.
    #[must_use]
    pub fn with_proxy(self, proxy: Proxy) -> Network {
        Network { proxy: Some(proxy), ..self.apart() }
    }

    /// Writes down the first conversation that is opened with this or a copy of it: what happens and what
    /// comes of it, without credentials, as the crate `directline-record` reads it.
    ///
    /// Each line is written at once, while the session waits: what may be slow should have a thread of
    /// its own. What cannot be written ends the recording and not the conversation
    /// ([`Handle::record_trouble`](crate::Handle::record_trouble)).
    ///
    /// ```
    /// # use directline_client::blocking::Conversation;
    /// # use directline_client::directline::{Config, Credential};
    /// # use directline_testbed::{Options, Testbed};
    /// # let testbed = Testbed::start(Options::default())?;
    /// # let config = Config::builder(Credential::secret(testbed.secret())?).with_base(testbed.base());
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("session.jsonl");
    /// use directline_client::{Network, Proxy};
    ///
    /// let file = std::fs::File::create(&path)?;
    /// let network = Network::default().with_proxy(Proxy::none()).with_record(file);
    /// let conversation = Conversation::open(config.build()?, None, &network)?;
    /// conversation.handle().close();
    /// conversation.for_each(drop);
    /// assert!(std::fs::read_to_string(&path)?.starts_with(r#"{"recording":"directline","version":1,"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_record(self, sink: impl Write + Send + 'static) -> Network {
        Network { record: Wanted::new(sink), ..self }
    }

    /// Shares nothing with those it was copied from.
    fn apart(self) -> Network {
        let Network { trust, proxy, record, .. } = self;
        Network {
            trust,
            proxy,
            record,
            #[cfg(feature = "tokio")]
            shared: Shared::default(),
        }
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn record(&self) -> &Wanted {
        &self.record
    }

    /// Whose certificates are accepted.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Through which proxy the service is reached.
    #[must_use]
    pub fn proxy(&self) -> Proxy {
        self.proxy.clone().unwrap_or_else(Proxy::from_env)
    }

    /// The proxy, if it can be used for the service of `config`.
    #[cfg(feature = "blocking")]
    pub(crate) fn proxy_for(&self, config: &Config) -> io::Result<Proxy> {
        usable(self.proxy(), config)
    }

    /// The one that was given, and never that of the environment.
    #[cfg(feature = "tokio")]
    pub(crate) fn given_proxy_for(&self, config: &Config) -> io::Result<Proxy> {
        usable(self.proxy.clone().unwrap_or_else(Proxy::none), config)
    }
}

fn usable(proxy: Proxy, config: &Config) -> io::Result<Proxy> {
    check(&proxy, config)?;
    Ok(proxy)
}

/// Whether a proxy can be used for the service of `config`.
pub(crate) fn check(proxy: &Proxy, config: &Config) -> io::Result<()> {
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
    proxy.check(config.base()).map_err(invalid)
}
