//! Metrics on standard output, or any other writer: as text for people, as indented JSON, or as
//! OTLP JSON lines.
//!
//! ```
//! use meterport_core::{
//!     AttributeSet, Metric, MetricBatch, Number, NumberPoint, Resource, ResourceMetrics, Scope,
//!     ScopeMetrics, Sum,
//! };
//! use meterport_stdout::Format;
//!
//! let point = |method, value| {
//!     NumberPoint::new(AttributeSet::from([("method", method)]), Number::I64(value))
//! };
//! let metric = Metric::new("requests", Sum::counter([point("GET", 12), point("POST", 7)]))
//!     .with_unit("{request}");
//! let batch = MetricBatch::from(
//!     ResourceMetrics::new(Resource::new([("service.name", "checkout")]))
//!         .with_scope(ScopeMetrics::new(Scope::new("example")).with_metric(metric)),
//! );
//! let text = r#"resource {service.name="checkout"}
//!   scope example {}
//!     requests ({request}): sum, monotonic, cumulative
//!       {method="GET"}   12
//!       {method="POST"}   7
//!
//! "#;
//! assert_eq!(Format::Text.render(&batch), text);
//! ```
//!
//! # The text
//! What stands there can be read in one way alone: strings are in quotes, integers without and
//! floats with a point or an exponent, and whatever could steer a terminal or hide from the eye
//! is escaped, in names as in values. Times that all points of a metric share stand once, below
//! its name. Buckets without a measurement are left out; the bounds of exponential buckets are
//! rounded to six digits.

mod builder;
mod exporter;
mod format;
mod pretty;
mod sink;
mod text;
mod untimed;

pub use builder::{OUTPUT_LIMIT, StdoutBuilder};
pub use exporter::StdoutExporter;
pub use format::Format;
