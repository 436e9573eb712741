//! The metrics of the `prometheus-client` crate as a
//! [`MetricProducer`](meterport_core::MetricProducer): a program that has them changes nothing but
//! its exporter.
//!
//! ```
//! use std::sync::Arc;
//!
//! use meterport_prometheus_client::PrometheusClientProducer;
//! use prometheus_client::metrics::counter::Counter;
//! use prometheus_client::registry::Registry;
//!
//! let mut registry = Registry::default();
//! let requests: Counter = Counter::default();
//! registry.register("http_requests", "Requests so far.", requests.clone());
//! requests.inc();
//!
//! let producer = PrometheusClientProducer::builder(Arc::new(registry)).build();
//! let batch = producer.collect()?;
//! assert_eq!(&*batch.metrics().next().unwrap().descriptor.name, "http_requests_total");
//! # Ok::<(), meterport_core::ProduceError>(())
//! ```
//!
//! # What becomes what
//!
//! | There | Here |
//! |---|---|
//! | counter | monotonic cumulative sum, with its exemplar |
//! | gauge, info | gauge |
//! | histogram with classic buckets | cumulative histogram, with exemplars |
//! | native histogram | exponential histogram, with its start time; a histogram that has classic buckets too loses these |
//! | unknown | gauge, with `prometheus.type` among its metadata |
//! | name as in a scrape, with prefix, unit and `_total`; help | name, description |
//! | unit | unit, in UCUM's symbols unless [`keep_units`](PrometheusClientProducerBuilder::keep_units) |
//! | labels | attributes, as strings |
//! | exemplar's `trace_id`, `span_id` | ids of the exemplar, if they are such; other labels are its attributes |
//!
//! The rules are OpenTelemetry's (`compatibility/prometheus_and_openmetrics.md`).
//!
//! The registry is read through the library's protobuf model: the one reading that is no text, and
//! has native histograms. That model makes floats of all numbers and does not tell start times but those
//! of native histograms; other sums start when the producer was made, unless
//! [`start_time`](PrometheusClientProducerBuilder::start_time) says otherwise. A native histogram with
//! more than 1,024 buckets from the first to the last on one side is given at a lower scale, exactly. One
//! whose figures contradict each other keeps count and sum.
//!
//! # Cost
//! The library copies every name, label and number. Series are found again from one snapshot to the
//! next, so that what encoders remember of them stays. Building the library's protobuf model needs no
//! `protoc`, but the crates of `protox`.

mod exemplar;
mod families;
mod native;
mod producer;
mod unit;

pub use producer::{PrometheusClientProducer, PrometheusClientProducerBuilder};
