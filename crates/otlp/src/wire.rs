//! Reading protobuf's wire format.

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use crate::decode_error::DecodeError;

/// The value of a field, as the wire tells kinds apart.
#[derive(Clone, Copy)]
pub(crate) enum Field<'a> {
    Fixed32,
    Fixed64(u64),
    Len(&'a [u8]),
    Varint(u64),
}

/// The fields of a message with their numbers. Groups, which OTLP has none of, are skipped.
pub(crate) fn fields(
    mut bytes: &[u8],
) -> impl Iterator<Item = Result<(u32, Field<'_>), DecodeError>> {
    std::iter::from_fn(move || {
        let field = next(&mut bytes).transpose();
        if let Some(Err(_)) = field {
            bytes = &[];
        }
        field
    })
}

fn next<'a>(bytes: &mut &'a [u8]) -> Result<Option<(u32, Field<'a>)>, DecodeError> {
    while !bytes.is_empty() {
        let (number, wire) = decode_key(bytes).map_err(DecodeError::protobuf)?;
        let value = match wire {
            WireType::Varint => Field::Varint(decode_varint(bytes).map_err(DecodeError::protobuf)?),
            WireType::SixtyFourBit => Field::Fixed64(u64::from_le_bytes(take(bytes)?)),
            WireType::LengthDelimited => {
                let len = decode_varint(bytes).map_err(DecodeError::protobuf)?;
                let len = usize::try_from(len).unwrap_or(usize::MAX);
                let (value, rest) = bytes.split_at_checked(len).ok_or_else(truncated)?;
                *bytes = rest;
                Field::Len(value)
            }
            WireType::ThirtyTwoBit => {
                take::<4>(bytes)?;
                Field::Fixed32
            }
            WireType::StartGroup | WireType::EndGroup => {
                skip_field(wire, number, bytes, DecodeContext::default())
                    .map_err(DecodeError::protobuf)?;
                continue;
            }
        };
        return Ok(Some((number, value)));
    }
    Ok(None)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], DecodeError> {
    let (value, rest) = bytes.split_first_chunk().ok_or_else(truncated)?;
    *bytes = rest;
    Ok(*value)
}

fn truncated() -> DecodeError {
    DecodeError::malformed("the message ends within a field")
}

fn unexpected() -> DecodeError {
    DecodeError::malformed("a field of another type than it should have")
}

impl<'a> Field<'a> {
    pub(crate) fn message(self) -> Result<&'a [u8], DecodeError> {
        match self {
            Self::Len(bytes) => Ok(bytes),
            _ => Err(unexpected()),
        }
    }

    pub(crate) fn text(self) -> Result<&'a str, DecodeError> {
        std::str::from_utf8(self.message()?)
            .map_err(|_| DecodeError::malformed("a text that is not UTF-8"))
    }

    /// A text for people: what is not UTF-8 is replaced, not refused.
    pub(crate) fn lossy_text(self) -> Result<String, DecodeError> {
        Ok(String::from_utf8_lossy(self.message()?).into_owned())
    }

    pub(crate) fn varint(self) -> Result<u64, DecodeError> {
        match self {
            Self::Varint(number) => Ok(number),
            _ => Err(unexpected()),
        }
    }

    /// Protobuf takes the low bits of a number that is too large.
    pub(crate) fn u32(self) -> Result<u32, DecodeError> {
        Ok(self.varint()? as u32)
    }

    pub(crate) fn zigzag(self) -> Result<i32, DecodeError> {
        let number = self.u32()?;
        Ok((number >> 1) as i32 ^ -((number & 1) as i32))
    }

    pub(crate) fn fixed(self) -> Result<u64, DecodeError> {
        match self {
            Self::Fixed64(bits) => Ok(bits),
            _ => Err(unexpected()),
        }
    }

    pub(crate) fn double(self) -> Result<f64, DecodeError> {
        self.fixed().map(f64::from_bits)
    }

    /// Adds a repeated fixed-width number, packed or not.
    pub(crate) fn extend_fixed(self, numbers: &mut Vec<u64>) -> Result<(), DecodeError> {
        match self {
            Self::Fixed64(bits) => numbers.push(bits),
            Self::Len(packed) => {
                let (chunks, rest) = packed.as_chunks();
                if !rest.is_empty() {
                    return Err(truncated());
                }
                numbers.extend(chunks.iter().map(|bytes| u64::from_le_bytes(*bytes)));
            }
            _ => return Err(unexpected()),
        }
        Ok(())
    }

    /// Adds a repeated varint, packed or not.
    pub(crate) fn extend_varints(self, numbers: &mut Vec<u64>) -> Result<(), DecodeError> {
        match self {
            Self::Varint(number) => numbers.push(number),
            Self::Len(mut packed) => {
                while !packed.is_empty() {
                    numbers.push(decode_varint(&mut packed).map_err(DecodeError::protobuf)?);
                }
            }
            _ => return Err(unexpected()),
        }
        Ok(())
    }
}

impl DecodeError {
    fn protobuf(error: prost::DecodeError) -> Self {
        Self::malformed(error.to_string())
    }
}
