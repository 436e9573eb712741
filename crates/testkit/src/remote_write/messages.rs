//! The messages of both versions, with the field numbers of Prometheus' `prompb/remote.proto`,
//! `prompb/types.proto` and `io/prometheus/write/v2/types.proto`, read by `prost`.

use prost::{Message, Oneof};

/// `prometheus.WriteRequest`: Remote Write 1.0.
#[derive(Clone, PartialEq, Message)]
pub struct WriteRequest {
    /// Series.
    #[prost(message, repeated, tag = "1")]
    pub timeseries: Vec<TimeSeries1>,
    /// What Prometheus adds to the specification.
    #[prost(message, repeated, tag = "3")]
    pub metadata: Vec<MetricMetadata>,
}

/// A series of 1.0.
#[derive(Clone, PartialEq, Message)]
pub struct TimeSeries1 {
    /// Labels.
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
    /// Samples.
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<Sample>,
    /// What Prometheus adds to the specification.
    #[prost(message, repeated, tag = "3")]
    pub exemplars: Vec<Exemplar1>,
    /// What Prometheus adds to the specification.
    #[prost(message, repeated, tag = "4")]
    pub histograms: Vec<Histogram>,
}

/// A label of 1.0.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Label {
    /// The name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// A sample of both versions.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Sample {
    /// The value.
    #[prost(double, tag = "1")]
    pub value: f64,
    /// Milliseconds since 1970.
    #[prost(int64, tag = "2")]
    pub timestamp: i64,
    /// Milliseconds since 1970, 0 where it is not known; 2.0 alone.
    #[prost(int64, tag = "3")]
    pub start_timestamp: i64,
}

/// An exemplar of 1.0.
#[derive(Clone, PartialEq, Message)]
pub struct Exemplar1 {
    /// Labels.
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
    /// The value.
    #[prost(double, tag = "2")]
    pub value: f64,
    /// Milliseconds since 1970.
    #[prost(int64, tag = "3")]
    pub timestamp: i64,
}

/// The metadata of a family of 1.0.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct MetricMetadata {
    /// The type.
    #[prost(int32, tag = "1")]
    pub r#type: i32,
    /// The name.
    #[prost(string, tag = "2")]
    pub metric_family_name: String,
    /// What it measures.
    #[prost(string, tag = "4")]
    pub help: String,
    /// The unit.
    #[prost(string, tag = "5")]
    pub unit: String,
}

/// `io.prometheus.write.v2.Request`: Remote Write 2.0.
#[derive(Clone, PartialEq, Message)]
pub struct Request {
    /// Texts.
    #[prost(string, repeated, tag = "4")]
    pub symbols: Vec<String>,
    /// Series.
    #[prost(message, repeated, tag = "5")]
    pub timeseries: Vec<TimeSeries2>,
}

/// A series of 2.0.
#[derive(Clone, PartialEq, Message)]
pub struct TimeSeries2 {
    /// Names and values in turn, as numbers of symbols.
    #[prost(uint32, repeated, tag = "1")]
    pub labels_refs: Vec<u32>,
    /// Samples.
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<Sample>,
    /// Native histograms.
    #[prost(message, repeated, tag = "3")]
    pub histograms: Vec<Histogram>,
    /// Exemplars.
    #[prost(message, repeated, tag = "4")]
    pub exemplars: Vec<Exemplar2>,
    /// Metadata.
    #[prost(message, optional, tag = "5")]
    pub metadata: Option<Metadata2>,
}

/// An exemplar of 2.0.
#[derive(Clone, PartialEq, Message)]
pub struct Exemplar2 {
    /// Names and values in turn, as numbers of symbols.
    #[prost(uint32, repeated, tag = "1")]
    pub labels_refs: Vec<u32>,
    /// The value.
    #[prost(double, tag = "2")]
    pub value: f64,
    /// Milliseconds since 1970.
    #[prost(int64, tag = "3")]
    pub timestamp: i64,
}

/// The metadata of a series of 2.0.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct Metadata2 {
    /// The type.
    #[prost(int32, tag = "1")]
    pub r#type: i32,
    /// The number of a symbol.
    #[prost(uint32, tag = "3")]
    pub help_ref: u32,
    /// The number of a symbol.
    #[prost(uint32, tag = "4")]
    pub unit_ref: u32,
}

/// A native histogram.
#[derive(Clone, PartialEq, Message)]
pub struct Histogram {
    /// All measurements.
    #[prost(oneof = "Count", tags = "1, 2")]
    pub count: Option<Count>,
    /// Their sum.
    #[prost(double, tag = "3")]
    pub sum: f64,
    /// -4 to 8, or -53.
    #[prost(sint32, tag = "4")]
    pub schema: i32,
    /// The width of the zero bucket.
    #[prost(double, tag = "5")]
    pub zero_threshold: f64,
    /// What is in the zero bucket.
    #[prost(oneof = "ZeroCount", tags = "6, 7")]
    pub zero_count: Option<ZeroCount>,
    /// Where negative buckets are.
    #[prost(message, repeated, tag = "8")]
    pub negative_spans: Vec<BucketSpan>,
    /// Their counts, each as its difference to the one before.
    #[prost(sint64, repeated, tag = "9")]
    pub negative_deltas: Vec<i64>,
    /// Counts of histograms of floats.
    #[prost(double, repeated, tag = "10")]
    pub negative_counts: Vec<f64>,
    /// Where positive buckets are.
    #[prost(message, repeated, tag = "11")]
    pub positive_spans: Vec<BucketSpan>,
    /// Their counts, each as its difference to the one before.
    #[prost(sint64, repeated, tag = "12")]
    pub positive_deltas: Vec<i64>,
    /// Counts of histograms of floats.
    #[prost(double, repeated, tag = "13")]
    pub positive_counts: Vec<f64>,
    /// Unknown 0, yes 1, no 2, gauge 3.
    #[prost(int32, tag = "14")]
    pub reset_hint: i32,
    /// Milliseconds since 1970.
    #[prost(int64, tag = "15")]
    pub timestamp: i64,
    /// The bounds of custom buckets.
    #[prost(double, repeated, tag = "16")]
    pub custom_values: Vec<f64>,
    /// Milliseconds since 1970, 0 where it is not known.
    #[prost(int64, tag = "17")]
    pub start_timestamp: i64,
}

/// A count, which is there even if it is zero.
#[derive(Clone, Copy, PartialEq, Oneof)]
#[allow(clippy::exhaustive_enums, reason = "Prometheus' message")]
pub enum Count {
    /// An integer.
    #[prost(uint64, tag = "1")]
    CountInt(u64),
    /// A float.
    #[prost(double, tag = "2")]
    CountFloat(f64),
}

/// The count of the zero bucket, which is there even if it is zero.
#[derive(Clone, Copy, PartialEq, Oneof)]
#[allow(clippy::exhaustive_enums, reason = "Prometheus' message")]
pub enum ZeroCount {
    /// An integer.
    #[prost(uint64, tag = "6")]
    ZeroCountInt(u64),
    /// A float.
    #[prost(double, tag = "7")]
    ZeroCountFloat(f64),
}

/// A run of buckets.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct BucketSpan {
    /// The first one's index; of later spans the gap before them.
    #[prost(sint32, tag = "1")]
    pub offset: i32,
    /// How many.
    #[prost(uint32, tag = "2")]
    pub length: u32,
}
