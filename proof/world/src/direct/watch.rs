//! What holds at every step, whatever the peer does: cheap enough to be looked at each time.

use std::collections::VecDeque;

use directline::{Checkpoint, Moment, Purpose, Request, Session, Status};

use crate::service::answer::decode;
use crate::violation::{Verdict, Violation, ensure};

#[derive(Clone)]
pub(crate) struct Watch {
    base: String,
    posts_max: Option<usize>,
    /// Where the bounds are so low that a run may come to them.
    checkpoint_bytes_max: Option<usize>,
    /// Every watermark that was said so far.
    marks: Vec<String>,
    /// The stream URLs dialled last.
    dialled: VecDeque<String>,
}

impl Watch {
    /// For requests to `base`, at most so many posts that wait, and checkpoints of so many bytes.
    pub(crate) fn new(
        base: &str,
        posts_max: Option<usize>,
        checkpoint_bytes_max: Option<usize>,
    ) -> Watch {
        Watch {
            base: base.to_owned(),
            posts_max,
            checkpoint_bytes_max,
            marks: Vec::new(),
            dialled: VecDeque::new(),
        }
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) fn mark_said(&mut self, mark: &str) {
        self.marks.push(mark.to_owned());
    }

    /// The first watermark that was said.
    pub(super) fn first_mark(&self) -> Option<&str> {
        self.marks.first().map(String::as_str)
    }

    /// A watermark is one that was said.
    pub(super) fn mark(&self, mark: Option<&str>) -> Verdict {
        let was_said = mark.is_none_or(|mark| self.marks.iter().any(|said| said == mark));
        ensure(was_said, "WM-1", || format!("{mark:?} was never said"))
    }

    pub(super) fn request(&self, message: &Request) -> Verdict {
        let url = message.url();
        ensure(url.starts_with(&self.base), "CR-8", || format!("{url} of {}", self.base))?;
        if !matches!(message.purpose(), Purpose::Reconnect | Purpose::Activities) {
            return Ok(());
        }
        let Some((_, mark)) = url.split_once("?watermark=") else { return Ok(()) };
        ensure(!mark.is_empty(), "WM-6", || "an empty watermark".to_owned())?;
        self.mark(Some(&decode(mark)))
    }

    /// A stream URL that is about to be dialled.
    pub(super) fn url(&mut self, url: &str) -> Verdict {
        let is_safe = url.starts_with("wss:") || !self.base.starts_with("https:");
        ensure(is_safe, "SU-4", || format!("{url} of {}", self.base))?;
        let is_new = self.dialled.iter().all(|old| old != url);
        ensure(is_new, "SU-1", || format!("{url} is dialled again"))?;
        if self.dialled.len() == DIALLED_KEPT {
            self.dialled.pop_front();
        }
        self.dialled.push_back(url.to_owned());
        Ok(())
    }

    /// Another session begins, which knows of no URL.
    pub(super) fn killed(&mut self) {
        self.dialled.clear();
    }

    /// A session whose outputs are all taken out.
    pub(super) fn rest(&self, session: &Session, now: Moment) -> Verdict {
        let (deadline, status) = (session.deadline(), session.status());
        ensure(deadline.is_none_or(|at| at >= now), "TM-6", || format!("{deadline:?} at {now:?}"))?;
        let may_rest =
            matches!(status, Status::Live | Status::NeedsToken | Status::Offline | Status::Ended);
        ensure(deadline.is_some() || may_rest, "LV-2", || format!("{status:?} without end"))?;
        let posts = session.pending_posts();
        let is_bounded = self.posts_max.is_none_or(|max| posts <= max);
        ensure(is_bounded, "TX-1", || format!("{posts} of {:?}", self.posts_max))
    }

    /// The last checkpoint of a session.
    pub(super) fn last(&self, checkpoint: &Checkpoint) -> Verdict {
        self.mark(checkpoint.watermark())?;
        let Some(max) = self.checkpoint_bytes_max else { return Ok(()) };
        let bytes = checkpoint.to_json().len();
        ensure(bytes <= max, "RX-6", || format!("a checkpoint of {bytes} bytes"))
    }

    /// A checkpoint as it comes back from where it was written down: as itself.
    pub(super) fn written_down(&self, checkpoint: &Checkpoint) -> Result<Checkpoint, Violation> {
        let written = checkpoint.to_json();
        let again = Checkpoint::from_json(&written);
        ensure(again.as_ref() == Ok(checkpoint), "TM-7", || format!("{written} gave {again:?}"))?;
        again.map_err(|error| Violation::new("TM-7", error.to_string()))
    }
}

/// How many dials a session remembers.
const DIALLED_KEPT: usize = 8;
