//! A hardened HTTP endpoint for Prometheus' scrapes, around a
//! [`ScrapeService`](meterport_prom_pull::ScrapeService).
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::{Duration, Instant};
//!
//! use meterport_core::Deadline;
//! use meterport_prom_pull::{PrometheusExporter, ScrapeService};
//! use meterport_prom_server::PrometheusServer;
//!
//! let exporter = PrometheusExporter::builder().build();
//! let metrics = ScrapeService::builder().producer(exporter.clone()).build()?;
//! // localhost:9464, or what the environment says.
//! let server = PrometheusServer::builder(metrics).with_env()?.start()?;
//! println!("http://{}/metrics", server.address());
//! // The program does its work; the server has a thread of its own.
//! server.shutdown_blocking(Deadline::after(Instant::now(), Duration::from_secs(5)))?;
//! # Ok(())
//! # }
//! ```
//!
//! [`start`](PrometheusServerBuilder::start) serves on a thread of its own, whatever the
//! application's runtime does. [`bind`](PrometheusServerBuilder::bind) leaves that to the caller's.
//!
//! # Paths
//! `/metrics` (or [another](PrometheusServerBuilder::path)); `/`, a page for people that links it and
//! shows version, formats and the families with the most series; `/-/healthy`; `/-/ready`, 503 once
//! the server is to end.
//!
//! # Limits
//! What a client may take: 5 s from its first byte to the end of a request's head, 9 s to read an
//! answer, 2 minutes between two requests. Of connections there may be 1,024; one more gets a 503
//! at once. A head may have 64 KiB. Bodies of requests are not read. Where the system has no
//! descriptor left for a connection, the server waits, up to a second, before it asks again.
//!
//! # Who may see it
//! By default whoever reaches the address, which is that of this machine alone. The
//! `web-config.yml` of Prometheus' own exporters ([`web_config`](PrometheusServerBuilder::web_config))
//! brings TLS, client certificates, and users with passwords hashed by bcrypt; it and the files it
//! names are read again when they change.
//!
//! # Features
//! - `gzip` (default), `zstd` (needs a C compiler): compressed answers.
//! - `web-config`: basic authentication and headers by `web-config.yml`.
//! - `tls-ring`, `tls-aws-lc`: its TLS too.

mod accept;
mod builder;
mod connection;
mod landing;
mod limits;
mod listen;
mod pace;
mod routes;
mod server;
#[cfg_attr(not(unix), path = "unix_absent.rs")]
mod unix;
#[cfg_attr(not(feature = "web-config"), path = "web_config_absent.rs")]
mod web_config;

pub use builder::PrometheusServerBuilder;
pub use listen::Address;
pub use server::{BoundServer, PrometheusServer};
