use std::sync::Arc;

use meterport_core::{MetricData, Run, Timestamp, TooLarge};
use meterport_prom::encoding::wire::{Wire, put_varint, varint_len};
use meterport_prom::{Families, Family, LabelBuilder, Losses, NativeHistogram, Part};

use super::head::Head;
use super::labels::{Labels, RunLabels};
use super::rows::{LabelKey, Row};
use super::stamp::Stamp;
use super::symbols::Symbols;
use super::wire::{SAMPLE, key, sample, v1, v2};
use super::{Claim, Encoder, Message, number, own_label};
use crate::{Version, Written};

/// A message in the making.
pub(super) struct Writer<'e> {
    pub(super) settings: &'e Encoder,
    pub(super) labels: Labels,
    pub(super) out: Vec<u8>,
    /// What was written beyond the limit, and is not kept.
    gone: u64,
    limit: u64,
    /// The run that comes next, of all that are remembered.
    run: usize,
    /// The time of points that have none.
    newest: Timestamp,
    pub(super) stamp: Stamp,
    /// The exemplars of the next series, as fields.
    pub(super) exemplars: Vec<u8>,
    /// A native histogram, and what it becomes as a field.
    pub(super) native: NativeHistogram,
    pub(super) scratch: Vec<u8>,
    pub(super) histogram: Vec<u8>,
    pub(super) elements: Written,
    pub(super) losses: Losses,
    pub(super) rounded: u64,
}

impl<'e> Writer<'e> {
    pub(super) fn new(settings: &'e Encoder, newest: Timestamp, limit: u64) -> Self {
        Self {
            settings,
            labels: Labels::V1,
            out: Vec::new(),
            gone: 0,
            limit,
            run: 0,
            newest,
            stamp: Stamp::new(),
            exemplars: Vec::new(),
            native: NativeHistogram::default(),
            scratch: Vec::new(),
            histogram: Vec::new(),
            elements: Written::default(),
            losses: Losses::default(),
            rounded: 0,
        }
    }

    pub(super) fn write(
        mut self,
        families: &Families,
        claim: Claim<'_>,
    ) -> Result<Message, TooLarge> {
        let label_key = |part: &Part| LabelKey {
            rules: part.rules().clone(),
            external: Arc::clone(&self.settings.external),
            own: own_label(part),
        };
        let parts: Vec<(&Part, LabelKey)> = families
            .iter()
            .flat_map(Family::parts)
            .filter(|part| !part.is_target())
            .map(|part| (part, label_key(part)))
            .collect();
        if self.settings.version() == Version::V2 {
            self.labels = Labels::V2(Symbols::of(&parts));
        }
        let is_custom = self.settings.is_custom();
        let due = self.due_targets(families, claim);
        let heads = families.iter().map(|one| {
            let is_due =
                |part: &Part| !part.is_target() || due.iter().any(|due| std::ptr::eq(*due, part));
            Head::of(one, is_due, is_custom, &mut self.labels)
        });
        let heads: Vec<Head> = heads.collect();
        self.begin(families);
        let symbols_end = self.out.len();
        let mut parts = parts.iter();
        for (family, head) in families.iter().zip(&heads) {
            for part in family.parts() {
                if !part.is_target() {
                    parts
                        .next()
                        .into_iter()
                        .for_each(|(_, key)| self.part(family, part, key, head));
                } else if due.iter().any(|due| std::ptr::eq(*due, part)) {
                    self.target(part, &label_key(part), head);
                }
            }
        }
        self.finish(symbols_end)
    }

    /// Makes room, and writes the symbols that are known.
    fn begin(&mut self, families: &Families) {
        let most = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let Labels::V2(symbols) = &mut self.labels else {
            self.out.reserve((families.points() as usize).saturating_mul(256).min(most));
            return;
        };
        let others = symbols.take_others();
        let len = symbols.of_series().len() + others.len();
        self.out
            .reserve((families.points() as usize).saturating_mul(64).saturating_add(len).min(most));
        self.out.extend_from_slice(symbols.of_series());
        self.out.extend_from_slice(&others);
    }

    /// The message; symbols that have come up since are put behind the others, so that receivers
    /// that read on the way know them.
    fn finish(mut self, symbols_end: usize) -> Result<Message, TooLarge> {
        if let Labels::V2(symbols) = &mut self.labels {
            let others = symbols.take_others();
            if self.gone == 0 && !others.is_empty() {
                let end = self.out.len();
                self.out.extend_from_slice(&others);
                self.out.copy_within(symbols_end..end, symbols_end + others.len());
                self.out[symbols_end..symbols_end + others.len()].copy_from_slice(&others);
            } else {
                self.gone += others.len() as u64;
            }
        }
        let size = self.gone + self.out.len() as u64;
        if size > self.limit {
            return Err(TooLarge { size });
        }
        let bytes = if self.elements.is_empty() { Vec::new() } else { self.out };
        let Self { elements, losses, rounded, .. } = self;
        Ok(Message { bytes, elements, losses, rounded })
    }

