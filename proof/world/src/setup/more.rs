//! MORE of a setup: what the settings say that a run begins with. Without them everything is as
//! the eight bytes and the defaults have it.

use std::time::Duration;

use directline::History;

use super::Setup;
use crate::operation::{Bound, Setting};

/// How the ids of activities look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ids {
    /// `conversation|0000042`.
    Service,
    Arbitrary,
    /// Numbers without a prefix, as short as they are.
    Bare,
    /// With quotes, escapes and letters from everywhere.
    Awkward,
    Long,
    /// All that is unique in turn, and what is no id: empty, a number, half a character.
    Mixed,
}

/// What activities say of their time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stamps {
    #[default]
    Usual,
    /// Nothing, none of them.
    Unsaid,
    /// What nobody can read.
    Unreadable,
    /// Whole seconds.
    Seconds,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct More {
    only_new: bool,
    attempts_max: Option<u32>,
    attempts_at_once: Option<u32>,
    outage_max: Option<u64>,
    seen_ids_max: Option<usize>,
    keeps_posts: bool,
    heeds: bool,
    posts_max: Option<usize>,
    pub(super) keepalive: Option<Option<u64>>,
    pub(super) liveness: Option<Option<u64>>,
    pub(super) ids: Option<Ids>,
    set_max: Option<usize>,
    pub(super) page: Option<usize>,
    token_lifetime: Option<u64>,
    pub(super) poll_interval: Option<u64>,
    retry_after_max: Option<u64>,
    restarts_marks: bool,
    stamps: Stamps,
    refresh_interval_min: Option<u64>,
    /// By bound: whether it is at its least or, if `true`, at its most.
    ends: [Option<bool>; Bound::ALL.len()],
}

impl More {
    pub(super) fn bind(&mut self, bound: Bound, is_most: bool) {
        self.ends[bound as usize] = Some(is_most);
    }

    /// A setting at one of its ends, if it is there; else as something else has it.
    pub(super) fn end(&self, bound: Bound, least: u64, most: u64, usual: u64) -> u64 {
        self.ends[bound as usize].map_or(usual, |is_most| if is_most { most } else { least })
    }

    /// Whether a setting is at its least.
    pub(super) fn is_least(&self, bound: Bound) -> bool {
        self.ends[bound as usize] == Some(false)
    }

    /// All settings that are at one of their ends.
    pub(super) fn ends(&self) -> impl Iterator<Item = (Bound, bool)> {
        Bound::ALL.iter().zip(self.ends).filter_map(|(bound, end)| Some((*bound, end?)))
    }

    /// Every value is a number of seconds, of things, or a choice; all are allowed.
    pub(super) fn set(&mut self, what: Setting, value: u16) {
        let (number, count) = (u64::from(value), usize::from(value));
        match what {
            Setting::OnlyNew => self.only_new = value % 2 == 1,
            Setting::AttemptsMax => self.attempts_max = (value > 0).then(|| u32::from(value)),
            Setting::AttemptsAtOnce => {
                self.attempts_at_once = Some(u32::from(value).clamp(1, 10_000));
            }
            Setting::OutageMax => self.outage_max = (value > 0).then(|| number * 1_000),
            Setting::SeenIdsMax => self.seen_ids_max = Some(16 + count),
            Setting::KeepsPosts => {
                (self.keeps_posts, self.heeds) = (value % 2 == 1, value / 2 % 2 == 0);
            }
            Setting::PostsMax => self.posts_max = Some(1 + count),
            Setting::Keepalive => {
                self.keepalive = Some((value > 0).then(|| number.min(3_600) * 1_000));
            }
            Setting::Liveness => self.liveness = Some((value > 0).then(|| number * 1_000)),
            Setting::Ids => self.ids = Some(IDS[count % IDS.len()]),
            Setting::SetMax => self.set_max = Some(1 + count),
            Setting::Page => self.page = Some(1 + count),
            Setting::TokenLifetime => self.token_lifetime = Some(60 + number),
            Setting::PollInterval => self.poll_interval = Some(number.clamp(1, 3_600) * 1_000),
            Setting::RetryAfterMax => self.retry_after_max = Some(number.max(1) * 1_000),
            Setting::RestartsMarks => self.restarts_marks = value % 2 == 1,
            Setting::Stamps => self.stamps = STAMPS[count % STAMPS.len()],
            Setting::TokenSeconds => self.token_lifetime = Some(1 + number % 20),
            Setting::RefreshIntervalMin => {
                self.refresh_interval_min = Some(number.clamp(200, 60_000));
            }
        }
    }
}

