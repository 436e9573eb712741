//! OpenMetrics 2.0's composite values: a histogram or summary is one line.

use meterport_core::{Exemplar, ExponentialHistograms, Histograms, Summaries, Timestamp};

use super::Writer;
use super::line::Head;
use super::names::Announced;
use crate::families::{FamilyKind, Part};
use crate::histogram::{NativeHistogram, Side, explicit};
use crate::loss::Loss;
use crate::marks::Marks;
use crate::number::{Style, write_f64, write_integer};
use crate::quantiles::keep_quantiles;

impl Writer<'_, '_> {
    /// Classic buckets: `{count:17,sum:3.5,bucket:[0.1:8,+Inf:17]}`.
    pub(super) fn classic_values(
        &mut self,
        announced: Announced<'_>,
        part: &Part,
        points: &Histograms,
    ) {
        let head = Head::new(announced.name, "");
        let mut marks = Marks::new(part, true);
        let mut rows = points.iter().enumerate();
        for run in points.series().runs() {
            let block = Self::labels(run, part);
            for (labels, (row, point)) in block.rows(run.rows()).zip(&mut rows) {
                let Some(exemplars) = marks.at(row, &mut self.losses) else { continue };
                let (bounds, counts, total) = explicit(&point.value);
                head.write(&mut self.out.bytes, labels);
                // A sum has to be there; where none is known, no number may pretend to be it.
                self.totals(announced.kind, total, point.value.stats.sum.unwrap_or(f64::NAN));
                self.raw(b",bucket:[");
                let mut running = 0_u64;
                for (bound, count) in bounds.iter().zip(counts) {
                    running = running.saturating_add(*count);
                    if *bound != f64::INFINITY {
                        self.pair(*bound, running);
                    }
                }
                self.pair(f64::INFINITY, total);
                self.close(b"]}");
                self.composite_end(part, point.start, exemplars);
            }
        }
    }

    /// Native buckets, with counts that are not differences.
    pub(super) fn native_values(
        &mut self,
        announced: Announced<'_>,
        part: &Part,
        points: &ExponentialHistograms,
    ) {
        let head = Head::new(announced.name, "");
        let mut marks = Marks::new(part, true);
        let mut native = NativeHistogram::default();
        let mut row = 0;
        for run in points.series().runs() {
            let block = Self::labels(run, part);
            for labels in block.rows(run.rows()) {
                let at = row;
                row += 1;
                let Some(exemplars) = marks.at(at, &mut self.losses) else { continue };
                if let Err(loss) = native.read(points.rows().value(at)) {
                    self.losses.add(loss, 1);
                    continue;
                }
                head.write(&mut self.out.bytes, labels);
                self.totals(announced.kind, native.count, native.sum);
                self.raw(b",schema:");
                self.integer(native.schema.into());
                self.raw(b",zero_threshold:");
                write_f64(&mut self.out.bytes, native.zero_threshold, Style::OpenMetrics);
                self.raw(b",zero_count:");
                write_integer(&mut self.out.bytes, native.zero_count);
                self.side("negative", &native.negative);
                self.side("positive", &native.positive);
                self.raw(b"}");
                self.composite_end(part, points.starts().at(at), exemplars);
            }
        }
    }

    /// `{count:17,sum:3.5,quantile:[0.95:2.0]}`.
    pub(super) fn summary_values(&mut self, name: &str, part: &Part, points: &Summaries) {
        let head = Head::new(name, "");
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
                // A summary without its sum cannot be said here ("Summary": a counter, not NaN).
                if value.sum.is_nan() || value.sum < 0.0 {
                    self.losses.add(Loss::ForbiddenValue, 1);
                    continue;
                }
                keep_quantiles(value.quantiles, true, &mut quantiles, &mut self.losses);
                head.write(&mut self.out.bytes, labels);
                self.totals(FamilyKind::Summary, value.count, value.sum);
                self.raw(b",quantile:[");
                for one in &quantiles {
                    write_f64(&mut self.out.bytes, one.quantile, Style::OpenMetrics);
                    self.raw(b":");
                    write_f64(&mut self.out.bytes, one.value, Style::OpenMetrics);
                    self.raw(b",");
                }
                self.close(b"]}");
                self.composite_end(part, points.starts().at(at), &[]);
            }
        }
    }

    /// `{count:17,sum:3.5`, of a gauge histogram `{gcount:17,gsum:3.5`.
    fn totals(&mut self, kind: FamilyKind, count: u64, sum: f64) {
        let is_gauge = kind == FamilyKind::GaugeHistogram;
        self.raw(if is_gauge { b"{gcount:" } else { b"{count:" });
        write_integer(&mut self.out.bytes, count);
        self.raw(if is_gauge { b",gsum:" } else { b",sum:" });
        write_f64(&mut self.out.bytes, sum, Style::OpenMetrics);
    }

    /// `,positive_spans:[1:2],positive_buckets:[5,7]`, left out where there is none.
    fn side(&mut self, name: &str, side: &Side) {
        if side.spans.is_empty() {
            return;
        }
        self.raw(&[b",", name.as_bytes(), b"_spans:["].concat());
        for span in &side.spans {
            self.integer(span.offset.into());
            self.raw(b":");
            write_integer(&mut self.out.bytes, span.length.into());
            self.raw(b",");
        }
        self.close(b"]");
        self.raw(&[b",", name.as_bytes(), b"_buckets:["].concat());
        for count in &side.counts {
            write_integer(&mut self.out.bytes, *count);
            self.raw(b",");
        }
        self.close(b"]");
    }

    /// `0.1:8,`
    fn pair(&mut self, bound: f64, count: u64) {
        write_f64(&mut self.out.bytes, bound, Style::OpenMetrics);
        self.raw(b":");
        write_integer(&mut self.out.bytes, count);
        self.raw(b",");
    }

    fn integer(&mut self, number: i64) {
        self.raw(itoa::Buffer::new().format(number).as_bytes());
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.out.bytes.extend_from_slice(bytes);
    }

    /// Brackets, the first in the place of the last comma.
    fn close(&mut self, brackets: &[u8]) {
        if self.out.bytes.last() == Some(&b',') {
            self.out.bytes.pop();
        }
        self.raw(brackets);
    }

    fn composite_end(&mut self, part: &Part, start: Timestamp, exemplars: &[Exemplar]) {
        self.start_time(start);
        self.exemplars(part, exemplars);
        self.raw(b"\n");
        self.out.pause();
    }

    /// All exemplars that have a time, which OpenMetrics 2.0 demands.
    pub(super) fn exemplars(&mut self, part: &Part, exemplars: &[Exemplar]) {
        for exemplar in exemplars {
            if exemplar.time.is_set() {
                self.exemplar(part, exemplar);
            } else {
                self.losses.add(Loss::ExemplarWithoutTime, 1);
            }
        }
    }
}
