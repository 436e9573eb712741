use meterport_core::Timestamp;
use meterport_prom::FamilyKind;
use meterport_prom::encoding::wire::{write_bits, write_bytes, write_prefix};

use super::Message;
use super::exemplars::put_exemplar;
use super::head::put_metadata;
use super::labels::Labels;
use super::native::{NativePoint, put_native};
use super::stamp::Stamp;
use super::symbols::Symbols;
use super::wire::{SAMPLE, sample, v1, v2};
use crate::series::TimeSeries;
use crate::{Version, Written};

/// A message of ready-made series in the making.
pub(crate) struct SeriesWriter {
    labels: Labels,
    body: Vec<u8>,
    elements: Written,
}

impl SeriesWriter {
    pub(crate) fn new(version: Version) -> Self {
        let labels = match version {
            Version::V1 => Labels::V1,
            Version::V2 => Labels::V2(Symbols::of(&[])),
        };
        Self { labels, body: Vec::new(), elements: Written::default() }
    }

    /// Appends a series that the version has room for.
    pub(crate) fn add(&mut self, series: &TimeSeries) {
        let is_v2 = self.labels.version() == Version::V2;
        let mut sorted: Vec<_> =
            series.labels.iter().map(|(name, value)| (&**name, &**value)).collect();
        sorted.sort_unstable();
        let mut words = Vec::new();
        for (name, value) in sorted {
            self.labels.put(&mut words, v1::series::LABEL, name, value);
        }
        let mut fields = if is_v2 { Vec::new() } else { std::mem::take(&mut words) };
        if is_v2 {
            write_bytes(&mut fields, v2::series::LABELS, &words);
        }
        let mut stamp = Stamp::new();
        for one in &series.samples {
            stamp.set(one.time, if is_v2 { one.start } else { Timestamp::UNSET });
            write_prefix(&mut fields, SAMPLE, 9 + stamp.bytes().len());
            write_bits(&mut fields, sample::VALUE, one.value.to_bits());
            fields.extend_from_slice(stamp.bytes());
        }
        let (mut scratch, mut histogram) = (Vec::new(), Vec::new());
        for one in &series.histograms {
            let point = NativePoint {
                histogram: &one.value,
                time: one.time,
                start: one.start,
                is_gauge: series.kind == Some(FamilyKind::GaugeHistogram),
                is_ended: one.value.sum.to_bits() == super::STALE_NAN,
            };
            put_native(&point, &mut scratch, &mut histogram);
            fields.append(&mut histogram);
        }
        for one in &series.exemplars {
            let mut words: Vec<_> =
                one.labels.iter().map(|(name, value)| (&**name, &**value)).collect();
            words.sort_unstable();
            let bits = super::number(one.value);
            put_exemplar(&mut fields, &mut self.labels, words.into_iter(), bits, one.time);
        }
        if let (Some(kind), true) = (series.kind, is_v2) {
            put_metadata(&mut fields, &mut self.labels, kind, (&series.help, &series.unit));
        }
        write_bytes(&mut self.body, if is_v2 { v2::SERIES } else { v1::SERIES }, &fields);
        self.elements.samples += series.samples.len() as u64;
        self.elements.histograms += series.histograms.len() as u64;
        self.elements.exemplars += series.exemplars.len() as u64;
    }

    pub(crate) fn finish(self) -> Message {
        let mut message = Message { elements: self.elements, ..Message::default() };
        if let Labels::V2(mut symbols) = self.labels {
            message.bytes.extend_from_slice(symbols.of_series());
            message.bytes.append(&mut symbols.take_others());
        }
        message.bytes.extend_from_slice(&self.body);
        message
    }
}
