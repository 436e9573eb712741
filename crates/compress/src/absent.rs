//! Stands in for a codec that is not compiled in. Nothing here is ever reached: who asks finds
//! [`COMPILED`] to be false first.

use crate::{CompressError, DecompressError};

pub(crate) const COMPILED: bool = false;

#[derive(Debug)]
pub(crate) enum Encoder {}

impl Encoder {
    pub(crate) fn new(_: i32) -> Result<Self, CompressError> {
        Err(CompressError::Codec { codec: "no codec" })
    }

    pub(crate) fn write(&self, _: &[u8], _: &mut Vec<u8>) -> Result<(), CompressError> {
        match *self {}
    }

    pub(crate) fn finish(self, _: &mut Vec<u8>) -> Result<(), CompressError> {
        match self {}
    }
}

pub(crate) fn decompress(_: &[u8], _: usize) -> Result<Vec<u8>, DecompressError> {
    Err(DecompressError::Unsupported)
}
