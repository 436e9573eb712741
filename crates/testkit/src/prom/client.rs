//! The messages of `io.prometheus.client`, with the field numbers of Prometheus'
//! `io/prometheus/client/metrics.proto`. Scalars are optional, as in proto2: whether a zero was
//! written shows.

use prost::{DecodeError, Message};

/// All metrics of one name.
#[derive(Clone, PartialEq, Message)]
pub struct MetricFamily {
    /// The name.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// What it measures.
    #[prost(string, optional, tag = "2")]
    pub help: Option<String>,
    /// Counter 0, gauge 1, summary 2, untyped 3, histogram 4, gauge histogram 5.
    #[prost(int32, optional, tag = "3")]
    pub r#type: Option<i32>,
    /// The metrics.
    #[prost(message, repeated, tag = "4")]
    pub metric: Vec<Metric>,
    /// The unit.
    #[prost(string, optional, tag = "5")]
    pub unit: Option<String>,
}

/// One series of a family.
#[derive(Clone, PartialEq, Message)]
pub struct Metric {
    /// The labels.
    #[prost(message, repeated, tag = "1")]
    pub label: Vec<LabelPair>,
    /// The value of a gauge.
    #[prost(message, optional, tag = "2")]
    pub gauge: Option<Gauge>,
    /// The value of a counter.
    #[prost(message, optional, tag = "3")]
    pub counter: Option<Counter>,
    /// The value of a summary.
    #[prost(message, optional, tag = "4")]
    pub summary: Option<Summary>,
    /// The value of what has no type.
    #[prost(message, optional, tag = "5")]
    pub untyped: Option<Untyped>,
    /// Milliseconds since 1970.
    #[prost(int64, optional, tag = "6")]
    pub timestamp_ms: Option<i64>,
    /// The value of a histogram.
    #[prost(message, optional, tag = "7")]
    pub histogram: Option<Histogram>,
}

/// A label.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct LabelPair {
    /// The name.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// The value.
    #[prost(string, optional, tag = "2")]
    pub value: Option<String>,
}

/// The value of a gauge.
#[derive(Clone, PartialEq, Message)]
pub struct Gauge {
    /// The value.
    #[prost(double, optional, tag = "1")]
    pub value: Option<f64>,
}

/// The value of what has no type.
#[derive(Clone, PartialEq, Message)]
pub struct Untyped {
    /// The value.
    #[prost(double, optional, tag = "1")]
    pub value: Option<f64>,
}

/// The value of a counter.
#[derive(Clone, PartialEq, Message)]
pub struct Counter {
    /// The value.
    #[prost(double, optional, tag = "1")]
    pub value: Option<f64>,
    /// A measurement.
    #[prost(message, optional, tag = "2")]
    pub exemplar: Option<Exemplar>,
    /// Since when it counts.
    #[prost(message, optional, tag = "3")]
    pub start_timestamp: Option<Timestamp>,
}

/// The value of a summary.
#[derive(Clone, PartialEq, Message)]
pub struct Summary {
    /// All measurements.
    #[prost(uint64, optional, tag = "1")]
    pub sample_count: Option<u64>,
    /// Their sum.
    #[prost(double, optional, tag = "2")]
    pub sample_sum: Option<f64>,
    /// The quantiles.
    #[prost(message, repeated, tag = "3")]
    pub quantile: Vec<Quantile>,
    /// Since when it counts.
    #[prost(message, optional, tag = "4")]
    pub start_timestamp: Option<Timestamp>,
}

/// A quantile of a summary.
#[derive(Clone, PartialEq, Message)]
pub struct Quantile {
    /// Which one, 0 to 1.
    #[prost(double, optional, tag = "1")]
    pub quantile: Option<f64>,
    /// The measurement there.
    #[prost(double, optional, tag = "2")]
    pub value: Option<f64>,
}

