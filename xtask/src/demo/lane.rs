use std::sync::Arc;
use std::time::Duration;

use meterport_core::Deadline;
use meterport_decorators::{ExporterExt, Reliability};
use meterport_reader::{PeriodicReader, ReaderStats};

use super::audit::Audit;
use super::snapshots::{Produced, Recording, Snapshots};
use super::transports::{Arrivals, Connection};
use crate::failure::{Failure, Result};

/// One transport at work: the stack that most people want around it, a reader of its own, and what is known of both ends.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) name: &'static str,
    reader: PeriodicReader,
    produced: Arc<Produced>,
    arrivals: Option<Box<dyn Arrivals>>,
    audit: Audit,
    /// What its shutdown failed with.
    ended_with: Option<String>,
}

/// What there is to show of a lane.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    pub(super) name: &'static str,
    /// Points produced for this transport.
    pub(super) produced: u64,
    /// Points found at the other end, where it is here.
    pub(super) arrived: Option<u64>,
    pub(super) stats: ReaderStats,
}

impl Lane {
    pub(super) fn start(
        name: &'static str,
        connection: Connection,
        snapshots: &Arc<Snapshots>,
        interval: Duration,
        reliability: &Reliability,
    ) -> Result<Self> {
        let Connection { exporter, arrivals } = connection;
        let produced = Arc::new(Produced::default());
        let recording = Recording {
            snapshots: Arc::clone(snapshots),
            produced: Arc::clone(&produced),
            keep: arrivals.is_some(),
        };
        // All at the same moment: they share each snapshot.
        let reader = PeriodicReader::builder(exporter.reliable_with(reliability.clone()))
            .producer(recording)
            .interval(interval)
            .fixed_phase()
            .thread_name(name)
            .start()
            .map_err(|error| {
                Failure::while_doing(format!("starting the reader of {name}"), error)
            })?;
        Ok(Self { name, reader, produced, arrivals, audit: Audit::default(), ended_with: None })
    }

    /// Compares what has arrived by now, and forgets it.
    pub(super) fn settle(&mut self) {
        if let Some(arrivals) = &mut self.arrivals {
            let arrived = arrivals.take();
            self.produced.with_batches(|expected| self.audit.settle(expected, arrived));
        }
    }

    /// Exports a last time and ends.
    pub(super) async fn finish(&mut self, deadline: Deadline) {
        if let Err(error) = self.reader.shutdown(deadline).await {
            self.ended_with = Some(error.to_string());
        }
        self.settle();
    }

    pub(super) fn figures(&self) -> Figures {
        Figures {
            name: self.name,
            produced: self.produced.points(),
            arrived: self.arrivals.as_ref().map(|_| self.audit.arrived),
            stats: self.reader.stats(),
        }
    }

    /// What is wrong, after [`finish`](Self::finish).
    pub(super) fn verdict(&self) -> Vec<String> {
        let Figures { produced, stats, .. } = self.figures();
        let mut problems = Vec::new();
        if produced == 0 {
            problems.push("nothing was produced".to_owned());
        }
        if stats.books.delivered != produced {
            let delivered = stats.books.delivered;
            problems.push(format!("{produced} points produced, {delivered} delivered"));
        }
        if self.arrivals.is_some() {
            let found = self.produced.with_batches(|rest| self.audit.verdict(rest, produced));
            problems.extend(found);
        }
        let last_error = stats.last_error.map(|error| error.text.to_string());
        // An error that nothing was lost by is no problem.
        if !problems.is_empty() && last_error != self.ended_with {
            problems.extend(last_error.map(|error| format!("last error: {error}")));
        }
        problems.extend(self.ended_with.iter().map(|error| format!("at its end: {error}")));
        problems.iter().map(|problem| format!("{}: {problem}", self.name)).collect()
    }

    #[cfg(test)]
    pub(super) fn flush(&self, deadline: Deadline) {
        // Whether it failed is what the verdict is for.
        let _ = self.reader.force_flush_blocking(deadline);
    }
}
