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
        let [year, month, day] =
            [digits(&fixed[..4])?, digits(&fixed[5..7])?, digits(&fixed[8..10])?];
        let [hour, minute, second] =
            [digits(&fixed[11..13])?, digits(&fixed[14..16])?, digits(&fixed[17..])?];
        let (attoseconds, zone) = match rest {
            [b'.', rest @ ..] => fraction(rest)?,
            _ => (0, rest),
        };
        let local = seconds(days(year, month, day)?, hour, minute, second)?;
        Some(Timestamp { seconds: local - offset(zone)?, attoseconds })
    }
}

/// The number that ASCII digits write; at most 18 of them, so that it fits.
fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'))
    })
}

/// The digits at the front as attoseconds, and what follows them.
fn fraction(text: &[u8]) -> Option<(u64, &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (written, rest) = text.split_at(end);
    let kept = &written[..end.min(DIGITS)];
    if kept.is_empty() {
        return None;
    }
    let value = u64::try_from(digits(kept)?).ok()?;
    Some((value * POWERS_OF_TEN[DIGITS - kept.len()], rest))
}

/// The offset from UTC in seconds.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, hour, minute) = match zone {
        b"Z" | b"z" => return Some(0),
        [b'+', hour @ .., b':', m1, m2] => (1, hour, [*m1, *m2]),
        [b'-', hour @ .., b':', m1, m2] => (-1, hour, [*m1, *m2]),
        _ => return None,
    };
    let hour = digits(hour).filter(|_| hour.len() == 2)?;
    Some(sign * seconds(0, hour, digits(&minute)?, 0)?)
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
