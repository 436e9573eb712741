//! Histograms with a line for each bucket. Exponential ones become such, too, as these formats
//! have no others.

use meterport_core::{Exemplar, ExponentialHistograms, Histograms, Timestamp};

use super::head::Head;
use super::names::Announced;
use super::tails::Tails;
use super::{Rows, Version, Writer};
use crate::exemplar;
use crate::families::{FamilyKind, Part};
use crate::histogram::{Cumulative, ExplicitRows, from_exponential};
use crate::loss::Loss;
use crate::number::{Style, write_f64, write_integer, write_u64};

/// The beginnings of a histogram's lines.
struct Heads {
    bucket: Head,
    count: Head,
    sum: Head,
    created: Head,
    is_gauge: bool,
}

impl Heads {
    fn new(announced: Announced<'_>) -> Self {
        let is_gauge = announced.kind == FamilyKind::GaugeHistogram;
        let suffixes = match is_gauge {
            true => ["_bucket", "_gcount", "_gsum", ""],
            false => ["_bucket", "_count", "_sum", "_created"],
        };
        let [bucket, count, sum, created] =
            suffixes.map(|suffix| Head::new(announced.name, suffix));
        Self { bucket, count, sum, created, is_gauge }
    }
}

/// A row but for its buckets.
struct Histogram<'r> {
    labels: &'r [u8],
    exemplars: &'r [Exemplar],
    start: Timestamp,
    sum: Option<f64>,
    total: u64,
}

impl Writer<'_, '_> {
    pub(super) fn histograms(
        &mut self,
        announced: Announced<'_>,
        part: &Part,
        points: &Histograms,
    ) {
        let heads = Heads::new(announced);
        let mut tails = Tails::new(self.style);
        let mut bounds: &[f64] = &[];
        let mut values = ExplicitRows::new(points.rows());
        let mut rows = Rows::new(part, self.version != Version::Plain);
        while let Some(row) = rows.next(&mut self.losses) {
            let Some(value) = values.at(row.at) else { break };
            // Most rows have the very bounds of the row before.
            if !std::ptr::eq(bounds, value.bounds) {
                bounds = value.bounds;
                tails.set(bounds.iter().copied());
            }
            let histogram = Histogram {
                labels: row.labels,
                exemplars: row.exemplars,
                start: points.starts().at(row.at),
                sum: value.sum,
                total: value.total,
            };
            let cumulative = value.cumulative().map(|bucket| bucket.1);
            self.histogram(part, &heads, &tails, &histogram, cumulative);
        }
    }

    pub(super) fn exponential(
        &mut self,
        announced: Announced<'_>,
        part: &Part,
        points: &ExponentialHistograms,
    ) {
        let heads = Heads::new(announced);
        let (mut tails, mut classic) = (Tails::new(self.style), Cumulative::default());
        let mut rows = Rows::new(part, self.version != Version::Plain);
        while let Some(row) = rows.next(&mut self.losses) {
            let value = points.rows().value(row.at);
            // What a native histogram could not be is none in any format.
            if value.scale < -4 || value.stats.sum.is_none() {
                let is_coarse = value.scale < -4;
                let loss = if is_coarse { Loss::ScaleTooCoarse } else { Loss::SumMissing };
                self.losses.add(loss, 1);
                continue;
            }
            from_exponential(value, &mut classic);
            tails.set(classic.buckets.iter().map(|bucket| bucket.0));
            let histogram = Histogram {
                labels: row.labels,
                exemplars: row.exemplars,
                start: points.starts().at(row.at),
                sum: value.stats.sum,
                total: classic.total,
            };
            let cumulative = classic.buckets.iter().map(|bucket| bucket.1);
            self.histogram(part, &heads, &tails, &histogram, cumulative);
        }
    }

    /// The lines of a row.
    #[inline(always)]
    fn histogram(
        &mut self,
        part: &Part,
        heads: &Heads,
        tails: &Tails,
        row: &Histogram<'_>,
        cumulative: impl Iterator<Item = u64>,
    ) {
        // All buckets' lines begin alike: the first beginning is put together, the others are
        // copies of it in one piece.
        let beginning = self.out.bytes.len();
        heads.bucket.write_open(&mut self.out.bytes, row.labels);
        let beginning = beginning..self.out.bytes.len();
        let mut low = f64::NEG_INFINITY;
        for (tail, count) in tails.finite().iter().zip(cumulative) {
            tail.write(&mut self.out.bytes);
            self.bucket(part, count, exemplar::newest_within(row.exemplars, low, tail.bound));
            self.out.bytes.extend_from_within(beginning.clone());
            low = tail.bound;
        }
        tails.infinite().write(&mut self.out.bytes);
        self.bucket(part, row.total, exemplar::newest_within(row.exemplars, low, f64::INFINITY));

        let sum = row.sum.filter(|sum| {
            // OpenMetrics 1.0, "Histogram": the sum is a counter, which cannot be with negative
            // buckets; and there is a count if and only if there is a sum. "GaugeHistogram": any sum.
            let is_counter = self.version != Version::Plain && !heads.is_gauge;
            let is_allowed = !is_counter || !tails.has_negative() && *sum >= 0.0;
            self.losses.add(Loss::SumOmitted, u64::from(!is_allowed));
            is_allowed
        });
        if let Some(sum) = sum {
            heads.sum.write(&mut self.out.bytes, row.labels);
            write_f64(&mut self.out.bytes, sum, self.style);
            self.out.bytes.push(b'\n');
        }
        if sum.is_some() || self.version == Version::Plain {
            heads.count.write(&mut self.out.bytes, row.labels);
            self.count(row.total);
            self.out.bytes.push(b'\n');
        }
        if !heads.is_gauge {
            self.created_line(&heads.created, row.labels, row.start);
        }
        self.out.pause();
    }

    /// The end of a bucket's line.
    #[inline(always)]
    fn bucket(&mut self, part: &Part, count: u64, exemplar: Option<&Exemplar>) {
        self.count(count);
        if let Some(exemplar) = exemplar {
            self.exemplar(part, exemplar);
        }
        self.out.bytes.push(b'\n');
    }

    /// A count: an integer in OpenMetrics, in text the float that Go makes of it.
    #[inline(always)]
    pub(super) fn count(&mut self, count: u64) {
        match self.style {
            Style::Plain => write_u64(&mut self.out.bytes, count, Style::Plain),
            Style::OpenMetrics => write_integer(&mut self.out.bytes, count),
        }
    }
}
