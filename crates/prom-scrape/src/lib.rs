//! Scrape Prometheus endpoints: what any program shows under `/metrics` becomes metrics that any
//! exporter of Meterport can send.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::{Duration, Instant};
//!
//! use meterport_core::Deadline;
//! use meterport_prom_scrape::ScrapeProducer;
//!
//! let node = ScrapeProducer::builder("node", "http://localhost:9100/metrics").build()?;
//! let scrape = node.scrape(Deadline::after(Instant::now(), Duration::from_secs(10))).await;
//! if let Some(error) = &scrape.error {
//!     eprintln!("down: {error}");
//! }
//! println!("{} metrics, {} samples", scrape.batch.metrics().count(), scrape.samples);
//! # Ok(())
//! # }
//! ```
//!
//! - [`ScrapeProducer`] is a [`MetricProducer`](meterport_core::MetricProducer) for readers: each
//!   snapshot is a scrape. It asks as Prometheus does, for protobuf, OpenMetrics 1.0 and text, and
//!   adds `up`, `scrape_duration_seconds` and `scrape_samples_scraped`, also when a scrape fails.
//! - [`PageReader`] reads pages that lie somewhere, without any I/O.
//! - Whatever Prometheus refuses is refused, and the whole page with it; a [`ParseError`] says where
//!   and why.
//!
//! # What becomes what
//!
//! | On the page | In the model |
//! |---|---|
//! | counter | monotonic cumulative sum, its name with `_total` if its samples have it |
//! | gauge | gauge |
//! | untyped, unknown | gauge with `prometheus.type` = `unknown` in its metadata |
//! | info, state set | sum that is not monotonic, with `info` or `stateset` there |
//! | histogram | cumulative histogram |
//! | native histogram | exponential histogram |
//! | gauge histogram | histogram, with `gaugehistogram` there |
//! | summary | summary |
//! | help, unit | description, unit, letter by letter |
//! | labels | attributes, as strings; empty ones are none |
//! | timestamp | time of the point; else the time of the scrape |
//! | `_created`, start timestamp | start of the point; else it is unset |
//! | exemplar | exemplar, `trace_id` and `span_id` as its own if they are ids |
//!
//! Names stay as they are, so that an exporter whose
//! [`Translation`](meterport_prom::Translation) is
//! [verbatim](meterport_prom::Translation::verbatim) gives back the page. Job and instance stand in
//! the resource or on each series: see [`TargetLabels`].
//!
//! What lacks one of the parts that its type must have is completed where the others say it (the
//! bucket up to infinity, the count of a histogram). Where samples contradict their type, such as
//! buckets that fall or half a measurement, the family comes as its single samples, of unknown type:
//! nothing is lost. Of samples with the same name, labels and time the first counts.
//!
//! # Where it differs from Prometheus
//! - Redirects are not followed: [`ScrapeError::Status`] names them.
//! - A timestamp before 1970 makes a page unreadable; the model has no such times.
//! - Bounds of buckets and quantiles are numbers: how they were spelled is not kept.
//! - In protobuf, histograms that count halves are left out and counted ([`Scrape::skipped`]).
//!
//! # Features
//! - `gzip` (default): gzip answers.
//! - `tls-ring`, `tls-aws-lc`: TLS.

mod builder;
mod error;
mod model;
mod negotiation;
mod page;
mod parse;
mod producer;
mod reader;
mod target;

pub use builder::{ScrapeBuilder, TargetLabels};
pub use error::ScrapeError;
pub use meterport_net::auth;
pub use meterport_net::{
    BoxError, HookError, HttpService, Proxy, RequestBody, RequestHook, SendError, StaticHeaders,
    Tls,
};
pub use meterport_prom::Format;
pub use parse::{ParseError, Position};
pub use producer::{Scrape, ScrapeProducer};
pub use reader::PageReader;
