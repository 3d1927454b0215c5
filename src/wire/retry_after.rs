//! `Retry-After`: seconds, or a date that only the same answer's `Date` can be held against.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

use super::calendar::{days, number, seconds};

/// How long the server asks us to wait; `None` when it does not, or when it cannot be understood.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let value = text(RETRY_AFTER)?;
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More than fits is more than anybody waits.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let wait = http_date(value)? - http_date(text(DATE)?)?;
    Some(Duration::from_secs(u64::try_from(wait).unwrap_or(0)))
}

/// Seconds since 1970 of an HTTP-date in the form that RFC 9110 tells senders to use:
/// `Sun, 06 Nov 1994 08:49:37 GMT`. The two obsolete forms are not read: nothing has sent them in
/// this field, and a date that is not understood only means our own backoff.
fn http_date(text: &str) -> Option<i64> {
    let mut words = text.split_once(", ")?.1.split(' ');
    let day = words.next().and_then(number)?;
    let name = words.next()?;
    let (month, _) = (1..).zip(MONTHS).find(|(_, month)| *month == name)?;
    let year = words.next().and_then(number)?;
    let mut time = words.next()?.split(':').map(number);
    let mut next = || time.next().flatten();
    let (hour, minute, second) = (next()?, next()?, next()?);
    if words.next() != Some("GMT") || words.next().is_some() {
        return None;
    }
    seconds(days(year, month, day)?, hour, minute, second)
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(retry_after_value: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after_value.parse().expect("a header"));
        if let Some(date) = date {
            headers.insert(DATE, date.parse().expect("a header"));
        }
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_seconds() {
        // Covers: RC-4
        assert_eq!(wait("7", None), Some(7));
        assert_eq!(wait(" 0 ", None), Some(0));
        assert_eq!(wait("9223372036854775807", None), Some(i64::MAX as u64));
        assert_eq!(wait("99999999999999999999", None), Some(u64::MAX), "more than fits");
    }

    #[test]
    fn dates_are_held_against_the_date_of_the_same_answer() {
        // Covers: RC-4
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:07 GMT", date), Some(30));
        assert_eq!(wait("Mon, 07 Nov 1994 08:49:37 GMT", date), Some(86_400));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:36 GMT", date), Some(0));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:07 GMT", None), None);
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:07 GMT", Some("today")), None);
    }

    #[test]
    fn garbage_is_ignored() {
        // Covers: RC-4
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        for bad in [
            "",
            "-1",
            "+5",
            "1.5",
            "soon",
            "Sun, 06 Nov 1994",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, xx Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov yyyy 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT x",
        ] {
            assert_eq!(wait(bad, date), None, "{bad}");
        }
    }
}
