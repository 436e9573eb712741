//! OTLP without I/O: batches to and from protobuf and JSON, responses, configuration.
//!
//! - [`protobuf`] and (with the feature `json`) `json`: a batch to bytes and back. Encoders write from
//!   the model, without a message tree, and copy what a series' chunk remembers; decoders take a
//!   bounded multiple of what they are given, and never panic.
//! - [`ExportMetricsServiceResponse`], [`RpcStatus`]: what receivers answer.
//! - [`http_outcome`], [`grpc_outcome`]: what that means, by the specification's tables.
//! - [`OtlpEnv`]: the `OTEL_EXPORTER_OTLP_*` variables, through a look-up function;
//!   [`OtlpSettings`]: with what is said in code beside them.
//!
//! ```
//! use meterport_core::MetricBatch;
//! use meterport_otlp::protobuf;
//!
//! let batch = MetricBatch::default();
//! let encoded = protobuf::encode(&batch);
//! assert_eq!(protobuf::decode(&encoded.bytes).unwrap(), batch);
//! ```
//!
//! There is no I/O here, no clock is read, and no environment.

mod budget;
mod checks;
mod decode_error;
mod env;
mod format;
#[cfg(feature = "json")]
pub mod json;
pub mod protobuf;
mod response;
mod settings;
mod status;
mod wire;

pub use decode_error::{DecodeError, DecodeProblem};
pub use env::{
    COMPRESSION_VARIABLES, Compression, DEFAULT_TIMEOUT, Endpoint, HEADERS_VARIABLES, OtlpEnv,
    PROTOCOL_VARIABLES, Protocol, parse_headers,
};
pub use format::Format;
#[cfg(feature = "json")]
pub use json::Json;
pub use meterport_core::{Encoded, Report};
pub use protobuf::Protobuf;
pub use response::{ExportMetricsServiceResponse, PartialSuccess, RpcStatus};
pub use settings::{OtlpSettings, Preferences, REQUEST_LIMIT};
pub use status::{GrpcResponse, HttpResponse, grpc_error, grpc_outcome, http_outcome};
