//! What the errors of a channel mean. tonic itself makes statuses of them with the same codes that
//! receivers answer (a broken connection becomes `UNKNOWN`), which must not be mixed up.

use std::error::Error;
use std::io;

use h2::Reason;
use meterport_net::{SendErrorKind, ServiceError};
use tonic::TimeoutExpired;
use tonic::transport::Error as ChannelError;

use super::backend::Undialled;

/// The first of an error and its causes that is of this type.
fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref() {
            return Some(found);
        }
        next = current.source();
    }
    None
}

/// By what is known of it:
///
/// - No connection: nothing was sent. With TLS 1.3, a server that refuses the client's certificate
///   says so when the request is already on its way, and looks at none of it.
/// - `GOAWAY` below the request's stream, and `REFUSED_STREAM`: the other side has not looked at it
///   (RFC 9113, sections 6.8 and 8.7). So with one that never came to be sent.
/// - Every other reset, and a connection that ends: it may have been looked at. Whatever the code,
///   it is no answer of the receiver's, and the request may be sent again.
/// - An answer against the rules of HTTP/2, a head beyond the limit among them: to ask for it again
///   would bring the same.
pub(super) fn classify(error: ChannelError) -> ServiceError {
    if find::<Undialled>(&error).is_some() {
        return match ServiceError::unconnected(error) {
            Ok(told) => told,
            Err(other) => ServiceError::new(SendErrorKind::Connect, other),
        };
    }
    if find::<TimeoutExpired>(&error).is_some() {
        return ServiceError::new(SendErrorKind::DeadlineAfterSend, error);
    }
    // The kind that net gives to an alert about certificates.
    let refusal =
        find::<io::Error>(&error).filter(|io| io.kind() == io::ErrorKind::PermissionDenied);
    if let Some(refusal) = refusal {
        return ServiceError::with_detail(SendErrorKind::Connect, refusal.to_string());
    }
    if let Some(http2) = find::<h2::Error>(&error) {
        let unseen = http2.is_remote()
            && (http2.is_go_away() || http2.reason() == Some(Reason::REFUSED_STREAM));
        if unseen {
            return ServiceError::new(SendErrorKind::Broken, error).unprocessed();
        }
        let foreign = http2.is_library() && http2.is_go_away();
        if foreign {
            let detail = "the other side does not speak HTTP/2, as gRPC must: is it an address of \
                          OTLP over HTTP?";
            return ServiceError::with_detail(SendErrorKind::Broken, detail);
        }
        let unreadable = http2.is_library()
            && http2.is_reset()
            && http2.reason() == Some(Reason::PROTOCOL_ERROR);
        let kind = if unreadable { SendErrorKind::HeadTooLarge } else { SendErrorKind::Broken };
        return ServiceError::new(kind, error);
    }
    let never_sent = find::<hyper::Error>(&error).is_some_and(hyper::Error::is_canceled);
    let broken = ServiceError::new(SendErrorKind::Broken, error);
    if never_sent { broken.unprocessed() } else { broken }
}

/// Since when the connection was tried that failed, if that is what happened.
pub(super) fn dialled_at(error: &ServiceError) -> Option<tokio::time::Instant> {
    find::<Undialled>(error).map(|undialled| undialled.began)
}
