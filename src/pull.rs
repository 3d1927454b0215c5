//! PULL: `GET activities`, to read the history once or to poll for ever. Beside the socket, not
//! instead of it: both share one cursor.

use crate::id::{BearerId, RequestId};
use crate::retry::PAUSE_MIN;
use crate::time::Moment;

/// What pulling is for, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pull {
    pub(crate) purpose: PullPurpose,
    pub(crate) state: PullState,
    /// When the last page was asked for, whatever for.
    asked_at: Option<Moment>,
    /// Before this the service wants no page asked for, whatever for.
    not_before: Option<Moment>,
    /// When the page after the one under way should come at the latest.
    hurry: Option<Moment>,
    /// Whether the last page came as it should.
    works: bool,
    /// Failures in a row.
    pub(crate) failures: u32,
    /// Answers in a row that there is no such conversation.
    pub(crate) missing: u32,
    /// Pages that could not be read since the last one that could.
    unreadable: u8,
    /// Whether a watermark was refused, and none accepted since.
    pub(crate) mark_refused: bool,
    /// How the last page left open whether another follows.
    doubt: Option<Doubt>,
    /// Pages in a row that brought nothing new, and yet were not the last.
    barren: u32,
    /// Pages in a row without a pause.
    run: u32,
}

/// Why pages are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PullPurpose {
    /// They are not.
    Off,
    /// To close the gap before a socket that was opened without a watermark; until the last page.
    History,
    /// Because there is no socket; until there is one.
    Polling,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PullState {
    Idle,
    /// The next page is asked for at `at`.
    Due {
        at: Moment,
    },
    Asked {
        request: RequestId,
        bearer: BearerId,
        by: Moment,
        has_watermark: bool,
    },
}

/// What a page was like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PageFacts {
    pub(crate) is_empty: bool,
    /// Something with an id that is new, or at least another watermark.
    pub(crate) is_new: bool,
    /// Something to hand out.
    pub(crate) has_news: bool,
    /// A watermark, whichever.
    pub(crate) has_watermark: bool,
}

/// A page held something and yet nothing new, neither ids nor another watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Doubt {
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
            _ if self.is_empty || self.is_new => None,
            true => Some(Doubt::SameWatermark),
            false => Some(Doubt::NoWatermark),
        }
    }
}

impl Pull {
    pub(crate) const OFF: Pull = Pull {
        purpose: PullPurpose::Off,
        state: PullState::Idle,
        asked_at: None,
        not_before: None,
        hurry: None,
        works: false,
        failures: 0,
        missing: 0,
        unreadable: 0,
        mark_refused: false,
        doubt: None,
        barren: 0,
        run: 0,
    };

    /// Begins at `at`, unless it is under way for this purpose already.
    pub(crate) fn begin(&mut self, purpose: PullPurpose, at: Moment) {
        // The page before may have come from elsewhere in the history.
        self.doubt = None;
        if self.purpose != purpose {
            self.stop();
            (self.purpose, self.state) = (purpose, PullState::Due { at: self.not_too_soon(at) });
        }
    }

    /// No pages are wanted any more. What the service asked for outlives the purpose.
    pub(crate) fn stop(&mut self) {
        let Pull { asked_at, not_before, .. } = *self;
        *self = Pull { asked_at, not_before, ..Pull::OFF };
    }

    /// The service wants no page asked for before this.
    pub(crate) fn keep_away(&mut self, until: Moment) {
        self.not_before = self.not_before.max(Some(until));
    }

    /// Asks for the next page no later than `at`, as far as that leaves a pause after the last.
    pub(crate) fn hasten(&mut self, at: Moment) {
        let at = self.not_too_soon(at);
        match self.state {
            PullState::Due { at: due } if self.failures == 0 => {
                self.state = PullState::Due { at: due.min(at) };
            }
            PullState::Asked { .. } => self.hurry = Some(at),
            PullState::Idle | PullState::Due { .. } => {}
        }
    }

    /// The next page is asked for at `at`, or earlier if somebody is in a hurry.
    pub(crate) fn rest(&mut self, at: Moment) {
        let hurry = self.hurry.take().map(|hurry| self.not_too_soon(hurry));
        self.state = PullState::Due { at: hurry.map_or(at, |hurry| hurry.min(at)) };
    }

    /// Whether polling brings activities, as far as anything has been heard of it.
    pub(crate) fn may_serve(&self, now: Moment) -> bool {
        let may_ask = self.not_before.is_none_or(|until| until <= now);
        self.purpose == PullPurpose::Polling && self.failures == 0 && may_ask
    }

    /// The page under way is given up, and asked for anew when that may be.
    pub(crate) fn cancelled(&mut self, now: Moment) {
        self.state = PullState::Due { at: self.not_too_soon(now) };
    }

    fn not_too_soon(&self, at: Moment) -> Moment {
        let floor = self.asked_at.map(|asked_at| asked_at.saturating_add(PAUSE_MIN));
        floor.max(self.not_before).map_or(at, |earliest| at.max(earliest))
    }

    /// Whether polling is what brings activities, and the last poll worked.
    pub(crate) fn is_polling_well(&self) -> bool {
        self.purpose == PullPurpose::Polling && self.works
    }

    pub(crate) fn deadline(&self) -> Option<Moment> {
        match self.state {
            PullState::Idle => None,
            PullState::Due { at } => Some(at),
            PullState::Asked { by, .. } => Some(by),
        }
    }

