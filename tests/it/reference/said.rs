//! REFERENCE MODEL, third part: what answers, frames and pages bring, and what is kept of them.

use std::collections::{BTreeSet, VecDeque};

use directline::{Purpose, Way};

use super::facts::{Answer, Lifetime, set};
use super::model::{Asked, Model};
use crate::sim::setup::{FRAME_BYTES_MAX, SECRET, Setup};

/// What a checkpoint carries over the death of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) conversation: Option<String>,
    /// The last watermark of the frames and of the pages: two while a history is read (WM-7).
    pub(crate) marks: [Option<String>; 2],
    /// DD-3: the last two numberings, each with the newest timestamp before it.
    numberings: VecDeque<(String, BTreeSet<String>)>,
    newest: String,
    /// Posts that wait, the one in flight, those whose echo may still tell: if the host wants it.
    pub(crate) waiting: VecDeque<u64>,
    pub(crate) flight: Option<u64>,
    pub(crate) unknown: BTreeSet<u64>,
}

impl Memory {
    /// DD-1 to DD-3: whether an activity is new; from now on it is known.
    fn is_new(&mut self, id: Option<&str>, stamp: String) -> bool {
        let is_later = stamp > self.newest;
        let of_old = self.numberings.len() == 2 && stamp <= self.numberings[1].0;
        self.numberings.resize(self.numberings.len().max(1), Default::default());
        let numbering = if of_old { 0 } else { self.numberings.len() - 1 };
        let is_known = id.is_some_and(|id| !self.numberings[numbering].1.insert(id.to_owned()));
        if let Some(id) = id.filter(|_| is_known && is_later && !self.newest.is_empty()) {
            self.numberings.push_back((self.newest.clone(), [id.to_owned()].into()));
            self.numberings.drain(..self.numberings.len().saturating_sub(2));
        }
        let is_new = !is_known || is_later && !self.newest.is_empty();
        self.newest = stamp.max(std::mem::take(&mut self.newest));
        is_new
    }
}

