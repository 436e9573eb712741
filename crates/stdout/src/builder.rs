use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use meterport_core::{AggregationSelector, Clock, Component, TemporalitySelector, Timestamp};

use crate::sink::Sink;
use crate::{Format, StdoutExporter};

/// The longest text of one export by default: 64 MiB, in bytes, as for the requests of the other
/// exporters.
pub const OUTPUT_LIMIT: u64 = 64 * 1024 * 1024;

/// Settings of a [`StdoutExporter`].
#[must_use = "nothing is made before build()"]
pub struct StdoutBuilder {
    pub(crate) aggregation: AggregationSelector,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) format: Format,
    pub(crate) limit: u64,
    name: Option<Arc<str>>,
    pub(crate) sink: Sink,
    pub(crate) temporality: TemporalitySelector,
    pub(crate) timestamps: bool,
}

impl StdoutBuilder {
    pub(crate) fn new() -> Self {
        Self {
            aggregation: AggregationSelector::Default,
            clock: Arc::new(RealClock),
            format: Format::default(),
            limit: OUTPUT_LIMIT,
            name: None,
            sink: Sink::stdout(),
            temporality: TemporalitySelector::Cumulative,
            timestamps: true,
        }
    }

    /// How batches are written; [`Format::Text`] by default.
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Where they are written to; the process's standard output by default. Each batch is written
    /// and flushed under one lock. The writer is dropped on shutdown.
    ///
    /// The exporter looks at its deadline between two calls of the writer, but cannot interrupt
    /// one, and what is exported at the same time waits for it: a writer that may block for long
    /// belongs on a thread of its own.
    pub fn writer(mut self, writer: impl Write + Send + 'static) -> Self {
        self.sink = Sink::writer(Box::new(writer));
        self
    }

    /// Whether times are written; they are by default. Without them, equal figures give equal
    /// output.
    pub fn timestamps(mut self, timestamps: bool) -> Self {
        self.timestamps = timestamps;
        self
    }

    /// The temporality by kind of instrument; cumulative by default
    /// (OpenTelemetry specification, `metrics/sdk_exporters/stdout.md`).
    pub fn temporality(mut self, temporality: TemporalitySelector) -> Self {
        self.temporality = temporality;
        self
    }

    /// The aggregation by kind of instrument; the specification's default for each.
    pub fn aggregation(mut self, aggregation: AggregationSelector) -> Self {
        self.aggregation = aggregation;
        self
    }

    /// The longest text of one export, in bytes; [`OUTPUT_LIMIT`] by default. A batch that would
    /// be longer fails with [`ErrorKind::TooLarge`](meterport_core::ErrorKind::TooLarge).
    pub fn output_limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// Tells this exporter from others in errors and logs (`otel.component.name`).
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The clock by which deadlines are kept; the machine's by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The exporter. Writes nothing yet.
    #[must_use]
    pub fn build(self) -> StdoutExporter {
        StdoutExporter::new(self)
    }

    /// OTLP's file format on a stream is the exporter that the specification calls `otlp/stdout`
    /// (`protocol/file-exporter.md`); the two others are `console`.
    pub(crate) fn component(&self) -> Component {
        let component = Component::new(match self.format {
            Format::JsonLines => "otlp_stdout_metric_exporter",
            Format::PrettyJson | Format::Text => "stdout_metric_exporter",
        });
        match &self.name {
            Some(name) => component.with_name(Arc::clone(name)),
            None => component,
        }
    }
}

impl fmt::Debug for StdoutBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StdoutBuilder")
            .field("format", &self.format)
            .field("timestamps", &self.timestamps)
            .field("temporality", &self.temporality)
            .field("aggregation", &self.aggregation)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// The machine's clock.
#[derive(Debug)]
struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> Timestamp {
        SystemTime::now().into()
    }
}
