//! CLOCK: when the service says that something was said. Its clock may be set, and be wrong once;
//! a timestamp may be written in many ways, be none, or not be there.

use std::collections::VecDeque;

use super::operation::ClockFate;
use super::setup::Stamps;

/// The clock of one conversation.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    stamps: Stamps,
    /// How far it is ahead of the time, in milliseconds.
    shift: u64,
    /// The newest timestamp, but for those that were wrong once; and the greatest of them.
    newest: u64,
    greatest: u64,
    /// What waits to be wrong once.
    odd: VecDeque<ClockFate>,
    writing: u16,
    /// Whether a timestamp of something with an id was ever wrong, or told of the far future.
    pub(crate) was_wrong: bool,
    pub(crate) was_ahead: bool,
}

/// A timestamp.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    /// Milliseconds; `None` where nobody can read it.
    pub(crate) at: Option<u64>,
    /// As a member before a comma, or nothing.
    pub(crate) member: String,
    /// What was odd about it.
    pub(crate) fate: Option<ClockFate>,
}

impl Clock {
    pub(crate) fn new(stamps: Stamps) -> Clock {
        Clock {
            stamps,
            shift: BEGUN,
            newest: 0,
            greatest: 0,
            odd: VecDeque::new(),
            writing: 0,
            was_wrong: false,
            was_ahead: false,
        }
    }

    /// Whether every activity says when it was said.
    pub(crate) fn tells(&self) -> bool {
        matches!(self.stamps, Stamps::Usual | Stamps::Seconds)
    }

    /// Whether it is past all that it has said before, but for what was wrong once.
    pub(crate) fn is_ahead(&self) -> bool {
        self.newest >= self.greatest
    }

    /// It is set, or will be wrong. It is not set back where a numbering `has_begun_anew`: what
    /// comes then has the times and the ids of what came before, and nobody could tell.
    pub(crate) fn order(&mut self, fate: ClockFate, detail: u16, has_begun_anew: bool) -> bool {
        let unit = [1_000, 60_000, 3_600_000, 86_400_000][usize::from(detail >> 12 & 3)];
        let by = unit * u64::from(detail & 0xFFF);
        match fate {
            ClockFate::Ahead => self.shift = (self.shift + by).min(AHEAD_MAX),
            ClockFate::Back if has_begun_anew => return false,
            ClockFate::Back => {
                (self.shift, self.newest) =
                    (self.shift.saturating_sub(by), self.newest.saturating_sub(by));
            }
            ClockFate::Written => self.writing = detail,
            ClockFate::Future | ClockFate::Past | ClockFate::Unsaid | ClockFate::Unreadable => {
                if self.odd.len() < ODD_MAX {
                    self.odd.push_back(fate);
                }
                return false;
            }
        }
        true
    }

    /// Nothing of what waits will be wrong any more.
    pub(crate) fn stop(&mut self) {
        self.odd.clear();
    }

    /// A numbering begins anew, well after everything before it; after all that told no time
    /// the remembered times tell it, which a minute must lie between.
    pub(crate) fn begin_anew(&mut self) {
        self.newest += if self.was_wrong { 130_000 } else { 1_000 };
    }

    /// When something is said that `is_known` by an id; where a numbering `has_begun_anew` it
    /// tells its time, or nobody could tell it from its namesake.
    pub(crate) fn stamp(&mut self, now: u64, is_known: bool, has_begun_anew: bool) -> Stamp {
        self.newest = (self.newest + 1).max(now + self.shift);
        self.greatest = self.greatest.max(self.newest);
        let must_tell = |fate: &ClockFate| {
            has_begun_anew && matches!(fate, ClockFate::Unsaid | ClockFate::Unreadable)
        };
        let fate = self.odd.pop_front().filter(|fate| !must_tell(fate));
        self.was_wrong |= fate.is_some() && is_known;
        self.was_ahead |= fate == Some(ClockFate::Future) && is_known;
        let written = |at| format!("\"timestamp\":\"{}\",", written(at, self.writing));
        let (at, member) = match (fate, self.stamps) {
            (Some(ClockFate::Unsaid), _) | (_, Stamps::Unsaid) => (None, String::new()),
            (Some(ClockFate::Unreadable), _) | (_, Stamps::Unreadable) => {
                let none = NO_TIMES[usize::try_from(self.newest % 6).unwrap_or(0)];
                (None, format!("\"timestamp\":{none},"))
            }
            (Some(ClockFate::Future), _) => (Some(FUTURE), written(FUTURE)),
            (Some(ClockFate::Past), _) => (Some(PAST), written(PAST)),
            (_, Stamps::Seconds) => {
                let second = self.newest / 1_000 * 1_000;
                (Some(second), written(second))
            }
            _ => (Some(self.newest), written(self.newest)),
        };
        Stamp { at, member, fate }
    }
}

