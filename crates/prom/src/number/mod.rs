//! Numbers as Go's `strconv.FormatFloat(x, 'g', -1, 64)` prints them: the shortest digits that
//! read back as the same number, in scientific notation below 1e-4 and from 1e+06 on. Prometheus prints so, and a label `le` is compared as text.

mod digits;
mod shortest;

#[cfg(test)]
mod tests;

use meterport_core::{Number, NumberRows};

use self::digits::{Digits, EIGHT_DIGITS};
use self::shortest::Shortest;
use crate::append::append;

/// Integers from here on are not all floats; Prometheus has nothing but floats.
const EXACT: u64 = 1 << 53;

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
    let text = buffer.format_finite(number);
    // Where neither of the two uses an exponent, zmij writes as Go does; and it is no whole number.
    if (1e-4..1e6).contains(&number.abs()) {
        return out.extend_from_slice(text.as_bytes());
    }
    let text = text.as_bytes();
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
    if number < EIGHT_DIGITS {
        let digits = Digits::of(number);
        return append(out, digits.text().to_le_bytes(), digits.len());
    }
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Whether an integer changes when it becomes a float.
#[inline]
pub(crate) fn is_rounded(number: Number) -> bool {
    match number {
        Number::F64(_) => false,
        Number::I64(number) => {
            number.unsigned_abs() > EXACT && (number as f64) as i128 != i128::from(number)
        }
        Number::U64(number) => number > EXACT && (number as f64) as u128 != u128::from(number),
    }
}

/// The value of a row as the float it becomes, and whether it was rounded.
#[inline]
pub fn float_at(rows: &NumberRows, row: usize) -> (f64, bool) {
    let number = match rows {
        NumberRows::F64(values) => return (values[row], false),
        NumberRows::I64(values) => Number::I64(values[row]),
        NumberRows::Mixed(values) => values[row],
    };
    (number.as_f64(), is_rounded(number))
}

#[inline]
fn write_exact(out: &mut Vec<u8>, number: u64, style: Style) {
    if number >= 1_000_000 {
        return write_scientific(out, number);
    }
    let digits = Digits::of(number);
    let (mut text, mut len) = (digits.text(), digits.len());
    if style == Style::OpenMetrics {
        // Six digits at most: there is room for two more.
        text |= u64::from(u16::from_le_bytes(*b".0")) << (8 * len);
        len += 2;
    }
    append(out, text.to_le_bytes(), len);
}

/// `d.ddde+NN`, of an integer from 10^6 to 2^53.
fn write_scientific(out: &mut Vec<u8>, number: u64) {
    let exponent = number.ilog10();
    // Sixteen digits, of which the first is none that is zero.
    let scaled = number * 10_u64.pow(15 - exponent);
    let (high, low) = (scaled / EIGHT_DIGITS, scaled % EIGHT_DIGITS);
    let [high, low] = [high, low].map(Digits::of);
    let fraction = match low.significant() {
        0 => high.significant() - 1,
        digits => 7 + digits,
    };
    let [high, low] = [high, low].map(Digits::all);
    out.extend_from_slice(&[high[0], b'.']);
    out.truncate(out.len() - usize::from(fraction == 0));
    let mut rest = [0; 15];
    rest[..7].copy_from_slice(&high[1..]);
    rest[7..].copy_from_slice(&low);
    append(out, rest, fraction);
    let exponent = exponent as u8;
    out.extend_from_slice(&[b'e', b'+', b'0' + exponent / 10, b'0' + exponent % 10]);
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
