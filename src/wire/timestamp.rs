//! Timestamps of activities, compared as instants.

use super::calendar::{days, number, seconds};
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
        let (date, rest) = text.split_at_checked(10)?;
        let [year, month, day] = parts(date, '-', [4, 2, 2])?;
        let rest = rest.strip_prefix(['T', 't', ' '])?;
        let (time, rest) = rest.split_at_checked(8)?;
        let [hour, minute, second] = parts(time, ':', [2, 2, 2])?;
        let (attoseconds, zone) = match rest.strip_prefix('.') {
            Some(rest) => fraction(rest)?,
            None => (0, rest),
        };
        let local = seconds(days(year, month, day)?, hour, minute, second)?;
        Some(Timestamp { seconds: local - offset(zone)?, attoseconds })
    }
}

/// Three numbers of fixed widths with a separator between them.
fn parts(text: &str, separator: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut numbers = [0; 3];
    let mut fields = text.split(separator);
    for (number_slot, width) in numbers.iter_mut().zip(widths) {
        let field = fields.next().filter(|field| field.len() == width)?;
        *number_slot = number(field)?;
    }
    fields.next().is_none().then_some(numbers)
}

/// The digits at the front as attoseconds, and what follows them.
fn fraction(text: &str) -> Option<(u64, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let kept = &digits[..digits.len().min(DIGITS)];
    let value = u64::try_from(number(kept)?).ok()?;
    let missing = u32::try_from(DIGITS - kept.len()).ok()?;
    Some((value * 10_u64.pow(missing), rest))
}

/// The offset from UTC in seconds.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = match zone.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, zone.strip_prefix('-')?),
    };
    let (hour, minute) = rest.split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    Some(sign * seconds(0, number(hour)?, number(minute)?, 0)?)
}

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
