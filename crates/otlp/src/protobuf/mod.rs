//! OTLP in protobuf's binary format.
//!
//! The encoder walks the model twice: once for the lengths, once for the bytes. There is no
//! message tree in between, the output has its exact size from the start, and it is byte for
//! byte what prost writes for the same messages. A chunk's attributes are encoded once in its
//! life and copied from then on.

mod decode;
mod encode;
mod field;

pub use decode::decode;
use encode::Measured;
use meterport_core::{Encode, Encoded, MetricBatch, Report, TooLarge};

/// OTLP in protobuf's binary format, as a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to configure")]
pub struct Protobuf;

impl Encode for Protobuf {
    fn encode(&self, batch: &MetricBatch, limit: u64) -> Result<Encoded, TooLarge> {
        Ok(Measured::within(batch, limit)?.encode())
    }

    fn encode_pieces(
        &self,
        batch: &MetricBatch,
        limit: u64,
        piece: &mut dyn FnMut(&[u8]),
    ) -> Result<Report, TooLarge> {
        Ok(Measured::within(batch, limit)?.encode_pieces(piece))
    }
}

/// Encodes a batch as an `ExportMetricsServiceRequest`, which is also a `MetricsData`.
///
/// What the batch's chunks remember is used and added to; the whole is not remembered here.
pub fn encode(batch: &MetricBatch) -> Encoded {
    Measured::new(batch).encode()
}

/// Encodes a batch in pieces of about 64 KiB, each handed to `piece` in turn.
pub fn encode_pieces(batch: &MetricBatch, piece: &mut dyn FnMut(&[u8])) -> Report {
    Measured::new(batch).encode_pieces(piece)
}

/// Encodes a batch into `buf`, whose former content goes and whose memory is used again.
///
/// Bodies beyond 32 MiB, of more than 100,000 series, take most of their time for the system to
/// hand out fresh memory: a buffer that is kept makes them several times cheaper.
///
/// ```
/// use meterport_core::MetricBatch;
/// use meterport_otlp::protobuf;
///
/// let batch = MetricBatch::default();
/// let mut buf = Vec::new();
/// let report = protobuf::encode_into(&batch, &mut buf);
/// assert_eq!(buf, protobuf::encode(&batch).bytes);
/// assert_eq!(report.bytes, buf.len() as u64);
/// ```
pub fn encode_into(batch: &MetricBatch, buf: &mut Vec<u8>) -> Report {
    Measured::new(batch).encode_into(buf)
}

/// The exact number of bytes that [`encode`] gives.
pub fn encoded_len(batch: &MetricBatch) -> u64 {
    Measured::new(batch).len()
}
