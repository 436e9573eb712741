use snap::raw::{Decoder, Encoder, decompress_len, max_compress_len};

use crate::pool::Pool;
use crate::{CompressError, DecompressError};

pub(crate) const COMPILED: bool = true;

/// The format's encoders look back no further than this, so that pieces of it compress to the same
/// bytes as the whole would, but for the length in front.
const PIECE: usize = 1 << 16;

/// What is worth to be kept: the encoder's hash table, and room for a piece at its worst.
struct State {
    encoder: Encoder,
    room: Box<[u8]>,
}

static STATES: Pool<State> = Pool::new(|_| true);

/// No element makes more than 64 bytes, and each takes at least two.
const GREATEST_RATIO: usize = 32;

const FAILED: CompressError = CompressError::Codec { codec: "snappy" };
const CORRUPT: DecompressError = DecompressError::Corrupt { codec: "snappy" };

pub(crate) fn compress(input: &[u8], out: &mut Vec<u8>) -> Result<(), CompressError> {
    let mut state = STATES.take(0, || {
        let room = vec![0; max_compress_len(PIECE)].into();
        Ok::<_, CompressError>(State { encoder: Encoder::new(), room })
    })?;
    out.clear();
    put_len(input.len(), out);
    for piece in input.chunks(PIECE) {
        let State { encoder, room } = &mut *state;
        let written = encoder.compress(piece, room).map_err(|_| FAILED)?;
        out.extend_from_slice(&room[len_of_len(piece.len())..written]);
    }
    state.give_back();
    Ok(())
}

/// A length as a varint.
fn put_len(mut len: usize, out: &mut Vec<u8>) {
    while len >= 0x80 {
        out.push(len as u8 | 0x80);
        len >>= 7;
    }
    out.push(len as u8);
}

fn len_of_len(len: usize) -> usize {
    (usize::BITS - (len | 1).leading_zeros()).div_ceil(7) as usize
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
