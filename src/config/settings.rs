//! THE SETTINGS, in one table: what each means, what it is when nobody says otherwise and why, what it
//! may be, and its name in errors. The fields, the builder's calls with their documentation, and the
//! checks are made of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Builder, History, Liveness, User, Way};
use crate::error::ConfigError;
use crate::retry::RetryPolicy;
use crate::wire::activity_set::BYTES_MAX;

/// A time as it is written in the table.
macro_rules! time {
    ($number:literal ms) => {
        Duration::from_millis($number)
    };
    ($number:literal s) => {
        Duration::from_secs($number)
    };
    ($number:literal min) => {
        Duration::from_secs($number * 60)
    };
    ($number:literal h) => {
        Duration::from_secs($number * 3_600)
    };
}

/// The table, by kinds: what is only stored; times; times that there may be or not; counts; counts
/// that there may be or not.
macro_rules! settings {
    (
        plain { $($(#[$doc:meta])+ $name:ident: $type:ty = $default:expr
            => $call:ident($value:ident: $given:ty) $kept:expr;)+ }
        times { $($(#[$t_doc:meta])+ $t_name:ident = $t:literal $t_unit:tt ($t_why:literal),
            $t_min:literal $t_min_unit:tt to $t_max:literal $t_max_unit:tt
            => $t_field:literal, $t_call:ident($t_value:ident);)+ }
        maybe_times { $($(#[$m_doc:meta])+ $m_name:ident = $m:expr, ($m_says:literal),
            $m_min:literal $m_min_unit:tt to $m_max:literal $m_max_unit:tt
            => $m_field:literal, $m_call:ident($m_value:ident: $m_given:ty) $m_kept:expr;)+ }
        counts { $($(#[$c_doc:meta])+ $c_name:ident: $c_type:ty = $c:literal ($c_why:literal),
            $c_min:literal to $c_max:literal
            => $c_field:literal, $c_call:ident($c_value:ident);)+ }
        maybe_counts { $($(#[$n_doc:meta])+ $n_name:ident: $n_type:ty,
            $n_min:literal to $n_max:literal
            => $n_field:literal, $n_call:ident($n_value:ident);)+ }
    ) => {
        /// What a configuration says beside where to, whose and the seed.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(default)]
        pub(crate) struct Settings {
            pub(crate) backoff: RetryPolicy,
            pub(crate) probe_backoff: RetryPolicy,
            pub(crate) liveness: Liveness,
            $(pub(crate) $name: $type,)+
            $(pub(crate) $t_name: Duration,)+
            $(pub(crate) $m_name: Option<Duration>,)+
            $(pub(crate) $c_name: $c_type,)+
            $(pub(crate) $n_name: Option<$n_type>,)+
        }

        impl Default for Settings {
            fn default() -> Settings {
                Settings {
                    backoff: BACKOFF,
                    probe_backoff: PROBE_BACKOFF,
                    liveness: Liveness::default(),
                    $($name: $default,)+
                    $($t_name: time!($t $t_unit),)+
                    $($m_name: $m,)+
                    $($c_name: $c,)+
                    $($n_name: None,)+
                }
            }
        }

        impl Settings {
            fn check_table(&self) -> Result<(), ConfigError> {
                $(within(
                    $t_field,
                    self.$t_name,
                    time!($t_min $t_min_unit),
                    time!($t_max $t_max_unit),
                )?;)+
                $(if let Some(time) = self.$m_name {
                    let max = time!($m_max $m_max_unit);
                    within($m_field, time, time!($m_min $m_min_unit), max)?;
                })+
                $(count($c_field, self.$c_name as usize, $c_min, $c_max)?;)+
                $(if let Some(number) = self.$n_name {
                    count($n_field, number as usize, $n_min, $n_max)?;
                })+
                Ok(())
            }
        }

        impl Builder {
            $($(#[$doc])+
            pub fn $call(mut self, $value: $given) -> Builder {
                self.settings.$name = $kept;
                self
            })+

            $($(#[$t_doc])+
            ///
            #[doc = concat!(
                "Default ", stringify!($t), " ", stringify!($t_unit), " (", $t_why, "); ",
                stringify!($t_min), " ", stringify!($t_min_unit), " to ",
                stringify!($t_max), " ", stringify!($t_max_unit), "."
            )]
            pub fn $t_call(mut self, $t_value: Duration) -> Builder {
                self.settings.$t_name = $t_value;
                self
            })+

            $($(#[$m_doc])+
            ///
            #[doc = concat!(
                "Default: ", $m_says, "; ", stringify!($m_min), " ", stringify!($m_min_unit),
                " to ", stringify!($m_max), " ", stringify!($m_max_unit), "."
            )]
            pub fn $m_call(mut self, $m_value: $m_given) -> Builder {
                self.settings.$m_name = $m_kept;
                self
            })+

            $($(#[$c_doc])+
            ///
            #[doc = concat!(
                "Default ", stringify!($c), " (", $c_why, "); ", stringify!($c_min), " to ",
                stringify!($c_max), "."
            )]
            pub fn $c_call(mut self, $c_value: $c_type) -> Builder {
                self.settings.$c_name = $c_value;
                self
            })+

            $($(#[$n_doc])+
            ///
            #[doc = concat!(
                "Default: no limit; ", stringify!($n_min), " to ", stringify!($n_max), "."
            )]
            pub fn $n_call(mut self, $n_value: $n_type) -> Builder {
                self.settings.$n_name = Some($n_value);
                self
            })+
        }
    };
}

settings! {
    plain {
        /// Whom a new conversation is started for, so that the bot can greet the user at once.
        user: Option<User> = None => with_user(user: User) Some(user);
        /// The language a new conversation is started in, such as `en-US`.
        locale: Option<String> = None => with_locale(locale: impl Into<String>) Some(locale.into());
        /// What to deliver of a conversation resumed without a watermark. Default: everything.
        history: History = History::Everything => with_history(history: History) history;
        /// How activities reach the client. Default: over a socket.
        way: Way = Way::Stream => with_way(way: Way) way;
        /// With a secret: use it for every request and keep no token. Default: no.
        secret_only: bool = false => with_secret_only(secret_only: bool) secret_only;
        /// Whether the session may add `channelData.clientActivityID` to posts that have none, so
        /// that the echo of a post of unknown outcome can be recognised. Default: no.
        echo_keys: bool = false => with_echo_keys(echo_keys: bool) echo_keys;
        /// Whether the session adds `"deliveryMode": "stream"` to posts that have none, which asks
        /// the bot to answer in pieces. Default: no.
        streamed_answers: bool = false
            => with_streamed_answers(streamed_answers: bool) streamed_answers;
        /// Whether checkpoints hold the posts that were not sent yet. Default: no.
        keeps_posts: bool = false => with_posts_in_checkpoint(keeps_posts: bool) keeps_posts;
    }
    times {
        /// The longest pause that a server may ask for by `Retry-After`.
        retry_after_max = 300 s ("a choice: a user would not wait for longer"), 1 s to 24 h
            => "retry-after.max", with_retry_after_max(max);
        /// How long a connection must last to count as stable.
        stable_after = 10 s ("twice what the pace wants between two attempts in the long run; the \
            minute of DirectLineJS's notes would be longer than many connections live"),
            0 s to 24 h => "stable.after", with_stable_after(duration);
        /// How long a request may take.
        request_timeout = 20 s ("as DirectLineJS has it; above the 15 s that a bot may take"),
            10 ms to 10 min => "request.timeout", with_request_timeout(timeout);
        /// How long a handshake may take.
        connect_timeout = 20 s ("as a request"), 10 ms to 10 min
            => "connect.timeout", with_connect_timeout(timeout);
        /// How long a stream URL lives after the request for it was sent.
        stream_url_lifetime = 60 s ("documented"), 100 ms to 1 h
            => "stream-url.lifetime", with_stream_url_lifetime(lifetime);
        /// The pause between polls.
        poll_interval = 1 s ("documented for clients with a user"), 200 ms to 1 h
            => "poll.interval", with_poll_interval(interval);
        /// How long to stay away after another client took the conversation over.
        collision_wait = 30 s ("a choice: long enough for two clients to be told apart"), 10 ms to 24 h
            => "collision.wait", with_collision_wait(wait);
        /// How far apart two refreshes are at least, however short tokens live.
        refresh_interval_min = 500 ms ("a token of one second can still be renewed in time"),
            200 ms to 1 h => "refresh-interval.min", with_refresh_interval_min(min);
    }
    maybe_times {
        /// How long the session may be without a connection before it gives up. Time in which
        /// nothing can be tried, since the network is down or no credential is left, does not
        /// count.
        outage_max = None, ("for ever"), 1 ms to 8_760 h
            => "outage.max", with_outage_max(max: Duration) Some(max);
        /// How often a live socket is probed, `None` for never.
        keepalive_interval = Some(time!(20 s)), ("20 s, as DirectLineJS sends empty messages"),
            100 ms to 1 h => "keepalive.interval",
            with_keepalive_interval(interval: Option<Duration>) interval;
        /// How much life a stream URL must still have to be dialled, at most half its lifetime.
        stream_url_margin = None, ("a twelfth of its lifetime, so 5 s of 60"), 0 ms to 30 min
            => "stream-url.margin", with_stream_url_margin(margin: Duration) Some(margin);
    }
    counts {
        /// How many requests for a connection may follow each other without a pause; in the long run
        /// there is one every 5 s, whatever else is configured.
        attempts_at_once: u32 = 12 ("a minute's worth of the long run"), 1 to 10_000
            => "attempts.at-once", with_attempts_at_once(count);
        /// How many collisions in a row end the session.
        collisions_max: u32 = 3 ("a choice: once may be a restart, twice an accident"), 1 to 100
            => "collisions.max", with_collisions_max(max);
        /// After how many handshakes in a row that never opened the session polls.
        handshakes_max: u32 = 5 ("a proxy that blocks them blocks each"), 1 to 1_000
            => "handshakes.max", with_handshakes_max(max);
        /// The largest frame that is read, in bytes.
        frame_bytes_max: usize = 16_777_216 ("16 MiB, far above a full day's replay of cards"),
            1_024 to 1_073_741_824 => "frame-bytes.max", with_frame_bytes_max(bytes);
        /// The largest response body that is read, in bytes.
        body_bytes_max: usize = 16_777_216 ("as a frame"), 1_024 to 1_073_741_824
            => "body-bytes.max", with_body_bytes_max(bytes);
        /// How many activity ids that follow no numbering are remembered, of each of the last two
        /// numberings of a service; as many runs of ids that do; for the text of each kind 256 bytes
        /// times as many.
        seen_ids_max: usize = 8_192 ("a full day's conversation twice over"), 16 to 1_048_576
            => "seen-ids.max", with_seen_ids_max(max);
        /// How many posts may wait.
        posts_max: usize = 256 ("a choice: nobody types so many while a network is away"), 1 to 65_536
            => "posts.max", with_posts_max(max);
    }
    maybe_counts {
        /// How many attempts in a row may fail before the session gives up.
        attempts_max: u32, 1 to 4_294_967_295 => "attempts.max", with_attempts_max(max);
    }
}

/// Full jitter up to 30 s: above the 3 to 15 s that DirectLineJS draws once, since asking too often
/// for stream URLs is a documented cause of throttling.
const BACKOFF: RetryPolicy = RetryPolicy::new(time!(1 s), time!(30 s));
/// A proxy that blocks WebSockets seldom changes its mind within a minute.
const PROBE_BACKOFF: RetryPolicy = RetryPolicy::new(time!(60 s), time!(30 min));
/// What the reader of frames can count.
const _: () = assert!(BYTES_MAX == 1_073_741_824, "what the table says of frames and bodies");

impl Settings {
    /// How much life a stream URL must still have.
    pub(crate) fn stream_url_margin(&self) -> Duration {
        self.stream_url_margin.unwrap_or(self.stream_url_lifetime / 12)
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        backoff(["backoff.initial", "backoff.max"], self.backoff)?;
        backoff(["probe-backoff.initial", "probe-backoff.max"], self.probe_backoff)?;
        if let Liveness::After(timeout) = self.liveness {
            within("liveness.timeout", timeout, time!(100 ms), time!(24 h))?;
        }
        self.check_table()?;
        let most = self.stream_url_lifetime / 2;
        within("stream-url.margin", self.stream_url_margin(), Duration::ZERO, most)
    }
}

fn backoff([initial, max]: [&'static str; 2], policy: RetryPolicy) -> Result<(), ConfigError> {
    within(initial, policy.initial, time!(1 ms), time!(24 h))?;
    within(max, policy.max, policy.initial, time!(24 h))
}

/// Refuses a duration outside `min..=max`.
fn within(
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