/// The value of a histogram, classic or native.
#[derive(Clone, PartialEq, Message)]
pub struct Histogram {
    /// All measurements.
    #[prost(uint64, optional, tag = "1")]
    pub sample_count: Option<u64>,
    /// Their sum.
    #[prost(double, optional, tag = "2")]
    pub sample_sum: Option<f64>,
    /// Classic buckets.
    #[prost(message, repeated, tag = "3")]
    pub bucket: Vec<Bucket>,
    /// All measurements, as a float.
    #[prost(double, optional, tag = "4")]
    pub sample_count_float: Option<f64>,
    /// The resolution of native buckets.
    #[prost(sint32, optional, tag = "5")]
    pub schema: Option<i32>,
    /// How wide the zero bucket is.
    #[prost(double, optional, tag = "6")]
    pub zero_threshold: Option<f64>,
    /// Measurements in the zero bucket.
    #[prost(uint64, optional, tag = "7")]
    pub zero_count: Option<u64>,
    /// The same as a float.
    #[prost(double, optional, tag = "8")]
    pub zero_count_float: Option<f64>,
    /// Where negative buckets are.
    #[prost(message, repeated, tag = "9")]
    pub negative_span: Vec<BucketSpan>,
    /// Their counts, as differences.
    #[prost(sint64, repeated, tag = "10")]
    pub negative_delta: Vec<i64>,
    /// Their counts as floats.
    #[prost(double, repeated, tag = "11")]
    pub negative_count: Vec<f64>,
    /// Where positive buckets are.
    #[prost(message, repeated, tag = "12")]
    pub positive_span: Vec<BucketSpan>,
    /// Their counts, as differences.
    #[prost(sint64, repeated, tag = "13")]
    pub positive_delta: Vec<i64>,
    /// Their counts as floats.
    #[prost(double, repeated, tag = "14")]
    pub positive_count: Vec<f64>,
    /// Since when it counts.
    #[prost(message, optional, tag = "15")]
    pub start_timestamp: Option<Timestamp>,
    /// Measurements of a native histogram.
    #[prost(message, repeated, tag = "16")]
    pub exemplars: Vec<Exemplar>,
}

/// A classic bucket.
#[derive(Clone, PartialEq, Message)]
pub struct Bucket {
    /// Measurements up to the bound.
    #[prost(uint64, optional, tag = "1")]
    pub cumulative_count: Option<u64>,
    /// The bound.
    #[prost(double, optional, tag = "2")]
    pub upper_bound: Option<f64>,
    /// A measurement.
    #[prost(message, optional, tag = "3")]
    pub exemplar: Option<Exemplar>,
    /// Measurements up to the bound, as a float.
    #[prost(double, optional, tag = "4")]
    pub cumulative_count_float: Option<f64>,
}

/// Neighbouring native buckets.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct BucketSpan {
    /// The gap in front of them, of the first span the index.
    #[prost(sint32, optional, tag = "1")]
    pub offset: Option<i32>,
    /// How many.
    #[prost(uint32, optional, tag = "2")]
    pub length: Option<u32>,
}

/// A measurement.
#[derive(Clone, PartialEq, Message)]
pub struct Exemplar {
    /// Its labels.
    #[prost(message, repeated, tag = "1")]
    pub label: Vec<LabelPair>,
    /// The value.
    #[prost(double, optional, tag = "2")]
    pub value: Option<f64>,
    /// When.
    #[prost(message, optional, tag = "3")]
    pub timestamp: Option<Timestamp>,
}

/// `google.protobuf.Timestamp`.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct Timestamp {
    /// Seconds since 1970.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// Nanoseconds beyond those.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

/// The families of a delimited stream.
///
/// # Errors
/// The bytes are no such stream.
pub fn decode(mut bytes: &[u8]) -> Result<Vec<MetricFamily>, DecodeError> {
    let mut families = Vec::new();
    while !bytes.is_empty() {
        families.push(MetricFamily::decode_length_delimited(&mut bytes)?);
    }
    Ok(families)
}

/// The delimited stream that `prost` writes of families.
pub fn encode(families: &[MetricFamily]) -> Vec<u8> {
    families.iter().flat_map(MetricFamily::encode_length_delimited_to_vec).collect()
}
