//! Send OTLP metrics over HTTP, as protobuf or JSON.
//!
//! ```no_run
//! # async fn send(batch: meterport_core::MetricBatch) -> Result<(), Box<dyn std::error::Error>> {
//! use meterport_core::{Deadline, MetricExporter};
//! use meterport_otlp_http::{Compression, OtlpHttpExporter};
//!
//! let exporter = OtlpHttpExporter::builder()
//!     .endpoint("http://localhost:4318")
//!     .compression(Compression::GZIP)
//!     .build()?;
//! let outcome = exporter.export(&batch, Deadline::NONE).await?;
//! println!("{} points delivered, {} rejected", outcome.delivered, outcome.rejected);
//! # Ok(())
//! # }
//! ```
//!
//! One [`export`](meterport_core::MetricExporter::export) is one request: nothing is retried or
//! split here, that is what decorators are for. Nothing connects before the first export, and an
//! exporter is built while its server is down.
//!
//! # Features
//! - `gzip` (default): gzip request bodies.
//! - `zstd`: zstd request bodies; needs a C compiler.
//! - `json`: OTLP/JSON beside protobuf.
//! - `http2`: HTTP/2 with prior knowledge.
//! - `tls-ring`, `tls-aws-lc`: TLS.

mod builder;
mod exporter;
#[cfg_attr(not(feature = "json"), path = "json_absent.rs")]
mod json;
mod target;
mod wire;

pub use builder::OtlpHttpBuilder;
pub use exporter::OtlpHttpExporter;
pub use meterport_net::auth;
pub use meterport_net::{
    BoxError, Compression, HookError, HttpService, Proxy, RequestBody, RequestHook, StaticHeaders,
    Tls,
};
pub use meterport_otlp::Format;
