//! Bodies that are too large, cut off, damaged or nothing of the kind.

use meterport_compress::{Compression, Compressor, DecompressError, decompress, snappy};

const MIB: usize = 1024 * 1024;

fn compressed(compression: Compression, body: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(compression, body.len()).unwrap();
    compressor.write(body);
    compressor.finish().unwrap()
}

/// The codecs of this build by the name of their content coding.
fn codecs() -> impl Iterator<Item = (Compression, &'static str)> {
    [Compression::GZIP, Compression::ZSTD]
        .into_iter()
        .filter(|compression| compression.available().is_ok())
        .map(|compression| (compression, compression.content_encoding().unwrap()))
}

#[test]
fn a_bomb_stops_at_the_limit() {
    const SIZE: usize = 16 * MIB;
    for (compression, encoding) in codecs() {
        let compression = match compression {
            Compression::Gzip { .. } => Compression::gzip(9).unwrap(),
            other => other,
        };
        let bomb = compressed(compression, &vec![0; SIZE]);
        assert!(bomb.len() < SIZE / 1_000, "{encoding}: {} bytes", bomb.len());
        for limit in [0, 1, MIB, SIZE - 1] {
            let error = decompress(encoding, &bomb, limit).unwrap_err();
            assert_eq!(error, DecompressError::TooLarge { limit }, "{encoding}");
        }
        assert_eq!(decompress(encoding, &bomb, SIZE).unwrap().len(), SIZE);
    }
}

#[test]
fn many_small_bombs_stop_at_the_limit() {
    for (compression, encoding) in codecs() {
        let bomb = compressed(compression, &vec![0; MIB]).repeat(8);
        let error = decompress(encoding, &bomb, 4 * MIB).unwrap_err();
        assert_eq!(error, DecompressError::TooLarge { limit: 4 * MIB });
    }
}

#[test]
fn a_body_that_is_cut_off_anywhere_is_refused() {
    let body: Vec<u8> = (0..2_000_u32).flat_map(|i| (i * i).to_le_bytes()).collect();
    for (compression, encoding) in codecs() {
        let whole = compressed(compression, &body);
        for end in 0..whole.len() {
            let result = decompress(encoding, &whole[..end], MIB);
            assert!(matches!(result, Err(DecompressError::Corrupt { .. })), "{encoding} at {end}");
        }
    }
}

#[test]
fn anything_after_the_end_is_refused() {
    for (compression, encoding) in codecs() {
        for garbage in [&b"\0"[..], b"x", b"0123456789abcdef", &[0; 64], &[0x1f, 0x8b]] {
            let mut wire = compressed(compression, b"body");
            wire.extend(garbage);
            let error = decompress(encoding, &wire, MIB).unwrap_err();
            assert!(matches!(error, DecompressError::Corrupt { .. }), "{encoding} {garbage:?}");
        }
    }
}

#[test]
fn damage_never_panics_and_never_passes_the_limit() {
    let body: Vec<u8> = (0..500_u32).flat_map(|i| (i / 7).to_le_bytes()).collect();
    let mut seed = 9_u32;
    for (compression, encoding) in codecs() {
        let whole = compressed(compression, &body);
        for _ in 0..2_000 {
            let mut wire = whole.clone();
            for _ in 0..3 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = seed as usize % wire.len();
                wire[at] ^= (seed >> 24) as u8;
            }
            if let Ok(out) = decompress(encoding, &wire, 4_096) {
                assert!(out.len() <= 4_096);
            }
        }
    }
}

#[test]
fn gzip_notices_every_flipped_bit_of_the_trailer() {
    if Compression::GZIP.available().is_err() {
        return;
    }
    let whole = compressed(Compression::GZIP, b"some body");
    for bit in 0..64 {
        let mut wire = whole.clone();
        let at = wire.len() - 8 + bit / 8;
        wire[at] ^= 1 << (bit % 8);
        assert!(decompress("gzip", &wire, MIB).is_err(), "bit {bit}");
    }
}

#[test]
fn what_is_not_known_or_not_compiled_in_is_a_typed_error() {
    assert_eq!(decompress("br", b"", 1), Err(DecompressError::Unsupported));
    assert_eq!(decompress("gzip, gzip", b"", 1), Err(DecompressError::Unsupported));
    assert_eq!(decompress(" Identity ", b"abc", 3).unwrap(), b"abc");
    assert_eq!(decompress("", b"abc", 2), Err(DecompressError::TooLarge { limit: 2 }));
    for (compression, feature) in [(Compression::GZIP, "gzip"), (Compression::ZSTD, "zstd")] {
        if compression.available().is_err() {
            let error = DecompressError::NotCompiled { feature };
            assert_eq!(decompress(feature, b"abc", 9), Err(error));
            assert!(error.to_string().contains(&format!("feature `{feature}`")));
        }
    }
}

#[test]
fn a_zstd_window_beyond_that_of_the_content_coding_is_refused() {
    if Compression::ZSTD.available().is_err() {
        return;
    }
    // Magic number, a descriptor without length or dictionary, a window of 2^41 bytes.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 1, 0, 0];
    assert_eq!(decompress("zstd", &frame, MIB), Err(DecompressError::Corrupt { codec: "zstd" }));
}

#[test]
fn snappy_checks_what_a_block_announces() {
    if snappy::available().is_err() {
        let error = DecompressError::NotCompiled { feature: "snappy" };
        assert_eq!(snappy::decompress(b"", 1), Err(error));
        return;
    }
    let corrupt = DecompressError::Corrupt { codec: "snappy" };
    let mut block = Vec::new();
    snappy::compress(&vec![0; MIB], &mut block).unwrap();
    let too_large = DecompressError::TooLarge { limit: MIB - 1 };
    assert_eq!(snappy::decompress(&block, MIB - 1), Err(too_large));
    let whole = block.clone();
    for end in (0..whole.len()).step_by(997) {
        assert!(snappy::decompress(&whole[..end], MIB).is_err(), "at {end}");
    }
    // Four bytes cannot become 16 MiB, however large the limit.
    assert_eq!(snappy::decompress(&[0x80, 0x80, 0x80, 0x08], 64 * MIB), Err(corrupt));
    block.push(0);
    assert_eq!(snappy::decompress(&block, MIB), Err(corrupt));
}
