//! What becomes of posts: in order, one at a time, never twice, each with one outcome; and those
//! that a checkpoint keeps go on in the next life.

use std::collections::BTreeMap;

use directline::{Cause, Checkpoint, PostKey, PostOutcome, RequestId};
use serde_json::Value;

use crate::excuse::{Ledger, Rule};
use crate::violation::{Verdict, Violation, ensure};

#[derive(Clone, Debug)]
pub(crate) struct Posts {
    known: BTreeMap<u64, Post>,
    /// The request in flight and the key it carries.
    flight: Option<(RequestId, u64)>,
    /// The last key that was sent.
    last: Option<u64>,
    /// Whether the last one sent was surely not taken, so that it may go out again.
    may_resend: bool,
    queue_max: usize,
    /// Which post each key in `channelData` is of.
    echo_keys: BTreeMap<String, u64>,
    /// The posts whose echo the host was handed, and how much it had been handed by then.
    echoes: BTreeMap<u64, usize>,
}

#[derive(Clone, Debug, Default)]
struct Post {
    outcome: Option<PostOutcome>,
    is_upload: bool,
    /// Whether the session knows that its outcome is open, so that an echo can settle it.
    is_doubted: bool,
    /// How often it was taken before the host went back to a checkpoint that says it was not.
    taken_before: u32,
}

/// The posts in a checkpoint, by their keys.
#[derive(Debug, Default)]
struct Kept {
    unsent: Vec<u64>,
    in_flight: Option<u64>,
    unsettled: Vec<u64>,
}

impl Posts {
    pub(crate) fn new(queue_max: usize) -> Posts {
        Posts {
            known: BTreeMap::new(),
            flight: None,
            last: None,
            may_resend: false,
            queue_max,
            echo_keys: BTreeMap::new(),
            echoes: BTreeMap::new(),
        }
    }

    pub(crate) fn queued(&mut self, key: u64, is_upload: bool) {
        self.known.insert(key, Post { is_upload, ..Post::default() });
    }

    pub(crate) fn sent(&mut self, request: RequestId, key: u64, body: &[u8]) -> Verdict {
        if let Some(echo_key) = echo_key(body) {
            self.echo_keys.insert(echo_key, key);
        }
        ensure(self.flight.is_none(), "TX-1", || {
            format!("{key} left while another was in flight")
        })?;
        let own = self.known.get(&key);
        ensure(own.is_some_and(|post| post.outcome.is_none()), "TX-5", || {
            format!("{key} was sent, and it is {own:?}")
        })?;
        let (last, may_resend) = (self.last.replace(key), self.may_resend);
        ensure(last.is_none_or(|last| last < key || (last == key && may_resend)), "TX-2", || {
            format!("{key} was sent after {last:?}")
        })?;
        self.flight = Some((request, key));
        Ok(())
    }

    /// The flight is over; `is_refused` when the post was surely not taken.
    pub(crate) fn landed(&mut self, request: RequestId, is_refused: bool) {
        if self.flight.take_if(|(own, _)| *own == request).is_some() {
            self.may_resend = is_refused;
        }
    }

    /// The session told what became of a post, which the service has taken so often.
    pub(crate) fn told(&mut self, key: PostKey, outcome: &PostOutcome, taken: u32) -> Verdict {
        let waiting = self.waiting();
        let Some(post) = self.known.get_mut(&key.0) else {
            return ensure(false, "TX-5", || format!("nobody posted {key:?}"));
        };
        // What was unknown may turn out to be sent.
        let is_open = match &post.outcome {
            None => true,
            Some(PostOutcome::Unknown { .. }) => matches!(outcome, PostOutcome::Sent { .. }),
            Some(_) => false,
        };
        ensure(is_open, "TX-5", || format!("{key:?} has {post:?} and {outcome:?}"))?;
        let (ever, taken) = (taken, taken - post.taken_before);
        let is_true = match outcome {
            // The echo of one that was sent before the host went back settles it as well.
            PostOutcome::Sent { .. } => ever > 0 && taken <= 1,
            PostOutcome::QueueFull => taken == 0 && waiting > self.queue_max,
            PostOutcome::Rejected { .. } | PostOutcome::NotSent => taken == 0,
            // TX-3: of one that was throttled it is known.
            PostOutcome::Unknown { cause: Some(Cause::Answered { status: 429, .. }) } => false,
            PostOutcome::Kept => taken == 0 && !post.is_upload,
            _ => taken <= 1,
        };
        let is_unknown = matches!(outcome, PostOutcome::Unknown { .. });
        ensure(!is_unknown || !self.echoes.contains_key(&key.0), "TX-2", || {
            format!("{key:?} is unknown, and its echo was handed out")
        })?;
        post.is_doubted = is_unknown;
        post.outcome = Some(outcome.clone());
        ensure(is_true, "TX-2", || format!("{key:?} was taken {taken} times: {outcome:?}"))
    }