impl Model {
    /// A frame (0) or a page (1): its activities, its watermark.
    pub(super) fn takes(&mut self, text: &str, source: usize) {
        let bytes_max = if source == 0 { FRAME_BYTES_MAX } else { usize::MAX };
        let Some(set) = set(text, bytes_max) else {
            return self.wall(!text.trim_ascii().is_empty());
        };
        // WM-8: where the new begins, only pages can tell.
        let is_free = source == 1 && self.bearings;
        let is_empty = set.activities.is_empty();
        self.bearings &= source == 0 || !is_empty;
        let mut batch = set.activities;
        batch.retain(|own| self.memory.is_new(own.id.as_deref(), own.stamp.clone()));
        if batch.iter().any(|own| own.is_end) {
            self.ends.push("Completed");
            self.end = (!is_free).then_some("Completed").or(self.end);
        }
        let batch: Vec<_> = batch.into_iter().map(|own| own.json).collect();
        let batch = Some(batch).filter(|own| !own.is_empty());
        if is_free {
            self.optional = batch;
        } else {
            self.batches.extend(batch);
        }
        if let Some(mark) = set.mark {
            (self.memory.marks[source], self.refused[source]) = (Some(mark.clone()), false);
            // Pages may still be read where frames went on; a page is told by both (PO-3).
            if source == 1 && !self.reads {
                self.memory.marks[0] = Some(mark);
            }
        }
        self.reads &= source == 0 || !is_empty;
    }
    /// CR-1, CR-2: every newer token replaces the one before.
    pub(super) fn adopts(&mut self, text: &str, life: Lifetime, sent: u64, is_own: bool) {
        if self.token.as_ref().is_some_and(|old| sent < old.1) {
            return;
        }
        let (lives, dies, half) = match (life, &self.token) {
            (Lifetime::Millis(life), _) => (sent + life, sent + life, sent + life / 2),
            (Lifetime::Missing, Some(old)) if !is_own => {
                (old.2, old.3.saturating_add(sent - old.1), old.4)
            }
            _ => (sent, u64::MAX, sent),
        };
        self.token = Some((text.to_owned(), sent, lives, dies, half));
    }
    pub(super) fn answered(&mut self, setup: Setup, asked: &Asked, answer: Option<Answer>) {
        let (purpose, _, bearer, mark) = asked;
        let is_post = matches!(purpose, Purpose::Post | Purpose::Upload);
        if *purpose == Purpose::Activities {
            self.unpaged += 1;
            self.limits(setup, self.unpaged);
        }
        let Some(answer) = answer else {
            self.again(setup, *purpose, Some(0));
            self.walls += u32::from(*purpose == Purpose::Activities);
            return if is_post {
                self.settle("Sent")
            };
        };
        match (answer.status, answer.code.as_str()) {
            (200..300, _) => self.granted(setup, asked, &answer),
            (403, "RegionNotAllowed") => self.end = Some("WrongRegion"),
            (401 | 403, _) | (400, "MissingProperty") => {
                if self.token.as_ref().is_some_and(|own| own.0 == *bearer) {
                    self.token = None;
                } else {
                    self.secret_refused |= bearer == SECRET
                }
                self.ends.push("Refused");
                self.again(setup, *purpose, None);
            }
            (400, _) if mark.is_some() => {
                self.memory.marks.iter_mut().filter(|own| *own == mark).for_each(|own| *own = None);
                (self.reads, self.refused) = (true, [true; 2]);
                self.again(setup, *purpose, None);
            }
            (status, _) if is_post => match status {
                429 => {}
                500.. | 408 | 425 => self.settle("Unknown"),
                _ => self.settle("Rejected"),
            },
            (300..400 | 408 | 425 | 429 | 500 | 502.., _) => {
                self.again(setup, *purpose, Some(answer.wait))
            }
            _ => {
                self.ends.extend(["Gone", "Rejected"]);
                self.never_generate |= *purpose == Purpose::Generate;
                self.polls |= connects(*purpose);
                self.again(setup, *purpose, Some(answer.wait));
                if *purpose != Purpose::Reconnect {
                    self.window.0 = self.window.0.min(self.now);
                }
            }
        }
    }
    fn granted(&mut self, setup: Setup, asked: &Asked, answer: &Answer) {
        let (purpose, sent, _, mark) = asked;
        match purpose {
            Purpose::Activities => {
                (self.paged, self.unpaged, self.worked) = (true, 0, self.now);
                self.ends.clear();
                return self.takes(&answer.body, 1);
            }
            Purpose::Post | Purpose::Upload => return self.settle("Sent"),
            _ => {}
        }
        let lacks = match purpose {
            Purpose::Start => answer.conversation.is_none() && self.named.is_none(),
            _ => *purpose == Purpose::Generate && answer.token.is_none(),
        };
        if lacks {
            return self.failed(setup, 0);
        }
        if let Some(token) =
            answer.token.as_ref().filter(|_| !setup.secret_only() || *purpose == Purpose::Refresh)
        {
            self.adopts(token, answer.lifetime, *sent, false);
            self.needs_token = false;
        }
        if matches!(purpose, Purpose::Refresh | Purpose::Generate) {
            self.named = answer.conversation.clone().filter(|_| *purpose == Purpose::Generate);
            return self.again(setup, *purpose, None);
        }
        let is_other =
            answer.conversation.is_some() && answer.conversation != self.memory.conversation;
        match (purpose, &answer.conversation) {
            (Purpose::Start, own) => self.memory.conversation = own.clone().or(self.named.take()),
            _ if is_other => self.end = Some("WrongConversation"),
            _ => {}
        }
        self.reads |= mark.is_none() && (*purpose == Purpose::Reconnect || answer.status == 200);
        let dies = sent + setup.url_lifetime();
        let url = answer.url.clone().filter(|url| !self.dialled.contains(url));
        match url {
            _ if setup.way() == Way::Polling => {}
            Some(url) if self.now + setup.url_margin() <= dies => self.offer = Some((url, dies)),
            _ => {
                self.unopened += 1;
                self.polls |= answer.url.is_none() || self.unopened >= setup.handshakes_max();
                self.failed(setup, 0);
            }
        }
    }
}

/// Whether a request is for a connection.
pub(crate) fn connects(purpose: Purpose) -> bool {
    matches!(purpose, Purpose::Generate | Purpose::Start | Purpose::Reconnect)
}
