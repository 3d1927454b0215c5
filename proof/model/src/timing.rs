//! TIMING: the lengths of time of a scope, on a coarse grid so that few distances can arise.

use std::time::Duration;

use directline::Builder;

/// Milliseconds, all of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) backoff: (u64, u64),
    pub(crate) probe: (u64, u64),
    pub(crate) request: u64,
    pub(crate) connect: u64,
    pub(crate) url_life: u64,
    pub(crate) url_margin: u64,
    pub(crate) stable: u64,
    pub(crate) keepalive: Option<u64>,
    pub(crate) liveness: Option<u64>,
    pub(crate) poll: u64,
    pub(crate) collision: u64,
    pub(crate) retry_after: u64,
    /// How far a slow network lets time pass at most.
    pub(crate) slow: u64,
    pub(crate) oversleep: u64,
}

impl Timing {
    pub(crate) fn backoff_floor(&self) -> u64 {
        self.backoff.0 / 4
    }

    /// The least pause after so many attempts since the last stable connection, where pauses grow
    /// and are drawn as long as may be; elsewhere the floor of the backoff.
    pub(crate) fn pause(&self, attempts: u8) -> u64 {
        match self.doublings() {
            0 => self.backoff_floor(),
            _ if attempts == 0 => 0,
            _ => (self.backoff.0 << (attempts - 1)).min(self.backoff.1),
        }
    }

    /// How often a pause can double, and once more.
    pub(crate) fn doublings(&self) -> u8 {
        let doublings = (self.backoff.1 / self.backoff.0).ilog2();
        if doublings == 0 { 0 } else { u8::try_from(doublings).unwrap_or(u8::MAX) + 1 }
    }

    pub(crate) fn apply(&self, builder: Builder) -> Builder {
        let ms = Duration::from_millis;
        let builder = builder
            .with_backoff(ms(self.backoff.0), ms(self.backoff.1))
            .with_probe_backoff(ms(self.probe.0), ms(self.probe.1))
            .with_request_timeout(ms(self.request))
            .with_connect_timeout(ms(self.connect))
            .with_stream_url_lifetime(ms(self.url_life))
            .with_stream_url_margin(ms(self.url_margin))
            .with_stable_after(ms(self.stable))
            .with_keepalive_interval(self.keepalive.map(ms))
            .with_poll_interval(ms(self.poll))
            .with_collision_wait(ms(self.collision))
            .with_retry_after_max(ms(300_000));
        match self.liveness {
            Some(limit) => builder.with_liveness_timeout(ms(limit)),
            None => builder.without_liveness_timeout(),
        }
    }

    /// LV-1: the backoff ceiling and three request times.
    pub(crate) fn recovery(&self, polls: bool) -> u64 {
        let ceiling = if polls { self.backoff.1.max(self.probe.1) } else { self.backoff.1 };
        ceiling + 3 * 4 * self.request
    }
}

/// Pauses and timeouts of five or ten seconds, and a socket that is never silent for too long.
pub(crate) const CALM: Timing = Timing {
    backoff: (20_000, 20_000),
    probe: (40_000, 40_000),
    request: 10_000,
    connect: 10_000,
    url_life: 30_000,
    url_margin: 5_000,
    stable: 20_000,
    keepalive: None,
    liveness: None,
    poll: 5_000,
    collision: 30_000,
    retry_after: 30_000,
    slow: 10_000,
    oversleep: 120_000,
};

/// As calm, and all of one length, so that few distances arise between a token and the rest.
pub(crate) const EVEN: Timing = Timing {
    backoff: (20_000, 20_000),
    probe: (20_000, 20_000),
    request: 20_000,
    connect: 20_000,
    url_life: 60_000,
    url_margin: 5_000,
    stable: 20_000,
    poll: 20_000,
    collision: 20_000,
    retry_after: 20_000,
    slow: 20_000,
    ..CALM
};
