//! Metric exporters for Rust: one data model, one exporter trait, small crates picked one by one.
//!
//! This crate re-exports the others and has nothing of its own: the data model and the traits
//! ([`meterport_core`]) at the top, each other crate as a module under the feature of its name.
//! Who wants one transport and nothing else depends on its crate directly and compiles the same.
//!
//! ```no_run
//! # #[cfg(all(feature = "config", feature = "host", feature = "otlp-http", feature = "reader"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::{Duration, Instant};
//!
//! use meterport::Deadline;
//! use meterport::config::OtlpExporter;
//! use meterport::host::HostProducer;
//! use meterport::reader::PeriodicReader;
//!
//! let exporter = OtlpExporter::from_env()?;
//! let host = HostProducer::builder().service_name("my-service").build();
//! let reader = PeriodicReader::builder(exporter).producer(host).start()?;
//! // The program does its work; the reader has a thread and a runtime of its own.
//! reader.shutdown_blocking(Deadline::after(Instant::now(), Duration::from_secs(5)))?;
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "config", feature = "host", feature = "otlp-http", feature = "reader")))]
//! # fn main() {}
//! ```
//!
//! | Module | Feature and crate | For |
//! |---|---|---|
//! | `config` | `config` | an exporter from the environment: `OtlpExporter`, by whichever protocol; who is measured: `DetectedResource` |
//! | `decorators` | `decorators` | retries, pieces, fan-out, queues: what makes any exporter reliable |
//! | `otlp_grpc` | `otlp-grpc` | OTLP over gRPC |
//! | `otlp_http` | `otlp-http` | OTLP over HTTP, to a collector or any backend that takes it |
//! | `prom` | `prom` | Prometheus' formats, for an endpoint or client of your own |
//! | `prom_pull` | `prom-pull` | answering Prometheus' scrapes, in any HTTP server |
//! | `prom_push` | `prom-push` | pushing to a Pushgateway |
//! | `prom_scrape` | `prom-scrape` | scraping Prometheus endpoints, reading their pages |
//! | `prom_server` | `prom-server` | a hardened standalone endpoint for scrapes |
//! | `remote_write` | `remote-write` | Prometheus Remote Write 2.0 and 1.0 |
//! | `sigv4` | `sigv4` | signatures for AWS |
//! | `stdout` | `stdout` | text, pretty JSON, OTLP JSON lines |
//! | `reader` | `reader` | drive producers into an exporter |
//! | `registry` | `registry` | instruments, their series, snapshots of them |
//! | `host` | `host` | the operating system's own metrics |
//! | `prometheus` | `prometheus` | programs that record with the `prometheus` crate |
//! | `prometheus_client` | `prometheus-client` | programs that record with the `prometheus-client` crate |
//! | `metrics` | `metrics` | programs that record through the `metrics` facade |
//! | `opentelemetry` | `opentelemetry` | programs that record through the `opentelemetry` API, without its SDK |
//! | `opentelemetry_sdk` | `opentelemetry-sdk` | programs that record with `opentelemetry_sdk` |
//!
//! `gzip`, `zstd`, `json`, `http2`, `tls-ring` and `tls-aws-lc` go to the transports that are there;
//! `full` is everything but `zstd`, TLS, `prometheus-client` and `sigv4`.

pub use meterport_core::*;

#[cfg(feature = "config")]
pub use meterport_config as config;
#[cfg(feature = "decorators")]
pub use meterport_decorators as decorators;
#[cfg(feature = "host")]
pub use meterport_host as host;
#[cfg(feature = "metrics")]
pub use meterport_metrics as metrics;
#[cfg(feature = "opentelemetry")]
pub use meterport_opentelemetry as opentelemetry;
#[cfg(feature = "opentelemetry-sdk")]
pub use meterport_opentelemetry_sdk as opentelemetry_sdk;
#[cfg(feature = "otlp-grpc")]
pub use meterport_otlp_grpc as otlp_grpc;
#[cfg(feature = "otlp-http")]
pub use meterport_otlp_http as otlp_http;
#[cfg(feature = "prom")]
pub use meterport_prom as prom;
#[cfg(feature = "prom-pull")]
pub use meterport_prom_pull as prom_pull;
#[cfg(feature = "prom-push")]
pub use meterport_prom_push as prom_push;
#[cfg(feature = "prom-scrape")]
pub use meterport_prom_scrape as prom_scrape;
#[cfg(feature = "prom-server")]
pub use meterport_prom_server as prom_server;
#[cfg(feature = "prometheus")]
pub use meterport_prometheus as prometheus;
#[cfg(feature = "prometheus-client")]
pub use meterport_prometheus_client as prometheus_client;
#[cfg(feature = "reader")]
pub use meterport_reader as reader;
#[cfg(feature = "registry")]
pub use meterport_registry as registry;
#[cfg(feature = "remote-write")]
pub use meterport_remote_write as remote_write;
#[cfg(feature = "sigv4")]
pub use meterport_sigv4 as sigv4;
#[cfg(feature = "stdout")]
pub use meterport_stdout as stdout;

/// The examples of the README are compiled.
#[cfg(all(doctest, feature = "full"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
