use meterport_core::{Exemplar, ExponentialHistogram, Histograms, Timestamp};
use meterport_prom::encoding::{Cumulative, Explicit, Mark, Marks, classic_buckets};
use meterport_prom::{Loss, NativeHistogram, Part};

use super::head::Head;
use super::native::{NativePoint, put_native};
use super::own_labels::OwnLabels;
use super::rows::{LabelKey, Row};
use super::writer::Writer;
use super::{STALE_NAN, number};
use crate::Version;

/// What a point says of a classic histogram, with its buckets.
struct Classic<'a> {
    buckets: &'a Cumulative,
    sum: Option<f64>,
    exemplars: &'a [Exemplar],
    is_ended: bool,
}

impl Writer<'_> {
    pub(super) fn explicit(
        &mut self,
        part: &Part,
        key: &LabelKey,
        points: &Histograms,
        head: &Head,
    ) {
        let mut marks = Marks::new(part, self.settings.exemplars);
        let mut own = OwnLabels::new("le", self.settings.bounds);
        let mut buckets = Cumulative::default();
        let mut rows = points.iter().enumerate();
        for run in points.series().runs() {
            let labels = self.labels(run, key);
            for (row, (at, point)) in labels.rows().zip(&mut rows) {
                let mark = marks.read(at);
                let (exemplars, is_ended) = match mark {
                    Mark::Repeated => continue,
                    Mark::Ended => (&[][..], true),
                    Mark::Written(exemplars) => (exemplars, false),
                };
                let has_start = !is_ended && !head.is_gauge;
                let start = if has_start { point.start } else { Timestamp::UNSET };
                self.set_stamp(point.time, start);
                if self.settings.is_custom() {
                    let read = |native: &mut NativeHistogram| native.read_custom(point.value);
                    self.native(row, (point.time, start), mark, part, head, read);
                    continue;
                }
                let explicit = Explicit::from(point.value);
                buckets.total = explicit.total;
                buckets.buckets.clear();
                buckets.buckets.extend(explicit.cumulative());
                let sum = if is_ended { Some(0.0) } else { explicit.sum };
                let classic = Classic { buckets: &buckets, sum, exemplars, is_ended };
                self.classic(row, &classic, part, head, &mut own);
            }
            self.pause();
        }
    }

    pub(super) fn exponential(
        &mut self,
        part: &Part,
        key: &LabelKey,
        data: &ExponentialHistogram,
        head: &Head,
    ) {
        let points = &data.points;
        let is_native = self.settings.version() == Version::V2;
        let mut marks = Marks::new(part, self.settings.exemplars);
        let mut own = OwnLabels::new("le", self.settings.bounds);
        let mut buckets = Cumulative::default();
        let mut at = 0;
        for run in points.series().runs() {
            let labels = self.labels(run, key);
            for row in labels.rows() {
                let mark = marks.read(at);
                let (exemplars, is_ended) = match mark {
                    Mark::Repeated => {
                        at += 1;
                        continue;
                    }
                    Mark::Ended => (&[][..], true),
                    Mark::Written(exemplars) => (exemplars, false),
                };
                let value = points.rows().value(at);
                let has_start = !is_ended && !head.is_gauge;
                let start = if has_start { points.starts().at(at) } else { Timestamp::UNSET };
                let time = points.times().at(at);
                at += 1;
                if is_native {
                    let read = |native: &mut NativeHistogram| native.read(value);
                    self.native(row, (time, start), mark, part, head, read);
                    continue;
                }
                self.set_stamp(time, start);
                classic_buckets(value, &mut buckets);
                let sum = if is_ended { Some(0.0) } else { value.stats.sum };
                let classic = Classic { buckets: &buckets, sum, exemplars, is_ended };
                self.classic(row, &classic, part, head, &mut own);
            }
            self.pause();
        }
    }

    /// A series of a native histogram, which `read` makes.
    fn native(
        &mut self,
        row: Row<'_>,
        (time, start): (Timestamp, Timestamp),
        mark: Mark<'_>,
        part: &Part,
        head: &Head,
        read: impl FnOnce(&mut NativeHistogram) -> Result<(), Loss>,
    ) {
        match mark {
            Mark::Repeated => return,
            // Nothing but a sum that is a stale marker.
            Mark::Ended => self.native = NativeHistogram::default(),
            Mark::Written(exemplars) => {
                if let Err(loss) = read(&mut self.native) {
                    return self.losses.add(loss, 1);
                }
                if !exemplars.is_empty() {
                    self.put_exemplars(exemplars, part.rules(), |_| true);
                }
            }
        }
        let point = NativePoint {
            histogram: &self.native,
            time: self.time(time),
            start,
            is_gauge: head.is_gauge,
            is_ended: mark == Mark::Ended,
        };
        put_native(&point, &mut self.scratch, &mut self.histogram);
        self.native_histogram(row, head);
        self.exemplars.clear();
    }

    /// A series for each bucket, the infinite one among them, and those of sum and count.
    fn classic(
        &mut self,
        row: Row<'_>,
        point: &Classic<'_>,
        part: &Part,
        head: &Head,
        own: &mut OwnLabels,
    ) {
        let Cumulative { buckets, total } = point.buckets;
        let bounds = buckets.iter().map(|bucket| bucket.0).chain([f64::INFINITY]);
        own.set(bounds, &mut self.labels);
        let all = buckets.iter().copied().chain([(f64::INFINITY, *total)]);
        let value = |value: f64| if point.is_ended { STALE_NAN } else { number(value) };
        let mut low = f64::NEG_INFINITY;
        for (place, (bound, count)) in all.enumerate() {
            if !point.exemplars.is_empty() {
                let wanted = |value| value <= bound && (value > low || place == 0);
                self.put_exemplars(point.exemplars, part.rules(), wanted);
            }
            self.sample(row, &head.bucket, own.at(place), value(count as f64), &head.metadata);
            self.exemplars.clear();
            low = bound;
        }
        if let Some(sum) = point.sum {
            self.sample(row, &head.sum, &[], value(sum), &head.metadata);
        }
        self.sample(row, &head.count, &[], value(*total as f64), &head.metadata);
    }
}
