//! The metrics of the `prometheus` crate (tikv/rust-prometheus) as a
//! [`MetricProducer`](meterport_core::MetricProducer): a program that has them changes nothing but
//! its exporter.
//!
//! ```
//! use meterport_prometheus::PrometheusProducer;
//! use prometheus::{IntCounter, Registry};
//!
//! let registry = Registry::new();
//! let requests = IntCounter::new("http_requests_total", "Requests so far.").unwrap();
//! registry.register(Box::new(requests.clone())).unwrap();
//! requests.inc();
//!
//! let producer = PrometheusProducer::builder().registry(registry).build();
//! assert_eq!(producer.collect().points(), 1);
//! ```
//!
//! # What becomes what
//!
//! | There | Here |
//! |---|---|
//! | counter | monotonic cumulative sum |
//! | gauge | gauge |
//! | histogram | cumulative histogram, with counts of each bucket instead of running ones |
//! | summary (of collectors) | summary |
//! | name, help | name, description, letter by letter: suffixes such as `_total` stay |
//! | labels | attributes, as strings |
//! | time of a metric (of collectors) | time of its point; else the time of the snapshot |
//!
//! Names follow OpenTelemetry's rules of compatibility (`compatibility/prometheus_and_openmetrics.md`,
//! "Metric Metadata"): unaltered, so that a Prometheus exporter gives back what was there.
//!
//! What the library does not have cannot be here either: units, exemplars, native histograms, start
//! times. All sums therefore start when the producer was made, unless
//! [`start_time`](PrometheusProducerBuilder::start_time) says otherwise. Untyped families, at which the
//! library's own text encoder panics, are left out. A histogram of a collector whose counts contradict
//! each other keeps count and sum, and loses its buckets.
//!
//! # Cost
//! The library's `gather` copies every name, label and number. Series are found again from one
//! snapshot to the next, so that what encoders remember of them stays.

mod families;
mod figure;
mod producer;

pub use producer::{PrometheusProducer, PrometheusProducerBuilder};
