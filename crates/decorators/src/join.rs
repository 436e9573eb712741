//! Several futures at once, and what they give.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// Polls all futures until the last has ended; the outputs are in the order of the futures.
pub(crate) async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| Some(Box::pin(future))).collect();
    let mut outputs: Vec<_> = running.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut is_pending = false;
        for (future, output) in running.iter_mut().zip(&mut outputs) {
            if let Some(pinned) = future {
                match Pin::as_mut(pinned).poll(context) {
                    Poll::Pending => is_pending = true,
                    Poll::Ready(ready) => (*future, *output) = (None, Some(ready)),
                }
            }
        }
        if is_pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    outputs.into_iter().flatten().collect()
}
