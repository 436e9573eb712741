//! The library's families as metrics.

use std::sync::Arc;

use meterport_core::{
    AttributeSet, Column, Exemplar as OurExemplar, ExponentialHistogram, ExponentialValue, Gauge,
    Histogram, HistogramRowsBuilder, Interner, Metric as OurMetric, MetricData, Number, Points,
    Rows, Scope, ScopeMetrics, Series, SeriesInterner, Stats, Sum, Temporality, Timestamp,
    ValueRef,
};
use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model as proto;
use proto::{Metric, MetricFamily, MetricType};

use crate::exemplar::{exemplar, timestamp};
use crate::native::{exponential, is_native};
use crate::unit::ucum;

#[cfg(test)]
mod tests;

/// Makes metrics, and keeps what they share.
#[derive(Debug)]
pub(crate) struct Conversion {
    scope: Scope,
    metrics: Interner,
    native: Interner,
    keeps_units: bool,
    unknown: AttributeSet,
}

/// When the points of a snapshot begin and end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) start: Timestamp,
    pub(crate) now: Timestamp,
}

impl Conversion {
    pub(crate) fn new(keeps_units: bool) -> Self {
        Self {
            scope: Scope::new(env!("CARGO_PKG_NAME")).with_version(env!("CARGO_PKG_VERSION")),
            metrics: Interner::default(),
            native: Interner::default(),
            keeps_units,
            unknown: AttributeSet::from([("prometheus.type", "unknown")]),
        }
    }

    pub(crate) fn scope(&mut self, families: &[MetricFamily], times: Times) -> ScopeMetrics {
        self.metrics.next_snapshot();
        self.native.next_snapshot();
        let mut scope = ScopeMetrics::new(self.scope.clone());
        for family in families {
            // Of one family, some may have native buckets and others classic ones.
            let has_native = |metric: &&Metric| metric.histogram.as_ref().is_some_and(is_native);
            let (native, others): (Vec<_>, Vec<_>) = family.metric.iter().partition(has_native);
            if !others.is_empty() || native.is_empty() {
                scope.metrics.push(self.metric(family, &others, times));
            }
            if !native.is_empty() {
                scope.metrics.push(self.native(family, &native, times));
            }
        }
        scope
    }

    fn unit(&self, family: &MetricFamily) -> String {
        if self.keeps_units { family.unit.clone() } else { ucum(&family.unit) }
    }

    fn metric(&mut self, family: &MetricFamily, metrics: &[&Metric], times: Times) -> OurMetric {
        let unit = self.unit(family);
        let empty = AttributeSet::empty();
        let of_type = family.r#type();
        let metadata = if of_type == MetricType::Untyped { &self.unknown } else { &empty };
        let kept = self.metrics.metric(&family.name, &family.help, &unit, metadata);
        let descriptor = Arc::clone(kept.descriptor());
        let points = Arranged::new(metrics, kept.series(), times);
        let data: MetricData = match of_type {
            MetricType::Counter => points.counter().into(),
            MetricType::Histogram | MetricType::GaugeHistogram => points.histogram().into(),
            // The library has no summaries.
            MetricType::Gauge | MetricType::Summary | MetricType::Untyped => points.gauge().into(),
        };
        OurMetric { descriptor, data }
    }

    fn native(&mut self, family: &MetricFamily, metrics: &[&Metric], times: Times) -> OurMetric {
        let unit = self.unit(family);
        let metadata = AttributeSet::empty();
        let kept = self.native.metric(&family.name, &family.help, &unit, &metadata);
        let descriptor = Arc::clone(kept.descriptor());
        let points = Arranged::new(metrics, kept.series(), times);
        OurMetric { descriptor, data: points.exponential().into() }
    }
}

fn labels(metric: &Metric) -> impl Iterator<Item = (&str, ValueRef<'_>)> {
    metric.label.iter().map(|label| (label.name.as_str(), ValueRef::String(&label.value)))
}

/// Metrics in the order of their series.
struct Arranged<'a> {
    series: Series,
    metrics: Vec<&'a Metric>,
    times: Times,
}

