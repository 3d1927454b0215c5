//! How a testbed behaves while nothing is broken.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::bot::Bot;
use crate::plan::Plan;
use crate::profile::Profile;

/// The settings of a testbed: plain data with a default for each.
#[derive(Clone, PartialEq)]
pub struct Options {
    /// Which server it behaves like; the real service by default.
    pub profile: Profile,
    /// The port to listen on; 0, the default, takes a free one.
    pub port: u16,
    /// The address to listen on; loopback unless something else is set on purpose.
    pub bind: IpAddr,
    /// The secret of the bot; without one it is made up from the seed.
    pub secret: Option<String>,
    /// Where ids, tokens, the secret and the plan's chances come from; 1 by default.
    pub seed: u64,
    /// The bot that answers; an echo by default.
    pub bot: Bot,
    /// The HTTP status with which the bot answers the server, 200 by default. With one that is no
    /// success the bot has failed, and says nothing.
    pub bot_status: u16,
    /// What goes wrong; nothing by default.
    pub plan: Plan,
    /// How long a token is valid; an hour by default, as in the real service. Answers tell it in
    /// whole seconds, rounded up. Profiles other than [`Profile::Service`] have a lifetime of their
    /// own.
    pub token_lifetime: Duration,
    /// How long a stream URL can be dialled; a minute by default, as in the real service.
    pub stream_url_lifetime: Duration,
    /// How often an empty message is sent as a sign of life, `None` for never; 20 s by default.
    /// Only [`Profile::Service`] sends any.
    pub empty_message_interval: Option<Duration>,
    /// How many activities a page or a replayed frame holds at most; 100 by default. Only
    /// [`Profile::Service`] has a limit.
    pub page_size: usize,
    /// Behaves as with enhanced authentication: a reconnect with the secret is refused with 400
    /// `MissingProperty`.
    pub require_user: bool,
    /// Which socket has to go when a second one opens for a conversation under
    /// [`Profile::Service`].
    pub collision_victim: CollisionVictim,
    /// What watermarks look like under [`Profile::Service`].
    pub watermarks: WatermarkStyle,
    /// How long the bot may take before a post is answered 502 `BotError`, or whatever the profile
    /// does about it; 15 s by default, as in the real service.
    pub bot_patience: Duration,
    /// The origins whose pages may use the service from a browser, such as
    /// `http://localhost:8080`; none listed, the default, means all, as the public service has it.
    /// A handshake of any other page is answered 403, one without an `Origin` is let in.
    pub allowed_origins: Vec<String>,
    /// Serves the control API below `/control`, by which a test in any language does what a host
    /// in Rust does with a [`Testbed`](crate::Testbed); off by default.
    pub control: bool,
}

/// Which socket has to go when a second one opens for a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CollisionVictim {
    /// The one that was there is closed with the reason `collision`.
    #[default]
    Old,
    /// The one that comes is closed with the reason `collision`, right after it opened.
    New,
}

/// What watermarks look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WatermarkStyle {
    /// The decimal index of the newest activity, as in the real service.
    #[default]
    Decimal,
    /// A text with characters that a URL can't carry unescaped, and that doesn't sort by age.
    Opaque,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            profile: Profile::default(),
            port: 0,
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            secret: None,
            seed: 1,
            bot: Bot::default(),
            bot_status: 200,
            plan: Plan::default(),
            token_lifetime: Duration::from_secs(3600),
            stream_url_lifetime: Duration::from_secs(60),
            empty_message_interval: Some(Duration::from_secs(20)),
            page_size: 100,
            require_user: false,
            collision_victim: CollisionVictim::default(),
            watermarks: WatermarkStyle::default(),
            bot_patience: Duration::from_secs(15),
            allowed_origins: Vec::new(),
            control: false,
        }
    }
}

impl Options {
    /// Sets [`Options::profile`].
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Sets [`Options::port`].
    #[must_use]
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets [`Options::bind`].
    #[must_use]
    pub fn with_bind(mut self, bind: IpAddr) -> Self {
        self.bind = bind;
        self
    }

