use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use meterport_core::bounded_message;

/// Code that is not ours panicked. Holds the panic's message, at most 1 KiB of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked(Arc<str>);

impl Panicked {
    /// From what [`catch_unwind`] caught.
    pub fn new(payload: &(dyn Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self(bounded_message(text.unwrap_or("without a message")))
    }

    /// The panic's message.
    pub fn message(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.0)
    }
}

impl Error for Panicked {}

/// Polls `future`, and ends with [`Panicked`] if it panics while it is polled or dropped.
///
/// A panic while this is dropped before it ended is caught too and goes unreported. What the
/// future shares with others must stay sound across a panic, as for [`catch_unwind`].
///
/// # Errors
/// [`Panicked`] if the future panicked.
pub async fn catch_panic<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut caught = Caught(Some(Box::pin(future)));
    poll_fn(move |cx| {
        let Some(future) = &mut caught.0 else { return Poll::Pending };
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        let result = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(payload) => Err(Panicked::new(&*payload)),
        };
        let dropped = caught.discard();
        Poll::Ready(result.and_then(|output| dropped.map(|()| output)))
    })
    .await
}

struct Caught<F>(Option<Pin<Box<F>>>);

impl<F> Caught<F> {
    fn discard(&mut self) -> Result<(), Panicked> {
        let future = self.0.take();
        catch_unwind(AssertUnwindSafe(|| drop(future))).map_err(|payload| Panicked::new(&*payload))
    }
}

impl<F> Drop for Caught<F> {
    fn drop(&mut self) {
        let _ = self.discard();
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use meterport_core::Deadline;

    use super::*;
    use crate::block_on;

    fn caught<F: Future>(future: F) -> Result<F::Output, String> {
        let caught = block_on(Deadline::NONE, catch_panic(future)).unwrap();
        caught.map_err(|panicked| panicked.to_string())
    }

    /// Panics when it is dropped.
    struct Mine;
    impl Drop for Mine {
        fn drop(&mut self) {
            panic!("while dropped");
        }
    }

    #[test]
    fn a_panic_becomes_a_value() {
        assert_eq!(caught(ready(1)), Ok(1));
        assert_eq!(
            caught(async { panic!("number {}", 1) }),
            Err::<(), _>("panicked: number 1".into())
        );
        assert_eq!(
            caught(async { std::panic::panic_any(7) }),
            Err::<(), _>("panicked: without a message".into())
        );
        assert_eq!(
            caught(async {
                let _mine = Mine;
            }),
            Err("panicked: while dropped".into())
        );
    }

    #[test]
    fn a_panic_while_it_is_cancelled_does_not_spread() {
        let mut future = Box::pin(catch_panic(async {
            let _mine = Mine;
            pending::<()>().await;
        }));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(future.as_mut().poll(&mut cx).is_pending());
        drop(future);
    }
}
