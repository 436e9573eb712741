use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::Payload;

/// The body of a request: what a transport of one's own is given.
///
/// It notices when somebody begins to take it. From then on a request that fails may have reached
/// the other side all the same, which decides how the failure is reported.
pub struct RequestBody {
    /// What was not taken as a stream yet.
    rest: Payload,
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
    pub(crate) fn new(payload: Payload) -> (Self, Touched) {
        let touched = Touched::default();
        (Self { rest: payload, touched: touched.clone() }, touched)
    }

    /// The whole body, for transports that do not take streams. Copied if it has a prefix.
    pub fn into_bytes(self) -> Bytes {
        self.touched.set();
        let Payload { prefix, bytes } = self.rest;
        if prefix.is_empty() { bytes } else { [prefix, bytes].concat().into() }
    }

    /// The same body once more, for transports that send again what was refused unseen. Whoever
    /// of the two is taken first counts.
    #[must_use]
    pub fn again(&self) -> Self {
        Self { rest: self.rest.clone(), touched: self.touched.clone() }
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
        let Payload { prefix, bytes } = &mut self.rest;
        let piece = if prefix.is_empty() { bytes } else { prefix };
        let piece = std::mem::take(piece);
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        let is_empty = self.rest.is_empty();
        if is_empty {
            // An empty body is never polled: this question is asked when the head is written.
            self.touched.set();
        }
        is_empty
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len())
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestBody({} bytes)", self.rest.len())
    }
}
