//! Civil dates as days, for the two date formats on the wire.

/// Days from 1970-01-01 to the given date of the Gregorian calendar; `None` when there is no such
/// day. Years before 1 and after 9999 are not dates on this wire.
pub(crate) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=9999).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Counting from March puts the leap day at the end of the year, where it needs no case.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let days_before_month = (153 * month + 2) / 5;
    Some(year * 365 + year / 4 - year / 100 + year / 400 + days_before_month + day - 719_469)
}

/// Seconds from 1970-01-01T00:00:00 to the given time; a leap second counts as the next second.
pub(crate) fn seconds(days: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    fits.then(|| days * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// The number that `text` writes in ASCII digits and nothing else.
pub(crate) fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_agree_with_known_dates() {
        assert_eq!(days(1970, 1, 1), Some(0));
        assert_eq!(days(1969, 12, 31), Some(-1));
        assert_eq!(days(2000, 2, 29), Some(11_016));
        assert_eq!(days(2026, 11, 20), Some(20_777));
        assert_eq!(days(1900, 2, 29), None);
        assert_eq!(days(2026, 13, 1), None);
        assert_eq!(days(2026, 4, 31), None);
        assert_eq!(days(0, 1, 1), None);
    }

    #[test]
    fn days_follow_one_another() {
        let mut last = days(1999, 12, 31).expect("a date");
        for year in 2000..2005 {
            for month in 1..=12 {
                for day in (1..=31).filter_map(|day| days(year, month, day)) {
                    assert_eq!(day, last + 1);
                    last = day;
                }
            }
        }
    }

    #[test]
    fn numbers_have_no_sign_and_no_space() {
        assert_eq!(number("007"), Some(7));
        for bad in ["", "+1", "-1", " 1", "1.0", "99999999999999999999"] {
            assert_eq!(number(bad), None);
        }
    }

    #[test]
    fn times_of_day_have_bounds() {
        assert_eq!(seconds(1, 23, 59, 60), Some(2 * 86_400), "a leap second");
        assert_eq!(seconds(0, 0, 0, 0), Some(0));
        for (hour, minute, second) in [(24, 0, 0), (-1, 0, 0), (0, 60, 0), (0, 0, 61)] {
            assert_eq!(seconds(0, hour, minute, second), None);
        }
    }
}
