//! How much a decoder may allocate for the bytes it is given.

use crate::decode_error::{DecodeError, DecodeProblem};

/// Two bytes of input can stand for an empty message that takes a hundred in memory. What is
/// decoded may take this many times the length of the input, and a little for small inputs.
const FACTOR: usize = 40;
const SLACK: usize = 64 * 1024;

/// What a part takes in memory, roughly and with what its vector grows.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Attribute = 96,
    Envelope = 192,
    Exemplar = 160,
    Number = 16,
    Point = 384,
}

/// What may still be allocated.
pub(crate) struct Budget(usize);

impl Budget {
    pub(crate) fn of(input: &[u8]) -> Self {
        Self(input.len().saturating_mul(FACTOR).saturating_add(SLACK))
    }

    pub(crate) fn charge(&mut self, part: Part) -> Result<(), DecodeError> {
        match self.0.checked_sub(part as usize) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => Err(DecodeProblem::TooDense.into()),
        }
    }
}
