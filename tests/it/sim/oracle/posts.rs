//! What becomes of posts: in order, one at a time, never twice, each with one outcome.

use std::collections::BTreeMap;

use directline::{PostKey, PostOutcome, RequestId};

use crate::sim::violation::{Verdict, ensure};

#[derive(Clone, Debug, Default)]
pub(crate) struct Posts {
    /// By key; the outcome once it is told.
    known: BTreeMap<u64, Option<PostOutcome>>,
    /// The request in flight and the key it carries.
    flight: Option<(RequestId, u64)>,
    /// The last key that was sent.
    last: Option<u64>,
    /// Whether the last one sent was surely not taken, so that it may go out again.
    may_resend: bool,
}

impl Posts {
    pub(crate) fn queued(&mut self, key: u64) {
        self.known.insert(key, None);
    }

    pub(crate) fn sent(&mut self, request: RequestId, key: u64) -> Verdict {
        ensure(self.flight.is_none(), "TX-1", || {
            format!("{key} left while another was in flight")
        })?;
        ensure(self.known.get(&key) == Some(&None), "TX-5", || {
            format!("{key} was sent, and it is {:?}", self.known.get(&key))
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

    pub(crate) fn told(&mut self, key: PostKey, outcome: &PostOutcome, taken: u32) -> Verdict {
        let before = self.known.get(&key.0).cloned();
        // What was unknown may turn out to be sent.
        let is_open = match &before {
            Some(None) => true,
            Some(Some(PostOutcome::Unknown { .. })) => matches!(outcome, PostOutcome::Sent { .. }),
            Some(Some(_)) | None => false,
        };
        ensure(is_open, "TX-5", || format!("{key:?} has {before:?} and {outcome:?}"))?;
        let is_true = match outcome {
            PostOutcome::Sent { .. } => taken == 1,
            PostOutcome::QueueFull => taken == 0 && self.waiting() > QUEUE_MAX,
            PostOutcome::Rejected { .. } | PostOutcome::NotSent => taken == 0,
            _ => taken <= 1,
        };
        self.known.insert(key.0, Some(outcome.clone()));
        ensure(is_true, "TX-2", || format!("{key:?} was taken {taken} times: {outcome:?}"))
    }

    fn waiting(&self) -> usize {
        self.known.values().filter(|outcome| outcome.is_none()).count()
    }

    /// Every post has its outcome by now.
    pub(crate) fn check_all_told(&self) -> Verdict {
        let open: Vec<_> = self.known.iter().filter(|(_, outcome)| outcome.is_none()).collect();
        ensure(open.is_empty(), "TX-5", || format!("nothing was told of {open:?}"))
    }

    /// The process is gone, and with it what it had queued.
    pub(crate) fn begin_life(&mut self) {
        self.known.retain(|_, outcome| outcome.is_some());
        (self.flight, self.may_resend) = (None, false);
    }
}

/// What the configuration allows by default.
const QUEUE_MAX: usize = 256;
