//! Send metrics by Prometheus Remote Write 2.0 and 1.0.
//!
//! ```no_run
//! # fn build() -> Result<(), Box<dyn std::error::Error>> {
//! use meterport_remote_write::RemoteWriteExporter;
//!
//! let exporter = RemoteWriteExporter::builder()
//!     .endpoint("http://localhost:9090/api/v1/write")
//!     .external_label("cluster", "eu-1")
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! - [`RemoteWriteExporter`] is a [`MetricExporter`](meterport_core::MetricExporter) for readers and
//!   decorators: one export is one request. It speaks 2.0, and 1.0 to receivers that know nothing
//!   else: Prometheus takes 1.0 alone unless it is started with
//!   `--web.remote-write-receiver.accepted-protobuf-messages` for both.
//! - [`RemoteWriteExporter::write_series`] sends ready-made series.
//! - [`Encoder`] makes the messages, for a client of one's own.
//!
//! # Around it
//! Senders are to try again, and to keep the samples of a series in order. The stack for that, of
//! `meterport-decorators`:
//!
//! ```text
//! exporter.reliable_with(Reliability::default().with_max_points(2_000)).shard(blocks)
//! ```
//!
//! 2,000 is what Prometheus sends in a request (`max_samples_per_send`); a request of less than the
//! [limit in bytes](RemoteWriteBuilder::request_limit) is made of what is too large by splitting it
//! further. A shard keeps the samples of a series in order, and sends several requests at once. Delays
//! between attempts should grow, as the specification has it; they do with `with_jitter(0.1)` of
//! `RetryPolicy`, which by default draws them from zero on. Series that end are told by `Stale` of that
//! crate, outside of all this; then a stale marker is sent.
//!
//! # Features
//! - `tls-ring`, `tls-aws-lc`: TLS.

mod bound_format;
mod builder;
mod encoder;
mod exporter;
mod external_labels;
mod metadata;
mod protocol;
mod request;
mod series;
mod target_info;
mod wire;
mod written;

pub use bound_format::BoundFormat;
pub use builder::RemoteWriteBuilder;
pub use encoder::{Encoder, Message, STALE_NAN};
pub use exporter::RemoteWriteExporter;
pub use meterport_net::auth;
pub use meterport_net::{
    BoxError, HookError, HttpService, Proxy, RequestBody, RequestHook, StaticHeaders, Tls,
};
pub use meterport_prom::{
    AttributeFilter, FamilyKind, NativeHistogram, Rules, Side, Span, Strategy, Target, Translation,
};
pub use protocol::{Protocol, Version};
pub use series::{HistogramSample, Sample, SeriesExemplar, TimeSeries};
pub use wire::Totals;
pub use written::Written;
