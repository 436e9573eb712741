//! What OTLP demands of values.

use meterport_core::{Bounds, Buckets, BucketsError};

use crate::decode_error::{DecodeError, DecodeProblem};

/// Bounds that are those of the point before are shared with it.
pub(crate) fn make_buckets(
    bounds: Vec<f64>,
    counts: Vec<u64>,
    before: Option<&Bounds>,
) -> Result<Buckets, BucketsError> {
    if counts.is_empty() && bounds.is_empty() {
        return Ok(Buckets::none());
    }
    let bounds = match before {
        Some(before) if before.as_slice() == bounds => before.clone(),
        _ => Bounds::new(bounds)?,
    };
    Buckets::new(bounds, counts)
}

/// Empty is no id, and so are zeros, as some senders write them.
pub(crate) fn id<const N: usize, T>(
    bytes: &[u8],
    make: fn([u8; N]) -> Option<T>,
) -> Result<Option<T>, DecodeError> {
    match bytes.try_into() {
        Ok(bytes) => Ok(make(bytes)),
        Err(_) if bytes.is_empty() => Ok(None),
        Err(_) => Err(DecodeProblem::BadId { len: bytes.len() }.into()),
    }
}