/// RFC 3339 for so many milliseconds since 2000-03-01, in one of the ways to write it; the first
/// is that of the service, in UTC with seven digits.
fn written(at: u64, writing: u16) -> String {
    let (zone, minutes) = ZONES[usize::from(writing) % ZONES.len()];
    let writing = usize::from(writing) / ZONES.len();
    let local = at.saturating_add_signed(minutes * 60_000);
    let (day, second) = (date(local / 86_400_000), local / 1_000 % 86_400);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let milli = format!("{:03}", local % 1_000);
    let digits = match writing % 4 {
        0 => format!(".{milli}0000"),
        1 => format!(".{milli}{}", "0".repeat(22)),
        2 => format!(".{milli}"),
        _ => format!(".{milli}").trim_end_matches('0').trim_end_matches('.').to_owned(),
    };
    let between = ["T", "t", " "][writing / 4 % 3];
    format!("{day}{between}{hour:02}:{minute:02}:{second:02}{digits}{zone}")
}

fn date(days: u64) -> String {
    // Days since 2000-03-01, so that the leap day ends each four years.
    let (cycle, day_of_cycle) = (days / 1_461, days % 1_461);
    let year_of_cycle = (day_of_cycle / 365).min(3);
    let day_of_year = day_of_cycle - year_of_cycle * 365;
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (0, month + 3) } else { (1, month - 9) };
    format!("{:04}-{month:02}-{day:02}", 2000 + cycle * 4 + year_of_cycle + year)
}

/// Where the times of a world begin, as the service tells them: 24 years after 2000-03-01.
const BEGUN: u64 = 6 * 1_461 * 86_400_000;
/// A clock is set no further than into the nineties of the century.
const AHEAD_MAX: u64 = 23 * 1_461 * 86_400_000;
/// 2099, and the year 2000.
const FUTURE: u64 = 36_200 * 86_400_000;
const PAST: u64 = 86_400_000;
const ODD_MAX: usize = 8;
/// Offsets from UTC, in minutes.
const ZONES: [(&str, i64); 9] = [
    ("Z", 0),
    ("z", 0),
    ("+00:00", 0),
    ("-00:00", 0),
    ("+05:30", 330),
    ("-13:30", -810),
    ("+14:00", 840),
    ("-23:59", -1_439),
    ("+23:59", 1_439),
];
/// What names no instant.
const NO_TIMES: [&str; 6] =
    ["null", "1732104000", "\"soon\"", "\"2026-11-20T12:00:00\"", "\"2026-02-30T12:00:00Z\"", "{}"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_follow_the_calendar() {
        let day = 86_400_000;
        assert_eq!(written(BEGUN, 0), "2024-03-01T00:00:00.0000000Z");
        assert_eq!(written(BEGUN + 306 * day - 1, 0), "2024-12-31T23:59:59.9990000Z");
        assert_eq!(written(BEGUN + 1_461 * day - day, 0), "2028-02-29T00:00:00.0000000Z");
        assert_eq!(written(BEGUN + 1_461 * day, 0), "2028-03-01T00:00:00.0000000Z");
        assert_eq!(written(FUTURE, 0), "2099-04-11T00:00:00.0000000Z");
    }

    #[test]
    fn one_instant_is_written_in_many_ways() {
        let at = BEGUN + 43_200_500;
        assert_eq!(written(at, 4), "2024-03-01T17:30:00.5000000+05:30");
        assert_eq!(written(at, 5 + 9 * 3), "2024-02-29T22:30:00.5-13:30");
        assert_eq!(written(at, 9 * 10), "2024-03-01 12:00:00.500Z");
        assert_eq!(written(BEGUN, 9 * 7), "2024-03-01t00:00:00Z");
        assert_eq!(written(at, 9).len(), "2024-03-01T12:00:00.".len() + 26);
    }
}
