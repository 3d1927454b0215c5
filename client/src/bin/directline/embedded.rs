//! The service in this process, for those who have none at hand.

use std::time::Duration;

use directline_client::directline::{Config, Credential};
use directline_client::{Network, Proxy};
use directline_testbed::{Bot, Options, Plan, Testbed};

use crate::args::Chat;
use crate::problem::Problem;
use crate::settings::{Setup, configure};

pub(crate) struct Embedded {
    testbed: Testbed,
}

impl Embedded {
    pub(crate) fn start(chat: &Chat) -> Result<Embedded, Problem> {
        // Mistakes in the arguments come first.
        configure(Config::builder(Credential::token("none").expect("a good one")), chat)?;
        let plan = Plan::named("demo").unwrap_or_default();
        let options = Options::default().with_plan(plan).with_bot(Bot::EchoWithTyping);
        let testbed = Testbed::start(options).map_err(|error| {
            Problem::fatal(format!("the service in this process cannot be started: {error}"))
        })?;
        Ok(Embedded { testbed })
    }

    pub(crate) fn introduction(&self) -> &'static str {
        "no --domain and no credential: talking to a service in this process that breaks the \
         connection every few messages; type something, /help tells more, Ctrl-C ends"
    }

    pub(crate) fn set_up(&self, chat: &Chat) -> Result<Setup, Problem> {
        // Quicker than the default, which is made for a service that others need too.
        let builder =
            Config::builder(Credential::secret(self.testbed.secret()).expect("a good one"))
                .with_base(self.testbed.base())
                .with_backoff(Duration::from_millis(500), Duration::from_secs(2))
                .with_attempts_at_once(1_000);
        let (config, network) = (configure(builder, chat)?, loopback());
        Ok(Setup { config, checkpoint: None, store: None, network, credential: None })
    }

    /// The bot's first words.
    pub(crate) fn greet(&self, conversation: &str) {
        let said = self.testbed.say(conversation, GREETING);
        debug_assert!(said.is_ok(), "the conversation was started here: {said:?}");
    }
}

const GREETING: &str =
    r#"{"type": "message", "text": "Hello! I repeat what you say, whatever breaks in between."}"#;

/// What is in this process is reached by no proxy.
pub(crate) fn loopback() -> Network {
    Network::default().with_proxy(Proxy::none())
}
