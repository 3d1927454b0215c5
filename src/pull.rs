//! PULL: `GET activities`, to read the history once, to poll for ever, or to see whether a socket
//! still brings what is said. Beside the socket, not instead of it: both share one cursor.

use crate::retry::PAUSE_MIN;
use crate::time::Moment;

/// Whether pages are asked for, and what outlives the reason why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Pull {
    pub(crate) on: Option<Box<Pulling>>,
    /// When the last page was asked for, whatever for.
    pub(crate) asked_at: Option<Moment>,
    /// Before this the service wants no page asked for, whatever for.
    pub(crate) not_before: Option<Moment>,
}

/// What pages are asked for, and how it went so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pulling {
    pub(crate) purpose: PullPurpose,
    /// When the next page is asked for; `None` while one is under way.
    pub(crate) due: Option<Moment>,
    /// When the page after the one under way should come at the latest; when the check after this one
    /// is due.
    pub(crate) hurry: Option<Moment>,
    /// Whether the last page came as it should.
    pub(crate) works: bool,
    /// Failures in a row.
    pub(crate) failures: u32,
    /// Whether the last answer said that there is no such conversation.
    pub(crate) is_missing: bool,
    /// Whether a watermark was refused, and none accepted since.
    pub(crate) mark_refused: bool,
    /// How the last page left open whether another follows.
    pub(crate) doubt: Option<Doubt>,
    /// Pages in a row that brought nothing new, and yet were not the last.
    pub(crate) barren: u32,
    /// Pages in a row without a pause.
    pub(crate) run: u32,
}

/// Why pages are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PullPurpose {
    /// To close the gap before a socket that was opened without a watermark, or to know of restored
    /// posts whether they were sent; until the last page.
    History,
    /// Because there is no socket; until there is one.
    Polling,
    /// Because a post was taken and nothing has been heard of the socket since it was sent: what it
    /// should have brought is on the page if it is dead.
    Check,
}

/// What a page was like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageFacts {
    pub(crate) is_empty: bool,
    /// Something with an id that is new, or at least another watermark.
    pub(crate) has_moved: bool,
    /// Something to hand out.
    pub(crate) has_news: bool,
    /// A watermark, whichever.
    pub(crate) has_watermark: bool,
}

/// A page held something and yet nothing new, neither ids nor another watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Doubt {
    /// Its watermark was the one before: the service may ignore watermarks and send everything.
    SameWatermark,
    /// It had none: it may be any page.
    NoWatermark,
}

/// What follows a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Another page at once.
    Next,
    /// Another page after the pause between polls, so that nobody is hammered.
    NextAfterPause,
    /// That was the last one.
    Last,
    /// Whether that was the last one nobody can tell: nothing new twice, and a watermark missing.
    Doubtful,
    /// The service pages without end and without news.
    Endless,
}

impl PageFacts {
    fn doubt(self) -> Option<Doubt> {
        match self.has_watermark {
            _ if self.is_empty || self.has_moved => None,
            true => Some(Doubt::SameWatermark),
            false => Some(Doubt::NoWatermark),
        }
    }
}

impl Pull {
    /// Begins at `at`, unless it is under way already; for something else it has to be stopped first.
    pub(crate) fn begin(&mut self, purpose: PullPurpose, at: Moment) {
        if let Some(on) = &mut self.on {
            debug_assert_eq!(on.purpose, purpose, "pages are asked for one purpose at a time");
            // The page before may have come from elsewhere in the history.
            on.doubt = None;
        } else {
            self.on = Some(Pulling::new(purpose, self.not_too_soon(at)).into());
        }
    }

    /// Another post was taken while a check is under way: its own is due at `at`.
    pub(crate) fn check_later(&mut self, at: Moment) {
        if let Some(on) = &mut self.on {
            on.hurry = Some(at);
        }
    }

    /// The check is over; gives when the next is due, if there is one.
    pub(crate) fn end_check(&mut self) -> Option<Moment> {
        self.on.take().and_then(|on| on.hurry)
    }

    /// No pages are wanted any more. What the service asked for outlives the purpose.
    pub(crate) fn stop(&mut self) {
        self.on = None;
    }

