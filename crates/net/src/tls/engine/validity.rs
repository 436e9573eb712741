//! When a certificate is valid: the one thing that rustls does not say of our own.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock that is behind by so much is taken for right, in seconds: what was issued a moment ago
/// on another machine is valid here.
const CLOCK_SKEW: i64 = 300;

/// The time in which a certificate is valid, in seconds since 1970, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    not_before: i64,
    not_after: i64,
}

impl Validity {
    /// Reads it from a certificate's DER (RFC 5280, 4.1); `None` if it can't be found.
    pub(super) fn read(certificate: &[u8]) -> Option<Self> {
        let (certificate, _) = take(certificate, SEQUENCE)?;
        let (mut fields, _) = take(certificate, SEQUENCE)?;
        if let Some((_, behind)) = take(fields, VERSION) {
            fields = behind;
        }
        // Serial number, signature algorithm, issuer.
        for tag in [INTEGER, SEQUENCE, SEQUENCE] {
            fields = take(fields, tag)?.1;
        }
        let (validity, _) = take(fields, SEQUENCE)?;
        let (not_before, behind) = time(validity)?;
        let (not_after, _) = time(behind)?;
        Some(Self { not_before, not_after })
    }

    /// What is wrong with it at this time.
    pub(super) fn fault(self, now: SystemTime) -> Option<Fault> {
        let now = match now.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(_) => 0,
        };
        if now > self.not_after {
            Some(Fault::Expired(self.not_after))
        } else if now.saturating_add(CLOCK_SKEW) < self.not_before {
            Some(Fault::NotYetValid(self.not_before))
        } else {
            None
        }
    }
}

/// Why a certificate is not valid, with the end that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Expired(i64),
    NotYetValid(i64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Expired(at) => write!(f, "has expired on {}", date(at)),
            Self::NotYetValid(from) => write!(f, "is not valid before {}", date(from)),
        }
    }
}

/// A date in words, held to the years that it has words for.
pub(super) fn date(seconds: i64) -> String {
    /// The last second of the year 9999.
    const LAST: u64 = 253_402_300_799;
    let seconds = u64::try_from(seconds).unwrap_or(0).min(LAST);
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// The content of the first value, which must have this tag, and what follows it.
fn take(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if found != tag {
        return None;
    }
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // A length of up to four bytes; DER has no indefinite one.
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            let value = length.iter().fold(0_u32, |value, &byte| value << 8 | u32::from(byte));
            (usize::try_from(value).ok()?, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// The first value, which must be a time, and what follows it.
fn time(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (digits, rest, years) = match take(bytes, UTC_TIME) {
        Some((digits, rest)) => (digits, rest, 2),
        None => {
            let (digits, rest) = take(bytes, GENERALIZED_TIME)?;
            (digits, rest, 4)
        }
    };
    // RFC 5280, 4.1.2.5: always with seconds, always in UTC.
    let digits = digits.strip_suffix(b"Z")?;
    if digits.len() != years + 10 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |from: usize, count: usize| {
        digits[from..from + count].iter().fold(0_i64, |value, d| value * 10 + i64::from(d - b'0'))
    };
    let year = match (years, number(0, years)) {
        (2, year @ 50..) => 1900 + year,
        (2, year) => 2000 + year,
        (_, year) => year,
    };
    let [month, day, hour, minute, second] =
        [0, 2, 4, 6, 8].map(|behind| number(years + behind, 2));
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !in_range || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some((seconds, rest))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
///
/// Years begin in March here, so that the leap day is the last one.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let in_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + in_year
        - 719_468
}

#[cfg(test)]
mod tests;
