//! Prometheus' protobuf format: messages of `io.prometheus.client.MetricFamily`, each with its
//! length in front.

mod capacity;
mod field;
mod histograms;
pub(crate) mod wire;

use meterport_core::{Exemplar, MetricData, Numbers, Summaries, Timestamp};

pub(crate) use self::capacity::capacity;
use self::field::{
    counter, exemplar as exemplar_field, family, label, metric, number, quantile, summary,
    timestamp,
};
use self::wire::{
    delimit, message_len, varint_field_len, write_bytes, write_double, write_message, write_prefix,
    write_varint,
};
use crate::block::LabelEncoding;
use crate::exemplar;
use crate::families::{Families, Family, FamilyKind, Part};
use crate::labels::Labels;
use crate::loss::Losses;
use crate::number::float_at;
use crate::out::Out;
use crate::quantiles::keep_quantiles;
use crate::rows;

/// Bytes that are left free for a family's length: most are of 16 KiB to 2 MiB.
const LENGTH: usize = 3;
/// In a second.
const NANOS: u64 = 1_000_000_000;

/// The rows of a part, with their labels as fields of a metric.
type Rows<'a> = rows::Rows<'a, LabelFields>;

struct LabelFields;

impl LabelEncoding for LabelFields {
    fn write(out: &mut Vec<u8>, labels: &Labels) {
        labels.iter().for_each(|(name, value)| write_label(out, metric::LABEL, name, value));
    }
}

/// Writes families as messages.
pub(crate) struct Writer<'o, 'p> {
    out: &'o mut Out<'p>,
    /// A point's value.
    value: Vec<u8>,
    pub(crate) losses: Losses,
    /// Integers that are no floats.
    pub(crate) rounded: u64,
}

impl<'o, 'p> Writer<'o, 'p> {
    pub(crate) fn new(out: &'o mut Out<'p>) -> Self {
        Self { out, value: Vec::new(), losses: Losses::default(), rounded: 0 }
    }

    pub(crate) fn write(&mut self, families: &Families) {
        for family in families.iter() {
            let start = self.out.bytes.len();
            self.out.bytes.extend_from_slice(&[0; LENGTH]);
            if self.family(family) {
                delimit(&mut self.out.bytes, start, LENGTH);
                self.out.pause();
            } else {
                // A family of which nothing can be said is not announced either.
                self.out.bytes.truncate(start);
            }
        }
    }

    /// Whether it has any metric.
    fn family(&mut self, one: &Family) -> bool {
        let out = &mut self.out.bytes;
        write_bytes(out, family::NAME, one.name().as_bytes());
        if !one.help().is_empty() {
            write_bytes(out, family::HELP, one.help().as_bytes());
        }
        let (type_number, field) = type_of(one.kind());
        write_varint(out, family::TYPE, type_number);
        let announced_at = out.len();
        for part in one.parts() {
            match part.data() {
                MetricData::Gauge(data) => self.numbers(field, part, &data.points),
                MetricData::Sum(data) => self.numbers(field, part, &data.points),
                MetricData::ExponentialHistogram(data) => self.native(part, &data.points),
                MetricData::Histogram(data) => self.classic(part, &data.points),
                MetricData::Summary(data) => self.summaries(part, &data.points),
            }
        }
        let has_metrics = self.out.bytes.len() > announced_at;
        if one.shows_unit() {
            write_bytes(&mut self.out.bytes, family::UNIT, one.unit().as_bytes());
        }
        has_metrics
    }

    fn numbers(&mut self, field: u32, part: &Part, points: &Numbers) {
        let is_counter = field == metric::COUNTER;
        let mut rows = Rows::new(part, is_counter);
        while let Some(row) = rows.next(&mut self.losses) {
            let (value, is_rounded) = float_at(points.rows(), row.at);
            self.rounded += u64::from(is_rounded);
            self.value.clear();
            write_double(&mut self.value, number::VALUE, value);
            if let Some(newest) = exemplar::newest(row.exemplars) {
                self.exemplar(counter::EXEMPLAR, part, newest);
            }
            if is_counter {
                write_start(&mut self.value, counter::START, points.starts().at(row.at));
            }
            self.metric(field, row.labels);
        }
    }

    fn summaries(&mut self, part: &Part, points: &Summaries) {
        let mut rows = Rows::new(part, false);
        let mut quantiles = Vec::new();
        while let Some(row) = rows.next(&mut self.losses) {
            let value = points.rows().value(row.at);
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
            write_start(out, summary::START, points.starts().at(row.at));
            self.metric(metric::SUMMARY, row.labels);
        }
    }

    /// A metric of these labels and the value that is ready.
    fn metric(&mut self, field: u32, labels: &[u8]) {
        let len = labels.len() + message_len(field, self.value.len());
        let out = &mut self.out.bytes;
        write_prefix(out, family::METRIC, len);
        out.extend_from_slice(labels);
        write_bytes(out, field, &self.value);
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

fn write_label(out: &mut Vec<u8>, field: u32, name: &str, value: &str) {
    let len = message_len(label::NAME, name.len()) + message_len(label::VALUE, value.len());
    write_prefix(out, field, len);
    write_bytes(out, label::NAME, name.as_bytes());
    write_bytes(out, label::VALUE, value.as_bytes());
}

/// A time, if it is known.
fn write_start(out: &mut Vec<u8>, field: u32, time: Timestamp) {
    if time.is_set() {
        // A message of proto3, where zeros are not written.
        let (seconds, nanos) = (time.as_nanos() / NANOS, time.as_nanos() % NANOS);
        let fields = [(timestamp::SECONDS, seconds), (timestamp::NANOS, nanos)];
        let fields = fields.into_iter().filter(|field| field.1 != 0);
        let len = fields.clone().map(|(field, number)| varint_field_len(field, number)).sum();
        write_prefix(out, field, len);
        fields.for_each(|(field, number)| write_varint(out, field, number));
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
