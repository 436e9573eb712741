use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The body of an answer: a page whose length is known, shared by all that get the same.
#[derive(Clone, Debug, Default)]
pub struct PageBody(Bytes);

impl PageBody {
    /// Nothing, as behind HEAD.
    pub const fn empty() -> Self {
        Self(Bytes::new())
    }
}

impl<T: Into<Bytes>> From<T> for PageBody {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

impl Body for PageBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = std::mem::take(&mut self.0);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}