    /// To be called between runs: beyond the limit, only the length grows.
    pub(super) fn pause(&mut self) {
        if self.gone > 0 || self.out.len() as u64 > self.limit {
            self.gone += self.out.len() as u64;
            self.out.clear();
        }
    }

    fn part(&mut self, family: &Family, part: &Part, key: &LabelKey, head: &Head) {
        match part.data() {
            MetricData::Gauge(data) => self.numbers(family.kind(), part, key, &data.points, head),
            MetricData::Sum(data) => self.numbers(family.kind(), part, key, &data.points, head),
            MetricData::ExponentialHistogram(data) => self.exponential(part, key, data, head),
            MetricData::Histogram(data) => self.explicit(part, key, &data.points, head),
            MetricData::Summary(data) => self.summaries(part, key, &data.points, head),
        }
    }

    /// The parts that are a resource's `target_info`, and are to be written now.
    fn due_targets<'f>(&self, families: &'f Families, claim: Claim<'_>) -> Vec<&'f Part> {
        let mut texts = meterport_prom::Labels::default();
        let parts = families.iter().flat_map(Family::parts).filter(|part| part.is_target());
        let mut is_due = |part: &&Part| {
            let mut builder = LabelBuilder::new(part.rules());
            let Some(attributes) = part.data().series().iter().next() else { return false };
            builder.build(attributes, &mut texts, &mut |_| {});
            part.repeated().is_empty() && claim(texts.fingerprint(), self.newest)
        };
        parts.filter(|part| is_due(part)).collect()
    }

    /// A resource's `target_info`, of the time of the newest point.
    fn target(&mut self, part: &Part, key: &LabelKey, head: &Head) {
        self.stamp.set(self.newest, Timestamp::UNSET);
        for run in part.data().series().runs() {
            let labels = self.labels.of_once(run, key);
            labels
                .rows()
                .for_each(|row| self.sample(row, &head.base, &[], number(1.0), &head.metadata));
        }
    }

    /// The labels of the next run.
    pub(super) fn labels(&mut self, run: &Run, key: &LabelKey) -> RunLabels {
        self.run += 1;
        self.labels.of_run(run, self.run - 1, key)
    }

    /// When a point was taken.
    #[inline(always)]
    pub(super) fn time(&self, time: Timestamp) -> Timestamp {
        if time.is_set() { time } else { self.newest }
    }

    /// A point's times, for the samples that follow.
    #[inline(always)]
    pub(super) fn set_stamp(&mut self, time: Timestamp, start: Timestamp) {
        let is_known = self.settings.version() == Version::V2;
        self.stamp.set(self.time(time), if is_known { start } else { Timestamp::UNSET });
    }

    /// A series of one sample, with the exemplars that are ready.
    #[inline(always)]
    pub(super) fn sample(
        &mut self,
        row: Row<'_>,
        name: &[u8],
        own: &[u8],
        bits: u64,
        metadata: &[u8],
    ) {
        const FIXED: usize = 9;
        self.elements.samples += 1;
        let stamp = self.stamp.bytes();
        let mut fields = [0; 2 + FIXED + 24];
        let len = FIXED + stamp.len();
        fields[0] = key(SAMPLE, Wire::Len);
        fields[1] = len as u8;
        fields[2] = key(sample::VALUE, Wire::Fixed64);
        fields[3..11].copy_from_slice(&bits.to_le_bytes());
        fields[11..11 + stamp.len()].copy_from_slice(stamp);
        put_series(
            &mut self.out,
            self.settings.version(),
            row,
            [name, own],
            [&fields[..2 + len], &self.exemplars, metadata],
        );
    }

    /// A series of the native histogram that is ready, with the exemplars that are.
    pub(super) fn native_histogram(&mut self, row: Row<'_>, head: &Head) {
        self.elements.histograms += 1;
        let name = &head.base;
        let values = [&self.histogram[..], &self.exemplars, &head.metadata];
        put_series(&mut self.out, self.settings.version(), row, [name, &[]], values);
    }
}

/// A series: its labels, and the fields behind them.
#[inline(always)]
fn put_series(
    out: &mut Vec<u8>,
    version: Version,
    row: Row<'_>,
    [name, own]: [&[u8]; 2],
    fields: [&[u8]; 3],
) {
    let labels = row.first.len() + name.len() + row.second.len() + own.len() + row.third.len();
    let rest: usize = fields.iter().map(|field| field.len()).sum();
    out.reserve(labels + rest + 24);
    match version {
        Version::V1 => {
            out.push(key(v1::SERIES, Wire::Len));
            put_varint(out, (labels + rest) as u64);
        }
        Version::V2 => {
            let prefix = 1 + varint_len(labels as u64);
            out.push(key(v2::SERIES, Wire::Len));
            put_varint(out, (prefix + labels + rest) as u64);
            out.push(key(v2::series::LABELS, Wire::Len));
            put_varint(out, labels as u64);
        }
    }
    for part in [row.first, name, row.second, own, row.third] {
        out.extend_from_slice(part);
    }
    for field in fields {
        out.extend_from_slice(field);
    }
}
