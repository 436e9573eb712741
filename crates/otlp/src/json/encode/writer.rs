use std::io::Write;

use meterport_core::TooLarge;

/// A piece is handed over once it is this long.
const PIECE: usize = 64 * 1024;

/// Takes a piece of the text.
type Piece<'a> = &'a mut dyn FnMut(&[u8]);

/// JSON text as it grows.
///
/// Every member and element ends with a comma; [`close`](Self::close) puts the bracket in the
/// place of the last one. So nobody needs to know which comes first.
pub(super) struct Writer<'a> {
    text: Vec<u8>,
    piece: Option<Piece<'a>>,
    /// Bytes that are in `text` no more.
    gone: u64,
    limit: u64,
    /// Numbers that had to be rounded so far.
    pub(super) rounded: u64,
}

/// A member's name with what stands around it.
macro_rules! name {
    ($name:literal) => {
        concat!("\"", $name, "\":")
    };
}
pub(super) use name;

impl<'a> Writer<'a> {
    /// Keeps the whole text, as long as it is not longer than `limit`.
    pub(super) fn whole(capacity: usize, limit: u64) -> Self {
        let capacity = capacity.min(usize::try_from(limit).unwrap_or(usize::MAX));
        Self { text: Vec::with_capacity(capacity), piece: None, gone: 0, limit, rounded: 0 }
    }

    /// Hands the text over in pieces, as long as it is not longer than `limit`.
    pub(super) fn pieces(limit: u64, piece: Piece<'a>) -> Self {
        // What is written between two pieces fits as a rule.
        Self { piece: Some(piece), ..Self::whole(PIECE + PIECE / 4, limit) }
    }

    /// The end of a point or an envelope: hands over what is there, if that is much. Beyond the
    /// limit it is thrown away, so that only its length grows.
    pub(super) fn pause(&mut self) {
        let over = self.total() > self.limit;
        if self.text.len() > PIECE && (over || self.piece.is_some()) {
            // The last byte may be a comma that has to become a bracket.
            let last = self.text.pop();
            if let (Some(piece), false) = (&mut self.piece, over) {
                piece(&self.text);
            }
            self.gone += self.text.len() as u64;
            self.text.clear();
            self.text.extend(last);
        }
    }

    fn total(&self) -> u64 {
        self.gone + self.text.len() as u64
    }

    /// The text without the comma after the outermost bracket, or what is left of it; and the
    /// length of all.
    pub(super) fn finish(mut self) -> Result<(Vec<u8>, u64), TooLarge> {
        self.text.pop();
        let size = self.total();
        if size > self.limit {
            return Err(TooLarge { size });
        }
        if let Some(piece) = &mut self.piece {
            piece(&self.text);
        }
        Ok((self.text, size))
    }

    /// What is there so far.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// What was written since there were `from` bytes, unless it was handed over.
    pub(super) fn since(&self, from: usize) -> &[u8] {
        self.text.get(from..).unwrap_or_default()
    }

    /// All of it, the last comma included.
    pub(super) fn into_text(self) -> Box<[u8]> {
        self.text.into()
    }

    /// As it is: a bracket, or a text that ends with a comma.
    pub(super) fn raw(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    /// A member's name with the bracket that follows.
    pub(super) fn open(&mut self, name: &str, bracket: u8) {
        self.raw(name.as_bytes());
        self.text.push(bracket);
    }

    /// The end of what `open` began.
    pub(super) fn close(&mut self, bracket: u8) {
        match self.text.last_mut() {
            Some(last @ b',') => *last = bracket,
            _ => self.text.push(bracket),
        }
        self.text.push(b',');
    }

    /// A text, left out if empty.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.raw(name.as_bytes());
            self.string(text);
        }
    }

    /// A 64-bit integer, left out if zero.
    pub(super) fn u64(&mut self, name: &str, number: u64) {
        if number != 0 {
            self.raw(name.as_bytes());
            self.quoted(number);
        }
    }

    /// A 32-bit integer, left out if zero.
    pub(super) fn i32(&mut self, name: &str, number: i64) {
        if number != 0 {
            self.raw(name.as_bytes());
            self.raw(itoa::Buffer::new().format(number).as_bytes());
            self.text.push(b',');
        }
    }

    /// A float, also if zero.
    pub(super) fn double(&mut self, name: &str, number: f64) {
        self.raw(name.as_bytes());
        self.number(number);
    }

    /// A float if there is one.
    pub(super) fn optional(&mut self, name: &str, number: Option<f64>) {
        if let Some(number) = number {
            self.double(name, number);
        }
    }

    /// A float, left out if zero; a negative zero is none.
    pub(super) fn nonzero(&mut self, name: &str, number: f64) {
        if number.to_bits() != 0 {
            self.double(name, number);
        }
    }

    /// 64-bit integers, left out if there is none.
    pub(super) fn u64s(&mut self, name: &str, numbers: &[u64]) {
        if numbers.is_empty() {
            return;
        }
        self.open(name, b'[');
        numbers.iter().for_each(|number| self.quoted(*number));
        self.close(b']');
    }

    /// Floats, left out if there is none.
    pub(super) fn doubles(&mut self, name: &str, numbers: &[f64]) {
        if numbers.is_empty() {
            return;
        }
        self.open(name, b'[');
        numbers.iter().for_each(|number| self.number(*number));
        self.close(b']');
    }

    /// Bytes in hexadecimal digits.
    pub(super) fn hex(&mut self, name: &str, bytes: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.raw(name.as_bytes());
        self.text.push(b'"');
        for byte in bytes {
            let digit = |half: u8| DIGITS[usize::from(half & 15)];
            self.text.extend_from_slice(&[digit(byte >> 4), digit(*byte)]);
        }
        self.raw(b"\",");
    }

    pub(super) fn quoted(&mut self, number: impl itoa::Integer) {
        self.text.push(b'"');
        self.raw(itoa::Buffer::new().format(number).as_bytes());
        self.raw(b"\",");
    }

    pub(super) fn number(&mut self, number: f64) {
        if number.is_finite() {
            self.raw(zmij::Buffer::new().format_finite(number).as_bytes());
            self.text.push(b',');
        } else if number.is_nan() {
            self.raw(b"\"NaN\",");
        } else if number > 0.0 {
            self.raw(b"\"Infinity\",");
        } else {
            self.raw(b"\"-Infinity\",");
        }
    }

    pub(super) fn string(&mut self, text: &str) {
        self.text.push(b'"');
        let bytes = text.as_bytes();
        let mut from = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            if byte >= b' ' && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.text.extend_from_slice(&bytes[from..at]);
            from = at + 1;
            match byte {
                b'"' | b'\\' => self.text.extend_from_slice(&[b'\\', byte]),
                b'\n' => self.text.extend_from_slice(b"\\n"),
                b'\r' => self.text.extend_from_slice(b"\\r"),
                b'\t' => self.text.extend_from_slice(b"\\t"),
                // Writing to a vector does not fail.
                _ => drop(write!(self.text, "\\u{byte:04x}")),
            }
        }
        self.text.extend_from_slice(&bytes[from..]);
        self.raw(b"\",");
    }
}
