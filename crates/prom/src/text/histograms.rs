//! Histograms with a line for each bucket. Exponential ones become such, too, as these formats
//! have no others.

use meterport_core::{Bounds, Exemplar, ExponentialHistograms, Histograms, StatsRow, Timestamp};

use super::line::{Head, write_tail};
use super::names::Announced;
use super::{Version, Writer};
use crate::exemplar;
use crate::families::{FamilyKind, Part};
use crate::histogram::{Cumulative, from_exponential};
use crate::loss::Loss;
use crate::marks::Marks;
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

/// The labels `le` of a row's buckets, side by side.
#[derive(Default)]
struct Tails {
    bytes: Vec<u8>,
    /// Bound and end of each.
    ends: Vec<(f64, usize)>,
    infinite: Vec<u8>,
    /// Whether a bound is below zero.
    has_negative: bool,
}

impl Tails {
    fn set(&mut self, bounds: Option<&Bounds>, style: Style) {
        let bounds = bounds.map_or(&[][..], Bounds::as_slice);
        self.set_each(bounds.iter().copied(), style);
    }

    fn set_each(&mut self, bounds: impl Iterator<Item = f64>, style: Style) {
        self.bytes.clear();
        self.ends.clear();
        self.has_negative = false;
        // The infinite bucket is there in any case.
        for bound in bounds.filter(|bound| *bound != f64::INFINITY) {
            write_tail(&mut self.bytes, "le", bound, style);
            self.ends.push((bound, self.bytes.len()));
            self.has_negative |= bound < 0.0;
        }
        if self.infinite.is_empty() {
            write_tail(&mut self.infinite, "le", f64::INFINITY, style);
        }
    }
}

/// A row but for its buckets.
struct Row<'r> {
    labels: &'r [u8],
    exemplars: &'r [Exemplar],
    start: Timestamp,
    sum: Option<f64>,
}

impl Writer<'_, '_> {
    pub(super) fn histograms(
        &mut self,
        announced: Announced<'_>,
        part: &Part,
        points: &Histograms,
    ) {
        let heads = Heads::new(announced);
        let mut marks = Marks::new(part, self.version != Version::Plain);
        let mut tails = Tails::default();
        let rows = points.rows();
        let stats = rows.stats();
        let mut stretches = rows.stretches().iter();
        let mut stretch = stretches.next();
        tails.set(stretch.and_then(|first| first.bounds.as_ref()), self.style);
        let mut row = 0;
        for run in points.series().runs() {
            let block = Self::labels(run, part);
            for labels in block.rows(run.rows()) {
                let at = row;
                row += 1;
                while stretch.is_some_and(|stretch| stretch.rows.end <= at) {
                    stretch = stretches.next();
                    tails.set(stretch.and_then(|next| next.bounds.as_ref()), self.style);
                }
                let (Some(stretch), Some(exemplars)) = (stretch, marks.at(at, &mut self.losses))
                else {
                    continue;
                };
                let width = stretch.width();
                let counts = stretch.counts_at + (at - stretch.rows.start) * width;
                let counts = &rows.counts()[counts..counts + width];
                let StatsRow { count, sum, .. } = stats.numbers()[at];
                let sum = stats.present().at(at).sum.then_some(sum);
                let row = Row { labels, exemplars, start: points.starts().at(at), sum };
                let mut running = 0_u64;
                let cumulative = counts.iter().map(|count| {
                    running = running.saturating_add(*count);
                    running
                });
                self.buckets(part, &heads.bucket, &row, &tails, cumulative);
                let all = counts.iter().fold(0, |sum: u64, count| sum.saturating_add(*count));
                self.ends(part, &heads, &row, &tails, count.max(all));
                self.out.pause();
            }
        }
    }

    pub(super) fn exponential(
        &mut self,
        announced: Announced<'_>,
        part: &Part,
        points: &ExponentialHistograms,
    ) {
        let heads = Heads::new(announced);
        let mut marks = Marks::new(part, self.version != Version::Plain);
        let (mut tails, mut classic) = (Tails::default(), Cumulative::default());
        let mut row = 0;
        for run in points.series().runs() {
            let block = Self::labels(run, part);
            for labels in block.rows(run.rows()) {
                let at = row;
                row += 1;
                let Some(exemplars) = marks.at(at, &mut self.losses) else { continue };
                let value = points.rows().value(at);
                // What a native histogram could not be is none in any format.
                if value.scale < -4 || value.stats.sum.is_none() {
                    let is_coarse = value.scale < -4;
                    let loss = if is_coarse { Loss::ScaleTooCoarse } else { Loss::SumMissing };
                    self.losses.add(loss, 1);
                    continue;
                }
                from_exponential(value, &mut classic);
                tails.set_each(classic.buckets.iter().map(|bucket| bucket.0), self.style);
                let start = points.starts().at(at);
                let row = Row { labels, exemplars, start, sum: value.stats.sum };
                let counts = classic.buckets.iter().map(|bucket| bucket.1);
                self.buckets(part, &heads.bucket, &row, &tails, counts);
                self.ends(part, &heads, &row, &tails, classic.total);
                self.out.pause();
            }
        }
    }

    /// The lines of the finite buckets.
    #[inline(always)]
    fn buckets(
        &mut self,
        part: &Part,
        head: &Head,
        row: &Row<'_>,
        tails: &Tails,
        cumulative: impl Iterator<Item = u64>,
    ) {
        let (mut low, mut start) = (f64::NEG_INFINITY, 0);
        for ((bound, end), count) in tails.ends.iter().zip(cumulative) {
            head.write_with(&mut self.out.bytes, row.labels, &tails.bytes[start..*end]);
            self.count(count);
            if let Some(found) = exemplar::newest_within(row.exemplars, low, *bound) {
                self.exemplar(part, found);
            }
            self.out.bytes.push(b'\n');
            (low, start) = (*bound, *end);
        }
    }

    /// The lines behind the finite buckets.
    fn ends(&mut self, part: &Part, heads: &Heads, row: &Row<'_>, tails: &Tails, total: u64) {
        heads.bucket.write_with(&mut self.out.bytes, row.labels, &tails.infinite);
        self.count(total);
        let low = tails.ends.last().map_or(f64::NEG_INFINITY, |last| last.0);
        if let Some(found) = exemplar::newest_within(row.exemplars, low, f64::INFINITY) {
            self.exemplar(part, found);
        }
        self.out.bytes.push(b'\n');
        let sum = row.sum.filter(|sum| {
            // OpenMetrics 1.0, "Histogram": the sum is a counter, which cannot be with negative
            // buckets; and there is a count if and only if there is a sum. "GaugeHistogram": any sum.
            let is_counter = self.version != Version::Plain && !heads.is_gauge;
            let is_allowed = !is_counter || !tails.has_negative && *sum >= 0.0;
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
            self.count(total);
            self.out.bytes.push(b'\n');
        }
        if !heads.is_gauge {
            self.created_line(&heads.created, row.labels, row.start);
        }
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
