use std::sync::Arc;
use std::time::Duration;

use meterport_core::{Deadline, DropReason, MetricExporter};
use meterport_decorators::{
    Accounting, ExportMonitor, ExporterExt, QueueMonitor, QueueSettings, QueueStats, Reliability,
    RetryPolicy,
};
use meterport_reader::{PeriodicReader, ReaderError};
use meterport_testkit::FakeCollector;

use super::super::snapshots::{Recording, Snapshots};
use super::turns::{self, Protocol, Seen, Turn};
use crate::failure::{Failure, Result};

/// A reader, a queue, the stack that most people want, and a collector that does its worst.
#[derive(Debug)]
pub(super) struct Lane {
    name: &'static str,
    protocol: Protocol,
    collector: FakeCollector,
    reader: PeriodicReader,
    queue: QueueMonitor,
    exports: ExportMonitor,
    seen: Seen,
    /// What went wrong beside the books.
    problems: Vec<String>,
    /// The requests of the turn that were there before it.
    before: u64,
}

/// What there is to show of a lane, and to judge.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    pub(super) name: &'static str,
    /// Points that the reader has exported.
    pub(super) produced: u64,
    /// The books of the whole stack.
    pub(super) queue: QueueStats,
    /// Those of what the queue gave out.
    pub(super) exports: Accounting,
    /// The collector's.
    pub(super) seen: Seen,
}

/// Limits that fit in a turn.
fn reliability() -> Reliability {
    let milliseconds = Duration::from_millis;
    let retry = RetryPolicy::default()
        .with_initial_interval(milliseconds(20))
        .with_max_interval(milliseconds(100));
    Reliability::default().with_timeout(milliseconds(300)).with_retry(retry)
}

impl Lane {
    pub(super) fn start(
        (name, protocol): (&'static str, Protocol),
        collector: FakeCollector,
        exporter: impl MetricExporter,
        snapshots: &Arc<Snapshots>,
        interval: Duration,
    ) -> Result<Self> {
        let exporter = exporter.reliable_with(reliability()).instrumented();
        let exports = exporter.monitor();
        // Less than an outage brings: the oldest go.
        let settings = QueueSettings::default()
            .max_points(3 * snapshots.take().points())
            .pauses(Duration::from_millis(20), Duration::from_millis(100));
        let exporter = exporter.queue(settings);
        let queue = exporter.monitor();
        let recording =
            Recording { snapshots: Arc::clone(snapshots), produced: Arc::default(), keep: false };
        let reader = PeriodicReader::builder(exporter)
            .producer(recording)
            .interval(interval)
            .fixed_phase()
            .thread_name(name)
            .start()
            .map_err(|error| {
                Failure::while_doing(format!("starting the reader of {name}"), error)
            })?;
        Ok(Self {
            name,
            protocol,
            collector,
            reader,
            queue,
            exports,
            seen: Seen::default(),
            problems: Vec::new(),
            before: 0,
        })
    }

    pub(super) fn begin(&mut self, turn: &Turn) {
        self.settle();
        self.before = turn.shows.map_or(0, |fate| self.seen.of(fate));
        turn.begin(&self.collector, self.protocol);
    }

    /// Whether the turn has been met; if it shows.
    pub(super) fn has_met(&mut self, turn: &Turn) -> bool {
        self.settle();
        turn.shows.is_none_or(|fate| self.seen.of(fate) > self.before)
    }

    pub(super) fn missed(&mut self, turn: &Turn) {
        self.problems.push(format!("a collector that {} was never met", turn.name));
    }

    fn settle(&mut self) {
        for received in self.collector.take_requests() {
            self.seen.add(&received);
        }
    }

    /// With a collector that is well again, exports what is left and ends.
    pub(super) async fn finish(&mut self, deadline: Deadline) {
        turns::end(&self.collector, self.protocol);
        match self.reader.shutdown(deadline).await {
            // What a busy machine was too slow to collect has never come to the stack.
            Ok(_) | Err(ReaderError::Collect { .. }) => {}
            Err(error) => self.problems.push(format!("at its end: {error}")),
        }
        self.settle();
        self.problems.extend(self.collector.violations());
    }

    pub(super) fn figures(&self) -> Figures {
        Figures {
            name: self.name,
            // First what is before: each of these may grow meanwhile.
            exports: self.exports.accounting(),
            queue: self.queue.stats(),
            produced: self.reader.stats().produced,
            seen: self.seen.clone(),
        }
    }

    /// What is wrong, after [`finish`](Self::finish).
    pub(super) fn verdict(&self) -> Vec<String> {
        let problems = self.problems.iter().cloned().chain(self.figures().problems());
        problems.map(|problem| format!("{}: {problem}", self.name)).collect()
    }
}

impl Figures {
    /// What does not add up when all has ended.
    pub(super) fn problems(&self) -> Vec<String> {
        let Self { produced, queue, exports, seen, .. } = self;
        let mut problems = Vec::new();
        let mut check = |holds: bool, problem: String| {
            if !holds {
                problems.push(problem);
            }
        };
        let dropped = queue.dropped.total();
        let QueueStats { delivered, rejected, queued, .. } = *queue;
        check(*produced > 0, "nothing was produced".to_owned());
        check(*produced == queue.produced, format!("{produced} points produced, {queue:?}"));
        let sum = delivered + rejected + dropped + queued;
        check(queue.produced == sum, format!("the queue's books do not balance: {queue:?}"));
        check(queued == 0, format!("{queued} points are still queued"));
        check(exports.balances() && exports.in_flight == 0, exports.to_string());
        let books = &exports.books;
        check(
            (delivered, rejected) == (books.delivered, books.rejected),
            format!("the queue and the stack inside disagree: {queue:?}, {books:?}"),
        );
        // What nobody answered in time may have been taken all the same.
        let unsure = books.maybe_duplicated + books.dropped.of(DropReason::Unconfirmed);
        check(
            (delivered..=delivered + unsure).contains(&seen.taken),
            format!("{delivered} points delivered, but the collector took {}", seen.taken),
        );
        check(
            (rejected..=rejected + unsure).contains(&seen.rejected),
            format!("{rejected} points rejected, but the collector rejected {}", seen.rejected),
        );
        problems
    }
}
