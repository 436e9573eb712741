use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use meterport_core::{Deadline, MetricBatch, MetricProducer, ProduceError};
use meterport_worker::{Panicked, catch_panic};

/// Why there is no snapshot.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CollectError {
    /// A producer failed.
    Failed(ProduceError),
    /// A producer panicked. The message of the panic is for logs, not for scrapers.
    Panicked(Arc<str>),
    /// It took too long.
    Timeout,
}

impl fmt::Display for CollectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Panicked(_) => f.write_str("a producer panicked"),
            Self::Timeout => f.write_str("collecting took longer than allowed"),
        }
    }
}

impl Error for CollectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => error.source(),
            _ => None,
        }
    }
}

/// What the producers gave, and the errors of those that gave nothing.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) batches: Vec<MetricBatch>,
    pub(crate) errors: Vec<CollectError>,
}

type Answer = Result<Result<MetricBatch, ProduceError>, Panicked>;

/// A producer that was asked.
enum Asked {
    Answered(Answer),
    Waiting(Pin<Box<dyn Future<Output = Answer> + Send>>),
}

/// Asks all producers at once; neither a failure nor a panic of one disturbs the others.
pub(crate) async fn collect(
    producers: &[Arc<dyn MetricProducer>],
    deadline: Deadline,
) -> Collected {
    let ask = |producer: &Arc<dyn MetricProducer>| {
        let producer = Arc::clone(producer);
        // The call is inside, as it may panic too.
        Asked::Waiting(Box::pin(catch_panic(async move { producer.produce(deadline).await })))
    };
    let mut asked: Vec<_> = producers.iter().map(ask).collect();
    poll_fn(|context| {
        let mut is_waiting = false;
        for one in &mut asked {
            let Asked::Waiting(future) = one else { continue };
            match future.as_mut().poll(context) {
                Poll::Ready(answer) => *one = Asked::Answered(answer),
                Poll::Pending => is_waiting = true,
            }
        }
        if is_waiting { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    let mut collected = Collected::default();
    for one in asked {
        match one {
            Asked::Answered(Ok(Ok(batch))) => collected.batches.push(batch),
            Asked::Answered(Ok(Err(error))) => collected.errors.push(CollectError::Failed(error)),
            Asked::Answered(Err(panic)) => {
                collected.errors.push(CollectError::Panicked(panic.message().into()));
            }
            Asked::Waiting(_) => {}
        }
    }
    collected
}
