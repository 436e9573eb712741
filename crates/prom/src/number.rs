//! Numbers as Go's `strconv.FormatFloat(x, 'g', -1, 64)` prints them: the shortest digits that
//! read back as the same number, in scientific notation below 1e-4 and from 1e+06 on. Prometheus prints so, and a label `le` is compared as text.

/// Integers from here on are not all floats; Prometheus has nothing but floats.
const EXACT: u64 = 1 << 53;

use meterport_core::{Number, NumberRows};

/// Which of the two spellings of a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Style {
    /// `1`: text 0.0.4.
    Plain,
    /// `1.0`: OpenMetrics, where it tells floats from integers.
    OpenMetrics,
}

/// Appends a float as Go's `%g` prints it, with the shortest digits that read back as the same.
pub fn write_f64(out: &mut Vec<u8>, number: f64, style: Style) {
    let truncated = number as i64;
    if truncated as f64 == number && truncated.unsigned_abs() < EXACT {
        // Zero and minus zero are one number to Prometheus' own encoder, too.
        return write_i64(out, truncated, style);
    }
    if number.is_nan() {
        return out.extend_from_slice(b"NaN");
    }
    if number.is_infinite() {
        return out.extend_from_slice(if number > 0.0 { b"+Inf" } else { b"-Inf" });
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(number).as_bytes();
    let (sign, text) = match text.split_first() {
        Some((b'-', text)) => (&b"-"[..], text),
        _ => (&b""[..], text),
    };
    out.extend_from_slice(sign);
    Shortest::read(text).write(out, style);
}

/// An integer, as the float it becomes.
#[inline]
pub(crate) fn write_i64(out: &mut Vec<u8>, number: i64, style: Style) {
    if number.unsigned_abs() >= EXACT {
        return write_large(out, number as f64, style);
    }
    if number < 0 {
        out.push(b'-');
    }
    write_exact(out, number.unsigned_abs(), style);
}

/// A count, as the float it becomes.
#[inline]
pub(crate) fn write_u64(out: &mut Vec<u8>, number: u64, style: Style) {
    if number >= EXACT {
        return write_large(out, number as f64, style);
    }
    write_exact(out, number, style);
}

/// A count as an integer, digit by digit.
#[inline]
pub(crate) fn write_integer(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Whether an integer changes when it becomes a float.
#[inline]
pub(crate) fn is_rounded(number: i64) -> bool {
    number.unsigned_abs() > EXACT && (number as f64) as i128 != i128::from(number)
}

/// The value of a row as the float it becomes, and whether it was rounded.
#[inline]
pub fn float_at(rows: &NumberRows, row: usize) -> (f64, bool) {
    let number = match rows {
        NumberRows::F64(values) => return (values[row], false),
        NumberRows::I64(values) => Number::I64(values[row]),
        NumberRows::Mixed(values) => values[row],
    };
    let rounded = match number {
        Number::F64(_) => false,
        Number::I64(value) => is_rounded(value),
        Number::U64(value) => value as f64 as u128 != u128::from(value),
    };
    (number.as_f64(), rounded)
}

#[inline]
fn write_exact(out: &mut Vec<u8>, number: u64, style: Style) {
    if number >= 1_000_000 {
        return write_scientific(out, number);
    }
    write_integer(out, number);
    if style == Style::OpenMetrics {
        out.extend_from_slice(b".0");
    }
}

/// `d.ddde+NN`, of an integer of at least seven digits.
fn write_scientific(out: &mut Vec<u8>, number: u64) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number).as_bytes();
    let kept = digits.iter().rposition(|digit| *digit != b'0').map_or(1, |last| last + 1);
    let mut text = [0; 24];
    text[0] = digits[0];
    let mut len = 1;
    if kept > 1 {
        text[1] = b'.';
        text[2..=kept].copy_from_slice(&digits[1..kept]);
        len = kept + 1;
    }
    let exponent = digits.len() as u8 - 1;
    text[len..len + 4].copy_from_slice(&[b'e', b'+', b'0' + exponent / 10, b'0' + exponent % 10]);
    out.extend_from_slice(&text[..len + 4]);
}

/// Beyond 2^53: not every integer is there, so the shortest digits are looked for.
#[cold]
fn write_large(out: &mut Vec<u8>, number: f64, style: Style) {
    if number < 0.0 {
        out.push(b'-');
    }
    let mut buffer = zmij::Buffer::new();
    Shortest::read(buffer.format_finite(number.abs()).as_bytes()).write(out, style);
}

/// The shortest digits of a positive number, without leading and trailing zeros, and where the
/// decimal point is: `0.d1d2d3… * 10^point`.
struct Shortest {
    digits: [u8; 24],
    len: usize,
    point: i32,
}

impl Shortest {
    /// From what zmij writes: decimal or scientific notation, without a sign.
    fn read(text: &[u8]) -> Self {
        let mut all = Self { digits: [0; 24], len: 0, point: 0 };
        let mut seen_point = false;
        let mut rest = text.iter();
        while let Some(&byte) = rest.next() {
            match byte {
                b'.' => seen_point = true,
                b'e' | b'E' => {
                    all.point += exponent(rest.as_slice());
                    break;
                }
                // A leading zero moves the point or means nothing.
                b'0' if all.len == 0 => all.point -= i32::from(seen_point),
                digit => {
                    if all.len < all.digits.len() {
                        all.digits[all.len] = digit;
                        all.len += 1;
                    }
                    all.point += i32::from(!seen_point);
                }
            }
        }
        while all.len > 1 && all.digits[all.len - 1] == b'0' {
            all.len -= 1;
        }
        all
    }