impl<'a> Arranged<'a> {
    fn new(metrics: &[&'a Metric], interner: &mut SeriesInterner, times: Times) -> Self {
        let (series, metrics) = interner.arrange(metrics.iter().copied(), labels);
        Self { series, metrics, times }
    }

    fn counter(self) -> Sum {
        let values = self.metrics.iter().map(|metric| number(metric)).collect();
        let exemplars = self.exemplars(|metric| metric.counter.iter().flat_map(|it| &it.exemplar));
        let (start, time) = self.columns(Column::Same(self.times.start));
        let points = Points::from_values(self.series, start, time, values).unwrap_or_default();
        Sum {
            points: with_exemplars(points, exemplars),
            temporality: Temporality::Cumulative,
            monotonic: true,
        }
    }

    fn gauge(self) -> Gauge {
        let values = self.metrics.iter().map(|metric| number(metric)).collect();
        let (start, time) = self.columns(Column::Same(Timestamp::UNSET));
        Gauge { points: Points::from_values(self.series, start, time, values).unwrap_or_default() }
    }

    fn histogram(self) -> Histogram {
        let mut rows = HistogramRowsBuilder::default();
        let mut buckets = Vec::new();
        for metric in &self.metrics {
            let histogram = metric.histogram.as_ref();
            let stats = stats(histogram);
            buckets.clear();
            let pairs = histogram.into_iter().flat_map(|histogram| &histogram.bucket);
            buckets.extend(pairs.map(|it| (bound(it.upper_bound), it.cumulative_count)));
            if buckets.is_empty() || rows.push_cumulative(stats, &buckets).is_err() {
                rows.push_without_buckets(stats);
            }
        }
        let exemplars = self.bucket_exemplars();
        let (start, time) = self.columns(self.starts());
        let rows = rows.finish();
        let points = Points::from_columns(self.series, start, time, rows).unwrap_or_default();
        Histogram {
            points: with_exemplars(points, exemplars),
            temporality: Temporality::Cumulative,
        }
    }

    fn exponential(self) -> ExponentialHistogram {
        let value = |metric: &&Metric| {
            let stats = stats(metric.histogram.as_ref());
            let value = metric.histogram.as_ref().and_then(|it| exponential(it, stats));
            value.unwrap_or_else(|| ExponentialValue { stats, ..ExponentialValue::default() })
        };
        let values = self.metrics.iter().map(value).collect();
        let exemplars = self.bucket_exemplars();
        let (start, time) = self.columns(self.starts());
        let points = Points::from_values(self.series, start, time, values).unwrap_or_default();
        ExponentialHistogram {
            points: with_exemplars(points, exemplars),
            temporality: Temporality::Cumulative,
        }
    }

    fn columns(&self, start: Column<Timestamp>) -> (Column<Timestamp>, Column<Timestamp>) {
        (start, Column::Same(self.times.now))
    }

    /// Native histograms have start times of their own.
    fn starts(&self) -> Column<Timestamp> {
        let start = |metric: &&Metric| {
            let own = metric.histogram.as_ref().and_then(|it| it.start_timestamp.as_ref());
            let own = own.map(|own| timestamp(own.seconds, own.nanos));
            own.filter(|own| own.is_set() && *own <= self.times.now).unwrap_or(self.times.start)
        };
        let starts: Box<[_]> = self.metrics.iter().map(start).collect();
        let same = starts.iter().all(|start| *start == self.times.start);
        if same { Column::Same(self.times.start) } else { Column::Each(starts) }
    }

    fn bucket_exemplars(&self) -> Vec<(usize, Arc<[OurExemplar]>)> {
        self.exemplars(|metric| {
            let histogram = metric.histogram.iter();
            histogram.flat_map(|it| it.bucket.iter().flat_map(|b| &b.exemplar).chain(&it.exemplars))
        })
    }

    /// The exemplars of those metrics that have some, by row.
    fn exemplars<I: Iterator<Item = &'a proto::Exemplar>>(
        &self,
        of: impl Fn(&'a Metric) -> I,
    ) -> Vec<(usize, Arc<[OurExemplar]>)> {
        let rows = self.metrics.iter().enumerate();
        let rows = rows.map(|(row, metric)| (row, of(metric).map(exemplar).collect::<Vec<_>>()));
        rows.filter(|row| !row.1.is_empty()).map(|(row, all)| (row, all.into())).collect()
    }
}

fn with_exemplars<R: Rows>(
    points: Points<R>,
    exemplars: Vec<(usize, Arc<[OurExemplar]>)>,
) -> Points<R> {
    if exemplars.is_empty() { points } else { points.with_exemplars(exemplars) }
}

/// A collector may put any of its numbers into any type of family.
fn number(metric: &Metric) -> Number {
    let counter = metric.counter.as_ref().map(|counter| counter.value);
    let gauge = metric.gauge.as_ref().map(|gauge| gauge.value);
    let untyped = metric.untyped.as_ref().map(|untyped| untyped.value);
    Number::F64(counter.or(gauge).or(untyped).unwrap_or(f64::NAN))
}

fn stats(histogram: Option<&proto::Histogram>) -> Stats {
    let count = histogram.map_or(0, |histogram| histogram.sample_count);
    Stats { count, sum: histogram.map(|histogram| histogram.sample_sum), min: None, max: None }
}

/// The library's last bucket ends at the greatest number, and means infinity.
fn bound(bound: f64) -> f64 {
    if bound == f64::MAX { f64::INFINITY } else { bound }
}
