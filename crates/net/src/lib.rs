//! One HTTP client, connector and request hook for every transport of Meterport.
//!
//! - [`Endpoint`]: the parsed address of the other side.
//! - [`HttpClient`]: sends one request within a deadline, and holds the answer to a limit. It can
//!   be used from one tokio runtime and then from another, keeps no task of its own, and connects
//!   when it first sends.
//! - [`RequestHook`]: called for every attempt, with request head and body; authentication is an
//!   implementation of it. [`StaticHeaders`] is the simplest, [`auth`] has the usual ones.
//! - [`retry_after`]: the header of that name in both its forms.
//!
//! No redirect is ever followed: a hostile or mistaken one would carry the headers of the
//! configuration to another server.
//!
//! # Features
//! `gzip` (default) and `zstd` read compressed answers, and make the codec available to request
//! bodies. `http2` brings [`HttpClientBuilder::http2`].

mod answer;
pub mod auth;
mod body;
mod builder;
mod client;
mod connection;
mod connector;
mod endpoint;
mod error;
mod hook;
#[cfg_attr(not(feature = "http2"), path = "http2_absent.rs")]
mod http2;
mod limits;
mod pools;
mod request_body;
mod retry_after;
mod runtime;
mod service;
mod static_headers;
mod transport;
#[cfg_attr(not(unix), path = "unix_absent.rs")]
mod unix;

pub use answer::Answer;
pub use body::{Body, BodyError};
pub use builder::HttpClientBuilder;
pub use client::HttpClient;
pub use endpoint::Endpoint;
pub use error::{SendError, SendErrorKind};
pub use hook::{HookError, RequestHook, RequestHooks};
pub use limits::{REQUEST_LIMIT, RESPONSE_LIMIT};
pub use request_body::RequestBody;
pub use retry_after::retry_after;
pub use static_headers::StaticHeaders;

pub use meterport_compress::Compression;

/// An error of any kind, as services and bodies of one's own may have it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
