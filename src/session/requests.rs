//! REQUESTS: sending and cancelling one, what it carries, and when the next may go out. Every room
//! needs this file; it needs none of them.

use std::time::Duration;

use super::Session;
use crate::flights::{Flight, Lane};
use crate::id::BearerId;
use crate::output::Action;
use crate::redact::Hidden;
use crate::retry::{PAUSE_MIN, RetryPolicy};
use crate::secret::Secret;
use crate::time::Moment;
use crate::wire::request::Request;
use crate::wire::stream_url::StreamUrl;

impl Session {
    /// Sends a request under a new id.
    pub(super) fn send(
        &mut self,
        lane: Lane,
        message: Request,
        bearer: BearerId,
        has_watermark: bool,
    ) {
        let (request, sent) = (self.mint.request(), self.now);
        let limit = self.flights.limit(lane, self.config.settings.request_timeout);
        let by = sent.saturating_add(limit);
        self.flights.take_off(lane, Flight { request, bearer, sent, by, has_watermark });
        self.out.act(Action::Send { request, message });
    }

    /// Cancels the request of a lane, if there is one.
    pub(super) fn cancel(&mut self, lane: Lane) -> Option<Flight> {
        let flight = self.flights.abandon(lane)?;
        self.out.act(Action::Cancel { request: flight.request });
        Some(flight)
    }

    pub(super) fn stop_pulling(&mut self) {
        self.cancel(Lane::Page);
        self.pull.stop();
    }

    /// The page under way is not wanted any more; it will be asked for anew.
    pub(super) fn cancel_page(&mut self) {
        if self.cancel(Lane::Page).is_some() {
            self.pull.again(self.now);
        }
    }

    /// What a request beside the connection carries, if anything may be sent at all.
    pub(super) fn bearer(&self) -> Option<(&Secret, BearerId)> {
        let phase = self.connection.phase();
        self.credentials.bearer(self.now).filter(|_| phase.sends())
    }

    /// Whether anything may be sent at all.
    pub(super) fn may_send(&self) -> bool {
        self.bearer().is_some()
    }

    /// Everything that must not show in what is told, though the peer may quote it.
    pub(super) fn hidden(&self) -> Hidden {
        Hidden::new(self.credentials.secrets(), self.connection.url().map(StreamUrl::shared))
    }

    /// When the next request for a connection may go out, whoever wants it.
    pub(super) fn next_attempt(&self) -> Moment {
        self.connection.next_attempt(&self.config.settings, self.now)
    }

    /// When to try again after so many failures in a row, by this policy.
    pub(super) fn next_try(
        &mut self,
        policy: RetryPolicy,
        failures: u32,
        least: Duration,
    ) -> Moment {
        self.now.saturating_add(policy.pause(failures, &mut self.jitter).max(least))
    }

    /// The same of a request beside the connection: a configuration of hardly any backoff is no
    /// leave to hammer. Each room keeps what the service asked for besides.
    pub(super) fn next_try_beside(&mut self, failures: u32) -> Moment {
        self.next_try(self.config.settings.backoff, failures, PAUSE_MIN)
    }
}
