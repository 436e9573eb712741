use snap::raw::{Decoder, Encoder, decompress_len, max_compress_len};

use crate::pool::Pool;
use crate::{CompressError, DecompressError};

pub(crate) const COMPILED: bool = true;

/// The encoder's hash table is what is worth to be kept.
static ENCODERS: Pool<Encoder> = Pool::new(|_| true);

/// No element makes more than 64 bytes, and each takes at least two.
const GREATEST_RATIO: usize = 32;

const FAILED: CompressError = CompressError::Codec { codec: "snappy" };
const CORRUPT: DecompressError = DecompressError::Corrupt { codec: "snappy" };

pub(crate) fn compress(input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressError> {
    let mut encoder = ENCODERS.take(0, || Ok::<_, CompressError>(Encoder::new()))?;
    out.resize(max_compress_len(input.len()), 0);
    let written = encoder.compress(input, out).map_err(|_| FAILED)?;
    out.truncate(written);
    encoder.give_back();
    Ok(())
}

pub(crate) fn decompress(body: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
    let declared = decompress_len(body).map_err(|_| CORRUPT)?;
    if declared > limit {
        return Err(DecompressError::TooLarge { limit });
    }
    if declared > body.len().saturating_mul(GREATEST_RATIO) {
        return Err(CORRUPT);
    }
    Decoder::new().decompress_vec(body).map_err(|_| CORRUPT)
}
