//! PAGES: how the pages of the history went, to tell whether a history may be given up (RX-7). A gap
//! for any other reason is a loss with a label.

use super::facts::{Answer, Set};
use super::record::{Asked, Came};
use crate::sim::oracle::Brings;

/// What counts in a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pages {
    /// Pages that did not come as they should; a watermark that is given and refused in turn is no
    /// success.
    pub(crate) failed: u32,
    has_refused: bool,
    /// Answers that there is no such conversation.
    missing: u32,
    /// Pages that nobody could read, since the last that somebody could.
    unreadable: u32,
    /// Pages that brought nothing new.
    barren: u32,
    /// Of the last two pages: held something and yet nothing new, and said no watermark.
    stalls: [bool; 2],
    unmarked: [bool; 2],
}

impl Pages {
    /// A page was answered, or is not waited for any more.
    pub(crate) fn answered(&mut self, asked: &Asked, answer: &Answer) {
        let is_missing = matches!(answer.status, 404 | 410)
            || (answer.status == 400 && asked.mark.is_none() && answer.code != "MissingProperty");
        self.missing = if is_missing { self.missing + 1 } else { self.missing };
        match answer.status {
            200..300 if answer.is_useless => {
                self.unreadable += 1;
                self.failed += 1;
            }
            200..300 => {
                self.has_refused &= asked.mark.is_none();
                self.failed = if self.has_refused { self.failed } else { 0 };
                (self.missing, self.unreadable) = (0, 0);
            }
            401 | 403 => {}
            400 if answer.code == "MissingProperty" => {}
            400 if asked.mark.is_some() => {
                self.has_refused = true;
                self.failed += 1;
            }
            _ => self.failed += 1,
        }
    }

    /// What a page brought.
    pub(crate) fn brought(&mut self, page: &Came, brings: Brings) {
        let Set { serials, mark } = &page.set;
        let stays = mark.is_none() || *mark == page.asked;
        let stalls = !serials.is_empty() && !brings.progress && stays;
        self.stalls = [self.stalls[1], stalls];
        self.unmarked = [self.unmarked[1], mark.is_none()];
        self.barren = if brings.news { 0 } else { self.barren + 1 };
    }

    /// Whether the conversation may be taken to be gone.
    pub(crate) fn are_missing(&self) -> bool {
        self.missing >= MISSING_MAX
    }

    /// Whether the history may be given up: it is missing twice, or fails eight times, or nobody
    /// can tell whether it goes on, or it has no end.
    pub(crate) fn may_be_given_up(&self) -> bool {
        let is_doubtful = self.stalls == [true; 2] && self.unmarked.contains(&true);
        self.are_missing()
            || self.failed >= FAILURES_MAX
            || is_doubtful
            || self.barren >= BARREN_MAX
    }

    /// Whether a page was unreadable twice, which is told.
    pub(crate) fn is_unreadable(&self) -> bool {
        self.unreadable == UNREADABLE_MAX
    }
}

const MISSING_MAX: u32 = 2;
const FAILURES_MAX: u32 = 8;
const UNREADABLE_MAX: u32 = 2;
const BARREN_MAX: u32 = 1_000;
