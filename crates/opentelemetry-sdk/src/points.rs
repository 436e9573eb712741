//! The points of one metric.

use std::time::SystemTime;

use meterport_core::{
    Column, ExponentialBuckets, ExponentialHistogram, ExponentialValue, Gauge, Histogram,
    HistogramRows, HistogramRowsBuilder, MetricData, Points, Rows, Series, SeriesInterner, Stats,
    Sum, Temporality, Timestamp,
};
use opentelemetry_sdk::metrics::Temporality as SdkTemporality;
use opentelemetry_sdk::metrics::data::{
    self, AggregatedMetrics, ExponentialBucket, ExponentialHistogramDataPoint, HistogramDataPoint,
};

use crate::attributes::name;
use crate::data_point::{DataPoint, Measured, exemplars};

/// The points, on the series of the snapshots before.
pub(crate) fn convert(metrics: &AggregatedMetrics, series: &mut SeriesInterner) -> MetricData {
    match metrics {
        AggregatedMetrics::F64(data) => of_kind(data, series),
        AggregatedMetrics::I64(data) => of_kind(data, series),
        AggregatedMetrics::U64(data) => of_kind(data, series),
    }
}

fn of_kind<T: Measured>(metric: &data::MetricData<T>, series: &mut SeriesInterner) -> MetricData {
    match metric {
        data::MetricData::Gauge(gauge) => {
            let points = Arranged::new(gauge.data_points(), series);
            let values = points.each(|point| point.value().number());
            let start = gauge.start_time().map_or(Timestamp::UNSET, Timestamp::from);
            let with = |series, start, time| Points::from_values(series, start, time, values);
            Gauge { points: points.build(start, gauge.time(), with) }.into()
        }
        data::MetricData::Sum(sum) => {
            let points = Arranged::new(sum.data_points(), series);
            let values = points.each(|point| point.value().number());
            let with = |series, start, time| Points::from_values(series, start, time, values);
            Sum {
                points: points.build(sum.start_time().into(), sum.time(), with),
                temporality: temporality(sum.temporality()),
                monotonic: sum.is_monotonic(),
            }
            .into()
        }
        data::MetricData::Histogram(histogram) => {
            let points = Arranged::new(histogram.data_points(), series);
            let rows = histogram_rows(&points.points);
            let with = |series, start, time| Points::from_columns(series, start, time, rows);
            Histogram {
                points: points.build(histogram.start_time().into(), histogram.time(), with),
                temporality: temporality(histogram.temporality()),
            }
            .into()
        }
        data::MetricData::ExponentialHistogram(histogram) => {
            let points = Arranged::new(histogram.data_points(), series);
            let values = points.each(exponential);
            let with = |series, start, time| Points::from_values(series, start, time, values);
            ExponentialHistogram {
                points: points.build(histogram.start_time().into(), histogram.time(), with),
                temporality: temporality(histogram.temporality()),
            }
            .into()
        }
    }
}

/// Points in the order of their series.
struct Arranged<'a, P> {
    series: Series,
    points: Vec<&'a P>,
}

impl<'a, P: DataPoint> Arranged<'a, P> {
    fn new(points: impl Iterator<Item = &'a P>, interner: &mut SeriesInterner) -> Self {
        let points: Vec<_> = points.collect();
        let mut named = interner.snapshot(points.len());
        for point in &points {
            name(&mut named, || point.attributes());
        }
        let (series, order) = named.finish();
        Self { series, points: order.arrange(points) }
    }

    fn each<V>(&self, value: impl Fn(&P) -> V) -> Vec<V> {
        self.points.iter().map(|point| value(point)).collect()
    }

    fn build<R: Rows, E>(
        self,
        start: Timestamp,
        time: SystemTime,
        with: impl FnOnce(Series, Column<Timestamp>, Column<Timestamp>) -> Result<Points<R>, E>,
    ) -> Points<R> {
        let exemplars = exemplars(&self.points);
        // There is a row for each point, so it cannot fail.
        let points = with(self.series, Column::Same(start), Column::Same(time.into()));
        let points = points.unwrap_or_default();
        if exemplars.is_empty() { points } else { points.with_exemplars(exemplars) }
    }
}

fn histogram_rows<T: Measured>(points: &[&HistogramDataPoint<T>]) -> HistogramRows {
    let mut rows = HistogramRowsBuilder::default();
    let (mut bounds, mut counts) = (Vec::new(), Vec::new());
    for point in points {
        let stats = stats(point.count(), point.sum(), point.min(), point.max());
        bounds.clear();
        bounds.extend(point.bounds());
        counts.clear();
        counts.extend(point.bucket_counts());
        // No buckets at all, which is legal; the SDK makes no others that do not fit together.
        if rows.push(stats, &bounds, &counts).is_err() {
            rows.push_without_buckets(stats);
        }
    }
    rows.finish()
}

fn exponential<T: Measured>(point: &ExponentialHistogramDataPoint<T>) -> ExponentialValue {
    ExponentialValue {
        stats: stats(point.count() as u64, point.sum(), point.min(), point.max()),
        scale: point.scale().into(),
        zero_count: point.zero_count(),
        zero_threshold: point.zero_threshold(),
        positive: buckets(point.positive_bucket()),
        negative: buckets(point.negative_bucket()),
    }
}

fn buckets(buckets: &ExponentialBucket) -> ExponentialBuckets {
    ExponentialBuckets { offset: buckets.offset(), counts: buckets.counts().collect() }
}

fn stats<T: Measured>(count: u64, sum: T, min: Option<T>, max: Option<T>) -> Stats {
    let float = |number: T| number.number().as_f64();
    Stats { count, sum: Some(float(sum)), min: min.map(float), max: max.map(float) }
}

/// What points carry is one of these two; `LowMemory` is a preference.
fn temporality(temporality: SdkTemporality) -> Temporality {
    match temporality {
        SdkTemporality::Delta => Temporality::Delta,
        _ => Temporality::Cumulative,
    }
}
