//! What this crate needs of the runtime it is polled in, found out without a panic.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use hyper::rt::Executor;
use meterport_core::Deadline;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep, timeout_at};

/// Who is polled elsewhere should go there.
const READER: &str = "use a reader of meterport-reader, which has a runtime of its own";

/// What a runtime lacks to send.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lacking {
    Runtime,
    Timer,
    Network,
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runtime => write!(f, "polled outside a tokio runtime: {READER}"),
            Self::Timer => {
                write!(f, "the tokio runtime has no timer: build it with `enable_all`, or {READER}")
            }
            Self::Network => {
                write!(f, "the tokio runtime has no I/O: build it with `enable_all`, or {READER}")
            }
        }
    }
}

impl Error for Lacking {}

/// A deadline on the runtime's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer(Option<Instant>);

/// The deadline has passed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passed;

impl Timer {
    pub(crate) fn new(deadline: Deadline) -> Result<Self, Lacking> {
        Handle::try_current().map_err(|_| Lacking::Runtime)?;
        // tokio cannot be asked whether the timer is enabled; making a sleep without one panics.
        catch_unwind(|| drop(sleep(Duration::ZERO))).map_err(|_| Lacking::Timer)?;
        Ok(Self(deadline.instant().map(Instant::from_std)))
    }

    /// Waits for `work`, but not beyond the deadline. Does not begin after it.
    pub(crate) async fn bound<F: Future>(self, work: F) -> Result<F::Output, Passed> {
        match self.0 {
            None => Ok(work.await),
            Some(at) if at <= Instant::now() => Err(Passed),
            Some(at) => timeout_at(at, work).await.map_err(|_| Passed),
        }
    }
}

/// Waits for `work`, which uses the network, for so long.
pub(crate) async fn within<F: Future>(
    limit: Option<Duration>,
    work: F,
) -> Result<Result<F::Output, Passed>, Lacking> {
    let timer = Timer::new(Deadline::within(Instant::now().into_std(), limit))?;
    match timer.bound(with_network(work)).await {
        Ok(done) => done.map(Ok),
        Err(passed) => Ok(Err(passed)),
    }
}

/// Polls `work`, turning a panic of tokio for want of I/O into an error.
async fn with_network<F: Future>(work: F) -> Result<F::Output, Lacking> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => std::task::Poll::Ready(Err(Lacking::Network)),
        }
    })
    .await
}

/// Spawns hyper's connection tasks where they are made, and drops them where there is no runtime
/// any more: a future may be dropped anywhere, and hyper puts its connection back then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spawn;

impl<F> Executor<F> for Spawn
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn execute(&self, task: F) {
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(task);
        }
    }
}

/// Lets the runtime hear of what has happened to idle connections before one is chosen.
///
/// A runtime that is driven only while something is sent (`block_on` now and then) has not seen
/// yet that the server closed a connection in the meantime; the request would be written into it
/// and lost. The first yield fetches the events, the second runs the connections' tasks.
pub(crate) async fn notice_closed_connections() {
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
}