    fn write(&self, out: &mut Vec<u8>, style: Style) {
        let digits = &self.digits[..self.len];
        let exponent = self.point - 1;
        // With the shortest digits Go decides as for a precision of six.
        if !(-4..6).contains(&exponent) {
            out.push(digits[0]);
            if digits.len() > 1 {
                out.push(b'.');
                out.extend_from_slice(&digits[1..]);
            }
            out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
            if exponent.unsigned_abs() < 10 {
                out.push(b'0');
            }
            write_integer(out, exponent.unsigned_abs().into());
            return;
        }
        if self.point <= 0 {
            out.extend_from_slice(b"0.");
            out.extend(std::iter::repeat_n(b'0', self.point.unsigned_abs() as usize));
            return out.extend_from_slice(digits);
        }
        let point = self.point as usize;
        if digits.len() > point {
            out.extend_from_slice(&digits[..point]);
            out.push(b'.');
            return out.extend_from_slice(&digits[point..]);
        }
        out.extend_from_slice(digits);
        out.extend(std::iter::repeat_n(b'0', point - digits.len()));
        if style == Style::OpenMetrics {
            out.extend_from_slice(b".0");
        }
    }
}

fn exponent(text: &[u8]) -> i32 {
    let (sign, digits) = match text.split_first() {
        Some((b'-', digits)) => (-1, digits),
        Some((b'+', digits)) => (1, digits),
        _ => (1, text),
    };
    sign * digits.iter().fold(0, |number, digit| number * 10 + i32::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(number: f64, plain: &str, open_metrics: &str) {
        for (style, expected) in [(Style::Plain, plain), (Style::OpenMetrics, open_metrics)] {
            let mut out = Vec::new();
            write_f64(&mut out, number, style);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{number:e}");
        }
    }

    /// The right column is what Go prints, with `.0` where neither point nor exponent is.
    #[test]
    fn floats_are_spelled_as_in_go() {
        let table = [
            (0.0, "0", "0.0"),
            (-0.0, "0", "0.0"),
            (1.0, "1", "1.0"),
            (-1.0, "-1", "-1.0"),
            (5.0, "5", "5.0"),
            (0.5, "0.5", "0.5"),
            (0.1, "0.1", "0.1"),
            (0.0001, "0.0001", "0.0001"),
            (0.00012345, "0.00012345", "0.00012345"),
            (0.00001, "1e-05", "1e-05"),
            (1e-9, "1e-09", "1e-09"),
            (1.5e-10, "1.5e-10", "1.5e-10"),
            (100_000.0, "100000", "100000.0"),
            (999_999.0, "999999", "999999.0"),
            (999_999.5, "999999.5", "999999.5"),
            (1e6, "1e+06", "1e+06"),
            (-1e6, "-1e+06", "-1e+06"),
            (1_234_567.0, "1.234567e+06", "1.234567e+06"),
            (1_234_567.5, "1.2345675e+06", "1.2345675e+06"),
            (1_020_000.0, "1.02e+06", "1.02e+06"),
            (123_456_789.0, "1.23456789e+08", "1.23456789e+08"),
            (9_007_199_254_740_992.0, "9.007199254740992e+15", "9.007199254740992e+15"),
            (-9_007_199_254_740_994.0, "-9.007199254740994e+15", "-9.007199254740994e+15"),
            (1e21, "1e+21", "1e+21"),
            (1e100, "1e+100", "1e+100"),
            (-2.5e-100, "-2.5e-100", "-2.5e-100"),
            (f64::MAX, "1.7976931348623157e+308", "1.7976931348623157e+308"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308", "2.2250738585072014e-308"),
            (5e-324, "5e-324", "5e-324"),
            (f64::NAN, "NaN", "NaN"),
            (f64::INFINITY, "+Inf", "+Inf"),
            (f64::NEG_INFINITY, "-Inf", "-Inf"),
        ];
        for (number, plain, open_metrics) in table {
            check(number, plain, open_metrics);
        }
    }

    #[test]
    fn integers_are_spelled_as_the_floats_they_become() {
        let edges = [0, 1, 7, 10, 999_999, 1_000_000, 1_000_001, 1_234_560, (1 << 53) - 1, 1 << 53];
        let beyond = [(1 << 53) + 1, i64::MAX, i64::MAX - 1, i64::MIN, 1 << 62, 10_i64.pow(18)];
        for number in edges.into_iter().chain(beyond).flat_map(|n: i64| [n, n.wrapping_neg()]) {
            for style in [Style::Plain, Style::OpenMetrics] {
                let (mut integer, mut float) = (Vec::new(), Vec::new());
                write_i64(&mut integer, number, style);
                write_f64(&mut float, number as f64, style);
                assert_eq!(integer, float, "{number}");
                if let Ok(number) = u64::try_from(number) {
                    integer.clear();
                    write_u64(&mut integer, number, style);
                    assert_eq!(integer, float, "{number}");
                }
            }
        }
        assert!(!is_rounded(1 << 53) && is_rounded((1 << 53) + 1) && is_rounded(i64::MAX));
        assert!(!is_rounded(i64::MIN) && !is_rounded(-3));
    }

    proptest::proptest! {
        #[test]
        fn every_float_reads_back(bits: u64) {
            let number = f64::from_bits(bits);
            for style in [Style::Plain, Style::OpenMetrics] {
                let mut out = Vec::new();
                write_f64(&mut out, number, style);
                let text = String::from_utf8(out).unwrap();
                let read: f64 = text.parse().unwrap();
                assert!(read == number || number.is_nan() && read.is_nan(), "{text}");
            }
        }
    }
}
