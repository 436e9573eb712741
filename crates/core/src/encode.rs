use std::any::Any;
use std::fmt;

use crate::MetricBatch;

/// A format in which batches are written, with its configuration.
///
/// Two that are equal write the same bytes for the same batch: a value of this trait is half of
/// the key under which a batch remembers its encodings.
pub trait Encode: Any + Clone + Eq + fmt::Debug + Send + Sync {
    /// The whole batch.
    ///
    /// # Errors
    /// The encoding would be longer than `limit` bytes. Nothing of that length is held in memory
    /// to find out.
    fn encode(&self, batch: &MetricBatch, limit: u64) -> Result<Encoded, TooLarge>;

    /// The batch in pieces of about 64 KiB, each handed to `piece` in turn: for a compressor,
    /// which finds them in the cache, and without ever holding the whole.
    ///
    /// # Errors
    /// As [`encode`](Self::encode); some pieces may have been handed over by then.
    fn encode_pieces(
        &self,
        batch: &MetricBatch,
        limit: u64,
        piece: &mut dyn FnMut(&[u8]),
    ) -> Result<Report, TooLarge>;
}

/// An encoding is longer than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "encoders outside make it")]
pub struct TooLarge {
    /// The length it would have, in bytes.
    pub size: u64,
}

/// A batch's whole encoding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "encoders outside make it")]
pub struct Encoded {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How many numbers were rounded, because the format has no room for their precision: OTLP
    /// writes unsigned integers above `i64::MAX` as floats.
    pub rounded: u64,
}

/// What is to be said of an encoding that was handed over in pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "encoders outside make it")]
pub struct Report {
    /// The length of all pieces.
    pub bytes: u64,
    /// As [`Encoded::rounded`].
    pub rounded: u64,
}
