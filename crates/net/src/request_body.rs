use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The body of a request, in one piece: what a transport of one's own is given.
///
/// It notices when somebody begins to take it. From then on a request that fails may have reached
/// the other side all the same, which decides how the failure is reported.
pub struct RequestBody {
    /// `None` once the body was taken as a stream.
    rest: Option<Bytes>,
    touched: Touched,
}

/// Whether a request's body has been looked at by whoever writes it.
#[derive(Clone, Default)]
pub(crate) struct Touched(Arc<AtomicBool>);

impl Touched {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl RequestBody {
    pub(crate) fn new(bytes: Bytes) -> (Self, Touched) {
        let touched = Touched::default();
        let rest = (!bytes.is_empty()).then_some(bytes);
        (Self { rest, touched: touched.clone() }, touched)
    }

    /// The whole body, for transports that do not take streams.
    pub fn into_bytes(self) -> Bytes {
        self.touched.set();
        self.rest.unwrap_or_default()
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.touched.set();
        Poll::Ready(self.rest.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        if self.rest.is_none() {
            // An empty body is never polled: this question is asked when the head is written.
            self.touched.set();
        }
        self.rest.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestBody({} bytes)", self.rest.as_ref().map_or(0, Bytes::len))
    }
}
