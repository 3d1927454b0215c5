//! BOUNDS: what the documentation allows a setting to be, once for all that try it.

use std::time::Duration;

use directline::Builder;

const HOUR: Duration = seconds(3_600);
const DAY: Duration = seconds(86_400);

/// A setting by its name, with its bounds.
pub type Bounds<T> = (&'static str, fn(Builder, T) -> Builder, T, T);

pub const TIMES: [Bounds<Duration>; 12] = [
    ("retry-after.max", Builder::with_retry_after_max, seconds(1), DAY),
    ("stable.after", Builder::with_stable_after, Duration::ZERO, DAY),
    ("request.timeout", Builder::with_request_timeout, millis(10), seconds(600)),
    ("connect.timeout", Builder::with_connect_timeout, millis(10), seconds(600)),
    ("stream-url.lifetime", Builder::with_stream_url_lifetime, millis(100), HOUR),
    ("stream-url.margin", Builder::with_stream_url_margin, Duration::ZERO, seconds(30)),
    ("keepalive.interval", |to, at| to.with_keepalive_interval(Some(at)), millis(100), HOUR),
    ("liveness.timeout", Builder::with_liveness_timeout, millis(100), DAY),
    ("poll.interval", Builder::with_poll_interval, millis(200), HOUR),
    ("collision.wait", Builder::with_collision_wait, millis(10), DAY),
    ("refresh-interval.min", Builder::with_refresh_interval_min, millis(200), HOUR),
    ("outage.max", Builder::with_outage_max, millis(1), seconds(365 * 86_400)),
];

pub const COUNTS: [Bounds<usize>; 4] = [
    ("frame-bytes.max", Builder::with_frame_bytes_max, 1_024, 1_073_741_824),
    ("body-bytes.max", Builder::with_body_bytes_max, 1_024, 1_073_741_824),
    ("seen-ids.max", Builder::with_seen_ids_max, 16, 1_048_576),
    ("posts.max", Builder::with_posts_max, 1, 65_536),
];

pub const FEW: [Bounds<u32>; 4] = [
    ("attempts.at-once", Builder::with_attempts_at_once, 1, 10_000),
    ("attempts.max", Builder::with_attempts_max, 1, u32::MAX),
    ("collisions.max", Builder::with_collisions_max, 1, 100),
    ("handshakes.max", Builder::with_handshakes_max, 1, 1_000),
];

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