    pub(crate) fn is_for(&self, purpose: PullPurpose) -> bool {
        self.on.as_ref().is_some_and(|on| on.purpose == purpose)
    }

    /// When the next page is due.
    pub(crate) fn due(&self) -> Option<Moment> {
        self.on.as_ref().and_then(|on| on.due)
    }

    /// The service wants no page asked for before this.
    pub(crate) fn keep_away(&mut self, until: Moment) {
        self.not_before = self.not_before.max(Some(until));
    }

    fn not_too_soon(&self, at: Moment) -> Moment {
        let floor = self.asked_at.map(|asked_at| asked_at.saturating_add(PAUSE_MIN));
        floor.max(self.not_before).map_or(at, |earliest| at.max(earliest))
    }

    /// Asks for the next page no later than `at`, as far as that leaves a pause after the last. A
    /// check has its own time.
    pub(crate) fn hasten(&mut self, at: Moment) {
        let at = self.not_too_soon(at);
        let Some(on) = self.on.as_mut().filter(|on| on.purpose != PullPurpose::Check) else {
            return;
        };
        match on.due {
            Some(due) if on.failures == 0 => on.due = Some(due.min(at)),
            Some(_) => {}
            None => on.hurry = Some(at),
        }
    }

    /// The next page is asked for at `at`.
    pub(crate) fn next_at(&mut self, at: Moment) {
        if let Some(on) = &mut self.on {
            on.due = Some(at);
        }
    }

    /// The next page is asked for at `at`, or earlier if somebody is in a hurry.
    pub(crate) fn rest(&mut self, at: Moment) {
        let hurry = self.on.as_mut().and_then(|on| on.hurry.take());
        let hurry = hurry.map(|hurry| self.not_too_soon(hurry));
        self.next_at(hurry.map_or(at, |hurry| hurry.min(at)));
    }

    /// The page under way is given up, and asked for anew when that may be: gives when.
    pub(crate) fn again(&mut self, now: Moment) -> Moment {
        // A check that was to follow is as good.
        let check = self.on.as_mut().filter(|on| on.purpose == PullPurpose::Check);
        let later = check.and_then(|on| on.hurry.take());
        let at = self.not_too_soon(later.map_or(now, |later| later.max(now)));
        self.next_at(at);
        at
    }

    /// A page is asked for at `now`.
    pub(crate) fn asked(&mut self, now: Moment) {
        self.asked_at = Some(now);
        if let Some(on) = &mut self.on {
            on.due = None;
        }
    }

    /// Whether polling is what brings activities, and the last poll worked.
    pub(crate) fn is_polling_well(&self) -> bool {
        self.on.as_ref().is_some_and(|on| on.purpose == PullPurpose::Polling && on.works)
    }

    /// Whether polling brings activities, as far as anything has been heard of it.
    pub(crate) fn may_serve(&self, now: Moment) -> bool {
        let may_ask = self.not_before.is_none_or(|until| until <= now);
        let is_good = |on: &Pulling| on.purpose == PullPurpose::Polling && on.failures == 0;
        self.on.as_deref().is_some_and(is_good) && may_ask
    }

    /// A page came to a request that carried a watermark or not.
    pub(crate) fn accepted(&mut self, has_watermark: bool) {
        if let Some(on) = &mut self.on {
            on.mark_refused &= !has_watermark;
        }
    }

    /// The watermark was refused; gives whether another was before, and none accepted since.
    pub(crate) fn mark_refused(&mut self) -> bool {
        self.on.as_mut().is_some_and(|on| std::mem::replace(&mut on.mark_refused, true))
    }

    /// A page did not come as it should; gives how often in a row.
    pub(crate) fn failed(&mut self) -> u32 {
        let Some(on) = &mut self.on else { return 0 };
        (on.works, on.is_missing) = (false, false);
        on.failures = on.failures.saturating_add(1);
        on.failures
    }

    /// The answer said that there is no such conversation.
    pub(crate) fn missed(&mut self) {
        if let Some(on) = &mut self.on {
            on.is_missing = true;
        }
    }

    /// Whether the answer before said that there is no such conversation.
    pub(crate) fn is_missing(&self) -> bool {
        self.on.as_ref().is_some_and(|on| on.is_missing)
    }

