//! The parts of a line.

use meterport_core::{Exemplar, Timestamp};

use super::labels::{CLOSE, write_labels};
use crate::escaping::Kind;
use crate::number::{Style, write_f64, write_integer};

/// A last label with a number, and what stands behind it: `le="5"} `.
pub(super) fn write_last_label(out: &mut Vec<u8>, name: &str, number: f64, style: Style) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    write_f64(out, number, style);
    out.push(b'"');
    out.extend_from_slice(CLOSE);
}

/// A name, quoted if it is not legal without.
pub(super) fn write_name(out: &mut Vec<u8>, name: &str, kind: Kind) {
    if kind.is_legal(name) {
        return out.extend_from_slice(name.as_bytes());
    }
    out.push(b'"');
    write_escaped(out, name);
    out.push(b'"');
}

/// Backslash, quote and line feed escaped: label values and quoted names in all text formats, and
/// OpenMetrics' help.
pub(super) fn write_escaped(out: &mut Vec<u8>, text: &str) {
    write_with_escapes(out, text, |byte| matches!(byte, b'\\' | b'"' | b'\n'));
}

/// Help in text 0.0.4: quotes stay as they are.
pub(super) fn write_plain_help(out: &mut Vec<u8>, text: &str) {
    write_with_escapes(out, text, |byte| matches!(byte, b'\\' | b'\n'));
}

fn write_with_escapes(out: &mut Vec<u8>, text: &str, is_escaped: impl Fn(u8) -> bool) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| is_escaped(*byte)) {
        out.extend_from_slice(&rest[..at]);
        out.push(b'\\');
        out.push(if rest[at] == b'\n' { b'n' } else { rest[at] });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// Seconds since 1970 with as many decimals as they have, at least one: `1520430000.123`.
/// OpenMetrics advises against exponents here, as they would cost precision.
pub(super) fn write_time(out: &mut Vec<u8>, time: Timestamp) {
    let (seconds, mut nanos) = (time.as_nanos() / 1_000_000_000, time.as_nanos() % 1_000_000_000);
    write_integer(out, seconds);
    out.push(b'.');
    let mut digits = [b'0'; 9];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (nanos % 10) as u8;
        nanos /= 10;
    }
    let kept = digits.iter().rposition(|digit| *digit != b'0').map_or(1, |last| last + 1);
    out.extend_from_slice(&digits[..kept]);
}

/// ` # {trace_id="…"} 0.67 1520879607.789`.
pub(super) fn write_exemplar(out: &mut Vec<u8>, exemplar: &Exemplar, labels: &[(String, String)]) {
    out.extend_from_slice(b" # {");
    write_labels(out, labels.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    out.extend_from_slice(CLOSE);
    write_f64(out, exemplar.value.as_f64(), Style::OpenMetrics);
    if exemplar.time.is_set() {
        out.push(b' ');
        write_time(out, exemplar.time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds() {
        let table = [
            (100_000_000_000, "100.0"),
            (1_520_430_000_123_000_000, "1520430000.123"),
            (1, "0.000000001"),
            (u64::MAX, "18446744073.709551615"),
        ];
        for (nanos, expected) in table {
            let mut out = Vec::new();
            write_time(&mut out, Timestamp::from_nanos(nanos));
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