    /// A page was asked for at `now`.
    pub(crate) fn asked(
        &mut self,
        now: Moment,
        request: RequestId,
        bearer: BearerId,
        by: Moment,
        has_watermark: bool,
    ) {
        self.asked_at = Some(now);
        self.state = PullState::Asked { request, bearer, by, has_watermark };
    }

    /// Takes the page under way, if `request` is it: with which credential it was asked for, and
    /// whether with a watermark.
    pub(crate) fn take(&mut self, request: RequestId) -> Option<(BearerId, bool)> {
        match self.state {
            PullState::Asked { request: asked, bearer, has_watermark, .. } if asked == request => {
                self.state = PullState::Idle;
                Some((bearer, has_watermark))
            }
            PullState::Idle | PullState::Due { .. } | PullState::Asked { .. } => None,
        }
    }

    /// What the page under way was asked for with.
    pub(crate) fn bearer(&self) -> Option<BearerId> {
        match self.state {
            PullState::Asked { bearer, .. } => Some(bearer),
            PullState::Idle | PullState::Due { .. } => None,
        }
    }

    /// The request for a page that is under way.
    pub(crate) fn request(&self) -> Option<RequestId> {
        match self.state {
            PullState::Asked { request, .. } => Some(request),
            PullState::Idle | PullState::Due { .. } => None,
        }
    }

    #[cfg(feature = "proof")]
    pub(crate) fn moments(&mut self, f: &mut dyn FnMut(&mut Moment)) {
        let own = self.asked_at.iter_mut().chain(&mut self.not_before).chain(&mut self.hurry);
        own.for_each(&mut *f);
        match &mut self.state {
            PullState::Idle => {}
            PullState::Due { at } => f(at),
            PullState::Asked { by, .. } => f(by),
        }
    }

    /// What is due already is due now, and a page of long ago needs no more distance.
    #[cfg(feature = "proof")]
    pub(crate) fn clamp(&mut self, now: Moment) {
        self.asked_at.take_if(|at| at.saturating_add(PAUSE_MIN) <= now);
        self.not_before.take_if(|at| *at <= now);
        self.hurry = self.hurry.map(|at| now.max(at));
        if let PullState::Due { at } = &mut self.state {
            *at = now.max(*at);
        }
    }

    #[cfg(feature = "proof")]
    pub(crate) fn flight(&mut self) -> Option<(&mut RequestId, &mut BearerId)> {
        match &mut self.state {
            PullState::Asked { request, bearer, .. } => Some((request, bearer)),
            PullState::Idle | PullState::Due { .. } => None,
        }
    }

    /// A page did not come as it should; gives how often in a row.
    pub(crate) fn failed(&mut self) -> u32 {
        self.works = false;
        self.failures = self.failures.saturating_add(1);
        self.failures
    }

    /// A page could not be read; whether that makes it the second time, and so a gap to tell.
    pub(crate) fn is_unreadable_again(&mut self) -> bool {
        let before = self.unreadable;
        self.unreadable = (before + 1).min(UNREADABLE_TWICE);
        before + 1 == UNREADABLE_TWICE
    }

    /// A page came: what follows?
    pub(crate) fn turn(&mut self, page: PageFacts) -> Turn {
        self.works = true;
        // A watermark that is given and refused in turn is no success, however good the page.
        if !self.mark_refused {
            self.failures = 0;
        }
        (self.missing, self.unreadable) = (0, 0);
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

/// How often a page must be unreadable to be a gap: the first time it is asked for again.
const UNREADABLE_TWICE: u8 = 2;
/// A replay of a full day at the observed page size of 100 stays far below this.
const BARREN_MAX: u32 = 1_000;
/// Ten thousand activities at the observed page size of 100 before the first pause.
const RUN_MAX: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: PageFacts =
        PageFacts { is_empty: false, is_new: true, has_news: true, has_watermark: true };

    #[test]
    fn paging_ends_with_an_empty_page_or_one_without_anything_new() {
        // Covers: PO-1
        let mut pull = Pull::OFF;
        assert_eq!(pull.turn(NEW), Turn::Next);
        assert_eq!(
            pull.turn(PageFacts { is_empty: true, has_news: false, has_watermark: false, ..NEW }),
            Turn::Last
        );
        let old = PageFacts { is_new: false, has_news: false, ..NEW };
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
        pull.begin(PullPurpose::Off, Moment::ZERO);
        assert_eq!(pull.turn(lost), Turn::NextAfterPause, "another socket, another page");
    }

    #[test]
    fn a_server_that_pages_for_ever_is_bounded() {
        // Covers: PO-1, RX-6
        let barren = PageFacts { has_news: false, ..NEW };
        let mut pull = Pull::OFF;
        let turns: Vec<_> = (0..BARREN_MAX).map(|_| pull.turn(barren)).collect();
        assert_eq!(turns.iter().filter(|turn| **turn == Turn::NextAfterPause).count(), 9);
        assert_eq!(turns.last(), Some(&Turn::Endless));
        let mut pull = Pull::OFF;
        let pauses = (0..1_000).filter(|_| pull.turn(NEW) == Turn::NextAfterPause).count();
        assert_eq!(pauses, 10, "even news is fetched with pauses");
    }
}
