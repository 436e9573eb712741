use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::RETRY_AFTER;
use meterport_core::{Clock, Timestamp};

/// The longest time that is told: 136 years. Longer ones would overflow the clocks of callers
/// that add without care.
const LONGEST: Duration = Duration::from_secs(u32::MAX as u64);

/// How long the other side asks to wait: `Retry-After` in seconds or as a date (RFC 9110, section
/// 10.2.3). `wall` is the time now, for the date.
///
/// A date in the past is no time at all; a number beyond all measure is 136 years: to cap it is
/// the caller's. `None` where there is no such header, where it can't be understood (a sign, a
/// fraction, anything else), or where it is a date and `wall` is not set.
///
/// ```
/// use std::time::Duration;
/// use http::{HeaderMap, HeaderValue, header::RETRY_AFTER};
/// use meterport_core::Timestamp;
/// use meterport_net::retry_after;
///
/// let mut headers = HeaderMap::new();
/// headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
/// assert_eq!(retry_after(&headers, Timestamp::UNSET), Some(Duration::from_secs(7)));
/// ```
pub fn retry_after(headers: &HeaderMap, wall: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits alone fail for one reason: there are too many of them.
        let wait = text.parse().map_or(LONGEST, Duration::from_secs);
        return Some(wait.min(LONGEST));
    }
    if !wall.is_set() {
        return None;
    }
    let at = httpdate::parse_http_date(text).ok()?;
    Some(Timestamp::from(at).saturating_since(wall).min(LONGEST))
}

/// [`retry_after`] by the wall clock of `clock`, or the system's without one.
pub fn retry_after_now(headers: &HeaderMap, clock: Option<&dyn Clock>) -> Option<Duration> {
    let wall = match clock {
        Some(clock) => clock.wall(),
        None => SystemTime::now().into(),
    };
    retry_after(headers, wall)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    /// 1994-11-06 08:49:37 UTC, the date of RFC 9110.
    const NOW: Timestamp = Timestamp::from_secs(784_111_777);

    fn read(value: &[u8]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_bytes(value).ok()?);
        retry_after(&headers, NOW).map(|wait| wait.as_secs())
    }

    #[test]
    fn both_forms_and_everything_else() {
        let longest = Some(LONGEST.as_secs());
        let table: &[(&str, Option<u64>)] = &[
            ("7", Some(7)),
            (" 120 ", Some(120)),
            ("0", Some(0)),
            ("007", Some(7)),
            ("4294967296", longest),
            ("9223372036854775807", longest),
            ("99999999999999999999999999", longest),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("1e3", None),
            ("", None),
            (" ", None),
            ("soon", None),
            ("7, 8", None),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Sun Nov  6 08:49:38 1994", Some(1)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sat, 05 Nov 1994 08:49:37 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", longest),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
        ];
        for (value, expected) in table {
            assert_eq!(read(value.as_bytes()), *expected, "{value:?}");
        }
        assert_eq!(read("9".repeat(10_000).as_bytes()), longest);
        assert_eq!(read(b"\xff\xfe"), None);
        assert_eq!(retry_after(&HeaderMap::new(), NOW), None);
    }

    #[test]
    fn a_date_means_nothing_without_a_clock() {
        let mut headers = HeaderMap::new();
        let date = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:47 GMT");
        headers.insert(RETRY_AFTER, date);
        assert_eq!(retry_after(&headers, Timestamp::UNSET), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(value in proptest::collection::vec(any::<u8>(), 0..64), wall: u64) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                let mut headers = HeaderMap::new();
                headers.insert(RETRY_AFTER, value);
                let wait = retry_after(&headers, Timestamp::from_nanos(wall));
                prop_assert!(wait.is_none_or(|wait| wait <= LONGEST));
            }
        }

        #[test]
        fn every_number_is_read(seconds: u64) {
            let expected = seconds.min(LONGEST.as_secs());
            prop_assert_eq!(read(seconds.to_string().as_bytes()), Some(expected));
        }
    }
}
