//! The snappy block format, as Prometheus remote write has it: one block, no frames
//! (Remote Write 2.0, "Protocol"). Cargo feature `snappy`.

use meterport_core::ConfigError;

use crate::{CompressError, DecompressError, snappy_block};

/// The longest input, in bytes: the format's length field has 32 bits.
pub const INPUT_LIMIT: u64 = u32::MAX as u64;

/// Whether this build can do snappy.
///
/// # Errors
/// It is not compiled in: the text names the Cargo feature.
pub fn available() -> Result<(), ConfigError> {
    match snappy_block::COMPILED {
        true => Ok(()),
        false => Err(ConfigError::new(
            "compression",
            "snappy is not compiled in: enable the Cargo feature `snappy`",
        )),
    }
}

/// Compresses `input` to one block, which replaces what `out` holds. The buffer's memory is
/// reused.
///
/// # Errors
/// [`CompressError::TooLarge`] beyond [`INPUT_LIMIT`], [`CompressError::Unavailable`] as
/// [`available`] says.
pub fn compress(input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressError> {
    available().map_err(CompressError::Unavailable)?;
    if input.len() as u64 > INPUT_LIMIT {
        return Err(CompressError::TooLarge { limit: INPUT_LIMIT });
    }
    snappy_block::compress(input, out)
}

/// Decompresses one block. The length that it announces is checked before anything is allocated.
///
/// # Errors
/// See [`DecompressError`].
pub fn decompress(body: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
    match snappy_block::COMPILED {
        true => snappy_block::decompress(body, limit),
        false => Err(DecompressError::NotCompiled { feature: "snappy" }),
    }
}
