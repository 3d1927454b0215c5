//! SETUP: the configuration of a simulated session, and what kind of service it meets.

mod more;

use std::time::Duration;

use directline::{Config, Credential, Token, User, Way};

use self::more::{DAY, HOUR, More};
pub(crate) use self::more::{Ids, Stamps};
use super::operation::{Bound, Operation};

/// Eight bytes, the meaning of each fixed; and what a run's own settings say beyond them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setup {
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
    pub const BYTES: usize = 8;

    pub fn new(bytes: [u8; Setup::BYTES]) -> Setup {
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
            match operation {
                Operation::Setting { what, value } => self.more.set(*what, *value),
                Operation::Bound { bound, is_most } => self.more.bind(*bound, *is_most),
                _ => break,
            }
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
        let (first, max) = [(1_000, 30_000), (200, 5_000), (3_000, 3_000), (1_000, 120_000)]
            [usize::from(self.bytes[3] % 4)];
        let first = self.more.end(Bound::BackoffFirst, 1, DAY, first);
        (first, self.more.end(Bound::BackoffMax, 1, DAY, max).max(first))
    }

    pub(crate) fn probe_backoff(self) -> (u64, u64) {
        let (first, max) =
            [(60_000, 1_800_000), (10_000, 60_000)][usize::from(self.bytes[3] / 4 % 2)];
        let first = self.more.end(Bound::ProbeFirst, 1, DAY, first);
        (first, self.more.end(Bound::ProbeMax, 1, DAY, max).max(first))
    }

    pub(crate) fn request_timeout(self) -> u64 {
        let usual = [20_000, 5_000][usize::from(self.bytes[3] / 8 % 2)];
        self.more.end(Bound::RequestTimeout, 10, 600_000, usual)
    }

    pub(crate) fn stable_after(self) -> u64 {
        let usual = [60_000, 0, 600_000][usize::from(self.bytes[3] / 16 % 3)];
        self.more.end(Bound::StableAfter, 0, DAY, usual)
    }

    pub(crate) fn keepalive(self) -> Option<u64> {
        let usual = [Some(20_000), Some(5_000), None][usize::from(self.bytes[4] % 3)];
        let usual = self.more.keepalive.unwrap_or(usual).unwrap_or(0);
        let interval = self.more.end(Bound::Keepalive, 100, HOUR, usual);
        Some(interval).filter(|interval| *interval > 0)
    }

    /// The liveness limit that the host sets; `None` leaves the default.
    pub(crate) fn liveness(self) -> Option<u64> {
        let usual = [None, Some(45_000), Some(600_000)][usize::from(self.bytes[4] / 3 % 3)];
        let usual = self.more.liveness.unwrap_or(usual).unwrap_or(0);
        let limit = self.more.end(Bound::Liveness, 100, DAY, usual);
        Some(limit).filter(|limit| *limit > 0)
    }

    pub(crate) fn collisions_max(self) -> u32 {
        few(self.more.end(Bound::CollisionsMax, 1, 100, [3, 1, 10][usize::from(self.bytes[5] % 3)]))
    }

    pub(crate) fn handshakes_max(self) -> u32 {
        let usual = [5, 1, 50][usize::from(self.bytes[5] / 3 % 3)];
        few(self.more.end(Bound::HandshakesMax, 1, 1_000, usual))
    }

    /// How many activities a page holds at most.
    pub(crate) fn page_size(self) -> usize {
        let usual = self.more.page.unwrap_or([100, 1, 7][usize::from(self.bytes[6] % 3)]);
        // What no body can hold could never be read.
        if self.is_narrow() { 1 } else { usual }
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
        let usual = [60_000, 12_000][usize::from(self.bytes[7] / 4 % 2)];
        self.more.end(Bound::UrlLifetime, 100, HOUR, usual)
    }

    pub(crate) fn url_margin(self) -> u64 {
        let lifetime = self.url_lifetime();
        self.more.end(Bound::UrlMargin, 0, lifetime / 2, lifetime / 12)
    }

    pub(crate) fn collision_wait(self) -> u64 {
        self.more.end(Bound::CollisionWait, 10, DAY, 30_000)
    }

    pub(crate) fn frame_bytes_max(self) -> usize {
        let max = self.more.end(Bound::FrameBytesMax, 1 << 10, 1 << 30, 64 << 10);
        usize::try_from(max).expect("a gigabyte")
    }

    pub(crate) fn body_bytes_max(self) -> usize {
        let max = self.more.end(Bound::BodyBytesMax, 1 << 10, 1 << 30, 16 << 20);
        usize::try_from(max).expect("a gigabyte")
    }

    /// Whether no more than a kilobyte fits into a frame or a body.
    pub(crate) fn is_narrow(self) -> bool {
        self.more.is_least(Bound::FrameBytesMax) || self.more.is_least(Bound::BodyBytesMax)
    }

    /// How long everything takes on a good day; less where hardly any time is given to it.
    pub(crate) fn latency(self, usual: u64) -> u64 {
        let times = [self.request_timeout(), self.connect_timeout(), self.url_lifetime() / 2];
        times.into_iter().fold(usual, |latency, time| latency.min(time / 10))
    }

    /// The settings that are at one of their ends, and whether that is the upper one.
    pub(crate) fn ends(self) -> Vec<(Bound, bool)> {
        self.more.ends().collect()
    }

    pub(crate) fn connect_timeout(self) -> u64 {
        let usual = [20_000, 50_000][usize::from(self.bytes[7] / 8 % 2)];
        self.more.end(Bound::ConnectTimeout, 10, 600_000, usual)
    }

    pub(crate) fn poll_interval(self) -> u64 {
        let usual = [1_000, 200, 10_000][usize::from(self.bytes[7] / 16 % 3)];
        let usual = self.more.poll_interval.unwrap_or(usual);
        self.more.end(Bound::PollInterval, 200, HOUR, usual)
    }

    /// Whether the session may add keys to posts.
    pub(crate) fn echo_keys(self) -> bool {
        self.bytes[1] / 16 % 2 == 1
    }

    /// No pause of the backoff is shorter.
    pub(crate) fn backoff_floor(self) -> u64 {
        (self.backoff().0 / 4).max(1)
    }

    /// No pause between two looks for a socket is shorter, beside polling.
    pub(crate) fn probe_floor(self) -> u64 {
        (self.probe_backoff().0 / 4).max(1)
    }

    pub(crate) fn config(self, token: Option<&str>) -> Config {
        let ms = Duration::from_millis;
        let credential = match token {
            Some(token) if !self.uses_secret() => {
                Token::new(token).expect("a token").lasting(self.token_lifetime()).into()
            }
            _ => Credential::secret(SECRET).expect("a credential"),
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
            .with_stream_url_margin(ms(self.url_margin()))
            .with_collision_wait(ms(self.collision_wait()))
            .with_frame_bytes_max(self.frame_bytes_max())
            .with_body_bytes_max(self.body_bytes_max())
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

fn few(number: u64) -> u32 {
    u32::try_from(number).expect("a setting")
}
