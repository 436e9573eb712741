//! Stands in for snappy where it is not compiled in; never reached.

use crate::{CompressError, DecompressError};

pub(crate) const COMPILED: bool = false;

pub(crate) fn compress(_: &[u8], _: &mut Vec<u8>) -> Result<(), CompressError> {
    Err(CompressError::Codec { codec: "snappy" })
}

pub(crate) fn decompress(_: &[u8], _: usize) -> Result<Vec<u8>, DecompressError> {
    Err(DecompressError::Unsupported)
}
