//! One HTTP client, connector and request hook for every transport of Meterport.
//!
//! - [`Endpoint`]: the parsed address of the other side.
//! - [`HttpClient`]: sends one request within a deadline, and holds the answer to a limit. It can
//!   be used from one tokio runtime and then from another, keeps no task of its own, and connects
//!   when it first sends.
//! - [`Connector`]: opens connections, for that client and for any other.
//! - [`Tls`]: whom to trust and what to show. [`Proxy`]: whom to go through. Each is one value for
//!   every transport.
//! - [`RequestHook`]: called for every attempt, with request head and body; authentication is an
//!   implementation of it. [`StaticHeaders`] is the simplest, [`auth`] has the usual ones.
//! - [`BatchSender`]: an export as one request, for exporters to be made of; a [`Dialect`] is what
//!   differs between them.
//! - [`retry_after`]: the header of that name in both its forms.
//!
//! No redirect is ever followed: a hostile or mistaken one would carry the headers of the
//! configuration to another server.
//!
//! # TLS
//! ```no_run
//! # fn build() -> Result<(), meterport_core::ConfigError> {
//! use meterport_net::{Endpoint, HttpClient, Tls};
//!
//! let endpoint = Endpoint::parse("endpoint", "https://collector.example:4318", false)?;
//! let tls = Tls::new()
//!     .ca_file("/etc/collector/ca.pem")
//!     .client_certificate_file("/etc/collector/client.pem", "/etc/collector/client.key");
//! let client = HttpClient::builder(&endpoint).tls(tls).build()?;
//! # Ok(())
//! # }
//! ```
//!
//! - `https` endpoints need the feature `tls-ring` or `tls-aws-lc`; without one they are an error
//!   of `build`. Without a [`Tls`], the system's roots are trusted.
//! - What is wrong with a certificate or a key is an error of `build`, and names file and cause.
//!   What is wrong between client and server shows at the first connection: an error that names
//!   the cause, of the kind [`SendErrorKind::Connect`]. Nothing was sent then, and to try again
//!   later is right: a certificate that is renewed heals it.
//! - Files are read again for new connections. Certificates can be rotated without a restart and
//!   without a failed export: let the client trust the new authority first, then change the
//!   server's certificate over to it. A certificate and its key in one file change in one step.
//! - A handshake is inside the connect timeout.
//!
//! # Proxies
//! No proxy is used unless one is set: [`Proxy::to`] in code, or [`Proxy::from_variables`], which
//! exporters call in their `with_env()`. SOCKS is not spoken.
//!
//! # Features
//! - `gzip` (default) and `zstd` read compressed answers, and make the codec available to request
//!   bodies.
//! - `snappy` compiles that codec in, for the request bodies of remote write.
//! - `http2` brings [`HttpClientBuilder::http2`].
//! - `tls-ring` and `tls-aws-lc` bring TLS, with the cryptography of one or the other. With both,
//!   ring's is used unless [`Tls::crypto`] says otherwise. Neither sets nor needs a default
//!   provider of the process.

mod answer;
pub mod auth;
mod batch_sender;
mod body;
mod builder;
mod causes;
mod client;
mod connector;
mod endpoint;
mod error;
mod hook;
#[cfg_attr(not(feature = "http2"), path = "http2_absent.rs")]
mod http2;
mod limits;
mod payload;
mod per_runtime;
mod pools;
mod proxy;
mod request_body;
mod retry_after;
mod runtime;
mod service;
mod service_error;
mod settings;
mod static_headers;
mod tls;
#[cfg_attr(not(unix), path = "unix_absent.rs")]
mod unix;

pub use answer::Answer;
pub use batch_sender::{BatchSender, Dialect};
pub use body::{Body, BodyError};
pub use builder::HttpClientBuilder;
pub use client::HttpClient;
pub use connector::{ConnectError, ConnectErrorKind, Connection, Connector, ConnectorBuilder};
pub use endpoint::Endpoint;
pub use error::{SendError, SendErrorKind};
pub use hook::{HookError, RequestHook, RequestHooks};
pub use limits::RESPONSE_LIMIT;
pub use payload::Payload;
pub use per_runtime::PerRuntime;
pub use proxy::Proxy;
pub use request_body::RequestBody;
pub use retry_after::{retry_after, retry_after_now};
pub use service::HttpService;
pub use service_error::ServiceError;
pub use static_headers::StaticHeaders;
pub use tls::{Crypto, Tls, TlsVersion};

pub use meterport_compress::{Compression, DecompressError, decompress, snappy};

/// An error of any kind, as services and bodies of one's own may have it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
