//! A whole pipeline from the environment: whichever exporter is asked for and compiled in.
//!
//! [`OtlpExporter`] speaks OTLP over gRPC or HTTP, as `OTEL_EXPORTER_OTLP_PROTOCOL` or the code
//! says, and has the decorators around it that most people want: timeouts, retries, pieces, a log.
//!
//! ```no_run
//! use meterport_config::OtlpExporter;
//!
//! let exporter = OtlpExporter::from_env()?;
//! # Ok::<(), meterport_core::ConfigError>(())
//! ```
//!
//! # Features
//! - `otlp-grpc`, `otlp-http`: the transports. What is asked for and not compiled in is an error
//!   that names the feature.
//! - `gzip`, `zstd`, `json`, `http2`, `tls-ring`, `tls-aws-lc`: as in the transports.

mod otlp;

pub use otlp::{OtlpBuilder, OtlpExporter};

pub use meterport_decorators::{LogLevels, Reliability, RetryBudget, RetryPolicy};
pub use meterport_net::{Compression, HookError, Proxy, RequestHook, Tls, auth};
pub use meterport_otlp::Protocol;
