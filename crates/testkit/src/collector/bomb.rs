//! 16 MiB of zeros in 20 KiB or so.
//!
//! A piece is compressed and its bytes are repeated, so that a bomb costs its server little,
//! also where the compressor is built without optimisation.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

const PIECE: usize = 256 << 10;
const PIECES: usize = 64;

/// One member of RFC 1952. Between two pieces is a full flush: behind it a piece does not depend on
/// the one before.
pub(super) fn gzip() -> Bytes {
    let zeros = vec![0; PIECE];
    let mut piece = Vec::with_capacity(PIECE / 100);
    let compressed = Compress::new(Compression::best(), false).compress_vec(
        &zeros,
        &mut piece,
        FlushCompress::Full,
    );
    compressed.expect("zeros can be compressed");
    let mut crc = Crc::new();
    crc.update(&zeros);
    let mut all = Crc::new();
    (0..PIECES).for_each(|_| all.combine(&crc));

    let mut member = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff".to_vec();
    member.extend(piece.repeat(PIECES));
    // The last block: no symbols, fixed codes.
    member.extend(b"\x03\0");
    member.extend(all.sum().to_le_bytes());
    member.extend(all.amount().to_le_bytes());
    member.into()
}

/// One frame of RFC 8878 a piece.
pub(super) fn zstd() -> Bytes {
    let frame = zstd::bulk::compress(&vec![0; PIECE], 1).expect("zeros can be compressed");
    frame.repeat(PIECES).into()
}
