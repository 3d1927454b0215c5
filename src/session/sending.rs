//! Sending: one post at a time, in order, and never twice by itself.

use std::sync::Arc;
use std::time::Duration;

use super::Session;
use super::answers::Setback;
use super::link::Held;
use crate::error::{End, Misuse, Next, Purpose};
use crate::id::PostKey;
use crate::input::Failure;
use crate::outbox::{Content, Flight, Kept, Outbox, Post, activity_flaw};
use crate::output::{Action, Event, PostOutcome};
use crate::phase::Phase;
use crate::time::Moment;
use crate::wire::activity_set::Element;
use crate::wire::amend::{Amended, Amendment, amend, echo};
use crate::wire::request::Request;
use crate::wire::response::{Trouble, Verdict};
use crate::wire::upload::Upload;

impl Session {
    /// Finds what could never be sent.
    pub(super) fn check_post(&self, key: PostKey, activity: &str) -> Result<(), Misuse> {
        self.check_key(key, || activity_flaw(activity))
    }

    pub(super) fn check_upload(&self, key: PostKey, upload: &Upload) -> Result<(), Misuse> {
        self.check_key(key, || upload.flaw().or_else(|| upload.activity().and_then(activity_flaw)))
    }

    fn check_key(
        &self,
        key: PostKey,
        flaw: impl FnOnce() -> Option<(String, &'static str)>,
    ) -> Result<(), Misuse> {
        if self.outbox.holds(key) {
            return Err(Misuse::KeyInUse(key));
        }
        match flaw() {
            Some((value, allowed)) => Err(Misuse::BadPost { key, value, allowed }),
            None => Ok(()),
        }
    }

    pub(super) fn post(&mut self, key: PostKey, activity: String) {
        let fresh_key = self.settings().echo_keys.then(|| self.jitter.key(key.0, self.now));
        let amendment =
            Amendment { echo_key: fresh_key.as_deref(), streams: self.settings().streamed_answers };
        let Amended { activity, echo_key } = amend(activity, amendment);
        let content = Content::Activity(activity.into());
        self.enqueue(Post { key, content, echo_key, is_restored: false });
    }

    pub(super) fn upload(&mut self, key: PostKey, upload: Upload) {
        let content = Content::Upload(Arc::new(upload.encode()));
        self.enqueue(Post { key, content, echo_key: None, is_restored: false });
    }

    fn enqueue(&mut self, post: Post) {
        if self.outbox.len() >= self.settings().posts_max {
            let (key, outcome) = (post.key, PostOutcome::QueueFull);
            return self.tell(Event::Posted { key, outcome });
        }
        self.outbox.push(post);
    }

    pub(super) fn post_deadline(&self) -> Option<Moment> {
        let is_asked = self.outbox.is_in_flight();
        self.outbox.deadline().filter(|_| is_asked || self.may_post())
    }

    /// Posts wait until their echo can be seen, that is until a socket is open or polling works;
    /// and until it is clear where the new begins, so that what answers them is no old news.
    fn may_post(&self) -> bool {
        let has_way = matches!(self.phase, Phase::Live(_)) || self.pull.is_polling_well();
        has_way && !self.link.only_new && self.may_send()
    }

    pub(super) fn post_due(&mut self) {
        if let Some(request) = self.outbox.overdue(self.now) {
            self.act(Action::Cancel { request });
            return self.unanswered(request, Failure::TimedOut);
        }
        self.outbox.resume(self.now);
    }

    pub(super) fn post_if_ready(&mut self) {
        let may_post = self.may_post();
        let pass = self.credentials.bearer(self.now).filter(|_| may_post);
        let Some((secret, bearer)) = pass else { return };
        let Some(post) = self.outbox.next(self.now) else { return };
        let (base, secret, conversation) = (&self.config.base, secret.clone(), &self.conversation);
        let message = match &post.content {
            Content::Activity(activity) => {
                Request::post(base, secret, conversation, Arc::clone(activity))
            }
            Content::Upload(upload) => {
                Request::upload(base, secret, conversation, Arc::clone(upload))
            }
        };
        let request = self.mint.request();
        let by = self.now.saturating_add(self.settings().request_timeout);
        self.outbox.sent(Flight { post, request, bearer, by, is_settled: false });
        if self.settings().keeps_posts {
            // Whoever resumes from here does not send it again.
            self.tell(Event::Checkpoint(self.position()));
        }
        self.act(Action::Send { request, message });
        // Documented: a user-facing client polls once more shortly after each message.
        self.pull.hasten(self.now.saturating_add(POLL_AFTER_POST));
    }

    pub(super) fn post_answered(&mut self, flight: Flight, verdict: Verdict) {
        let Flight { post, bearer, is_settled, .. } = flight;
        if let Verdict::Taken(_) | Verdict::BadBody | Verdict::Granted(_) | Verdict::Page(_) =
            verdict
        {
            self.credentials.worked(bearer);
        }
        if is_settled {
            return self.outbox.succeeded();
        }
        match verdict {
            Verdict::Taken(id) => self.post_settled(post, PostOutcome::Sent { id }),
            // A success that names no id, of whatever kind.
            Verdict::BadBody | Verdict::Granted(_) | Verdict::Page(_) => {
                self.post_settled(post, PostOutcome::Sent { id: None });
            }
            Verdict::Later(trouble) if trouble.status == 429 => {
                let setback = self.setback(Purpose::Post, trouble);
                self.post_failed(post, setback);
            }
            Verdict::Later(Trouble { status, .. })
            | Verdict::NoRoute(Trouble { status: status @ 501, .. }) => {
                self.post_settled(post, PostOutcome::Unknown { status: Some(status) });
            }
            Verdict::Refused(refusal, message) => {
                self.outbox.put_back(post);
                self.refused(Purpose::Post, bearer, refusal, message);
            }
            Verdict::WrongRegion(message) => {
                self.outbox.put_back(post);
                self.finish(End::WrongRegion { message }, Held::Open);
            }
            Verdict::Missing(Trouble { status, message, .. })
            | Verdict::NoRoute(Trouble { status, message, .. })
            | Verdict::Exists(Trouble { status, message, .. })
            | Verdict::Rejected(Trouble { status, message, .. }) => {
                self.post_settled(post, PostOutcome::Rejected { status, message });
            }
        }
    }

    pub(super) fn post_unanswered(&mut self, flight: Flight, failure: Failure) {
        let Flight { post, is_settled, .. } = flight;
        match failure {
            _ if is_settled => self.outbox.succeeded(),
            Failure::NotSent | Failure::Untrusted(_) => {
                self.post_failed(post, Setback::unanswered(Purpose::Post, failure));
            }
            Failure::Broken | Failure::TimedOut | Failure::TooLarge => {
                self.post_settled(post, PostOutcome::Unknown { status: None });
            }
        }
    }

    fn post_settled(&mut self, post: Post, outcome: PostOutcome) {
        let is_unknown = matches!(outcome, PostOutcome::Unknown { .. });
        let max = self.settings().posts_max;
        let key = self.outbox.settle(post, is_unknown, max);
        self.tell(Event::Posted { key, outcome });
    }

    /// Looks for the echo of a post among activities that have just come in: it settles the post,
    /// in flight or of unknown outcome, so that no checkpoint of theirs holds it any more.
    pub(super) fn find_echoes(&mut self, text: &str, activities: &[Element]) {
        if !self.outbox.awaits_echo() {
            return;
        }
        for activity in activities {
            let Some(echo) = echo(activity.span.of(text)) else { continue };
            if let Some(key) = self.outbox.echoed(&echo.key) {
                let id = echo.id.map(Into::into);
                self.tell(Event::Posted { key, outcome: PostOutcome::Sent { id } });
            }
        }
    }

    /// It was surely not taken: the same once more, later.
    fn post_failed(&mut self, post: Post, setback: Setback) {
        let Setback { cause, at_least } = setback;
        let failures = self.outbox.failed(post);
        let at = self.next_try_beside(failures, at_least);
        self.outbox.wait(at);
        self.fault(cause, Next::Retries { at, attempt: failures.saturating_add(1) });
    }

    /// What was missed has been read to its end, or cannot be: now it is known of the posts of the
    /// session before which of them went out, or nobody will ever know.
    pub(super) fn prove_posts(&mut self, is_known: bool) {
        let max = self.settings().posts_max;
        for key in self.outbox.prove(is_known, max) {
            self.tell(Event::Posted { key, outcome: PostOutcome::Unknown { status: None } });
        }
    }

    /// Accounts for every post that was not acknowledged.
    pub(super) fn close_outbox(&mut self) {
        if let Some(flight) = self.outbox.take_flight() {
            self.act(Action::Cancel { request: flight.request });
            if !flight.is_settled {
                self.post_settled(flight.post, PostOutcome::Unknown { status: None });
            }
        }
        // Before the conversation was joined there is no checkpoint that could keep anything.
        let keeps = self.settings().keeps_posts && self.joined;
        if !keeps {
            self.prove_posts(false);
        }
        for (key, is_kept) in self.outbox.close(keeps) {
            let outcome = if is_kept { PostOutcome::Kept } else { PostOutcome::NotSent };
            self.tell(Event::Posted { key, outcome });
        }
    }

    /// The posts that travel in a checkpoint, if the host wants that.
    pub(super) fn kept_posts(&self) -> Option<Arc<Kept>> {
        self.settings().keeps_posts.then(|| Arc::new(self.outbox.kept()))
    }

    /// Takes up the posts of the session before this one.
    pub(super) fn restore_posts(&mut self, kept: &Kept) {
        let (outbox, in_flight) = Outbox::restore(kept, self.settings().posts_max);
        self.outbox = outbox;
        if let Some(key) = in_flight {
            self.tell(Event::Posted { key, outcome: PostOutcome::Unknown { status: None } });
        }
    }
}

/// Documented: one extra GET about 300 ms after each send.
const POLL_AFTER_POST: Duration = Duration::from_millis(300);
