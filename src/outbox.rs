//! OUTBOX: queued posts in order, one in flight, bounded; and the posts of unknown outcome, which
//! an echo may settle.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Purpose;
use crate::id::PostKey;
use crate::output::PostOutcome;
use crate::time::Moment;
use crate::wire::upload::EncodedUpload;

/// The largest activity that the service takes, in bytes, by its documentation.
pub(crate) const POST_BYTES_MAX: usize = 262_144;

/// Posts that were not acknowledged yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Outbox {
    /// Those that wait.
    pub(crate) posts: VecDeque<Post>,
    pub(crate) flight: Option<Box<InFlight>>,
    /// Of unknown outcome, oldest first, each with the key of its echo.
    pub(crate) unsettled: VecDeque<Unsettled>,
    /// Whether some of those that wait were restored, and may have been sent by the session before
    /// after all: then nothing goes out until what was missed has been read.
    pub(crate) must_read_first: bool,
    /// Nothing goes out before this: after a post that was surely not taken, and where the service
    /// asked for a pause with whatever answer.
    pub(crate) not_before: Option<Moment>,
    pub(crate) failures: u32,
}

/// One post in the queue.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Post {
    pub(crate) key: PostKey,
    pub(crate) content: Content,
    /// `channelData.clientActivityID`, if there is one.
    pub(crate) echo_key: Option<Box<str>>,
    /// Whether it is from a checkpoint: the session before may have sent it since.
    pub(crate) is_restored: bool,
}

/// What is sent.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Content {
    Activity(Arc<str>),
    Upload(Arc<EncodedUpload>),
}

/// The post that is under way, before all that wait.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct InFlight {
    pub(crate) post: Post,
    /// Its echo was handed out, and its outcome told with it: whatever the answer says, it was
    /// taken.
    pub(crate) is_settled: bool,
}

/// A post of unknown outcome.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Unsettled {
    key: PostKey,
    echo_key: Box<str>,
}

/// The part of an outbox that travels in a checkpoint.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Kept {
    /// Surely not sent: key, activity, key of the echo.
    posts: Vec<(PostKey, Arc<str>, Option<Box<str>>)>,
    /// In flight when the checkpoint was taken.
    in_flight: Option<(PostKey, Option<Box<str>>)>,
    unsettled: Vec<Unsettled>,
}

impl Outbox {
    pub(crate) fn holds(&self, key: PostKey) -> bool {
        self.all().any(|post| post.key == key)
    }

    pub(crate) fn len(&self) -> usize {
        self.all().count()
    }

    /// Those that have no outcome yet.
    fn all(&self) -> impl Iterator<Item = &Post> {
        self.open_flight().map(|flight| &flight.post).into_iter().chain(&self.posts)
    }

    /// The flight of a post that has no outcome yet.
    fn open_flight(&self) -> Option<&InFlight> {
        self.flight.as_deref().filter(|flight| !flight.is_settled)
    }

    pub(crate) fn push(&mut self, post: Post) {
        self.posts.push_back(post);
    }

    /// Takes the post to send next, when none is in flight and no pause is due.
    pub(crate) fn next(&mut self, now: Moment) -> Option<Post> {
        let is_free = self.flight.is_none() && !self.must_read_first;
        let is_free = is_free && self.not_before.is_none_or(|at| at <= now);
        if is_free { self.posts.pop_front() } else { None }
    }

    /// A post goes out.
    pub(crate) fn sent(&mut self, post: Post) {
        self.not_before = None;
        self.flight = Some(Box::new(InFlight { post, is_settled: false }));
    }

    /// What the post in flight asks for.
    pub(crate) fn purpose(&self) -> Purpose {
        match self.flight.as_ref().map(|flight| &flight.post.content) {
            Some(Content::Upload(_)) => Purpose::Upload,
            Some(Content::Activity(_)) | None => Purpose::Post,
        }
    }

    pub(crate) fn is_in_flight(&self) -> bool {
        self.flight.is_some()
    }

    /// When the pause before the next post is over.
    pub(crate) fn resumes_at(&self) -> Option<Moment> {
        self.not_before
    }

