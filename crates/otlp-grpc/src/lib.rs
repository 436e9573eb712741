//! Send OTLP metrics over gRPC.
//!
//! ```no_run
//! # async fn send(batch: meterport_core::MetricBatch) -> Result<(), Box<dyn std::error::Error>> {
//! use meterport_core::{Deadline, MetricExporter};
//! use meterport_otlp_grpc::{Compression, OtlpGrpcExporter};
//!
//! let exporter = OtlpGrpcExporter::builder()
//!     .endpoint("http://localhost:4317")
//!     .compression(Compression::GZIP)
//!     .build()?;
//! let outcome = exporter.export(&batch, Deadline::NONE).await?;
//! println!("{} points delivered, {} rejected", outcome.delivered, outcome.rejected);
//! # Ok(())
//! # }
//! ```
//!
//! One [`export`](meterport_core::MetricExporter::export) is one unary call: nothing is retried or
//! split here, that is what decorators are for. Nothing connects before the first export, and an
//! exporter is built while its server is down.
//!
//! # Addresses
//! If the receiver's name has several addresses, exports go to one after the other; one that
//! cannot be connected to is passed over at once, and left alone for a while. The name is resolved
//! anew every minute, and when a connection fails. An address that is gone from the name is no
//! longer used; a [`Resolve`] of one's own takes the resolver's place.
//!
//! # Connections
//! One to each address, for each tokio runtime that exports. While an answer is awaited the other
//! side is pinged if nothing was heard of it for 30 s, and given up after another 5 s: a link that
//! has died without a word is noticed at the next export, within the default timeout, so that a
//! retry gets through. Connections that are idle are not pinged over HTTP/2, for which servers of
//! grpc-go close them (`too_many_pings`), but by the system (TCP keepalive).
//!
//! What the other side has certainly not looked at (a connection that was closing, `GOAWAY`,
//! `REFUSED_STREAM`) is sent once more at once, as gRPC's "transparent retries" have it, and counts
//! as one attempt.
//!
//! # Features
//! - `gzip` (default): gzip request bodies.
//! - `zstd`: zstd request bodies; needs a C compiler.
//! - `tls-ring`, `tls-aws-lc`: TLS.

mod answer;
mod builder;
mod channel;
mod exporter;
mod metadata;
mod target;
mod timeout;
mod wire;

pub use builder::OtlpGrpcBuilder;
pub use channel::Resolve;
pub use exporter::OtlpGrpcExporter;
pub use meterport_net::auth;
pub use meterport_net::{
    BoxError, Compression, HookError, HttpService, Proxy, RequestBody, RequestHook, StaticHeaders,
    Tls,
};
