//! zstd on the contexts of `zstd-safe`.

use zstd::zstd_safe::zstd_sys::ZSTD_EndDirective;
use zstd::zstd_safe::{
    CCtx, CParameter, DCtx, DParameter, InBuffer, OutBuffer, ResetDirective, get_frame_content_size,
};

use crate::bounded::Bounded;
use crate::pool::{Lease, Pool};
use crate::{CompressError, DecompressError};

pub(crate) const COMPILED: bool = true;

/// A context that has grown beyond this is not kept: high levels take up to hundreds of MiB.
const KEPT_BYTES: usize = 16 * 1024 * 1024;

/// 8 MiB: the largest window of the content coding (RFC 9659, section 3).
const WINDOW_LOG: u32 = 23;

/// What one block can make of four bytes: 128 KiB. No input announces more credibly.
const GREATEST_RATIO: usize = 32 * 1024;

const LEAST_ROOM: usize = 1024;

static COMPRESS: Pool<CCtx<'static>> = Pool::new(|context| context.sizeof() <= KEPT_BYTES);
static DECOMPRESS: Pool<DCtx<'static>> = Pool::new(|context| context.sizeof() <= KEPT_BYTES);

const FAILED: CompressError = CompressError::Codec { codec: "zstd" };
const CORRUPT: DecompressError = DecompressError::Corrupt { codec: "zstd" };

pub(crate) struct Encoder(Lease<CCtx<'static>>);

impl Encoder {
    pub(crate) fn new(level: i32) -> Result<Self, CompressError> {
        let mut context = COMPRESS.take(level, || {
            let mut context = CCtx::try_create().ok_or(FAILED)?;
            context.set_parameter(CParameter::CompressionLevel(level)).map_err(|_| FAILED)?;
            Ok::<_, CompressError>(context)
        })?;
        context.reset(ResetDirective::SessionOnly).map_err(|_| FAILED)?;
        Ok(Self(context))
    }

    pub(crate) fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), CompressError> {
        let mut input = InBuffer::around(piece);
        while input.pos() < piece.len() {
            self.step(&mut input, out, ZSTD_EndDirective::ZSTD_e_continue)?;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self, out: &mut Vec<u8>) -> Result<(), CompressError> {
        let mut input = InBuffer::around(&[]);
        while self.step(&mut input, out, ZSTD_EndDirective::ZSTD_e_end)? != 0 {}
        self.0.give_back();
        Ok(())
    }

    /// One call of the codec with room to write: what it still has to write.
    fn step(
        &mut self,
        input: &mut InBuffer<'_>,
        out: &mut Vec<u8>,
        end: ZSTD_EndDirective,
    ) -> Result<usize, CompressError> {
        out.reserve(LEAST_ROOM);
        let len = out.len();
        let mut output = OutBuffer::around_pos(out, len);
        self.0.compress_stream2(&mut output, input, end).map_err(|_| FAILED)
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Encoder").field(&self.0).finish()
    }
}

pub(crate) fn decompress(body: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
    let mut context = DECOMPRESS.take(0, || {
        let mut context = DCtx::try_create().ok_or(CORRUPT)?;
        context.set_parameter(DParameter::WindowLogMax(WINDOW_LOG)).map_err(|_| CORRUPT)?;
        Ok::<_, DecompressError>(context)
    })?;
    context.reset(ResetDirective::SessionOnly).map_err(|_| CORRUPT)?;
    let mut out = Bounded::new(limit);
    let mut rest = body;
    while !rest.is_empty() {
        // A frame that says its length, and has room for it, is written without a window.
        if let Ok(Some(size)) = get_frame_content_size(rest) {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            if size > limit - out.bytes.len().min(limit) {
                return Err(out.too_large());
            }
            out.expect(size.min(rest.len().saturating_mul(GREATEST_RATIO)));
        }
        let mut input = InBuffer::around(rest);
        loop {
            out.make_room()?;
            let (before, len) = (input.pos(), out.bytes.len());
            let mut output = OutBuffer::around_pos(&mut out.bytes, len);
            let left = context.decompress_stream(&mut output, &mut input).map_err(|_| CORRUPT)?;
            if left == 0 {
                break;
            }
            if input.pos() == before && out.bytes.len() == len {
                // Neither input nor output moves: the frame is cut off.
                return Err(CORRUPT);
            }
        }
        rest = rest.get(input.pos()..).ok_or(CORRUPT)?;
    }
    if body.is_empty() {
        return Err(CORRUPT);
    }
    context.give_back();
    out.finish()
}
