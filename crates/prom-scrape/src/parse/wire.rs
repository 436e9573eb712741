use super::{ParseError, Position};

/// A message of a page: where it is, and what of it is not read yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'p> {
    page: &'p [u8],
    at: usize,
    end: usize,
}

/// The value of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field<'p> {
    Bytes(Message<'p>),
    Fixed32,
    Fixed64(u64),
    Varint(u64),
}

impl<'p> Message<'p> {
    /// All of a page.
    pub(super) fn whole(page: &'p [u8]) -> Self {
        Self { page, at: 0, end: page.len() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at == self.end
    }

    pub(super) fn error(&self, problem: &'static str) -> ParseError {
        ParseError::new(Position::Byte(self.at), problem)
    }

    /// The next field: its number and its value.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Field<'p>)>, ParseError> {
        if self.is_empty() {
            return Ok(None);
        }
        let start = *self;
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => Field::Bytes(self.message()?),
            5 => self.array::<4>().map(|_| Field::Fixed32)?,
            _ => return Err(start.error("a field of a kind that does not exist")),
        };
        match key >> 3 {
            0 => Err(start.error("a field with the number 0")),
            number => Ok(Some((number, value))),
        }
    }

    /// The next message, behind its length.
    pub(super) fn message(&mut self) -> Result<Self, ParseError> {
        let start = *self;
        let len = self.varint()?;
        let end = usize::try_from(len).ok().and_then(|len| self.at.checked_add(len));
        match end.filter(|end| *end <= self.end) {
            Some(end) => {
                let message = Self { page: self.page, at: self.at, end };
                self.at = end;
                Ok(message)
            }
            None => Err(start.error("longer than what is left")),
        }
    }

    pub(super) fn varint(&mut self) -> Result<u64, ParseError> {
        let start = *self;
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                // The tenth byte has room for one bit.
                return match shift == 63 && byte > 1 {
                    true => Err(start.error("a number of more than 64 bits")),
                    false => Ok(number),
                };
            }
        }
        Err(start.error("a number of more than 64 bits"))
    }

    pub(super) fn double(&mut self) -> Result<f64, ParseError> {
        self.array().map(f64::from_le_bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ParseError> {
        match self.page[self.at..self.end].first_chunk() {
            Some(bytes) => {
                self.at += N;
                Ok(*bytes)
            }
            None => Err(self.error("ends too early")),
        }
    }

    fn text(&self) -> Result<&'p str, ParseError> {
        std::str::from_utf8(&self.page[self.at..self.end]).map_err(|error| {
            let at = self.at + error.valid_up_to();
            ParseError::new(Position::Byte(at), "not UTF-8")
        })
    }
}

impl<'p> Field<'p> {
    /// `of` is the message that it is a field of.
    pub(super) fn number(self, of: &Message<'p>) -> Result<u64, ParseError> {
        match self {
            Self::Varint(number) => Ok(number),
            _ => Err(of.error(WRONG)),
        }
    }

    /// All NaN are one, so that none is a stale marker.
    pub(super) fn double(self, of: &Message<'p>) -> Result<f64, ParseError> {
        match self {
            Self::Fixed64(bits) => Ok(plain(f64::from_bits(bits))),
            _ => Err(of.error(WRONG)),
        }
    }

    pub(super) fn message(self, of: &Message<'p>) -> Result<Message<'p>, ParseError> {
        match self {
            Self::Bytes(message) => Ok(message),
            _ => Err(of.error(WRONG)),
        }
    }

    pub(super) fn text(self, of: &Message<'p>) -> Result<&'p str, ParseError> {
        self.message(of)?.text()
    }

    /// Signed numbers, side by side or each in a field of its own.
    pub(super) fn signed(self, of: &Message<'p>, out: &mut Vec<i64>) -> Result<(), ParseError> {
        match self {
            Self::Varint(number) => out.push(unzigzag(number)),
            Self::Bytes(mut packed) => {
                while !packed.is_empty() {
                    out.push(unzigzag(packed.varint()?));
                }
            }
            _ => return Err(of.error(WRONG)),
        }
        Ok(())
    }

    /// Doubles, side by side or each in a field of its own.
    pub(super) fn doubles(self, of: &Message<'p>, out: &mut Vec<f64>) -> Result<(), ParseError> {
        match self {
            Self::Fixed64(bits) => out.push(f64::from_bits(bits)),
            Self::Bytes(mut packed) => {
                while !packed.is_empty() {
                    out.push(packed.double()?);
                }
            }
            _ => return Err(of.error(WRONG)),
        }
        Ok(())
    }
}

const WRONG: &str = "a field of the wrong kind";

pub(super) const fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

const fn plain(number: f64) -> f64 {
    if number.is_nan() { f64::NAN } else { number }
}
