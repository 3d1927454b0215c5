//! Timestamps of activities, compared as instants.

use super::calendar::{days, seconds};
use serde::{Deserialize, Serialize};

/// An instant as an activity's `timestamp` gives it: RFC 3339 with any offset and a fraction of
/// any length, exact to 18 digits (the field sends 7 at most).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Timestamp {
    seconds: i64,
    attoseconds: u64,
}

impl Timestamp {
    /// Reads a timestamp; `None` when it names no instant, which is the case without an offset.
    pub(crate) fn parse(text: &str) -> Option<Timestamp> {
        // `2026-11-20T12:00:00`, then a fraction or none, then the offset.
        let (fixed, rest) = text.as_bytes().split_first_chunk::<19>()?;
        let separators = [fixed[4], fixed[7], fixed[13], fixed[16]];
        if separators != *b"--::" || !matches!(fixed[10], b'T' | b't' | b' ') {
            return None;
        }
        let year = two(fixed, 0) * 100 + two(fixed, 2);
        let (month, day) = (two(fixed, 5), two(fixed, 8));
        let (hour, minute, second) = (two(fixed, 11), two(fixed, 14), two(fixed, 17));
        let (attoseconds, zone) = match rest {
            [b'.', rest @ ..] => fraction(rest)?,
            _ => (0, rest),
        };
        let local = seconds(days(year, month, day)?, hour, minute, second)?;
        Some(Timestamp { seconds: local - offset(zone)?, attoseconds })
    }

    /// The second that it lies in.
    pub(crate) const fn second(self) -> i64 {
        self.seconds
    }
}

/// The number that two digits write; more than any part of a date where there are none.
fn two<const N: usize>(text: &[u8; N], at: usize) -> i64 {
    match [text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0')] {
        [tens @ 0..=9, ones @ 0..=9] => i64::from(tens * 10 + ones),
        _ => NO_DIGITS,
    }
}

/// The digits at the front as attoseconds, and what follows them.
fn fraction(text: &[u8]) -> Option<(u64, &[u8])> {
    let (mut value, mut end) = (0, 0);
    while let Some(byte @ b'0'..=b'9') = text.get(end) {
        if end < DIGITS {
            value = value * 10 + u64::from(byte - b'0');
        }
        end += 1;
    }
    let power = POWERS_OF_TEN[DIGITS - end.min(DIGITS)];
    (end > 0).then_some((value * power, &text[end..]))
}

/// The offset from UTC in seconds.
fn offset(zone: &[u8]) -> Option<i64> {
    if let b"Z" | b"z" = zone {
        return Some(0);
    }
    let zone: &[u8; 6] = zone.try_into().ok()?;
    let sign = match (zone[0], zone[3]) {
        (b'+', b':') => 1,
        (b'-', b':') => -1,
        _ => return None,
    };
    Some(sign * seconds(0, two(zone, 1), two(zone, 4), 0)?)
}

const POWERS_OF_TEN: [u64; DIGITS + 1] = {
    let mut powers = [1; DIGITS + 1];
    let mut index = 1;
    while index <= DIGITS {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

const NO_DIGITS: i64 = 1_000_000;
/// All that a `u64` of attoseconds can hold.
const DIGITS: usize = 18;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap_or_else(|| panic!("{text} should be readable"))
    }

    #[test]
    fn instants_compare_whatever_way_they_are_written() {
        // Covers: DD-3
        assert_eq!(at("2026-11-20T12:00:00Z"), at("2026-11-20T13:00:00.000+01:00"));
        assert_eq!(at("2026-11-20t12:00:00z"), at("2026-11-19 22:30:00-13:30"));
        assert_eq!(at("2026-12-31T23:59:60Z"), at("2027-01-01T00:00:00Z"));
        assert!(at("2026-11-20T12:00:00.1Z") > at("2026-11-20T12:00:00.09999999Z"));
        assert!(at("2026-11-20T12:00:00.0000001Z") > at("2026-11-20T12:00:00Z"));
        assert!(at("2026-11-20T12:00:00.123456789012345678999Z") > at("2026-11-20T12:00:00.12Z"));
        assert!(at("0001-01-01T00:00:00Z") < at("1969-12-31T23:59:59Z"));
    }

    #[test]
    fn what_names_no_instant_is_no_timestamp() {
        // Covers: DD-3
        for bad in [
            "",
            "2026",
            "2026-11-20",
            "2026-11-20T12:00:00",
            "2026-11-20T12:00:00.Z",
            "2026-11-20T12:00Z",
            "2026-11-20T25:00:00Z",
            "2026-02-30T12:00:00Z",
            "2026-11-20T12:00:00+1:00",
            "2026-11-20T12:00:00+01",
            "2026-11-20T12:00:00+24:00",
            "2026-11-20T12:00:00ZZ",
            "2026-11-20X12:00:00Z",
            "2026-11-20T12:00:00+01x00",
            "20261120T120000Z",
            "2026-11-2éT12:00:00Z",
            "+026-11-20T12:00:00Z",
            "2026/11/20T12:00:00Z",
            "2026-11-20T12:00:00.1x",
        ] {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
    }
}
