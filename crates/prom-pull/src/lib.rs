//! Answer Prometheus' scrapes.
//!
//! [`ScrapeService`] is a `tower::Service` for any HTTP server: axum, hyper, tonic's router. It
//! collects from [producers](meterport_core::MetricProducer) when it is asked:
//!
//! ```
//! use bytes::Bytes;
//! use meterport_core::{Deadline, MetricBatch, MetricProducer, ProduceError};
//! use meterport_prom_pull::ScrapeService;
//!
//! #[derive(Debug)]
//! struct Shop;
//!
//! #[async_trait::async_trait]
//! impl MetricProducer for Shop {
//!     async fn produce(&self, _: Deadline) -> Result<MetricBatch, ProduceError> {
//!         Ok(MetricBatch::default())
//!     }
//! }
//!
//! let metrics = ScrapeService::builder().producer(Shop).build()?;
//! // axum: Router::new().route_service("/metrics", metrics)
//! # fn is_service<S: tower_service::Service<http::Request<Bytes>> + Clone>(_: S) {}
//! # is_service(metrics);
//! # Ok::<(), meterport_core::ConfigError>(())
//! ```
//!
//! Where metrics are exported rather than collected, [`PrometheusExporter`] keeps the last batch,
//! and is a producer itself: hand a clone of it to the service.
//!
//! # What a scraper gets
//! - The format it asks for by `Accept`, with names escaped as asked: text 0.0.4 and 1.0.0,
//!   OpenMetrics 1.0 and 2.0, protobuf. There is no 406.
//! - gzip or zstd by `Accept-Encoding`.
//! - With `?name[]=…`, repeated at will, the families of exactly these names alone.
//! - An answer in time: `X-Prometheus-Scrape-Timeout-Seconds` and the service's own
//!   [timeout](ScrapeServiceBuilder::timeout) bound the collecting; what takes longer is a 503.
//! - 500 where collecting failed, 503 where too many scrapes are being answered already, 405 for
//!   other methods than GET and HEAD.
//!
//! Scrapes that meet share one snapshot, and the same page where they ask for the same. The service
//! counts what it does under promhttp's names (`promhttp_metric_handler_requests_total`, …), and
//! what a page left out as `meterport_exposition_dropped_total`, by reason.
//!
//! # Features
//! - `gzip` (default), `zstd` (needs a C compiler): compressed answers.

mod body;
mod builder;
mod collect;
mod exporter;
mod flight;
mod page;
mod request;
mod service;
mod stats;

pub use body::PageBody;
pub use builder::ScrapeServiceBuilder;
pub use collect::CollectError;
pub use exporter::{PrometheusExporter, PrometheusExporterBuilder};
pub use meterport_prom::{AttributeFilter, Format, Rules, Strategy, Target, Translation};
pub use service::{ScrapeFuture, ScrapeService};
pub use stats::ScrapeStats;
