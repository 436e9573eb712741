//! OTLP without I/O: batches to and from protobuf and JSON, responses, configuration.

mod budget;
mod checks;
mod decode_error;
mod env;
mod format;
#[cfg(feature = "json")]
pub mod json;
pub mod protobuf;
mod response;
mod status;
mod wire;

pub use decode_error::{DecodeError, DecodeProblem};
pub use env::{
    Compression, DEFAULT_TIMEOUT, Endpoint, OtlpEnv, Protocol, metrics_url, parse_headers,
};
pub use format::Format;
#[cfg(feature = "json")]
pub use json::Json;
pub use meterport_core::{Encoded, Report};
pub use protobuf::Protobuf;
pub use response::{ExportMetricsServiceResponse, PartialSuccess, RpcStatus};
pub use status::{HttpResponse, grpc_error, http_outcome};
