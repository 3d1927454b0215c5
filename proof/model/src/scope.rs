//! SCOPE: one bounded space: a configuration, what the service grants, what is said, what may go
//! wrong and how often.

use directline::{Builder, Config, Credential, Draw, History, Token, Way};
use directline_world::operation::{TokenFate, UrlKind};

use crate::fault::{Fault, Refusal};
use crate::service::token_text;
use crate::talk::Kind;
use crate::timing::{CALM, Timing};
use crate::under_way::What;

/// How a session begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// It starts the conversation.
    Fresh,
    /// It resumes at the watermark of the very beginning.
    Marked,
    /// It resumes without a watermark, when something has been said already.
    Unmarked,
    /// As that, and wants only what is new.
    OnlyNew,
}

/// What the session holds at its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Secret,
    /// The secret, for everything.
    SecretOnly,
    Token,
}

/// The bounds of one exploration.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) begins: &'static [Begin],
    pub(crate) holds: Holds,
    /// Whether answers bring tokens, and that to a reconnect too.
    pub(crate) grants_tokens: bool,
    pub(crate) reconnect_brings_token: bool,
    /// How long tokens live; without it, longer than anybody looks.
    pub(crate) token_life: Option<u64>,
    pub(crate) activities: u8,
    pub(crate) kinds: &'static [Kind],
    /// Sets in flight on a socket, and activities in a set and in a page.
    pub(crate) frames: u8,
    pub(crate) set_size: u8,
    pub(crate) page_size: u8,
    pub(crate) faults: &'static [Fault],
    pub(crate) budget: u8,
    pub(crate) posts: u8,
    pub(crate) timing: Timing,
    pub(crate) draw: Draw,
    /// Whether the peer answers probes.
    pub(crate) answers: bool,
    /// The ends that these faults can lead to.
    pub(crate) ends: &'static [&'static str],
    pub(crate) configure: fn(Builder) -> Builder,
    pub(crate) way: Way,
    /// Whether these faults may lead to polling while a socket is looked for.
    pub(crate) may_poll: bool,
}

impl Scope {
    /// Something to begin a scope with: one session that resumes at the beginning, a calm network.
    pub(crate) const fn new(name: &'static str, about: &'static str) -> Scope {
        Scope {
            name,
            about,
            begins: &[Begin::Marked],
            holds: Holds::SecretOnly,
            grants_tokens: false,
            reconnect_brings_token: false,
            token_life: None,
            activities: 3,
            kinds: &[],
            frames: 3,
            set_size: 1,
            page_size: 2,
            faults: &[],
            budget: 2,
            posts: 0,
            timing: CALM,
            draw: Draw::Longest,
            answers: true,
            ends: &[],
            configure: |builder| builder,
            way: Way::Stream,
            may_poll: false,
        }
    }

    /// As that, with a token of 40 s that answers renew.
    pub(crate) const fn with_token(name: &'static str, about: &'static str) -> Scope {
        Scope {
            holds: Holds::Token,
            grants_tokens: true,
            token_life: Some(40_000),
            ..Scope::new(name, about)
        }
    }

    pub(crate) fn config(&self) -> Config {
        let credential = match self.holds {
            Holds::Secret | Holds::SecretOnly => {
                Credential::secret("secret").expect("a credential")
            }
            Holds::Token => {
                let life = std::time::Duration::from_millis(self.token_life());
                Token::new(token_text(0)).expect("a token").lasting(life).into()
            }
        };
        let is_only_new = self.only_new();
        let history = if is_only_new { History::OnlyNew } else { History::Everything };
        let builder = Config::builder(credential)
            .with_base("https://service.example")
            .with_secret_only(self.holds == Holds::SecretOnly)
            .with_echo_keys(self.posts > 0)
            .with_posts_in_checkpoint(self.posts > 0 && self.has_kills())
            .with_history(history)
            .with_way(self.way);
        let builder = (self.configure)(self.timing.apply(builder));
        builder.build().unwrap_or_else(|error| panic!("scope {}: {error}", self.name))
    }

    /// How long tokens live.
    pub(crate) fn token_life(&self) -> u64 {
        self.token_life.unwrap_or(30_000_000)
    }

    pub(crate) fn only_new(&self) -> bool {
        self.begins.contains(&Begin::OnlyNew)
    }

    pub(crate) fn repeats_urls(&self) -> bool {
        self.faults.contains(&Fault::Url(UrlKind::Repeated))
    }

    /// Whether the lives of tokens are as the service says.
    pub(crate) fn tells_lifetimes(&self) -> bool {
        let lies = |fault: &Fault| {
            matches!(fault, Fault::Token(TokenFate::LifetimeMissing | TokenFate::LifetimeZero))
        };
        !self.faults.iter().any(lies)
    }

    pub(crate) fn has_kills(&self) -> bool {
        self.faults.contains(&Fault::Kill)
    }

    /// LV-2 names one state that may wait for nothing while it is live.
    pub(crate) fn may_rest_live(&self) -> bool {
        self.timing.keepalive.is_none() && self.timing.liveness.is_none()
    }

    /// Whether polling may take the place of the socket.
    pub(crate) fn polls(&self) -> bool {
        self.way == Way::Polling || self.may_poll
    }

    /// Which statuses are of interest for which request.
    pub(crate) fn may_refuse(&self, what: What, refusal: Refusal) -> bool {
        match refusal {
            Refusal::MissingUser400 => what == What::Reconnect,
            Refusal::Missing404 => match what {
                What::Reconnect | What::Page | What::Refresh => true,
                What::Generate | What::Start | What::Post(_) => false,
            },
            Refusal::NoRoute405 => {
                matches!(what, What::Generate | What::Refresh | What::Reconnect)
            }
            Refusal::Exists409 => what == What::Start,
            Refusal::Rejected400 => matches!(what, What::Post(_)),
            Refusal::OtherRegion403 => what == What::Reconnect,
            Refusal::Unauthorized401
            | Refusal::Forbidden403
            | Refusal::Expired403
            | Refusal::Busy429
            | Refusal::BusyUntil429
            | Refusal::Down503
            | Refusal::Stranger403 => true,
        }
    }
}
