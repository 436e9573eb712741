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
//! [`DetectedResource`] says who is measured, for all sources of a program:
//!
//! ```
//! use meterport_config::DetectedResource;
//!
//! let detected = DetectedResource::builder().service_name("checkout").with_env()?.build()?;
//! // For a source that takes a resource: `.resource(detected.resource.clone())`.
//! // For any other producer: `detected.on(producer)`.
//! # Ok::<(), meterport_core::ConfigError>(())
//! ```
//!
//! # Features
//! - `otlp-grpc`, `otlp-http`: the transports. What is asked for and not compiled in is an error
//!   that names the feature.
//! - `host`: what the operating system says of itself is part of a detected resource.
//! - `gzip`, `zstd`, `json`, `http2`, `tls-ring`, `tls-aws-lc`: as in the transports.

mod otlp;
mod resource;

pub use otlp::{OtlpBuilder, OtlpExporter};
pub use resource::{DetectedResource, Detector, ResourceBuilder, WithResource};

pub use meterport_decorators::{LogLevels, Reliability, RetryBudget, RetryPolicy};
pub use meterport_net::{Compression, HookError, Proxy, RequestHook, Tls, auth};
pub use meterport_otlp::Protocol;
