//! The settings behind the builder: their defaults, their sources, their bounds.

use std::time::Duration;

use super::{History, Liveness, User, Way};
use crate::error::ConfigError;
use crate::retry::{PAUSE_MIN, RetryPolicy};
use crate::wire::activity_set::BYTES_MAX;

/// The settings that have a default, each with its source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Settings {
    pub(crate) user: Option<User>,
    pub(crate) locale: Option<String>,
    pub(crate) history: History,
    pub(crate) way: Way,
    pub(crate) secret_only: bool,
    pub(crate) backoff: RetryPolicy,
    pub(crate) probe_backoff: RetryPolicy,
    pub(crate) retry_after_max: Duration,
    pub(crate) attempts_max: Option<u32>,
    pub(crate) attempts_at_once: u32,
    pub(crate) outage_max: Option<Duration>,
    pub(crate) stable_after: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) stream_url_lifetime: Duration,
    pub(crate) stream_url_margin: Option<Duration>,
    pub(crate) keepalive_interval: Option<Duration>,
    pub(crate) liveness: Liveness,
    pub(crate) poll_interval: Duration,
    pub(crate) collision_wait: Duration,
    pub(crate) collisions_max: u32,
    pub(crate) handshakes_max: u32,
    pub(crate) refresh_interval_min: Duration,
    pub(crate) frame_bytes_max: usize,
    pub(crate) body_bytes_max: usize,
    pub(crate) seen_ids_max: usize,
    pub(crate) posts_max: usize,
    pub(crate) echo_keys: bool,
    pub(crate) streamed_answers: bool,
    pub(crate) keeps_posts: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            user: None,
            locale: None,
            history: History::default(),
            way: Way::default(),
            secret_only: false,
            // Full jitter up to 30 s: above the 3 to 15 s that DirectLineJS draws once, since
            // asking too often for stream URLs is a documented cause of throttling.
            backoff: RetryPolicy::new(Duration::from_secs(1), Duration::from_secs(30)),
            // A proxy that blocks WebSockets seldom changes its mind within a minute.
            probe_backoff: RetryPolicy::new(Duration::from_secs(60), Duration::from_secs(1_800)),
            retry_after_max: Duration::from_secs(300),
            attempts_max: None,
            // A minute's worth of what the long run allows: ten times what backoff needs of it.
            attempts_at_once: 12,
            outage_max: None,
            // Twice as long as the pace wants between two attempts in the long run (RC-13), which is what
            // keeps a service from being hammered. DirectLineJS's notes say a minute: networks whose
            // connections live for less would be waited for longer than they are there.
            stable_after: Duration::from_secs(10),
            // As DirectLineJS and the Swift client do; above the 15 s a bot may take to answer.
            request_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(20),
            // Documented: a stream URL must be used within 60 s.
            stream_url_lifetime: Duration::from_secs(60),
            stream_url_margin: None,
            // The empty message that DirectLineJS sends every 20 s.
            keepalive_interval: Some(Duration::from_secs(20)),
            liveness: Liveness::default(),
            // Documented for user-facing clients.
            poll_interval: Duration::from_secs(1),
            collision_wait: Duration::from_secs(30),
            collisions_max: 3,
            handshakes_max: 5,
            // A token of one second, the shortest that is believed, can still be renewed in time.
            refresh_interval_min: Duration::from_millis(500),
            // A full day's replay of long cards stays well below this.
            frame_bytes_max: 16 << 20,
            body_bytes_max: 16 << 20,
            seen_ids_max: 8_192,
            posts_max: 256,
            echo_keys: false,
            streamed_answers: false,
            keeps_posts: false,
        }
    }
}

impl Settings {
    /// How much life a stream URL must still have, a twelfth of the lifetime by default:
    /// 5 s of 60.
    pub(crate) fn stream_url_margin(&self) -> Duration {
        self.stream_url_margin.unwrap_or(self.stream_url_lifetime / 12)
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let hour = Duration::from_secs(3_600);
        let day = 24 * hour;
        let ms = Duration::from_millis;
        self.backoff.check("backoff", day)?;
        self.probe_backoff.check("probe-backoff", day)?;
        within("retry-after.max", self.retry_after_max, ms(1_000), day)?;
        within("stable.after", self.stable_after, Duration::ZERO, day)?;
        within("request.timeout", self.request_timeout, ms(10), hour / 6)?;
        within("connect.timeout", self.connect_timeout, ms(10), hour / 6)?;
        within("stream-url.lifetime", self.stream_url_lifetime, ms(100), hour)?;
        within(
            "stream-url.margin",
            self.stream_url_margin(),
            Duration::ZERO,
            self.stream_url_lifetime / 2,
        )?;
        if let Some(interval) = self.keepalive_interval {
            within("keepalive.interval", interval, ms(100), hour)?;
        }
        if let Liveness::After(timeout) = self.liveness {
            within("liveness.timeout", timeout, ms(100), day)?;
        }
        within("poll.interval", self.poll_interval, ms(200), hour)?;
        within("collision.wait", self.collision_wait, ms(10), day)?;
        within("refresh-interval.min", self.refresh_interval_min, PAUSE_MIN, hour)?;
        count("attempts.at-once", self.attempts_at_once as usize, 1, 10_000)?;
        count("attempts.max", self.attempts_max.unwrap_or(1) as usize, 1, u32::MAX as usize)?;
        if let Some(outage) = self.outage_max {
            within("outage.max", outage, ms(1), 365 * day)?;
        }
        count("collisions.max", self.collisions_max as usize, 1, 100)?;
        count("handshakes.max", self.handshakes_max as usize, 1, 1_000)?;
        count("frame-bytes.max", self.frame_bytes_max, 1 << 10, BYTES_MAX)?;
        count("body-bytes.max", self.body_bytes_max, 1 << 10, BYTES_MAX)?;
        count("seen-ids.max", self.seen_ids_max, 16, 1 << 20)?;
        count("posts.max", self.posts_max, 1, 1 << 16)
    }
}

/// Refuses a duration outside `min..=max`.
pub(crate) fn within(
    field: &'static str,
    value: Duration,
    min: Duration,
    max: Duration,
) -> Result<(), ConfigError> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::new(field, format!("{value:?}"), format!("{min:?} to {max:?}")))
}

fn count(field: &'static str, value: usize, min: usize, max: usize) -> Result<(), ConfigError> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::new(field, value.to_string(), format!("{min} to {max}")))
}