    /// The pause is over.
    pub(crate) fn resume(&mut self, now: Moment) {
        self.not_before.take_if(|at| *at <= now);
    }

    /// Takes the post in flight, which was answered or has failed.
    pub(crate) fn land(&mut self) -> Option<InFlight> {
        self.flight.take().map(|flight| *flight)
    }

    /// The post that was in flight has its outcome. With `is_unknown` its echo may still settle
    /// it; of more than `max` such posts the oldest are given up.
    pub(crate) fn settle(&mut self, post: Post, is_unknown: bool, max: usize) -> PostKey {
        self.forgive();
        let Post { key, echo_key, .. } = post;
        if let Some(echo_key) = echo_key.filter(|_| is_unknown) {
            self.unsettled.push_back(Unsettled { key, echo_key });
            while self.unsettled.len() > max {
                self.unsettled.pop_front();
            }
        }
        key
    }

    /// The post in flight has its outcome, whichever: the next is tried without its failures.
    pub(crate) fn forgive(&mut self) {
        self.failures = 0;
        if self.posts.is_empty() {
            self.posts.shrink_to_fit();
        }
    }

    /// Whether an echo could settle anything.
    pub(crate) fn awaits_echo(&self) -> bool {
        let in_flight = self.open_flight().is_some_and(|flight| flight.post.echo_key.is_some());
        in_flight || self.must_read_first || !self.unsettled.is_empty()
    }

    /// Whether it has to be read what was missed before anything goes out.
    pub(crate) fn must_read_first(&self) -> bool {
        self.must_read_first
    }

    /// What was missed has been read: what is left was not sent. Where it could not be read
    /// (`is_known` is `false`), what an echo can settle is of unknown outcome: gives it.
    pub(crate) fn missed_is_read(&mut self, is_known: bool, max: usize) -> Vec<PostKey> {
        if !std::mem::take(&mut self.must_read_first) || is_known {
            return Vec::new();
        }
        let posts = std::mem::take(&mut self.posts).into_iter();
        let (doubtful, sure) =
            posts.partition(|post: &Post| post.is_restored && post.echo_key.is_some());
        self.posts = sure;
        let doubtful: VecDeque<Post> = doubtful;
        doubtful.into_iter().map(|post| self.settle(post, true, max)).collect()
    }

    /// An echo arrived: the post that it settles, if it does, in flight, of unknown outcome, or
    /// restored.
    pub(crate) fn echoed(&mut self, echo_key: &str) -> Option<PostKey> {
        let is_its = |flight: &&mut InFlight| {
            !flight.is_settled && flight.post.echo_key.as_deref() == Some(echo_key)
        };
        if let Some(flight) = self.flight.as_deref_mut().filter(is_its) {
            flight.is_settled = true;
            return Some(flight.post.key);
        }
        if let Some(index) = self.unsettled.iter().position(|own| &*own.echo_key == echo_key) {
            return self.unsettled.remove(index).map(|doubt| doubt.key);
        }
        let is_its = |post: &Post| post.is_restored && post.echo_key.as_deref() == Some(echo_key);
        let index = self.posts.iter().position(is_its)?;
        self.posts.remove(index).map(|post| post.key)
    }

    /// The post that was in flight was surely not taken, and is the next again.
    pub(crate) fn put_back(&mut self, post: Post) {
        self.posts.push_front(post);
    }

    /// As [`Outbox::put_back`]; counts how often in a row.
    pub(crate) fn failed(&mut self, post: Post) -> u32 {
        self.put_back(post);
        self.failures = self.failures.saturating_add(1);
        self.failures
    }

    /// Nothing goes out before `until`; gives when something may.
    pub(crate) fn keep_away(&mut self, until: Moment) -> Moment {
        let until = self.not_before.map_or(until, |at| at.max(until));
        self.not_before = Some(until);
        until
    }

