//! What an OTLP receiver answers.

#[cfg(test)]
mod tests;

use std::time::Duration;

use meterport_core::{Outcome, bounded_message};

use crate::DecodeError;
use crate::wire::{Field, fields};

/// `opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse`: what a receiver says
/// of a request that it has taken, in whole or in part.
///
/// ```
/// use meterport_otlp::ExportMetricsServiceResponse;
///
/// let partial = [0x0a, 7, 0x08, 2, 0x12, 3, b'o', b'l', b'd'];
/// let response = ExportMetricsServiceResponse::from_protobuf(&partial).unwrap();
/// let outcome = response.into_outcome(10);
/// assert_eq!((outcome.delivered, outcome.rejected), (8, 2));
/// assert_eq!(outcome.message.as_deref(), Some("old"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportMetricsServiceResponse {
    /// There if the receiver has something to say; absent where everything was taken.
    pub partial_success: Option<PartialSuccess>,
}

/// `ExportMetricsPartialSuccess`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartialSuccess {
    /// How many points were refused, as sent: it may be negative, or more than there were.
    pub rejected_data_points: i64,
    /// Why, or a warning if none was refused.
    pub error_message: String,
}

impl ExportMetricsServiceResponse {
    /// Reads the protobuf form. Unknown fields are skipped.
    ///
    /// # Errors
    /// The bytes are not protobuf, or a field has another type.
    pub fn from_protobuf(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut response = Self::default();
        for field in fields(bytes) {
            if let (1, field) = field? {
                // A message that comes twice is merged.
                let partial = response.partial_success.get_or_insert_default();
                partial.merge(field)?;
            }
        }
        Ok(response)
    }

    /// The books of a request of `points` that was answered with this.
    ///
    /// Of the refused points there are at least none and at most all. Nothing refused, but a
    /// message: that is a warning, and stays in [`Outcome::message`].
    pub fn into_outcome(self, points: u64) -> Outcome {
        let partial = self.partial_success.unwrap_or_default();
        let rejected = u64::try_from(partial.rejected_data_points).unwrap_or_default().min(points);
        let mut outcome = Outcome::delivered(points - rejected);
        outcome.rejected = rejected;
        outcome.message =
            Some(bounded_message(&partial.error_message)).filter(|text| !text.is_empty());
        outcome
    }
}

impl PartialSuccess {
    fn merge(&mut self, field: Field<'_>) -> Result<(), DecodeError> {
        for field in fields(field.message()?) {
            match field? {
                (1, field) => self.rejected_data_points = field.varint()? as i64,
                (2, field) => self.error_message = field.lossy_text()?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// `google.rpc.Status`: what a receiver says of a request that it refused. Of the details, the
/// delay of a `google.rpc.RetryInfo` is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RpcStatus {
    /// A gRPC status code.
    pub code: i32,
    /// Why, for people.
    pub message: String,
    /// Not before this time has passed; there if the details hold a `RetryInfo`, which may name
    /// no delay, or none that can be: then it is zero.
    pub retry_delay: Option<Duration>,
}

/// The message that a detail holds, whichever host the type's URL names.
pub(crate) const RETRY_INFO: &str = "/google.rpc.RetryInfo";

impl RpcStatus {
    /// Reads the protobuf form: the body of a refusal, or `grpc-status-details-bin`. Unknown
    /// fields and details are skipped.
    ///
    /// # Errors
    /// The bytes are not protobuf, or a field has another type.
    pub fn from_protobuf(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut status = Self::default();
        for field in fields(bytes) {
            match field? {
                (1, field) => status.code = field.varint()? as i32,
                (2, field) => status.message = field.lossy_text()?,
                (3, field) => status.retry_delay = detail(field)?.or(status.retry_delay),
                _ => {}
            }
        }
        Ok(status)
    }
}

/// A `google.protobuf.Any`; the delay if it holds a `RetryInfo`.
fn detail(field: Field<'_>) -> Result<Option<Duration>, DecodeError> {
    let (mut url, mut value) = (String::new(), &[][..]);
    for field in fields(field.message()?) {
        match field? {
            (1, field) => url = field.lossy_text()?,
            (2, field) => value = field.message()?,
            _ => {}
        }
    }
    if url.ends_with(RETRY_INFO) { retry_info(value).map(Some) } else { Ok(None) }
}

fn retry_info(bytes: &[u8]) -> Result<Duration, DecodeError> {
    let (mut seconds, mut nanos) = (0, 0);
    for field in fields(bytes) {
        let (1, field) = field? else { continue };
        for field in fields(field.message()?) {
            match field? {
                (1, field) => seconds = field.varint()? as i64,
                (2, field) => nanos = field.varint()? as i32,
                _ => {}
            }
        }
    }
    Ok(duration(seconds, nanos))
}

/// A `google.protobuf.Duration`; zero for one that is negative or out of range.
fn duration(seconds: i64, nanos: i32) -> Duration {
    match (u64::try_from(seconds), u32::try_from(nanos)) {
        (Ok(seconds), Ok(nanos @ 0..1_000_000_000)) => Duration::new(seconds, nanos),
        _ => Duration::ZERO,
    }
}
