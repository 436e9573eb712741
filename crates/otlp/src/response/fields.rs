use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use crate::DecodeError;

/// The value of a field of the two types that responses have.
#[derive(Clone, Copy)]
pub(super) enum Field<'a> {
    Bytes(&'a [u8]),
    Varint(u64),
}

/// The fields of a message with their numbers; those of other types are skipped.
pub(super) fn fields(
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
        let (number, wire) = decode_key(bytes).map_err(malformed)?;
        let field = match wire {
            WireType::Varint => Field::Varint(decode_varint(bytes).map_err(malformed)?),
            WireType::LengthDelimited => {
                let len = decode_varint(bytes).map_err(malformed)?;
                let len = usize::try_from(len).unwrap_or(usize::MAX);
                let (value, rest) = bytes
                    .split_at_checked(len)
                    .ok_or_else(|| DecodeError::malformed("the message ends within a field"))?;
                *bytes = rest;
                Field::Bytes(value)
            }
            _ => {
                skip_field(wire, number, bytes, DecodeContext::default()).map_err(malformed)?;
                continue;
            }
        };
        return Ok(Some((number, field)));
    }
    Ok(None)
}

fn malformed(error: prost::DecodeError) -> DecodeError {
    DecodeError::malformed(error.to_string())
}

impl<'a> Field<'a> {
    pub(super) fn bytes(self) -> Result<&'a [u8], DecodeError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Varint(_) => Err(DecodeError::malformed("a number in the place of a message")),
        }
    }

    /// A text for people: what is not UTF-8 is replaced, not refused.
    pub(super) fn text(self) -> Result<String, DecodeError> {
        Ok(String::from_utf8_lossy(self.bytes()?).into_owned())
    }

    pub(super) fn varint(self) -> Result<u64, DecodeError> {
        match self {
            Self::Varint(number) => Ok(number),
            Self::Bytes(_) => Err(DecodeError::malformed("a message in the place of a number")),
        }
    }
}