    /// Accounts for every post without an outcome at the end of the session. With `keeps` activities
    /// that wait stay for the checkpoint; of more than `max` of unknown outcome the oldest are given
    /// up.
    pub(crate) fn close(&mut self, keeps: bool, max: usize) -> Vec<(PostKey, PostOutcome)> {
        self.not_before = None;
        let mut outcomes = Vec::new();
        let flight = self.flight.take().filter(|flight| !flight.is_settled);
        let mut unknown: Vec<_> =
            flight.map(|flight| self.settle(flight.post, true, max)).into_iter().collect();
        if !keeps {
            unknown.extend(self.missed_is_read(false, max));
        }
        outcomes.extend(unknown.into_iter().map(|key| (key, PostOutcome::Unknown { cause: None })));
        let is_kept = |post: &Post| keeps && matches!(post.content, Content::Activity(_));
        outcomes.extend(self.posts.iter().map(|post| {
            (post.key, if is_kept(post) { PostOutcome::Kept } else { PostOutcome::NotSent })
        }));
        self.posts.retain(is_kept);
        outcomes
    }

    /// What travels in a checkpoint. Uploads do not: their bytes are the host's.
    pub(crate) fn kept(&self) -> Kept {
        let in_flight = self.open_flight().map(|flight| &flight.post);
        let activity = |post: &Post| match &post.content {
            Content::Activity(text) => Some((post.key, Arc::clone(text), post.echo_key.clone())),
            Content::Upload(_) => None,
        };
        Kept {
            posts: self.posts.iter().filter_map(activity).collect(),
            in_flight: in_flight.map(|post| (post.key, post.echo_key.clone())),
            unsettled: self.unsettled.iter().cloned().collect(),
        }
    }

    /// An outbox as a checkpoint kept it, within `max`, and the post whose outcome nobody will
    /// tell any more. What could never be sent is left out.
    pub(crate) fn restore(kept: &Kept, max: usize) -> (Outbox, Option<PostKey>) {
        let mut outbox = Outbox::default();
        for (key, activity, echo_key) in &kept.posts {
            if outbox.len() < max && !outbox.holds(*key) && activity_flaw(activity).is_none() {
                let content = Content::Activity(Arc::clone(activity));
                let (echo_key, is_restored) = (echo_key.clone(), true);
                outbox.must_read_first |= echo_key.is_some();
                outbox.push(Post { key: *key, content, echo_key, is_restored });
            }
        }
        let in_flight = kept.in_flight.clone();
        let doubt = |(key, echo_key): (PostKey, Option<Box<str>>)| {
            echo_key.map(|echo_key| Unsettled { key, echo_key })
        };
        let doubts = kept.unsettled.iter().cloned().chain(in_flight.clone().and_then(doubt));
        outbox.unsettled = doubts.collect();
        // The oldest are given up, as when they were told.
        outbox.unsettled.drain(..outbox.unsettled.len().saturating_sub(max));
        (outbox, in_flight.map(|(key, _)| key))
    }
}

/// What is wrong with an activity that is to be sent, and what is allowed.
pub(crate) fn activity_flaw(activity: &str) -> Option<(String, &'static str)> {
    if activity.len() > POST_BYTES_MAX {
        return Some((format!("{} bytes long", activity.len()), "262144 bytes"));
    }
    let is_object = activity.trim_start().starts_with('{')
        && serde_json::from_str::<serde::de::IgnoredAny>(activity).is_ok();
    (!is_object).then(|| ("something else".to_owned(), "a JSON object"))
}

/// Shows no text: it is the user's.
impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Post({}, {:?})", self.key.0, self.content)
    }
}

/// Nor does this.
impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.posts.iter().map(|(key, ..)| key.0).collect();
        let unsettled: Vec<_> = self.unsettled.iter().map(|doubt| doubt.key.0).collect();
        f.debug_struct("Kept")
            .field("posts", &keys)
            .field("in_flight", &self.in_flight.as_ref().map(|(key, _)| key.0))
            .field("unsettled", &unsettled)
            .finish()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Activity(text) => write!(f, "{} bytes", text.len()),
            Content::Upload(upload) => upload.fmt(f),
        }
    }
}
