use std::path::Path;
use std::time::Instant;

use meterport_core::{MetricBatch, Timestamp};
use meterport_decorators::Stale;
use meterport_remote_write::{Protocol, RemoteWriteExporter};

use super::reference::{self, Reference};
use super::send::{builder, send};
use crate::failure::{Failure, Result};
use crate::interop::prometheus::{
    Configuration, Lines, Program, Prometheus, Release, Row, written_metadata,
};

/// A receiver, and what is spoken to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    title: &'static str,
    pub(super) release: Release,
    protocol: Protocol,
    takes: Takes,
}

/// What arrives and is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    /// Native histograms, start timestamps, exemplars.
    All,
    /// Buckets and exemplars.
    Classic,
    /// Samples alone.
    Samples,
}

const fn way(title: &'static str, release: Release, protocol: Protocol, takes: Takes) -> Way {
    Way { title, release, protocol, takes }
}

pub(super) const WAYS: &[Way] = &[
    way("Prometheus 3, 2.0", Release::V3, Protocol::V2, Takes::All),
    way("Prometheus 3, 2.0 unless unknown", Release::V3, Protocol::Automatic, Takes::All),
    way("Prometheus 3, 1.0", Release::V3, Protocol::V1, Takes::Classic),
    way("Prometheus 2, 1.0", Release::V2, Protocol::V1, Takes::Classic),
    way("Prometheus 2, falls back to 1.0", Release::V2, Protocol::Automatic, Takes::Classic),
    way("VictoriaMetrics, 1.0", Release::VictoriaMetrics, Protocol::V1, Takes::Samples),
    way(
        "VictoriaMetrics, falls back to 1.0",
        Release::VictoriaMetrics,
        Protocol::Automatic,
        Takes::Samples,
    ),
];

/// Values that VictoriaMetrics does not keep: it has about 12 digits, and takes NaN for no value.
const NOT_KEPT: [&str; 4] =
    ["which=\"least\"", "which=\"most\"", "which=\"nan\"", "which=\"third\""];

/// Units that stand on no page, as the name of the family does not end in them, or is nothing else.
const WRITTEN_UNITS: [&str; 3] =
    ["unit bytes_read_total bytes", "unit days days", "unit hertz hertz"];

/// Metrics that end: of every kind that has several series for a point.
const ENDING: [(&str, &str); 3] = [
    ("http.duration", "http_duration_seconds"),
    ("payload.size", "payload_size_bytes"),
    ("latency", "latency_milliseconds"),
];

impl Way {
    /// Sends the batch, reads back what is stored, lets series end, and reads again.
    pub(super) fn check(
        &self,
        program: &Program,
        runs: &Path,
        reference: &Reference,
        keep: bool,
    ) -> Result<Row> {
        let configuration = Configuration::new(program.release);
        let mut receiver = Prometheus::start(program, runs, configuration.text())?;
        if keep {
            println!("{}: its files stay in {}", self.title, receiver.keep_files().display());
        }
        let exporter = builder(&receiver, self.protocol).build();
        let exporter: RemoteWriteExporter =
            exporter.map_err(|error| Failure::while_doing("building an exporter", error))?;
        let exporter = Stale::new(exporter);
        let start = reference.start;
        send(&exporter, &reference::batch(start))?;
        let expected = self.expected(reference);
        let takes = self.takes;
        self.settle(&receiver, &expected, |receiver| match takes {
            Takes::Samples => takes.of(reference::alive(receiver, start)?),
            Takes::All | Takes::Classic => reference::read(receiver, start, false),
        })?;
        let metadata = self.metadata(reference);
        if !metadata.is_empty() {
            self.settle(&receiver, &metadata, written_metadata)?;
        }

        // Five seconds later, without some.
        let later = Timestamp::from_nanos(start.as_nanos() + 5_000_000_000);
        send(&exporter, &without(reference::batch(later)))?;
        let mut alive = expected.clone();
        alive.retain(|line| {
            let name = line.split(' ').nth(1).unwrap_or_default();
            let is_value = line.starts_with("sample ") || line.starts_with("native ");
            is_value && !ENDING.iter().any(|(_, ended)| name.starts_with(ended))
        });
        self.settle(&receiver, &alive, |receiver| takes.of(reference::alive(receiver, start)?))?;
        Ok(Row::of(self.title.to_owned(), &(&expected | &metadata)))
    }

    fn settle(
        &self,
        receiver: &Prometheus,
        expected: &Lines,
        read: impl Fn(&Prometheus) -> Result<Lines>,
    ) -> Result<()> {
        match receiver.settle(expected, Instant::now(), read)? {
            None => Ok(()),
            Some(difference) => {
                Err(receiver.failure(&format!("{}: it stored{difference}\n", self.title)))
            }
        }
    }

    /// What is shown of types, helps and units. Prometheus shows those of what it scrapes alone: of
    /// what is written to it, it keeps none by default, and none that can be asked for.
    fn metadata(&self, reference: &Reference) -> Lines {
        match self.release {
            Release::V2 | Release::V3 => Lines::new(),
            Release::VictoriaMetrics => {
                let units = WRITTEN_UNITS.map(str::to_owned);
                reference.metadata.iter().cloned().chain(units).collect()
            }
        }
    }

    fn expected(&self, reference: &Reference) -> Lines {
        match self.takes {
            Takes::All => reference.native.clone(),
            Takes::Classic => reference.classic.clone(),
            Takes::Samples => {
                let mut lines = reference.classic.clone();
                lines.retain(|line| line.starts_with("sample ") && is_kept(line));
                lines
            }
        }
    }
}

impl Takes {
    /// What of these is compared.
    fn of(self, mut lines: Lines) -> Result<Lines> {
        lines.retain(|line| self != Self::Samples || is_kept(line));
        Ok(lines)
    }
}

fn is_kept(line: &str) -> bool {
    !NOT_KEPT.iter().any(|value| line.contains(value))
}

fn without(mut batch: MetricBatch) -> MetricBatch {
    let scopes = batch.edit().iter_mut().flat_map(|resource| &mut resource.scopes);
    for scope in scopes {
        scope
            .metrics
            .retain(|metric| ENDING.iter().all(|(name, _)| *metric.descriptor.name != **name));
    }
    batch
}
