//! Activity timestamps: RFC 3339 in UTC with seven digits, strictly later each time.

use std::time::{SystemTime, UNIX_EPOCH};

/// Stamps activities with the wall clock, in ticks of 100 ns, never the same tick twice.
///
/// Strictly rising stamps are what lets a client tell a reused id from a repeated activity.
#[derive(Debug, Default)]
pub(crate) struct Stamper {
    last_ticks: u64,
}

impl Stamper {
    pub(crate) fn stamp(&mut self, now: SystemTime) -> String {
        let elapsed = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let ticks = elapsed.as_secs() * TICKS_PER_SECOND + u64::from(elapsed.subsec_nanos() / 100);
        self.last_ticks = ticks.max(self.last_ticks + 1);
        format_ticks(self.last_ticks)
    }
}

fn format_ticks(ticks: u64) -> String {
    let (seconds, fraction) = (ticks / TICKS_PER_SECOND, ticks % TICKS_PER_SECOND);
    let (year, month, day) = civil_date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:07}Z")
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last day of a year; 400 years are
/// one full cycle of 146,097 days.
fn civil_date(days_since_epoch: u64) -> (u64, u64, u64) {
    let days = days_since_epoch + 719_468;
    let (cycle, day_of_cycle) = (days / 146_097, days % 146_097);
    let leap_days = day_of_cycle / 1460 - day_of_cycle / 36_524 + day_of_cycle / 146_096;
    let year_of_cycle = (day_of_cycle - leap_days) / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (cycle * 400 + year_of_cycle + u64::from(month <= 2), month, day)
}

const TICKS_PER_SECOND: u64 = 10_000_000;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn writes_known_moments() {
        let written = |seconds| format_ticks(seconds * TICKS_PER_SECOND + 42);
        assert_eq!(written(0), "1970-01-01T00:00:00.0000042Z");
        assert_eq!(written(951_825_599), "2000-02-29T11:59:59.0000042Z");
        assert_eq!(written(4_107_542_400), "2100-03-01T00:00:00.0000042Z");
        assert_eq!(written(1_609_459_199), "2020-12-31T23:59:59.0000042Z");
    }

    #[test]
    fn a_moment_keeps_its_hundreds_of_nanoseconds() {
        let now = UNIX_EPOCH + Duration::new(1, 234_567_899);
        assert_eq!(Stamper::default().stamp(now), "1970-01-01T00:00:01.2345678Z");
    }

    #[test]
    fn never_stamps_the_same_moment_twice() {
        let mut stamper = Stamper::default();
        let now = UNIX_EPOCH + Duration::from_secs(1);
        assert_eq!(stamper.stamp(now), "1970-01-01T00:00:01.0000000Z");
        assert_eq!(stamper.stamp(now), "1970-01-01T00:00:01.0000001Z");
        assert_eq!(stamper.stamp(UNIX_EPOCH), "1970-01-01T00:00:01.0000002Z");
    }
}
