//! Sending: one post at a time, in order, and never twice by itself.

use std::time::Duration;

use serde::de::IgnoredAny;

use super::Session;
use super::answers::Setback;
use super::link::Held;
use crate::error::{End, Misuse, Next, Purpose};
use crate::id::PostKey;
use crate::input::Failure;
use crate::outbox::{Flight, POST_BYTES_MAX};
use crate::output::{Action, Event, PostOutcome};
use crate::phase::Phase;
use crate::time::Moment;
use crate::wire::request::Request;
use crate::wire::response::{Trouble, Verdict};

impl Session {
    /// Finds what could never be sent.
    pub(super) fn check_post(&self, key: PostKey, activity: &str) -> Result<(), Misuse> {
        if self.outbox.holds(key) {
            return Err(Misuse::KeyInUse(key));
        }
        if activity.len() > POST_BYTES_MAX {
            let value = format!("{} bytes long", activity.len());
            return Err(Misuse::BadPost { key, value, allowed: "262144 bytes" });
        }
        let is_object = activity.trim_start().starts_with('{')
            && serde_json::from_str::<IgnoredAny>(activity).is_ok();
        if is_object {
            return Ok(());
        }
        let value = "something else".to_owned();
        Err(Misuse::BadPost { key, value, allowed: "a JSON object" })
    }

    pub(super) fn post(&mut self, key: PostKey, activity: String) {
        if self.outbox.len() >= self.settings().posts_max {
            return self.tell(Event::Posted { key, outcome: PostOutcome::QueueFull });
        }
        self.outbox.push(key, activity.into());
    }

    pub(super) fn post_deadline(&self) -> Option<Moment> {
        let is_asked = self.outbox.is_in_flight();
        self.outbox.deadline().filter(|_| is_asked || self.may_post())
    }

    /// Posts wait until their echo can be seen, that is until a socket is open or polling works.
    fn may_post(&self) -> bool {
        let has_way = matches!(self.phase, Phase::Live(_)) || self.pull.is_polling_well();
        has_way && self.may_send()
    }

    pub(super) fn post_due(&mut self) {
        if let Some(request) = self.outbox.overdue(self.now) {
            self.act(Action::Cancel { request });
            return self.unanswered(request, Failure::TimedOut);
        }
        self.outbox.resume(self.now);
    }

    pub(super) fn post_if_ready(&mut self) {
        if !self.may_post() {
            return;
        }
        let (Some(activity), Some((secret, bearer)), Some(conversation)) =
            (self.outbox.next(self.now), self.credentials.bearer(), self.conversation.as_deref())
        else {
            return;
        };
        let message =
            Request::post(&self.config.base, secret.clone(), conversation, activity.into());
        let (request, by) = self.send(message);
        self.outbox.sent(Flight { request, bearer, by });
        // Documented: a user-facing client polls once more shortly after each message.
        self.pull.hasten(self.now.saturating_add(POLL_AFTER_POST));
    }

    pub(super) fn post_answered(&mut self, flight: Flight, verdict: Verdict) {
        match verdict {
            Verdict::Taken(id) => {
                self.credentials.worked(flight.bearer);
                self.post_settled(PostOutcome::Sent { id });
            }
            Verdict::Later(trouble) if trouble.status == 429 => {
                let setback = self.setback(Purpose::Post, trouble);
                self.post_failed(setback);
            }
            Verdict::Later(Trouble { status, .. }) => {
                self.post_settled(PostOutcome::Unknown { status: Some(status) });
            }
            Verdict::BadBody | Verdict::Granted(_) | Verdict::Page(_) => {
                self.post_settled(PostOutcome::Unknown { status: None });
            }
            Verdict::Refused(refusal, message) => {
                self.refused(Purpose::Post, flight.bearer, refusal, message);
            }
            Verdict::WrongRegion(message) => self.finish(End::WrongRegion { message }, Held::Open),
            Verdict::NoRoute(Trouble { status: 501, .. }) => {
                self.post_settled(PostOutcome::Unknown { status: Some(501) });
            }
            Verdict::Missing(trouble)
            | Verdict::NoRoute(trouble)
            | Verdict::Exists(trouble)
            | Verdict::Rejected(trouble) => {
                let Trouble { status, message, .. } = trouble;
                self.post_settled(PostOutcome::Rejected { status, message });
            }
        }
    }

    pub(super) fn post_unanswered(&mut self, failure: Failure) {
        match failure {
            Failure::NotSent => self.post_failed(Setback::unanswered(Purpose::Post, failure)),
            Failure::Broken | Failure::TimedOut | Failure::TooLarge => {
                self.post_settled(PostOutcome::Unknown { status: None });
            }
        }
    }

    fn post_settled(&mut self, outcome: PostOutcome) {
        if let Some(key) = self.outbox.settle() {
            self.tell(Event::Posted { key, outcome });
        }
    }

    /// It was surely not taken: the same once more, later.
    fn post_failed(&mut self, setback: Setback) {
        let Setback { cause, at_least } = setback;
        let failures = self.outbox.failed();
        let pause = self.config.settings.backoff.pause(failures, &mut self.jitter);
        let at = self.now.saturating_add(pause.max(at_least));
        self.outbox.wait(at);
        self.fault(cause, Next::Retries { at, attempt: failures.saturating_add(1) });
    }

    /// Accounts for every post that was not acknowledged.
    pub(super) fn close_outbox(&mut self) {
        let (flight, keys) = self.outbox.close();
        let mut is_in_flight = flight.is_some();
        if let Some(request) = flight {
            self.act(Action::Cancel { request });
        }
        for key in keys {
            let outcome = if std::mem::take(&mut is_in_flight) {
                PostOutcome::Unknown { status: None }
            } else {
                PostOutcome::NotSent
            };
            self.tell(Event::Posted { key, outcome });
        }
    }
}

/// Documented: one extra GET about 300 ms after each send.
const POLL_AFTER_POST: Duration = Duration::from_millis(300);