impl Setup {
    pub(crate) fn history(self) -> History {
        if self.more.only_new { History::OnlyNew } else { History::Everything }
    }

    /// How many requests for a connection may follow each other without a pause.
    pub(crate) fn attempts_at_once(self) -> u64 {
        let usual = self.more.attempts_at_once.unwrap_or(12).into();
        self.more.end(Bound::AttemptsAtOnce, 1, 10_000, usual)
    }

    pub(crate) fn attempts_max(self) -> Option<u32> {
        let usual = self.more.attempts_max.map_or(0, u64::from);
        let max = self.more.end(Bound::AttemptsMax, 1, u32::MAX.into(), usual);
        u32::try_from(max).ok().filter(|max| *max > 0)
    }

    pub(crate) fn outage_max(self) -> Option<u64> {
        let usual = self.more.outage_max.unwrap_or(0);
        let max = self.more.end(Bound::OutageMax, 1, 365 * DAY, usual);
        Some(max).filter(|max| *max > 0)
    }

    pub(crate) fn seen_ids_max(self) -> usize {
        let usual = self.more.seen_ids_max.unwrap_or(8_192);
        count(self.more.end(Bound::SeenIdsMax, 16, 1 << 20, usual as u64))
    }

    pub(crate) fn keeps_posts(self) -> bool {
        self.more.keeps_posts
    }

    /// Whether the host stores what it is told to store.
    pub(crate) fn heeds(self) -> bool {
        self.more.heeds
    }

    pub(crate) fn posts_max(self) -> usize {
        let usual = self.more.posts_max.unwrap_or(256);
        count(self.more.end(Bound::PostsMax, 1, 1 << 16, usual as u64))
    }

    /// How many activities a set on the stream holds at most.
    pub(crate) fn set_max(self) -> usize {
        self.more.set_max.unwrap_or(4)
    }

    /// How long the service's tokens live.
    pub(crate) fn token_lifetime(self) -> Duration {
        Duration::from_secs(self.more.token_lifetime.unwrap_or(1_800))
    }

    /// No two refreshes are closer to each other.
    pub(crate) fn refresh_interval_min(self) -> u64 {
        let usual = self.more.refresh_interval_min.unwrap_or(500);
        self.more.end(Bound::RefreshIntervalMin, 200, HOUR, usual)
    }

    pub(crate) fn stamps(self) -> Stamps {
        self.more.stamps
    }

    pub(crate) fn retry_after_max(self) -> u64 {
        let usual = self.more.retry_after_max.unwrap_or(300_000);
        self.more.end(Bound::RetryAfterMax, 1_000, DAY, usual)
    }

    /// Whether watermarks begin anew together with the numbering.
    pub(crate) fn restarts_marks(self) -> bool {
        self.more.restarts_marks
    }
}

fn count(number: u64) -> usize {
    usize::try_from(number).expect("a setting")
}

pub(super) const HOUR: u64 = 3_600_000;
pub(super) const DAY: u64 = 24 * HOUR;
const IDS: [Ids; 6] =
    [Ids::Service, Ids::Arbitrary, Ids::Bare, Ids::Awkward, Ids::Long, Ids::Mixed];
const STAMPS: [Stamps; 4] = [Stamps::Usual, Stamps::Unsaid, Stamps::Unreadable, Stamps::Seconds];
