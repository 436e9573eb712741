//! Numbers as Prometheus reads them.

use meterport_core::Timestamp;

/// A number as Go's `strconv.ParseFloat` reads it, without what Prometheus forbids in it: digits
/// apart by underscores, and powers of two. All NaN are one, so that none is a stale marker.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let number: f64 = text.parse().ok()?;
    if number.is_nan() {
        // Go has no sign in front of it.
        return (unsigned.len() == text.len()).then_some(f64::NAN);
    }
    // Too large is an error, and not infinite.
    let is_word = unsigned.starts_with(['i', 'I']);
    (number.is_finite() || is_word).then_some(number)
}

/// Why a time is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadTime {
    /// It is no finite number.
    NotANumber,
    /// It is before 1970 or after 2554.
    OutOfRange,
}

/// Seconds since 1970, exact to the nanosecond: a double would lose digits.
pub(crate) fn parse_seconds(text: &str) -> Result<Timestamp, BadTime> {
    /// Nanoseconds have nine decimals.
    const DECIMALS: i64 = 9;
    parse_float(text).filter(|number| number.is_finite()).ok_or(BadTime::NotANumber)?;
    let (is_negative, unsigned) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    let (mut digits, mut exponent, mut seen_point) = (0_u128, DECIMALS, false);
    for (at, byte) in unsigned.iter().enumerate() {
        match byte {
            b'.' => seen_point = true,
            b'e' | b'E' => {
                let power = std::str::from_utf8(&unsigned[at + 1..]).ok();
                let power = power.and_then(|power| power.parse::<i64>().ok());
                exponent = exponent.saturating_add(power.ok_or(BadTime::OutOfRange)?);
                break;
            }
            // More digits than these are below a nanosecond, or far out of range.
            digit if digits < 10_u128.pow(30) => {
                digits = digits * 10 + u128::from(digit - b'0');
                exponent -= i64::from(seen_point);
            }
            _ => exponent += i64::from(!seen_point),
        }
    }
    if digits == 0 {
        return Ok(Timestamp::UNSET);
    }
    let nanos = match u32::try_from(exponent.unsigned_abs()) {
        Ok(power) if exponent >= 0 => {
            10_u128.checked_pow(power).and_then(|factor| digits.checked_mul(factor))
        }
        Ok(power) => Some(10_u128.checked_pow(power).map_or(0, |divisor| digits / divisor)),
        Err(_) if exponent >= 0 => None,
        Err(_) => Some(0),
    };
    match nanos.and_then(|nanos| u64::try_from(nanos).ok()) {
        Some(0) => Ok(Timestamp::UNSET),
        Some(nanos) if !is_negative => Ok(Timestamp::from_nanos(nanos)),
        _ => Err(BadTime::OutOfRange),
    }
}

/// Milliseconds since 1970.
pub(crate) fn from_millis(millis: i64) -> Result<Timestamp, BadTime> {
    let nanos = u64::try_from(millis).ok().and_then(|millis| millis.checked_mul(1_000_000));
    nanos.map(Timestamp::from_nanos).ok_or(BadTime::OutOfRange)
}

impl BadTime {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NotANumber => "a timestamp that is no finite number",
            Self::OutOfRange => "a timestamp before 1970 or after 2554",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_read_as_in_go() {
        let table = [
            ("1", Some(1.0)),
            ("-1.5e-3", Some(-0.0015)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("+Inf", Some(f64::INFINITY)),
            ("-inf", Some(f64::NEG_INFINITY)),
            ("Infinity", Some(f64::INFINITY)),
            ("4.9e-324", Some(5e-324)),
            ("1e-400", Some(0.0)),
            ("1e400", None),
            ("-1e309", None),
            ("+NaN", None),
            ("0x1p-3", None),
            ("0x10", None),
            ("1_2", None),
            ("", None),
            (".", None),
            ("1e", None),
            ("true", None),
            (" 1", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse_float(text), expected, "{text:?}");
        }
        assert!(parse_float("nan").is_some_and(f64::is_nan));
    }

    #[test]
    fn seconds_are_exact() {
        let nanos = |nanos| Ok(Timestamp::from_nanos(nanos));
        let table = [
            ("0", Ok(Timestamp::UNSET)),
            ("-0.0", Ok(Timestamp::UNSET)),
            ("100.0", nanos(100_000_000_000)),
            ("1520430000.123", nanos(1_520_430_000_123_000_000)),
            ("1.520430000123e+09", nanos(1_520_430_000_123_000_000)),
            ("1520430000.123456789123456789123456789", nanos(1_520_430_000_123_456_789)),
            ("0.000000001", nanos(1)),
            ("1e-9", nanos(1)),
            ("1e-10", Ok(Timestamp::UNSET)),
            ("1e-400", Ok(Timestamp::UNSET)),
            ("18446744073.709551615", nanos(u64::MAX)),
            ("18446744073.709551616", Err(BadTime::OutOfRange)),
            ("1e300", Err(BadTime::OutOfRange)),
            ("-1", Err(BadTime::OutOfRange)),
            ("NaN", Err(BadTime::NotANumber)),
            ("Inf", Err(BadTime::NotANumber)),
            ("1z", Err(BadTime::NotANumber)),
        ];
        for (text, expected) in table {
            assert_eq!(parse_seconds(text), expected, "{text:?}");
        }
        let long = format!("1{}", "0".repeat(40));
        assert_eq!(parse_seconds(&long), Err(BadTime::OutOfRange));
        assert_eq!(from_millis(1_500), nanos(1_500_000_000));
        assert_eq!(from_millis(-1), Err(BadTime::OutOfRange));
        assert_eq!(from_millis(i64::MAX), Err(BadTime::OutOfRange));
    }
}
