//! SENDING: one post at a time, in order, and never twice by itself.

use std::sync::Arc;
use std::time::Duration;

use super::Session;
use crate::checkpoint::Checkpoint;
use crate::error::{Cause, End, Misuse, Next};
use crate::flights::{Flight, Lane};
use crate::id::PostKey;
use crate::outbox::{Content, InFlight, Kept, Outbox, POST_BYTES_MAX, Post, activity_flaw};
use crate::output::{Event, PostOutcome};
use crate::retry::PAUSE_MIN;
use crate::wire::activity_set::Element;
use crate::wire::amend::{Amended, Amendment, amend, echo};
use crate::wire::request::Request;
use crate::wire::response::{PostVerdict, Trouble};
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
        let settings = &self.config.settings;
        // A post that the service would just about take goes out as it is.
        let has_room = activity.len() + AMENDMENT_BYTES_MAX <= POST_BYTES_MAX;
        let is_keyed = settings.echo_keys && has_room;
        let fresh_key = is_keyed.then(|| self.jitter.key(key.0, self.now));
        let streams = settings.streamed_answers && has_room;
        let amendment = Amendment { echo_key: fresh_key.as_deref(), streams };
        let Amended { activity, echo_key } = amend(activity, amendment);
        let content = Content::Activity(activity.into());
        self.enqueue(Post { key, content, echo_key, is_restored: false });
    }

    pub(super) fn upload(&mut self, key: PostKey, upload: Upload) {
        let content = Content::Upload(Arc::new(upload.encode()));
        self.enqueue(Post { key, content, echo_key: None, is_restored: false });
    }

    fn enqueue(&mut self, post: Post) {
        if self.outbox.len() >= self.config.settings.posts_max {
            let (key, outcome) = (post.key, PostOutcome::QueueFull);
            return self.out.tell(Event::Posted { key, outcome });
        }
        self.outbox.push(post);
    }

    pub(super) fn post_if_ready(&mut self) {
        let Some((secret, bearer)) = self.credentials.bearer(self.now) else { return };
        let Some(conversation) = self.cursor.joined() else { return };
        let Some(post) = self.outbox.next(self.now) else { return };
        let (base, secret) = (&self.config.base, secret.clone());
        let message = match &post.content {
            Content::Activity(activity) => {
                Request::post(base, secret, conversation, Arc::clone(activity))
            }
            Content::Upload(upload) => {
                Request::upload(base, secret, conversation, Arc::clone(upload))
            }
        };
        self.outbox.sent(post);
        if self.config.settings.keeps_posts {
            // Whoever resumes from here does not send it again.
            self.out.tell(Event::Checkpoint(self.position()));
        }
        self.send(Lane::Post, message, bearer, false);
        // Documented: a user-facing client polls once more shortly after each message.
        self.pull.hasten(self.now.saturating_add(POLL_AFTER_POST));
    }

    pub(super) fn post_landed(&mut self, flight: Flight, verdict: PostVerdict) {
        let purpose = self.outbox.purpose();
        let Some(InFlight { post, is_settled }) = self.outbox.land() else { return };
        if let PostVerdict::Taken(_) = verdict {
            self.credentials.worked(flight.bearer);
            self.check_socket(flight.sent);
        }
        if is_settled {
            return self.outbox.forgive();
        }
        match verdict {
            PostVerdict::Taken(id) => self.post_settled(post, PostOutcome::Sent { id }),
            PostVerdict::NotTaken(cause) => self.post_failed(post, cause),
            PostVerdict::Unknown(cause) => {
                self.post_settled(post, PostOutcome::Unknown { cause: Some(cause) });
            }
            PostVerdict::Refused(refusal, message) => {
                self.outbox.keep_away(flight.sent.saturating_add(PAUSE_MIN));
                self.outbox.put_back(post);
                self.refused(purpose, flight.bearer, refusal, message);
            }
            PostVerdict::WrongRegion(message) => {
                self.outbox.put_back(post);
                self.finish(End::WrongRegion { message });
            }
            PostVerdict::Rejected(Trouble { status, message, .. }) => {
                self.post_settled(post, PostOutcome::Rejected { status, message });
            }
        }
    }

    fn post_settled(&mut self, post: Post, outcome: PostOutcome) {
        let is_unknown = matches!(outcome, PostOutcome::Unknown { .. });
        let key = self.outbox.settle(post, is_unknown, self.config.settings.posts_max);
        self.out.tell(Event::Posted { key, outcome });
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
                self.out.tell(Event::Posted { key, outcome: PostOutcome::Sent { id } });
            }
        }
    }

    /// It was surely not taken: the same once more, later.
    fn post_failed(&mut self, post: Post, cause: Cause) {
        let failures = self.outbox.failed(post);
        let at = self.next_try_beside(failures);
        let at = self.outbox.keep_away(at);
        self.out.fault(cause, Next::Retries { at, attempt: failures.saturating_add(1) });
    }

    /// What was missed has been read to its end, or cannot be: now it is known of the posts of the
    /// session before which of them went out, or nobody will ever know.
    pub(super) fn missed_was_read(&mut self, is_known: bool) {
        for key in self.outbox.missed_is_read(is_known, self.config.settings.posts_max) {
            self.out.tell(Event::Posted { key, outcome: PostOutcome::Unknown { cause: None } });
        }
    }

    /// Takes up the posts of the session before this one.
    pub(super) fn restore_posts(&mut self, kept: &Kept) {
        let (outbox, in_flight) = Outbox::restore(kept, self.config.settings.posts_max);
        self.outbox = outbox;
        if let Some(key) = in_flight {
            self.out.tell(Event::Posted { key, outcome: PostOutcome::Unknown { cause: None } });
        }
    }

    /// The checkpoint that covers all that came in, with the posts that travel in it if the host
    /// wants that.
    pub(super) fn position(&self) -> Checkpoint {
        let kept = self.config.settings.keeps_posts.then(|| Arc::new(self.outbox.kept()));
        self.cursor.checkpoint().with_posts(kept)
    }
}

/// The key of an echo in channel data of its own takes 69 bytes, the wish for a streamed answer 24.
const AMENDMENT_BYTES_MAX: usize = 128;
/// Documented: one extra GET about 300 ms after each send.
const POLL_AFTER_POST: Duration = Duration::from_millis(300);
