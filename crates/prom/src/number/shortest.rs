use super::{Style, write_integer};

/// The shortest digits of a positive number, without leading and trailing zeros, and where the
/// decimal point is: `0.d1d2d3… * 10^point`.
pub(super) struct Shortest {
    digits: [u8; 24],
    len: usize,
    point: i32,
}

impl Shortest {
    /// From what zmij writes: decimal or scientific notation, without a sign.
    pub(super) fn read(text: &[u8]) -> Self {
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

    pub(super) fn write(&self, out: &mut Vec<u8>, style: Style) {
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
