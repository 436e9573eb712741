//! What this crate compresses, other code reads; what other code compresses, this crate reads.

use std::io::{Read, Write};
use std::thread;

use meterport_compress::{CompressError, Compression, Compressor, decompress, snappy};

/// Text that compresses, numbers that hardly do, and the edges.
fn bodies() -> Vec<Vec<u8>> {
    let text = (0..12_000).flat_map(|i| format!("series_{} {}\n", i % 97, i * i).into_bytes());
    let mut seed = 1_u64;
    let noise = (0..100_000).map(|_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 56) as u8
    });
    vec![vec![], vec![7], vec![0; 300_000], text.collect(), noise.collect()]
}

fn read_all(mut reader: impl Read) -> Vec<u8> {
    let mut out = Vec::new();
    reader.read_to_end(&mut out).unwrap();
    out
}

/// Decompresses with foreign code.
fn foreign(compression: Compression, body: &[u8]) -> Vec<u8> {
    match compression {
        Compression::Gzip { .. } => read_all(flate2::read::GzDecoder::new(body)),
        Compression::Zstd { .. } => zstd::decode_all(body).unwrap(),
        _ => body.to_vec(),
    }
}

fn compressed(compression: Compression, body: &[u8], piece: usize) -> Vec<u8> {
    let mut compressor = Compressor::new(compression, body.len()).unwrap();
    for piece in body.chunks(piece) {
        compressor.write(piece);
    }
    compressor.finish().unwrap()
}

fn check(compression: Compression) {
    if let Err(error) = compression.available() {
        let refused = Compressor::new(compression, 0).unwrap_err();
        assert!(matches!(refused, CompressError::Unavailable(_)));
        assert!(error.to_string().contains("enable the Cargo feature"), "{error}");
        return;
    }
    let encoding = compression.content_encoding().unwrap_or("identity");
    for body in bodies() {
        for piece in [1_000_000, 64 * 1024, 7 + body.len() / 100] {
            let wire = compressed(compression, &body, piece);
            assert!(foreign(compression, &wire) == body, "{compression:?} by {piece}");
            assert!(decompress(encoding, &wire, body.len()).unwrap() == body);
        }
    }
}

#[test]
fn every_level_is_read_by_foreign_code() {
    let gzip = (1..=9).map(|level| Compression::gzip(level).unwrap());
    let zstd = [-7, -1, 1, 3, 19].map(|level| Compression::zstd(level).unwrap());
    gzip.chain(zstd).chain([Compression::Identity]).for_each(check);
}

#[test]
fn foreign_bodies_are_read() {
    for body in bodies() {
        if Compression::GZIP.available().is_ok() {
            let mut encoder = flate2::GzBuilder::new()
                .filename("metrics.pb")
                .comment("with every field of a header")
                .extra(vec![1, 2, 3])
                .write(Vec::new(), flate2::Compression::default());
            encoder.write_all(&body).unwrap();
            let wire = encoder.finish().unwrap();
            assert!(decompress("X-Gzip", &wire, body.len()).unwrap() == body);
        }
        if Compression::ZSTD.available().is_ok() {
            // Without a length, and with one.
            let streamed = zstd::encode_all(&body[..], 3).unwrap();
            let bulk = zstd::bulk::compress(&body, 1).unwrap();
            for wire in [streamed, bulk] {
                assert!(decompress("zstd", &wire, body.len()).unwrap() == body);
            }
        }
    }
}

#[test]
fn members_and_frames_are_joined() {
    for compression in [Compression::GZIP, Compression::ZSTD] {
        if compression.available().is_err() {
            continue;
        }
        let encoding = compression.content_encoding().unwrap();
        let mut wire = compressed(compression, b"one ", 9);
        wire.extend(compressed(compression, b"", 9));
        wire.extend(compressed(compression, b"two", 9));
        assert_eq!(decompress(encoding, &wire, 7).unwrap(), b"one two");
        assert!(decompress(encoding, &wire, 6).is_err());
    }
}

#[test]
fn equal_bodies_become_equal_bytes_whatever_went_before() {
    let levels = (1..=9).map(|level| Compression::gzip(level).unwrap());
    for compression in levels.chain([Compression::ZSTD]) {
        if compression.available().is_err() {
            continue;
        }
        let body = &bodies()[3];
        let first = compressed(compression, body, 64 * 1024);
        for written in [10, 1_000, 100_000] {
            let mut abandoned = Compressor::new(compression, 0).unwrap();
            abandoned.write(&body[..written]);
            drop(abandoned);
            let again = compressed(compression, body, 64 * 1024);
            assert!(again == first, "{compression:?} after {written} bytes");
        }
    }
}

#[test]
fn threads_do_not_meet_in_one_state() {
    for compression in [Compression::GZIP, Compression::ZSTD] {
        if compression.available().is_err() {
            continue;
        }
        thread::scope(|scope| {
            for thread in 0..16_u8 {
                scope.spawn(move || {
                    for round in 0..8_u8 {
                        let body = vec![thread ^ round; 50_000 + usize::from(thread)];
                        let wire = compressed(compression, &body, 4_096);
                        assert!(foreign(compression, &wire) == body);
                    }
                });
            }
        });
    }
}

#[test]
fn snappy_blocks_are_read_by_foreign_code() {
    let mut out = vec![1, 2, 3];
    for body in bodies() {
        if snappy::available().is_err() {
            assert!(snappy::compress(&body, &mut out).is_err());
            continue;
        }
        snappy::compress(&body, &mut out).unwrap();
        assert!(snap::raw::Decoder::new().decompress_vec(&out).unwrap() == body);
        // It is made in pieces; the whole would be the same.
        assert!(snap::raw::Encoder::new().compress_vec(&body).unwrap() == out);
        assert!(snappy::decompress(&out, body.len()).unwrap() == body);
    }
}
