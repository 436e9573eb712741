//! From an answer to an outcome: which refusals are for good and which may be sent again.

mod grpc;
mod http;
mod media;

pub use self::grpc::{GrpcResponse, grpc_error, grpc_outcome};
pub use self::http::{HttpResponse, http_outcome};

use meterport_core::{Outcome, bounded_message};

/// A success whose answer could not be read: all taken, for all that is known.
fn unverified(why: &str, points: u64) -> Outcome {
    let mut outcome = Outcome::delivered(points);
    outcome.unverified = points;
    outcome.message = Some(bounded_message(why));
    outcome
}