    /// A page came: what follows?
    pub(crate) fn turn(&mut self, page: PageFacts) -> Turn {
        self.on.as_mut().map_or(Turn::Last, |on| on.turn(page))
    }
}

impl Pulling {
    fn new(purpose: PullPurpose, due: Moment) -> Pulling {
        Pulling {
            purpose,
            due: Some(due),
            hurry: None,
            works: false,
            failures: 0,
            is_missing: false,
            mark_refused: false,
            doubt: None,
            barren: 0,
            run: 0,
        }
    }

    fn turn(&mut self, page: PageFacts) -> Turn {
        self.works = true;
        // A watermark that is given and refused in turn is no success, however good the page.
        if !self.mark_refused {
            self.failures = 0;
        }
        self.is_missing = false;
        self.run += 1;
        self.barren = if page.has_news { 0 } else { self.barren + 1 };
        let before = std::mem::replace(&mut self.doubt, page.doubt());
        if self.doubt.is_some() && before.is_none() {
            // A watermark that is missing once must not end a history that goes on.
            Turn::NextAfterPause
        } else if page.is_empty || self.doubt.is_some() {
            self.barren = 0;
            self.run = 0;
            let is_lost = [before, self.doubt].contains(&Some(Doubt::NoWatermark));
            if is_lost && !page.is_empty { Turn::Doubtful } else { Turn::Last }
        } else if self.barren >= BARREN_MAX {
            self.barren = 0;
            self.run = 0;
            Turn::Endless
        } else if self.run >= RUN_MAX {
            self.run = 0;
            Turn::NextAfterPause
        } else {
            Turn::Next
        }
    }
}

/// A replay of a full day at the observed page size of 100 stays far below this.
const BARREN_MAX: u32 = 1_000;
/// Ten thousand activities at the observed page size of 100 before the first pause.
const RUN_MAX: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: PageFacts =
        PageFacts { is_empty: false, has_moved: true, has_news: true, has_watermark: true };

    fn history() -> Pull {
        let mut pull = Pull::default();
        pull.begin(PullPurpose::History, Moment::ZERO);
        pull
    }

    #[test]
    fn paging_ends_with_an_empty_page_or_one_without_anything_new() {
        // Covers: PO-1
        let mut pull = history();
        assert_eq!(pull.turn(NEW), Turn::Next);
        assert_eq!(
            pull.turn(PageFacts { is_empty: true, has_news: false, has_watermark: false, ..NEW }),
            Turn::Last
        );
        let old = PageFacts { has_moved: false, has_news: false, ..NEW };
        assert_eq!(pull.turn(old), Turn::NextAfterPause, "once may be an accident");
        assert_eq!(pull.turn(old), Turn::Last);
        assert_eq!(pull.turn(NEW), Turn::Next);
        assert_eq!(pull.turn(old), Turn::NextAfterPause);
        let lost = PageFacts { has_watermark: false, ..old };
        assert_eq!(pull.turn(lost), Turn::Doubtful, "nothing says where it ends");
        assert_eq!(pull.turn(old), Turn::Doubtful, "one of the two does not");
        assert_eq!(pull.turn(old), Turn::Last);
        let empty = PageFacts { is_empty: true, ..lost };
        assert_eq!((pull.turn(lost), pull.turn(empty)), (Turn::Doubtful, Turn::Last));
        pull.begin(PullPurpose::History, Moment::ZERO);
        assert_eq!(pull.turn(lost), Turn::NextAfterPause, "another socket, another page");
    }

    #[test]
    fn a_server_that_pages_for_ever_is_bounded() {
        // Covers: PO-1, RX-6
        let barren = PageFacts { has_news: false, ..NEW };
        let mut pull = history();
        let turns: Vec<_> = (0..BARREN_MAX).map(|_| pull.turn(barren)).collect();
        assert_eq!(turns.iter().filter(|turn| **turn == Turn::NextAfterPause).count(), 9);
        assert_eq!(turns.last(), Some(&Turn::Endless));
        let mut pull = history();
        let pauses = (0..1_000).filter(|_| pull.turn(NEW) == Turn::NextAfterPause).count();
        assert_eq!(pauses, 10, "even news is fetched with pauses");
    }
}