    /// Sets [`Options::secret`].
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        self.secret = Some(String::from(secret));
        self
    }

    /// Sets [`Options::seed`].
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets [`Options::bot`].
    #[must_use]
    pub fn with_bot(mut self, bot: Bot) -> Self {
        self.bot = bot;
        self
    }

    /// Sets [`Options::bot_status`], at least 200 and at most 599.
    #[must_use]
    pub fn with_bot_status(mut self, status: u16) -> Self {
        self.bot_status = status.clamp(200, 599);
        self
    }

    /// Sets [`Options::plan`].
    #[must_use]
    pub fn with_plan(mut self, plan: Plan) -> Self {
        self.plan = plan;
        self
    }

    /// Sets [`Options::token_lifetime`].
    #[must_use]
    pub fn with_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Sets [`Options::stream_url_lifetime`].
    #[must_use]
    pub fn with_stream_url_lifetime(mut self, lifetime: Duration) -> Self {
        self.stream_url_lifetime = lifetime;
        self
    }

    /// Sets [`Options::empty_message_interval`].
    #[must_use]
    pub fn with_empty_message_interval(mut self, interval: Option<Duration>) -> Self {
        self.empty_message_interval = interval;
        self
    }

    /// Sets [`Options::page_size`]; 0 counts as 1.
    #[must_use]
    pub fn with_page_size(mut self, page_size: usize) -> Self {
        self.page_size = page_size.max(1);
        self
    }

    /// Sets [`Options::require_user`].
    #[must_use]
    pub fn with_require_user(mut self, require_user: bool) -> Self {
        self.require_user = require_user;
        self
    }

    /// Sets [`Options::collision_victim`].
    #[must_use]
    pub fn with_collision_victim(mut self, victim: CollisionVictim) -> Self {
        self.collision_victim = victim;
        self
    }

    /// Sets [`Options::watermarks`].
    #[must_use]
    pub fn with_watermarks(mut self, watermarks: WatermarkStyle) -> Self {
        self.watermarks = watermarks;
        self
    }

    /// Sets [`Options::bot_patience`].
    #[must_use]
    pub fn with_bot_patience(mut self, patience: Duration) -> Self {
        self.bot_patience = patience;
        self
    }

    /// Adds to [`Options::allowed_origins`], which narrows them to those listed.
    #[must_use]
    pub fn with_allowed_origin(mut self, origin: &str) -> Self {
        self.allowed_origins.push(String::from(origin));
        self
    }

    /// Sets [`Options::control`].
    #[must_use]
    pub fn with_control(mut self, control: bool) -> Self {
        self.control = control;
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("profile", &self.profile)
            .field("port", &self.port)
            .field("bind", &self.bind)
            .field("secret", &self.secret.as_ref().map(|_| "[redacted]"))
            .field("seed", &self.seed)
            .field("bot", &self.bot)
            .field("bot_status", &self.bot_status)
            .field("plan", &self.plan)
            .field("token_lifetime", &self.token_lifetime)
            .field("stream_url_lifetime", &self.stream_url_lifetime)
            .field("empty_message_interval", &self.empty_message_interval)
            .field("page_size", &self.page_size)
            .field("require_user", &self.require_user)
            .field("collision_victim", &self.collision_victim)
            .field("watermarks", &self.watermarks)
            .field("bot_patience", &self.bot_patience)
            .field("allowed_origins", &self.allowed_origins)
            .field("control", &self.control)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[test]
    fn where_it_listens_is_set_beside_what_was_set_before() {
        let bind = IpAddr::V6(Ipv6Addr::LOCALHOST);
        let set = Options::default().with_seed(7).with_port(3978).with_bind(bind);
        assert_eq!(set, Options { seed: 7, port: 3978, bind, ..Options::default() });
    }

    #[test]
    fn debug_output_hides_the_secret() {
        let shown = format!("{:?}", Options::default().with_secret("hush"));
        assert!(shown.contains("[redacted]") && !shown.contains("hush"), "{shown}");
    }
}
