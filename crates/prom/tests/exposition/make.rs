//! Short words for batches.

use meterport_core::{
    AttributeSet, Bounds, Buckets, Exemplar, ExponentialBuckets, ExponentialHistogram,
    ExponentialPoint, ExponentialValue, Gauge, Histogram, HistogramPoint, HistogramValue, Metric,
    MetricBatch, Number, NumberPoint, Resource, ResourceMetrics, Scope, ScopeMetrics, SpanId,
    Stats, Sum, Summary, SummaryPoint, SummaryValue, Temporality, Timestamp, TraceId, Value,
};

/// A number as it is written down, which is an `i32` as a rule.
pub(crate) trait Figure {
    fn number(self) -> Number;
}

impl Figure for i32 {
    fn number(self) -> Number {
        Number::I64(self.into())
    }
}

impl Figure for i64 {
    fn number(self) -> Number {
        Number::I64(self)
    }
}

impl Figure for u64 {
    fn number(self) -> Number {
        Number::U64(self)
    }
}

impl Figure for f64 {
    fn number(self) -> Number {
        Number::F64(self)
    }
}

pub(crate) fn attributes<const N: usize>(entries: [(&str, Value); N]) -> AttributeSet {
    entries.into_iter().collect()
}

pub(crate) fn texts<const N: usize>(entries: [(&str, &str); N]) -> AttributeSet {
    entries.into_iter().collect()
}

pub(crate) fn point(attributes: AttributeSet, value: impl Figure) -> NumberPoint {
    NumberPoint::new(attributes, value.number())
}

/// A point without attributes.
pub(crate) fn value(value: impl Figure) -> NumberPoint {
    point(AttributeSet::empty(), value)
}

pub(crate) fn counter(
    name: &str,
    unit: &str,
    points: impl IntoIterator<Item = NumberPoint>,
) -> Metric {
    Metric::new(name, Sum::counter(points)).with_unit(unit)
}

pub(crate) fn up_down(
    name: &str,
    unit: &str,
    points: impl IntoIterator<Item = NumberPoint>,
) -> Metric {
    Metric::new(name, Sum::up_down(points)).with_unit(unit)
}

pub(crate) fn gauge(
    name: &str,
    unit: &str,
    points: impl IntoIterator<Item = NumberPoint>,
) -> Metric {
    Metric::new(name, Gauge { points: points.into_iter().collect() }).with_unit(unit)
}

pub(crate) fn delta(name: &str, points: impl IntoIterator<Item = NumberPoint>) -> Metric {
    let points = points.into_iter().collect();
    Metric::new(name, Sum { points, temporality: Temporality::Delta, monotonic: true })
}

pub(crate) fn histogram(
    name: &str,
    unit: &str,
    points: impl IntoIterator<Item = HistogramPoint>,
) -> Metric {
    let points = points.into_iter().collect();
    Metric::new(name, Histogram { points, temporality: Temporality::Cumulative }).with_unit(unit)
}

/// Its count is that of all buckets together.
pub(crate) fn buckets(
    sum: impl Into<Option<f64>>,
    bounds: &[f64],
    counts: &[u64],
) -> HistogramPoint {
    let stats = Stats { count: counts.iter().sum(), sum: sum.into(), min: None, max: None };
    let bounds = Bounds::new(bounds).expect("bounds that ascend");
    let buckets = Buckets::new(bounds, counts.to_vec()).expect("a count for each bucket");
    HistogramPoint::new(AttributeSet::empty(), HistogramValue { stats, buckets })
}

pub(crate) fn no_buckets(sum: f64, count: u64) -> HistogramPoint {
    let stats = Stats { count, sum: Some(sum), min: None, max: None };
    HistogramPoint::new(AttributeSet::empty(), HistogramValue { stats, buckets: Buckets::none() })
}

/// Of positive buckets from an offset on.
pub(crate) fn exponential(name: &str, scale: i32, offset: i32, counts: &[u64]) -> Metric {
    exponential_of(name, exponential_value(scale, offset, counts))
}

pub(crate) fn exponential_value(scale: i32, offset: i32, counts: &[u64]) -> ExponentialValue {
    ExponentialValue {
        stats: Stats { count: counts.iter().sum(), sum: Some(100.0), min: None, max: None },
        scale,
        positive: ExponentialBuckets { offset, counts: counts.to_vec() },
        ..ExponentialValue::default()
    }
}

pub(crate) fn exponential_of(name: &str, value: ExponentialValue) -> Metric {
    exponential_points(name, [ExponentialPoint::new(AttributeSet::empty(), value)])
}

pub(crate) fn exponential_points(
    name: &str,
    points: impl IntoIterator<Item = ExponentialPoint>,
) -> Metric {
    let points = points.into_iter().collect();
    Metric::new(name, ExponentialHistogram { points, temporality: Temporality::Cumulative })
}

pub(crate) fn summary(name: &str, value: SummaryValue) -> Metric {
    let point = SummaryPoint::new(AttributeSet::empty(), value);
    Metric::new(name, Summary { points: [point].into_iter().collect() })
}

/// Measured in a trace and span, at 1,000 s.
pub(crate) fn traced(value: impl Figure) -> Exemplar {
    let trace = TraceId::from_bytes([0x11; 16]).expect("an id");
    untraced(value).with_span(trace, SpanId::from_bytes([0x22; 8]).expect("an id"))
}

pub(crate) fn untraced(value: impl Figure) -> Exemplar {
    Exemplar::new(value.number(), Timestamp::from_secs(1_000))
}

/// Metrics of no scope and resource.
pub(crate) fn batch(metrics: impl IntoIterator<Item = Metric>) -> MetricBatch {
    scopes([(Scope::default(), metrics.into_iter().collect())])
}

pub(crate) fn scopes(scopes: impl IntoIterator<Item = (Scope, Vec<Metric>)>) -> MetricBatch {
    batch_of(Resource::default(), scopes)
}

pub(crate) fn batch_of(
    resource: Resource,
    scopes: impl IntoIterator<Item = (Scope, Vec<Metric>)>,
) -> MetricBatch {
    let mut all = ResourceMetrics::new(resource);
    for (scope, metrics) in scopes {
        let mut scope = ScopeMetrics::new(scope);
        scope.metrics = metrics;
        all = all.with_scope(scope);
    }
    all.into()
}