    /// An activity was handed out, which may be an echo: by then it has settled its post. `mark` is
    /// how much was handed out with it.
    pub(crate) fn handed(&mut self, activity: &str, mark: usize, ledger: &mut Ledger) -> Verdict {
        if !activity.contains("clientActivityID") {
            return Ok(());
        }
        let Some(key) = echo_key(activity.as_bytes()).and_then(|own| self.echo_keys.get(&own))
        else {
            return Ok(());
        };
        // Of too many that are open the session gives up the oldest.
        let doubted = self.known.values().filter(|post| post.is_doubted).count();
        let Some(post) = self.known.get_mut(key) else { return Ok(()) };
        self.echoes.entry(*key).or_insert(mark);
        let is_excused = ledger.excuses(Rule::Doubted, post.is_doubted && doubted > self.queue_max);
        ensure(!post.is_doubted || is_excused, "TX-4", || {
            format!("post {key} is unknown yet, and this was its echo: {activity}")
        })
    }

    fn waiting(&self) -> usize {
        self.known.values().filter(|post| post.outcome.is_none()).count()
    }

    /// Every post has its outcome by now, and what is said to be kept is in the checkpoint.
    pub(crate) fn check_end(&self, checkpoint: Option<&Checkpoint>) -> Verdict {
        let open: Vec<_> = self.known.iter().filter(|(_, post)| post.outcome.is_none()).collect();
        ensure(open.is_empty(), "TX-5", || format!("nothing was told of {open:?}"))?;
        let kept = checkpoint.map(Kept::read).unwrap_or_default();
        let is_kept = |post: &Post| post.outcome == Some(PostOutcome::Kept);
        let lost =
            self.known.iter().find(|(key, post)| is_kept(post) && !kept.unsent.contains(key));
        ensure(lost.is_none(), "TX-5", || format!("{lost:?} is not in the checkpoint"))
    }

    /// With the host's leave a checkpoint holds every post that has no outcome yet.
    pub(crate) fn check_kept(&self, checkpoint: &Checkpoint) -> Verdict {
        let kept = Kept::read(checkpoint);
        let is_open = |post: &Post| post.outcome.is_none() && !post.is_upload;
        let lost = self.known.iter().find(|(key, post)| {
            is_open(post) && !kept.unsent.contains(key) && kept.in_flight != Some(**key)
        });
        ensure(lost.is_none(), "TX-5", || format!("{lost:?} is not in {kept:?}"))
    }

    /// The process is gone, and with it what it had queued, but for what the checkpoint holds; when
    /// that was made, the host had been handed so much. `taken` says how often the service took a
    /// post. Gives how many go on.
    pub(crate) fn begin_life(
        &mut self,
        checkpoint: Option<&Checkpoint>,
        mark: usize,
        taken: impl Fn(u64) -> u32,
    ) -> Result<u64, Violation> {
        let before: BTreeMap<u64, u32> =
            self.known.iter().map(|(key, post)| (*key, post.taken_before)).collect();
        let before = |key: u64| before.get(&key).copied().unwrap_or(0);
        // What was kept is in the checkpoint, or the host went back to one from before.
        let is_over = |post: &Post| !matches!(post.outcome, None | Some(PostOutcome::Kept));
        self.known.retain(|_, post| is_over(post));
        for post in self.known.values_mut() {
            post.is_doubted = false;
        }
        self.echoes.retain(|_, at| *at <= mark);
        (self.flight, self.last, self.may_resend) = (None, None, false);
        let kept = checkpoint.map(Kept::read).unwrap_or_default();
        let mut all = kept.unsent.iter().chain(&kept.in_flight).chain(&kept.unsettled);
        let doubted = all.find(|key| self.echoes.contains_key(key));
        ensure(doubted.is_none(), "TX-4", || {
            format!("a checkpoint covers the echo of {doubted:?} and doubts it: {kept:?}")
        })?;
        for &key in &kept.unsent {
            // It may have been sent since: the host has forgotten that.
            let post = self.known.entry(key).or_default();
            (post.outcome, post.taken_before) = (None, taken(key));
        }
        if let Some(key) = kept.in_flight {
            let post = self.known.entry(key).or_default();
            (post.outcome, post.taken_before) = (None, before(key));
        }
        for key in kept.unsettled {
            let unknown = PostOutcome::Unknown { cause: None };
            let post = self.known.entry(key).or_default();
            (post.outcome, post.taken_before) = (Some(unknown), before(key));
            post.is_doubted = true;
        }
        Ok(kept.unsent.len() as u64)
    }
}

/// The key by which the echo of what has this body is known.
fn echo_key(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body["channelData"]["clientActivityID"].as_str().map(str::to_owned)
}

impl Kept {
    fn read(checkpoint: &Checkpoint) -> Kept {
        let json: Value = serde_json::from_str(&checkpoint.to_json()).expect("it is JSON");
        let posts = &json["posts"];
        let list = |name: &str| posts[name].as_array().cloned().unwrap_or_default();
        let first = |value: &Value| value[0].as_u64().expect("a key");
        Kept {
            unsent: list("posts").iter().map(first).collect(),
            in_flight: posts["in_flight"].as_array().map(|_| first(&posts["in_flight"])),
            unsettled: list("unsettled").iter().filter_map(|own| own["key"].as_u64()).collect(),
        }
    }
}
