//! SETUP: the configuration of a simulated session, and what kind of service it meets.

mod more;

use std::time::Duration;

use directline::{Config, Credential, User, Way};

use self::more::More;
pub(crate) use self::more::{Ids, Stamps};
use super::operation::Operation;

/// Eight bytes, the meaning of each fixed; and what a run's own settings say beyond them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Setup {
    pub(crate) bytes: [u8; Setup::BYTES],
    more: More,
}

/// How watermarks are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marks {
    Decimal,
    Opaque,
    /// With characters that mean something in a URL.
    Awkward,
}

/// How a token that is not good any more is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusing {
    Expired403,
    BadArgument403,
    Unauthorized401,
}

impl Setup {
    pub(crate) const BYTES: usize = 8;

    pub(crate) fn new(bytes: [u8; Setup::BYTES]) -> Setup {
        Setup { bytes, more: More::default() }
    }

    /// The setup that `bytes` begin with, zeros where there are too few, and what follows it.
    pub(crate) fn split(bytes: &[u8]) -> (Setup, &[u8]) {
        let (own, rest) = bytes.split_at(bytes.len().min(Setup::BYTES));
        let mut setup = [0; Setup::BYTES];
        setup[..own.len()].copy_from_slice(own);
        (Setup::new(setup), rest)
    }

    /// With the settings that a run begins with.
    pub(crate) fn with(mut self, operations: &[Operation]) -> Setup {
        for operation in operations {
            let Operation::Setting { what, value } = operation else { break };
            self.more.set(*what, *value);
        }
        self
    }

    pub(crate) fn uses_secret(self) -> bool {
        self.bytes[0] % 4 >= 2
    }

    pub(crate) fn secret_only(self) -> bool {
        self.bytes[0] % 4 == 3
    }

    pub(crate) fn way(self) -> Way {
        if self.bytes[1] % 8 == 7 { Way::Polling } else { Way::Stream }
    }

    pub(crate) fn marks(self) -> Marks {
        [Marks::Decimal, Marks::Opaque, Marks::Awkward][usize::from(self.bytes[2] % 3)]
    }

    pub(crate) fn ids(self) -> Ids {
        let usual = if self.bytes[2] / 3 % 4 == 3 { Ids::Arbitrary } else { Ids::Service };
        self.more.ids.unwrap_or(usual)
    }

    pub(crate) fn refusing(self) -> Refusing {
        [Refusing::Expired403, Refusing::BadArgument403, Refusing::Unauthorized401]
            [usize::from(self.bytes[2] / 12 % 3)]
    }

    /// The first and the longest pause of the backoff.
    pub(crate) fn backoff(self) -> (u64, u64) {
        [(1_000, 30_000), (200, 5_000), (3_000, 3_000), (1_000, 120_000)]
            [usize::from(self.bytes[3] % 4)]
    }

    pub(crate) fn probe_backoff(self) -> (u64, u64) {
        [(60_000, 1_800_000), (10_000, 60_000)][usize::from(self.bytes[3] / 4 % 2)]
    }

    pub(crate) fn request_timeout(self) -> u64 {
        [20_000, 5_000][usize::from(self.bytes[3] / 8 % 2)]
    }

    pub(crate) fn stable_after(self) -> u64 {
        [60_000, 0, 600_000][usize::from(self.bytes[3] / 16 % 3)]
    }

    pub(crate) fn keepalive(self) -> Option<u64> {
        let usual = [Some(20_000), Some(5_000), None][usize::from(self.bytes[4] % 3)];
        self.more.keepalive.unwrap_or(usual)
    }

    /// The liveness limit that the host sets; `None` leaves the default.
    pub(crate) fn liveness(self) -> Option<u64> {
        let usual = [None, Some(45_000), Some(600_000)][usize::from(self.bytes[4] / 3 % 3)];
        self.more.liveness.unwrap_or(usual)
    }

    pub(crate) fn collisions_max(self) -> u32 {
        [3, 1, 10][usize::from(self.bytes[5] % 3)]
    }

    pub(crate) fn handshakes_max(self) -> u32 {
        [5, 1, 50][usize::from(self.bytes[5] / 3 % 3)]
    }

