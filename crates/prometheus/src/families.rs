//! The library's families as metrics.

use std::sync::Arc;

use meterport_core::{
    AttributeSet, Column, Gauge, Histogram, HistogramRows, HistogramRowsBuilder, Interner,
    Metric as OurMetric, Number, Numbers, Points, Quantile, Rows, Scope, ScopeMetrics, Series,
    Stats, Sum, Summaries, Summary, SummaryValue, Temporality, Timestamp, ValueRef,
};
use prometheus::proto::{Metric, MetricFamily, MetricType};

use crate::figure;

#[cfg(test)]
mod tests;

/// Makes metrics, and keeps what they share.
#[derive(Debug)]
pub(crate) struct Conversion {
    scope: Scope,
    metrics: Interner,
}

/// When the points of a snapshot begin and end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) start: Timestamp,
    pub(crate) now: Timestamp,
}

impl Conversion {
    pub(crate) fn new() -> Self {
        let scope = Scope::new(env!("CARGO_PKG_NAME")).with_version(env!("CARGO_PKG_VERSION"));
        Self { scope, metrics: Interner::default() }
    }

    pub(crate) fn scope(&mut self, families: &[MetricFamily], times: Times) -> ScopeMetrics {
        self.metrics.next_snapshot();
        let mut scope = ScopeMetrics::new(self.scope.clone());
        scope.metrics.extend(families.iter().filter_map(|family| self.metric(family, times)));
        scope
    }

    fn metric(&mut self, family: &MetricFamily, times: Times) -> Option<OurMetric> {
        let metadata = AttributeSet::empty();
        let kept = self.metrics.metric(family.name(), family.help(), "", &metadata);
        let descriptor = Arc::clone(kept.descriptor());
        let (series, metrics) = kept.series().arrange(family.get_metric().iter(), labels);
        let points = Arranged { series, metrics, times };
        let data = match family.get_field_type() {
            MetricType::COUNTER => Sum {
                points: points.numbers(|metric| figure::counter(metric.get_counter()), times.start),
                temporality: Temporality::Cumulative,
                monotonic: true,
            }
            .into(),
            MetricType::GAUGE => {
                let value = |metric: &Metric| figure::gauge(metric.get_gauge());
                Gauge { points: points.numbers(value, Timestamp::UNSET) }.into()
            }
            MetricType::HISTOGRAM => points.histogram().into(),
            MetricType::SUMMARY => points.summary().into(),
            // Both models have it and the library makes none; only one of them can be read.
            MetricType::UNTYPED => return None,
        };
        Some(OurMetric { descriptor, data })
    }
}

fn labels(metric: &Metric) -> impl Iterator<Item = (&str, ValueRef<'_>)> {
    metric.get_label().iter().map(|label| (label.name(), ValueRef::String(label.value())))
}

/// Metrics in the order of their series.
struct Arranged<'a> {
    series: Series,
    metrics: Vec<&'a Metric>,
    times: Times,
}

impl Arranged<'_> {
    fn numbers(self, value: impl Fn(&Metric) -> f64, start: Timestamp) -> Numbers {
        let values = self.metrics.iter().map(|metric| Number::F64(value(metric))).collect();
        let times = self.column();
        Points::from_values(self.series, Column::Same(start), times, values).unwrap_or_default()
    }

    fn histogram(self) -> Histogram {
        let mut rows = HistogramRowsBuilder::default();
        let mut buckets = Vec::new();
        for metric in &self.metrics {
            let histogram = metric.get_histogram();
            let (count, sum) = (histogram.get_sample_count(), histogram.get_sample_sum());
            let stats = Stats { count, sum: Some(sum), min: None, max: None };
            buckets.clear();
            let pairs = histogram.get_bucket().iter();
            buckets.extend(pairs.map(|bucket| (bucket.upper_bound(), bucket.cumulative_count())));
            if rows.push_cumulative(stats, &buckets).is_err() {
                rows.push_without_buckets(stats);
            }
        }
        let rows: HistogramRows = rows.finish();
        Histogram { points: self.rows(rows), temporality: Temporality::Cumulative }
    }

    fn summary(self) -> Summary {
        let value = |metric: &&Metric| {
            let summary = metric.get_summary();
            let quantiles = summary.get_quantile().iter();
            let quantile = |of: &prometheus::proto::Quantile| Quantile {
                quantile: of.quantile(),
                value: of.value(),
            };
            SummaryValue {
                count: summary.sample_count(),
                sum: summary.sample_sum(),
                quantiles: quantiles.map(quantile).collect(),
            }
        };
        let values = self.metrics.iter().map(value).collect();
        let (start, times) = (Column::Same(self.times.start), self.column());
        let points: Summaries =
            Points::from_values(self.series, start, times, values).unwrap_or_default();
        Summary { points }
    }

    fn rows<R: Rows>(self, rows: R) -> Points<R> {
        let (start, times) = (Column::Same(self.times.start), self.column());
        // There is a row for each metric, so it cannot fail.
        Points::from_columns(self.series, start, times, rows).unwrap_or_default()
    }

    /// The time of each point: its own, where a collector gave it one.
    fn column(&self) -> Column<Timestamp> {
        let now = self.times.now;
        let own = |metric: &&Metric| match u64::try_from(metric.timestamp_ms()) {
            Ok(millis @ 1..) => Timestamp::from_nanos(millis.saturating_mul(1_000_000)),
            _ => now,
        };
        let times: Box<[_]> = self.metrics.iter().map(own).collect();
        if times.iter().all(|time| *time == now) { Column::Same(now) } else { Column::Each(times) }
    }
}
