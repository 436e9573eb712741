use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use meterport_core::{Deadline, MetricBatch, MetricProducer, ProduceError};
use meterport_worker::{Panicked, StartHook, catch_panic};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::FailureCause;

/// A producer with how a reader should treat it. Any [`MetricProducer`] turns into one.
///
/// By default the producer runs on a thread apart: whatever it does there, blocking included,
/// the reader goes on without it. The thread comes from a pool, which keeps it for ten seconds.
#[derive(Clone, Debug)]
pub struct Source {
    producer: Arc<dyn MetricProducer>,
    name: Option<Arc<str>>,
    inline: bool,
}

impl Source {
    /// A producer on a thread apart.
    pub fn new(producer: impl MetricProducer) -> Self {
        Self { producer: Arc::new(producer), name: None, inline: false }
    }

    /// The same with a name for errors and statistics; otherwise it is `producer/<number>`.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same, polled on the reader's own thread, which saves the hop to another: for a source
    /// that is known never to block. If it blocks all the same, nothing is exported meanwhile;
    /// callers still get their answers by their deadlines.
    #[must_use]
    pub fn inline(mut self) -> Self {
        self.inline = true;
        self
    }
}

impl<P: MetricProducer> From<P> for Source {
    fn from(producer: P) -> Self {
        Self::new(producer)
    }
}

/// A source at work: at most one snapshot is being taken at any time.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) name: Arc<str>,
    producer: Arc<dyn MetricProducer>,
    inline: bool,
    running: Option<oneshot::Receiver<Snapshot>>,
}

type Snapshot = Result<Result<MetricBatch, ProduceError>, Panicked>;

/// Whether a slot had to be started or still was at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    Earlier,
    Now,
}

impl Slot {
    pub(crate) fn new(source: Source, number: usize) -> Self {
        let Source { producer, name, inline } = source;
        let name = name.unwrap_or_else(|| format!("producer/{number}").into());
        Self { name, producer, inline, running: None }
    }

    /// Starts a snapshot unless one is being taken. It ends early when the slot is dropped, at
    /// its next await.
    pub(crate) fn begin(&mut self, deadline: Deadline, hook: Option<&StartHook>) -> Begun {
        if self.running.is_some() {
            return Begun::Earlier;
        }
        let (done, running) = oneshot::channel();
        self.running = Some(running);
        let snapshot = snapshot(Arc::clone(&self.producer), deadline, done);
        let inline = self.inline;
        let hook = hook.cloned();
        // Without a thread to be had, tokio panics; the channel then says that it never ran.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            if inline {
                drop(tokio::spawn(snapshot));
            } else {
                drop(tokio::task::spawn_blocking(move || {
                    let _guard = hook.map(|hook| hook.enter());
                    Handle::current().block_on(snapshot);
                }));
            }
        }));
        Begun::Now
    }

    /// Waits for the snapshot that was begun. Dropping this future leaves it running.
    pub(crate) async fn taken(&mut self) -> Result<MetricBatch, FailureCause> {
        let Some(running) = &mut self.running else { return Err(FailureCause::Unfinished) };
        let snapshot = running.await;
        self.running = None;
        match snapshot {
            Ok(Ok(Ok(batch))) => Ok(batch),
            Ok(Ok(Err(error))) => Err(FailureCause::Failed(error)),
            Ok(Err(panicked)) => Err(FailureCause::Panicked(panicked)),
            Err(_) => Err(FailureCause::Failed(ProduceError::new("could not be run"))),
        }
    }
}

async fn snapshot(
    producer: Arc<dyn MetricProducer>,
    deadline: Deadline,
    mut done: oneshot::Sender<Snapshot>,
) {
    let snapshot = tokio::select! {
        biased;
        snapshot = catch_panic(async { producer.produce(deadline).await }) => snapshot,
        () = done.closed() => return,
    };
    // Nobody waits any more: the reader has ended.
    let _ = done.send(snapshot);
}
