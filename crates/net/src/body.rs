use bytes::Bytes;
use meterport_compress::{CompressError, Compression, Compressor};
use meterport_core::{Encode, Encoded, ErrorKind, ExportError, MemoKey, MetricBatch, TooLarge};

/// What a point takes in most encodings before compression, as a guess for the first allocation.
const BYTES_PER_POINT: usize = 256;

/// The body of a request: a batch encoded and compressed.
///
/// It is made once and remembered by the batch, so that every further attempt and every other
/// exporter with the same format and compression finds it there.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Body {
    /// The bytes as they are sent.
    pub bytes: Bytes,
    /// Their length before compression.
    pub raw_len: u64,
    /// How many numbers the format had no room for, see
    /// [`Encoded::rounded`](meterport_core::Encoded::rounded).
    pub rounded: u64,
}

/// Why a batch has no body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BodyError {
    /// The codec failed, or is not compiled in.
    Compress(CompressError),
    /// The encoding is larger than allowed, before compression.
    TooLarge {
        /// Its length in bytes.
        size: u64,
        /// What is allowed.
        limit: u64,
    },
}

impl From<BodyError> for ExportError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Compress(error) => {
                Self::new(ErrorKind::Encode, "the body cannot be compressed").with_source(error)
            }
            BodyError::TooLarge { size, limit } => {
                Self::new(ErrorKind::TooLarge { size, limit: Some(limit) }, "nothing was sent")
            }
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
struct BodyKey<E> {
    encoder: E,
    compression: Compression,
    limit: u64,
}

impl<E: Encode> MemoKey for BodyKey<E> {
    type Value = Result<Body, BodyError>;
}

impl Body {
    /// A body that was encoded and compressed elsewhere: `raw_len` is its length before compression.
    pub fn new(bytes: impl Into<Bytes>, raw_len: u64, rounded: u64) -> Self {
        Self { bytes: bytes.into(), raw_len, rounded }
    }

    /// The body of `batch`, remembered there: encoded by `encoder`, compressed, and not longer
    /// than `limit` bytes before compression.
    ///
    /// # Errors
    /// [`BodyError`]. A body that is too large is never held in memory.
    pub fn of<E: Encode>(
        batch: &MetricBatch,
        encoder: &E,
        compression: Compression,
        limit: u64,
    ) -> Result<Self, BodyError> {
        let key = BodyKey { encoder: encoder.clone(), compression, limit };
        let make = || Self::make(batch, encoder, compression, limit);
        Result::clone(&*batch.memo().remember(&key, make))
    }

    fn make<E: Encode>(
        batch: &MetricBatch,
        encoder: &E,
        compression: Compression,
        limit: u64,
    ) -> Result<Self, BodyError> {
        let too_large = |TooLarge { size }| BodyError::TooLarge { size, limit };
        if compression == Compression::Identity {
            let Encoded { bytes, rounded } = encoder.encode(batch, limit).map_err(too_large)?;
            let raw_len = bytes.len() as u64;
            return Ok(Self { bytes: bytes.into(), raw_len, rounded });
        }
        let hint = (batch.points() as usize).saturating_mul(BYTES_PER_POINT);
        let mut compressor = Compressor::new(compression, hint).map_err(BodyError::Compress)?;
        let report = encoder
            .encode_pieces(batch, limit, &mut |piece| compressor.write(piece))
            .map_err(too_large)?;
        let bytes = compressor.finish().map_err(BodyError::Compress)?;
        Ok(Self { bytes: bytes.into(), raw_len: report.bytes, rounded: report.rounded })
    }
}

#[cfg(test)]
mod tests {
    use meterport_core::{Report, ResourceMetrics};

    use super::*;

    /// Writes as many bytes as it says, in pieces of ten.
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Letters(u64);

    impl Encode for Letters {
        fn encode(&self, batch: &MetricBatch, limit: u64) -> Result<Encoded, TooLarge> {
            let mut bytes = Vec::new();
            let mut piece = |piece: &[u8]| bytes.extend_from_slice(piece);
            let Report { rounded, .. } = self.encode_pieces(batch, limit, &mut piece)?;
            Ok(Encoded { bytes, rounded })
        }

        fn encode_pieces(
            &self,
            _: &MetricBatch,
            limit: u64,
            piece: &mut dyn FnMut(&[u8]),
        ) -> Result<Report, TooLarge> {
            if self.0 > limit {
                return Err(TooLarge { size: self.0 });
            }
            (0..self.0 / 10).for_each(|_| piece(b"0123456789"));
            Ok(Report { bytes: self.0, rounded: 3 })
        }
    }

    fn codecs() -> impl Iterator<Item = Compression> {
        let all = [Compression::Identity, Compression::GZIP, Compression::ZSTD];
        all.into_iter().filter(|compression| compression.available().is_ok())
    }

    #[test]
    fn a_batch_remembers_its_bodies_until_it_is_edited() {
        let mut batch = MetricBatch::from(ResourceMetrics::default());
        for compression in codecs() {
            let body = |batch: &MetricBatch, letters| {
                Body::of(batch, &Letters(letters), compression, 1_000).unwrap()
            };
            let first = body(&batch, 500);
            assert_eq!((first.raw_len, first.rounded), (500, 3));
            let again = body(&batch.clone(), 500);
            assert_eq!(again.bytes.as_ptr(), first.bytes.as_ptr(), "{compression}");
            assert_eq!(body(&batch, 600).raw_len, 600, "another encoder");
            batch.edit();
            assert_ne!(body(&batch, 500).bytes.as_ptr(), first.bytes.as_ptr(), "{compression}");
        }
    }

    #[test]
    fn a_limit_is_one_before_compression() {
        for compression in codecs() {
            let batch = MetricBatch::default();
            let body = |limit| Body::of(&batch, &Letters(500), compression, limit);
            assert!(body(500).is_ok());
            let error = ExportError::from(body(499).unwrap_err());
            assert_eq!(error.kind(), ErrorKind::TooLarge { size: 500, limit: Some(499) });
        }
    }

    #[test]
    fn bodies_can_be_read_by_their_encoding() {
        for compression in codecs() {
            let body = Body::of(&MetricBatch::default(), &Letters(500), compression, 500).unwrap();
            let encoding = compression.content_encoding().unwrap_or("identity");
            let read = meterport_compress::decompress(encoding, &body.bytes, 500).unwrap();
            assert_eq!(read, b"0123456789".repeat(50), "{compression}");
        }
    }
}
