//! Prometheus' protobuf format: messages of `io.prometheus.client.MetricFamily`, each with its
//! length in front.

mod block;
mod histograms;
mod wire;

use meterport_core::{
    Exemplar, MetricData, Number, NumberRows, Numbers, Run, Summaries, Timestamp,
};
use prost::encoding::encode_varint;

use self::block::{Block, write_label};
use self::wire::field::{counter, exemplar as exemplar_field, family, metric, number, quantile};
use self::wire::field::{summary, timestamp};
use self::wire::{
    message_len, write_bytes, write_double, write_message, write_prefix, write_varint,
};
use crate::exemplar;
use crate::families::{Families, Family, FamilyKind, Part};
use crate::loss::Losses;
use crate::marks::Marks;
use crate::number::is_rounded;
use crate::out::Out;
use crate::quantiles::keep_quantiles;

/// In a second.
const NANOS: u64 = 1_000_000_000;

/// Writes families as messages.
pub(crate) struct Writer<'o, 'p> {
    out: &'o mut Out<'p>,
    /// The family so far: its length has to be known before it can be handed on.
    body: Vec<u8>,
    /// A point's value.
    value: Vec<u8>,
    pub(crate) losses: Losses,
    /// Integers that are no floats.
    pub(crate) rounded: u64,
}

impl<'o, 'p> Writer<'o, 'p> {
    pub(crate) fn new(out: &'o mut Out<'p>) -> Self {
        let (body, value) = (Vec::new(), Vec::new());
        Self { out, body, value, losses: Losses::default(), rounded: 0 }
    }

    pub(crate) fn write(&mut self, families: &Families) {
        for family in families.iter() {
            // A family of which nothing can be said is not announced either.
            if !self.family(family) {
                continue;
            }
            encode_varint(self.body.len() as u64, &mut self.out.bytes);
            self.out.bytes.extend_from_slice(&self.body);
            self.out.pause();
        }
    }

    /// Whether it has any metric.
    fn family(&mut self, one: &Family) -> bool {
        self.body.clear();
        write_bytes(&mut self.body, family::NAME, one.name().as_bytes());
        if !one.help().is_empty() {
            write_bytes(&mut self.body, family::HELP, one.help().as_bytes());
        }
        let (type_number, field) = type_of(one.kind());
        write_varint(&mut self.body, family::TYPE, type_number);
        let announced_at = self.body.len();
        for part in one.parts() {
            match part.data() {
                MetricData::Gauge(data) => self.numbers(field, part, &data.points),
                MetricData::Sum(data) => self.numbers(field, part, &data.points),
                MetricData::ExponentialHistogram(data) => self.native(part, &data.points),
                MetricData::Histogram(data) => self.classic(part, &data.points),
                MetricData::Summary(data) => self.summaries(part, &data.points),
            }
        }
        let has_metrics = self.body.len() > announced_at;
        if one.shows_unit() {
            write_bytes(&mut self.body, family::UNIT, one.unit().as_bytes());
        }
        has_metrics
    }

    fn labels(run: &Run, part: &Part) -> std::sync::Arc<Block> {
        Block::of(run.chunk(), part.rules())
    }

    fn numbers(&mut self, field: u32, part: &Part, points: &Numbers) {
        let is_counter = field == metric::COUNTER;
        let mut marks = Marks::new(part, is_counter);
        let mut row = 0;
        for run in points.series().runs() {
            let block = Self::labels(run, part);
            for labels in block.rows(run.rows()) {
                let at = row;
                row += 1;
                let Some(exemplars) = marks.at(at, &mut self.losses) else { continue };
                let value = self.float(points.rows(), at);
                self.value.clear();
                write_double(&mut self.value, number::VALUE, value);
                if let Some(newest) = exemplar::newest(exemplars) {
                    self.exemplar(counter::EXEMPLAR, part, newest);
                }
                if is_counter {
                    write_start(&mut self.value, counter::START, points.starts().at(at));
                }
                self.metric(field, labels);
            }
        }
    }

    fn float(&mut self, rows: &NumberRows, at: usize) -> f64 {
        let value = match rows {
            NumberRows::F64(values) => return values[at],
            NumberRows::I64(values) => Number::I64(values[at]),
            NumberRows::Mixed(values) => values[at],
        };
        let is_rounded = match value {
            Number::F64(_) => false,
            Number::I64(value) => is_rounded(value),
            Number::U64(value) => value as f64 as u128 != u128::from(value),
        };
        self.rounded += u64::from(is_rounded);
        value.as_f64()
    }

    fn summaries(&mut self, part: &Part, points: &Summaries) {
        let mut marks = Marks::new(part, false);
        let mut quantiles = Vec::new();
        let mut row = 0;
        for run in points.series().runs() {
            let block = Self::labels(run, part);
            for labels in block.rows(run.rows()) {
                let at = row;
                row += 1;
                if marks.at(at, &mut self.losses).is_none() {
                    continue;
                }
                let value = points.rows().value(at);
                keep_quantiles(value.quantiles, false, &mut quantiles, &mut self.losses);
                let out = &mut self.value;
                out.clear();
                write_varint(out, summary::COUNT, value.count);
                write_double(out, summary::SUM, value.sum);
                for one in &quantiles {
                    write_prefix(out, summary::QUANTILE, 18);
                    write_double(out, quantile::QUANTILE, one.quantile);
                    write_double(out, quantile::VALUE, one.value);
                }
                write_start(out, summary::START, points.starts().at(at));
                self.metric(metric::SUMMARY, labels);
            }
        }
    }

    /// A metric of these labels and the value that is ready.
    fn metric(&mut self, field: u32, labels: &[u8]) {
        let len = labels.len() + message_len(field, self.value.len());
        write_prefix(&mut self.body, family::METRIC, len);
        self.body.extend_from_slice(labels);
        write_bytes(&mut self.body, field, &self.value);
    }

    /// An exemplar as a field of the value.
    fn exemplar(&mut self, field: u32, part: &Part, one: &Exemplar) {
        let rules = part.rules();
        let labels = exemplar::labels(one, rules.strategy, rules.escaping, &mut self.losses);
        write_message(&mut self.value, field, |out| {
            for (name, value) in &labels {
                write_label(out, exemplar_field::LABEL, name, value);
            }
            write_double(out, exemplar_field::VALUE, one.value.as_f64());
            write_start(out, exemplar_field::TIMESTAMP, one.time);
        });
    }
}

/// A time, if it is known.
fn write_start(out: &mut Vec<u8>, field: u32, time: Timestamp) {
    if time.is_set() {
        write_message(out, field, |out| {
            // A message of proto3, where zeros are not written.
            let (seconds, nanos) = (time.as_nanos() / NANOS, time.as_nanos() % NANOS);
            for (field, number) in [(timestamp::SECONDS, seconds), (timestamp::NANOS, nanos)] {
                if number != 0 {
                    write_varint(out, field, number);
                }
            }
        });
    }
}

/// The number of the type, and the field of a metric in which its value stands.
const fn type_of(kind: FamilyKind) -> (u64, u32) {
    match kind {
        FamilyKind::Counter => (0, metric::COUNTER),
        // Prometheus' messages have no type for the latter two.
        FamilyKind::Gauge | FamilyKind::Info | FamilyKind::StateSet => (1, metric::GAUGE),
        FamilyKind::Summary => (2, metric::SUMMARY),
        FamilyKind::Unknown => (3, metric::UNTYPED),
        FamilyKind::Histogram => (4, metric::HISTOGRAM),
        FamilyKind::GaugeHistogram => (5, metric::HISTOGRAM),
    }
}
