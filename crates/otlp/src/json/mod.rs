//! OTLP in JSON: the specification's "JSON Protobuf Encoding".
//!
//! One object, `{"resourceMetrics":[..]}`, compact and on one line: the body of an export request
//! and a line of the OTLP file format alike. Ids are hexadecimal, 64-bit integers decimal strings,
//! enumerations integers, floats that are not finite the strings `NaN`, `Infinity` and
//! `-Infinity`, bytes base64. Fields at their default are left out, values of a oneof never.

mod decode;
mod encode;

pub use decode::decode;
use meterport_core::{Encode, Encoded, MetricBatch, Report, TooLarge};

/// OTLP in JSON, as a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to configure")]
pub struct Json;

impl Encode for Json {
    fn encode(&self, batch: &MetricBatch, limit: u64) -> Result<Encoded, TooLarge> {
        encode::whole(batch, limit)
    }

    fn encode_pieces(
        &self,
        batch: &MetricBatch,
        limit: u64,
        piece: &mut dyn FnMut(&[u8]),
    ) -> Result<Report, TooLarge> {
        encode::pieces(batch, limit, piece)
    }
}

/// Encodes a batch as an `ExportMetricsServiceRequest`, which is also a `MetricsData`.
///
/// What the batch's chunks remember is used and added to; the whole is not remembered here.
///
/// ```
/// use meterport_core::{
///     AttributeSet, Gauge, Metric, MetricBatch, Number, NumberPoint, Resource, ResourceMetrics,
///     Scope, ScopeMetrics,
/// };
///
/// let point = NumberPoint::new(AttributeSet::from([("cpu", 0)]), Number::I64(7));
/// let metric = Metric::new("load", Gauge { points: [point].into_iter().collect() });
/// let scope = ScopeMetrics::new(Scope::default()).with_metric(metric);
/// let batch = MetricBatch::from(ResourceMetrics::new(Resource::default()).with_scope(scope));
/// let point = r#"{"attributes":[{"key":"cpu","value":{"intValue":"0"}}],"asInt":"7"}"#;
/// let metric = format!(r#"{{"name":"load","gauge":{{"dataPoints":[{point}]}}}}"#);
/// let expected = format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{metric}]}}]}}]}}"#);
/// assert_eq!(meterport_otlp::json::encode(&batch).bytes, expected.as_bytes());
/// ```
pub fn encode(batch: &MetricBatch) -> Encoded {
    // Nothing is longer than this.
    encode::whole(batch, u64::MAX).unwrap_or_default()
}

/// Encodes a batch in pieces of about 64 KiB, each handed to `piece` in turn.
pub fn encode_pieces(batch: &MetricBatch, piece: &mut dyn FnMut(&[u8])) -> Report {
    // Nothing is longer than this.
    encode::pieces(batch, u64::MAX, piece).unwrap_or_default()
}
