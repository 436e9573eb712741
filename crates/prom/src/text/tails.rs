use super::line::write_last_label;
use crate::append::append;
use crate::number::Style;

/// The longest, with 24 characters of a number: `le="-1.7976931348623157e+308"} `.
const LONGEST: usize = 32;

/// The labels `le` of a row's buckets. They are kept from row to row, as bounds seldom change.
pub(super) struct Tails {
    finite: Vec<Tail>,
    infinite: Tail,
    style: Style,
    /// Where one is written.
    text: Vec<u8>,
}

/// A last label and what stands behind it: `le="5"} `.
#[derive(Clone, Copy)]
pub(super) struct Tail {
    pub(super) bound: f64,
    text: [u8; LONGEST],
    len: u8,
}

impl Tails {
    pub(super) fn new(style: Style) -> Self {
        let mut text = Vec::with_capacity(LONGEST);
        let infinite = Tail::new(f64::INFINITY, style, &mut text);
        Self { finite: Vec::new(), infinite, style, text }
    }

    /// Of these bounds. Infinity is left out: its bucket is there in any case.
    pub(super) fn set(&mut self, bounds: impl IntoIterator<Item = f64>) {
        let mut len = 0;
        for bound in bounds.into_iter().filter(|bound| *bound != f64::INFINITY) {
            let known = self.finite.get(len).map(|tail| tail.bound.to_bits());
            if known != Some(bound.to_bits()) {
                self.finite.truncate(len);
                self.finite.push(Tail::new(bound, self.style, &mut self.text));
            }
            len += 1;
        }
        self.finite.truncate(len);
    }

    /// Those of finite bounds.
    pub(super) fn finite(&self) -> &[Tail] {
        &self.finite
    }

    pub(super) fn infinite(&self) -> &Tail {
        &self.infinite
    }

    /// Whether a bound is below zero.
    pub(super) fn has_negative(&self) -> bool {
        self.finite.first().is_some_and(|first| first.bound < 0.0)
    }
}

impl Tail {
    fn new(bound: f64, style: Style, scratch: &mut Vec<u8>) -> Self {
        scratch.clear();
        write_last_label(scratch, "le", bound, style);
        let mut tail = Self { bound, text: [0; LONGEST], len: scratch.len() as u8 };
        tail.text[..scratch.len()].copy_from_slice(scratch);
        tail
    }

    #[inline(always)]
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        append(out, self.text, self.len.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_stay_are_kept() {
        let mut tails = Tails::new(Style::Plain);
        let rows: [&[f64]; 6] = [
            &[],
            &[-1.0, 2.5, f64::INFINITY],
            &[-1.0, 2.5, 5.0],
            &[-1.0, 3.0, 5.0],
            &[0.0],
            &[f64::MIN, -f64::MIN_POSITIVE],
        ];
        for bounds in rows {
            tails.set(bounds.iter().copied());
            let written = tails.finite().iter().map(|tail| {
                let mut out = Vec::new();
                tail.write(&mut out);
                String::from_utf8(out).unwrap()
            });
            let expected = bounds.iter().filter(|bound| bound.is_finite()).map(|bound| {
                let mut out = Vec::new();
                write_last_label(&mut out, "le", *bound, Style::Plain);
                String::from_utf8(out).unwrap()
            });
            assert!(written.eq(expected), "{bounds:?}");
            assert_eq!(tails.has_negative(), bounds.first().is_some_and(|first| *first < 0.0));
        }
    }
}
