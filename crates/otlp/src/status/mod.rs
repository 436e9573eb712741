//! From an answer to an outcome: which refusals are for good and which may be sent again.

mod grpc;
mod http;
mod media;

pub use self::grpc::grpc_error;
pub use self::http::{HttpResponse, http_outcome};
