//! PAGES: how the pages of the history went, to tell whether a history may be given up (RX-7). A gap
//! for any other reason is a loss with a label.

use super::facts::Answer;
use super::record::Asked;
use crate::oracle::Brings;

/// What counts in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pages {
    /// Pages that did not come as they should; a watermark that is given and refused in turn is no
    /// success.
    pub(crate) failed: u32,
    has_refused: bool,
    /// Answers that there is no such conversation.
    missing: u32,
    /// Pages that brought nothing new.
    barren: u32,
    /// Whether the last page held something and yet nothing new, and then whether it said no
    /// watermark; whether two such in a row were the last, and leave open whether another follows.
    stalled: Option<bool>,
    have_stalled: bool,
    is_doubtful: bool,
}

/// What became of a request for a page.
#[derive(Clone, Copy, Debug)]
pub enum Page {
    /// It came; whether it was asked for with a watermark.
    Came {
        with_mark: bool,
    },
    Unreadable,
    Missing,
    MarkRefused,
    /// The credential was refused, which says nothing of the page.
    Refused,
    Failed,
}

/// What a page was like.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub is_empty: bool,
    pub has_mark: bool,
    /// Whether its watermark, if it has one, is that which it was asked for with.
    pub stays: bool,
}

impl Page {
    pub(crate) fn of(asked: &Asked, answer: &Answer) -> Page {
        let with_mark = asked.mark.is_some();
        match answer.status {
            200..300 if answer.is_useless => Page::Unreadable,
            200..300 => Page::Came { with_mark },
            401 | 403 => Page::Refused,
            400 if answer.code == "MissingProperty" => Page::Refused,
            400 if with_mark => Page::MarkRefused,
            400 | 404 | 410 => Page::Missing,
            _ => Page::Failed,
        }
    }
}

impl Pages {
    /// A page was answered, or is not waited for any more.
    pub fn note(&mut self, page: Page) {
        self.missing += u32::from(matches!(page, Page::Missing));
        match page {
            Page::Came { with_mark } => {
                self.has_refused &= !with_mark;
                self.failed = if self.has_refused { self.failed } else { 0 };
                self.missing = 0;
            }
            Page::Refused => {}
            Page::MarkRefused | Page::Unreadable | Page::Missing | Page::Failed => {
                // Another failure between two such answers is in no row with them.
                let is_first = matches!(page, Page::MarkRefused) && !self.has_refused;
                self.missing =
                    if is_first || matches!(page, Page::Missing) { self.missing } else { 0 };
                self.has_refused |= matches!(page, Page::MarkRefused);
                self.failed += 1;
            }
        }
    }

    /// What a page brought.
    pub fn brought(&mut self, look: Look, brings: Brings) {
        let stalls = !look.is_empty && !brings.progress && (look.stays || !look.has_mark);
        let before = std::mem::replace(&mut self.stalled, stalls.then_some(!look.has_mark));
        let unmarked = |(before, now): (bool, bool)| before || now;
        let both = before.zip(self.stalled);
        self.have_stalled = both.is_some();
        self.is_doubtful = both.is_some_and(unmarked);
        self.barren = if brings.news || look.is_empty { 0 } else { self.barren + 1 };
    }

    /// Whether what came was the last page although it was not empty (PO-1).
    pub fn have_ended(&self) -> bool {
        self.have_stalled || self.barren >= BARREN_MAX
    }

    /// Whether the conversation may be taken to be gone.
    pub fn are_missing(&self) -> bool {
        self.missing >= MISSING_MAX
    }

    /// Whether the history may be given up: it is missing twice, or nobody can tell whether it goes
    /// on, or it has no end.
    pub fn may_be_given_up(&self) -> bool {
        self.are_missing() || self.is_doubtful || self.barren >= BARREN_MAX
    }
}

const MISSING_MAX: u32 = 2;
const BARREN_MAX: u32 = 1_000;