    /// How many activities a page holds at most.
    pub(crate) fn page_size(self) -> usize {
        self.more.page.unwrap_or([100, 1, 7][usize::from(self.bytes[6] % 3)])
    }

    /// Whether the peer answers probes.
    pub(crate) fn answers_probes(self) -> bool {
        self.bytes[6] / 3 % 3 != 2
    }

    /// Whether, of a deadline and news at the same moment, the news goes first.
    pub(crate) fn news_first(self) -> bool {
        self.bytes[6] / 9 % 2 == 1
    }

    /// How long the host takes to come by a token.
    pub(crate) fn token_delay(self) -> u64 {
        [500, 30_000, 900_000][usize::from(self.bytes[6] / 18 % 3)]
    }

    pub(crate) fn url_lifetime(self) -> u64 {
        [60_000, 12_000][usize::from(self.bytes[7] / 4 % 2)]
    }

    pub(crate) fn url_margin(self) -> u64 {
        self.url_lifetime() / 12
    }

    pub(crate) fn connect_timeout(self) -> u64 {
        [20_000, 50_000][usize::from(self.bytes[7] / 8 % 2)]
    }

    pub(crate) fn poll_interval(self) -> u64 {
        self.more.poll_interval.unwrap_or([1_000, 200, 10_000][usize::from(self.bytes[7] / 16 % 3)])
    }

    /// Whether the session may add keys to posts.
    pub(crate) fn echo_keys(self) -> bool {
        self.bytes[1] / 16 % 2 == 1
    }

    /// No pause of the backoff is shorter.
    pub(crate) fn backoff_floor(self) -> u64 {
        self.backoff().0 / 4
    }

    pub(crate) fn config(self, token: Option<&str>) -> Config {
        let ms = Duration::from_millis;
        let credential = match token {
            Some(token) if !self.uses_secret() => {
                Credential::token_for(token, self.token_lifetime())
            }
            _ => Credential::secret(SECRET),
        };
        let (backoff, probes) = (self.backoff(), self.probe_backoff());
        let mut builder = Config::builder(credential)
            .with_base(BASE)
            .with_seed(u64::from(self.bytes[7]))
            .with_secret_only(self.secret_only())
            .with_way(self.way())
            .with_backoff(ms(backoff.0), ms(backoff.1))
            .with_probe_backoff(ms(probes.0), ms(probes.1))
            .with_request_timeout(ms(self.request_timeout()))
            .with_stable_after(ms(self.stable_after()))
            .with_keepalive_interval(self.keepalive().map(ms))
            .with_collisions_max(self.collisions_max())
            .with_handshakes_max(self.handshakes_max())
            .with_stream_url_lifetime(ms(self.url_lifetime()))
            .with_connect_timeout(ms(self.connect_timeout()))
            .with_poll_interval(ms(self.poll_interval()))
            .with_frame_bytes_max(FRAME_BYTES_MAX)
            .with_history(self.history())
            .with_seen_ids_max(self.seen_ids_max())
            .with_posts_in_checkpoint(self.keeps_posts())
            .with_posts_max(self.posts_max())
            .with_attempts_at_once(self.attempts_at_once().try_into().expect("a few"))
            .with_retry_after_max(ms(self.retry_after_max()))
            .with_refresh_interval_min(ms(self.refresh_interval_min()));
        if let Some(max) = self.attempts_max() {
            builder = builder.with_attempts_max(max);
        }
        if let Some(max) = self.outage_max() {
            builder = builder.with_outage_max(ms(max));
        }
        if let Some(limit) = self.liveness() {
            builder = builder.with_liveness_timeout(ms(limit));
        }
        builder = builder.with_echo_keys(self.echo_keys());
        if self.bytes[1] / 8 % 2 == 1 {
            builder = builder.with_user(User { id: "dl_7".into(), name: None });
        }
        builder.build().expect("every choice is allowed")
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).expect("a sane length of time")
}

/// The base that all requests must go to.
pub(crate) const BASE: &str = "https://service.example/v3/directline";
pub(crate) const SECRET: &str = "site-secret.cwA.0123";
pub(crate) const FRAME_BYTES_MAX: usize = 64 << 10;
pub(crate) const COLLISION_WAIT: u64 = 30_000;
