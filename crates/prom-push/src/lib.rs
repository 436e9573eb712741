//! Push metrics to a Prometheus Pushgateway.
//!
//! A gateway keeps the last push of each group (a job, and labels of one's own) for Prometheus to
//! scrape. It is meant for jobs that end before anybody could scrape them.
//!
//! ```no_run
//! # fn run(batch: meterport_core::MetricBatch) -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::{Duration, Instant};
//!
//! use meterport_core::Deadline;
//! use meterport_prom_push::PushgatewayExporter;
//!
//! let gateway = PushgatewayExporter::builder("nightly-backup")
//!     .endpoint("http://localhost:9091")
//!     .grouping("instance", "db-1")
//!     .build()?;
//! // At the end of the job, from plain blocking code:
//! gateway.push_blocking(&batch, Deadline::after(Instant::now(), Duration::from_secs(10)))?;
//! # Ok(())
//! # }
//! ```
//!
//! - [`PushgatewayExporter`] is a [`MetricExporter`](meterport_core::MetricExporter) for readers and
//!   decorators: one export is one push. What [`shutdown`](PushgatewayBuilder::at_shutdown) does is
//!   chosen: a last push of what is owed, the end of the group, or nothing.
//! - [`push_blocking`](PushgatewayExporter::push_blocking) and
//!   [`delete_blocking`](PushgatewayExporter::delete_blocking) are for code without a runtime; they
//!   work inside one too.
//! - PUT replaces the whole group (the default), POST the families of the same names.
//!
//! No push has a timestamp: the gateway refuses them. No splitting decorator belongs around this:
//! of two PUTs for a group only the second would stay.
//!
//! # Features
//! - `gzip` (default): gzip request bodies.
//! - `tls-ring`, `tls-aws-lc`: TLS.

mod builder;
mod encoding;
mod exporter;
mod grouping;
mod wire;

pub use builder::PushgatewayBuilder;
pub use exporter::{AtShutdown, PushgatewayExporter};
pub use grouping::Grouping;
pub use meterport_net::auth;
pub use meterport_net::{
    BoxError, Compression, HookError, HttpService, Proxy, RequestBody, RequestHook, StaticHeaders,
    Tls,
};
pub use meterport_prom::{AttributeFilter, Format, Rules, Strategy, Target, Translation};
pub use wire::PushMethod;
