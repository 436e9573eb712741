//! gzip on flate2's low-level streams: deflate frames the stream itself, inflate is framed here,
//! because only the raw stream can be reset without being made again.

use flate2::{Compress, Crc, Decompress, FlushCompress, FlushDecompress, Status};

use crate::bounded::Bounded;
use crate::pool::{Lease, Pool};
use crate::{CompressError, DecompressError};

pub(crate) const COMPILED: bool = true;

/// The base-two logarithm of deflate's window: 32 KiB, the most there is.
const WINDOW_BITS: u8 = 15;

/// What is left free in the output before deflate is called: room for a header and some blocks.
const LEAST_ROOM: usize = 1024;

static DEFLATE: Pool<Compress> = Pool::new(|_| true);
static INFLATE: Pool<Decompress> = Pool::new(|_| true);

const FAILED: CompressError = CompressError::Codec { codec: "gzip" };
const CORRUPT: DecompressError = DecompressError::Corrupt { codec: "gzip" };

#[derive(Debug)]
pub(crate) struct Encoder(Lease<Compress>);

impl Encoder {
    pub(crate) fn new(level: i32) -> Result<Self, CompressError> {
        let step = u32::try_from(level).map_err(|_| FAILED)?;
        let make = || {
            let level = flate2::Compression::new(step);
            Ok::<_, CompressError>(Compress::new_gzip(level, WINDOW_BITS))
        };
        let mut state = DEFLATE.take(level, make)?;
        state.reset();
        Ok(Self(state))
    }

    pub(crate) fn write(
        &mut self,
        mut piece: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), CompressError> {
        while !piece.is_empty() {
            let taken = self.step(piece, out, FlushCompress::None)?.0;
            piece = &piece[taken..];
        }
        Ok(())
    }

    pub(crate) fn finish(mut self, out: &mut Vec<u8>) -> Result<(), CompressError> {
        while self.step(&[], out, FlushCompress::Finish)?.1 != Status::StreamEnd {}
        self.0.give_back();
        Ok(())
    }

    /// One call of deflate with room to write; the input bytes that it took.
    fn step(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        flush: FlushCompress,
    ) -> Result<(usize, Status), CompressError> {
        out.reserve(LEAST_ROOM);
        let (before, len) = (self.0.total_in(), out.len());
        let status = self.0.compress_vec(input, out, flush).map_err(|_| FAILED)?;
        let taken = usize::try_from(self.0.total_in() - before).map_err(|_| FAILED)?;
        if taken == 0 && out.len() == len && status != Status::StreamEnd {
            return Err(FAILED);
        }
        Ok((taken, status))
    }
}

pub(crate) fn decompress(body: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
    let mut inflate = INFLATE.take(0, || Ok::<_, DecompressError>(Decompress::new(false)))?;
    let mut out = Bounded::new(limit);
    out.expect(announced(body));
    let mut input = body;
    while !input.is_empty() {
        input = after_header(input)?;
        inflate.reset(false);
        let start = out.bytes.len();
        loop {
            out.make_room()?;
            let (before, len) = (inflate.total_in(), out.bytes.len());
            let status = inflate
                .decompress_vec(input, &mut out.bytes, FlushDecompress::None)
                .map_err(|_| CORRUPT)?;
            let taken = usize::try_from(inflate.total_in() - before).map_err(|_| CORRUPT)?;
            input = input.get(taken..).ok_or(CORRUPT)?;
            if status == Status::StreamEnd {
                break;
            }
            if taken == 0 && out.bytes.len() == len {
                // Neither input nor output moves: the stream is cut off.
                return Err(CORRUPT);
            }
        }
        let member = &out.bytes[start..];
        let (crc, rest) = take_u32(input)?;
        let (size, rest) = take_u32(rest)?;
        let mut sum = Crc::new();
        sum.update(member);
        // ISIZE is the length modulo 2^32 (RFC 1952, section 2.3.1).
        if sum.sum() != crc || (member.len() as u64 & 0xffff_ffff) != u64::from(size) {
            return Err(CORRUPT);
        }
        input = rest;
    }
    if body.is_empty() {
        return Err(CORRUPT);
    }
    inflate.give_back();
    out.finish()
}

/// The length that the last four bytes announce, as far as deflate can reach it: at most 1,032
/// bytes for one.
fn announced(body: &[u8]) -> usize {
    let size = body.last_chunk().map_or(0, |last| u32::from_le_bytes(*last));
    usize::try_from(size).unwrap_or(usize::MAX).min(body.len().saturating_mul(1_032))
}

/// What follows the member's header (RFC 1952, section 2.3).
fn after_header(input: &[u8]) -> Result<&[u8], DecompressError> {
    const HAS_CRC: u8 = 2;
    const HAS_EXTRA: u8 = 4;
    const HAS_NAME: u8 = 8;
    const HAS_COMMENT: u8 = 16;
    const RESERVED: u8 = 0xe0;

    let (head, mut rest) = input.split_first_chunk::<10>().ok_or(CORRUPT)?;
    let flags = head[3];
    if head[..3] != [0x1f, 0x8b, 8] || flags & RESERVED != 0 {
        return Err(CORRUPT);
    }
    if flags & HAS_EXTRA != 0 {
        let (len, after) = rest.split_first_chunk::<2>().ok_or(CORRUPT)?;
        rest = after.get(usize::from(u16::from_le_bytes(*len))..).ok_or(CORRUPT)?;
    }
    for flag in [HAS_NAME, HAS_COMMENT] {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0).ok_or(CORRUPT)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & HAS_CRC != 0 {
        let mut sum = Crc::new();
        sum.update(&input[..input.len() - rest.len()]);
        let (crc, after) = rest.split_first_chunk::<2>().ok_or(CORRUPT)?;
        if sum.sum() & 0xffff != u32::from(u16::from_le_bytes(*crc)) {
            return Err(CORRUPT);
        }
        rest = after;
    }
    Ok(rest)
}

fn take_u32(input: &[u8]) -> Result<(u32, &[u8]), DecompressError> {
    let (bytes, rest) = input.split_first_chunk().ok_or(CORRUPT)?;
    Ok((u32::from_le_bytes(*bytes), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_state_serves_all_bodies_in_turn() {
        // No other test uses this level.
        const LEVEL: i32 = 8;
        for body in 0..100_u8 {
            let (mut encoder, mut out) = (Encoder::new(LEVEL).unwrap(), Vec::new());
            encoder.write(&[body; 100], &mut out).unwrap();
            encoder.finish(&mut out).unwrap();
            assert_eq!(decompress(&out, 100).unwrap(), [body; 100]);
            assert_eq!(DEFLATE.idle(LEVEL), 1);
        }
    }
}
