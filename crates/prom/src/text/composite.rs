//! OpenMetrics 2.0's composite values: a histogram or summary is one line.

use meterport_core::{Exemplar, ExponentialHistograms, Histograms, Summaries, Timestamp};

use super::head::Head;
use super::names::Announced;
use super::{Rows, Writer};
use crate::families::{FamilyKind, Part};
use crate::histogram::{ExplicitRows, NativeHistogram, Side};
use crate::loss::Loss;
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
        let mut values = ExplicitRows::new(points.rows());
        let mut rows = Rows::new(part, true);
        while let Some(row) = rows.next(&mut self.losses) {
            let Some(value) = values.at(row.at) else { break };
            head.write(&mut self.out.bytes, row.labels);
            // A sum has to be there; where none is known, no number may pretend to be it.
            self.totals(announced.kind, value.total, value.sum.unwrap_or(f64::NAN));
            self.raw(b",bucket:[");
            for (bound, count) in value.cumulative() {
                self.pair(bound, count);
            }
            self.pair(f64::INFINITY, value.total);
            self.close(b"]}");
            self.composite_end(part, points.starts().at(row.at), row.exemplars);
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
        let mut rows = Rows::new(part, true);
        let mut native = NativeHistogram::default();
        while let Some(row) = rows.next(&mut self.losses) {
            if let Err(loss) = native.read(points.rows().value(row.at)) {
                self.losses.add(loss, 1);
                continue;
            }
            head.write(&mut self.out.bytes, row.labels);
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
            self.composite_end(part, points.starts().at(row.at), row.exemplars);
        }
    }

    /// `{count:17,sum:3.5,quantile:[0.95:2.0]}`.
    pub(super) fn summary_values(&mut self, name: &str, part: &Part, points: &Summaries) {
        let head = Head::new(name, "");
        let mut rows = Rows::new(part, false);
        let mut quantiles = Vec::new();
        while let Some(row) = rows.next(&mut self.losses) {
            let value = points.rows().value(row.at);
            // A summary without its sum cannot be said here ("Summary": a counter, not NaN).
            if value.sum.is_nan() || value.sum < 0.0 {
                self.losses.add(Loss::ForbiddenValue, 1);
                continue;
            }
            keep_quantiles(value.quantiles, true, &mut quantiles, &mut self.losses);
            head.write(&mut self.out.bytes, row.labels);
            self.totals(FamilyKind::Summary, value.count, value.sum);
            self.raw(b",quantile:[");
            for one in &quantiles {
                write_f64(&mut self.out.bytes, one.quantile, Style::OpenMetrics);
                self.raw(b":");
                write_f64(&mut self.out.bytes, one.value, Style::OpenMetrics);
                self.raw(b",");
            }
            self.close(b"]}");
            self.composite_end(part, points.starts().at(row.at), &[]);
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
