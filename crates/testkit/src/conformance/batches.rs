//! What the checks send.

use meterport_core::{
    AttributeSet, Bounds, Buckets, Exemplar, ExponentialBuckets, ExponentialHistogram,
    ExponentialPoint, ExponentialValue, Flags, Gauge, Histogram, HistogramPoint, HistogramValue,
    Metric, MetricBatch, Number, NumberPoint, Quantile, Resource, ResourceMetrics, Scope,
    ScopeMetrics, SpanId, Stats, Sum, Summary, SummaryPoint, SummaryValue, Temporality, Timestamp,
    TraceId, Value,
};

/// 2026-01-01.
const START: Timestamp = Timestamp::from_secs(1_767_225_600);
const TIME: Timestamp = Timestamp::from_nanos(1_767_225_660_500_000_000);

/// A counter with as many points as asked for, which no other tag's batch has.
pub fn tagged(tag: &str, points: u32) -> MetricBatch {
    let point = |number: u32| {
        let attributes = [("export", Value::from(tag)), ("point", Value::from(number))];
        number_point(attributes.into(), f64::from(number))
    };
    batch([Metric::new("conformance", Sum::counter((0..points).map(point)))])
}

/// Batches in which there is no point: without anything, and with empty envelopes of every depth.
pub fn pointless() -> [MetricBatch; 4] {
    let resource = || ResourceMetrics::new(Resource::new([("service.name", "conformance")]));
    let scope = ScopeMetrics::new(Scope::new("conformance"));
    [
        MetricBatch::default(),
        resource().into(),
        resource().with_scope(scope).into(),
        batch([Metric::new("nothing", Gauge::default()), Metric::new("none", Sum::counter([]))]),
    ]
}

/// All five kinds of point and every kind of attribute value; exemplars, flags, metadata, schema
/// URLs and dropped counts; numbers that a careless encoder gets wrong.
pub fn every_kind() -> MetricBatch {
    let mut batch = batch([gauge(), sum(), histogram(), exponential(), summary()]);
    let resource = &mut batch.edit()[0];
    resource.schema_url = "https://opentelemetry.io/schemas/1.40.0".into();
    resource.resource.dropped_attributes_count = 2;
    let scope = &mut resource.scopes[0];
    scope.schema_url = "https://opentelemetry.io/schemas/1.39.0".into();
    scope.scope.attributes = [("experimental", true)].into();
    scope.scope.dropped_attributes_count = 3;
    batch
}

/// What has one form in every format of Prometheus: no deltas, no exponential histograms, no
/// exemplars, no flags.
pub fn classic_kinds() -> MetricBatch {
    let attributes = |row: i64| {
        AttributeSet::from([
            ("bool", Value::from(true)),
            ("int", Value::Int(row)),
            ("string", Value::from("größe \" \\ \n")),
        ])
    };
    let number = |(row, number)| NumberPoint::new(attributes(row), number).with_time(TIME);
    let numbers = [Number::F64(f64::NAN), Number::F64(f64::INFINITY), Number::I64(i64::MIN)];
    let gauge = Gauge { points: (0..).zip(numbers).map(number).collect() };
    let counts = [(0, Number::I64(7)), (1, Number::F64(0.5))];
    let buckets = Buckets::new(Bounds::new([0.1, 1.0]).unwrap(), [1, 0, 2].into()).unwrap();
    let stats = Stats { count: 3, sum: Some(9.5), ..Stats::default() };
    let histogram = Histogram {
        points: [HistogramPoint::new(attributes(0), HistogramValue { stats, buckets })]
            .into_iter()
            .collect(),
        temporality: Temporality::Cumulative,
    };
    let quantiles = vec![Quantile { quantile: 0.5, value: 2.0 }];
    let summary = SummaryPoint::new(attributes(0), SummaryValue { count: 4, sum: 9.5, quantiles });
    batch([
        Metric::new("a.gauge", gauge).with_description("Numbers of all kinds"),
        Metric::new("a.counter", Sum::counter(counts.map(number))),
        Metric::new("up.down", Sum::up_down([number((0, Number::I64(-3)))])),
        Metric::new("a.histogram", histogram),
        Metric::new("a.summary", Summary { points: [summary].into_iter().collect() }),
    ])
}

/// An attribute of every kind that OTLP has.
fn attributes() -> AttributeSet {
    let nested = vec![("deep".to_owned(), Value::Array(vec![Value::Int(i64::MIN), Value::Empty]))];
    AttributeSet::from([
        ("array", Value::Array(vec!["a".into(), 1_i64.into(), Value::Array(vec![])])),
        ("bool", true.into()),
        ("bytes", Value::Bytes(vec![0, 0x7f, 0xff])),
        ("double", (-0.1).into()),
        ("empty", Value::Empty),
        ("int", i64::MAX.into()),
        ("map", Value::Map(nested)),
        ("string", "größe 大きさ \" \\ \n".into()),
    ])
}

fn batch(metrics: impl IntoIterator<Item = Metric>) -> MetricBatch {
    let mut scope = ScopeMetrics::new(Scope::new("conformance").with_version("1"));
    scope.metrics.extend(metrics);
    ResourceMetrics::new(Resource::new([("service.name", "conformance")])).with_scope(scope).into()
}

fn number_point(attributes: AttributeSet, value: impl Into<Number>) -> NumberPoint {
    NumberPoint::new(attributes, value.into()).with_start(START).with_time(TIME)
}

fn gauge() -> Metric {
    let numbers = [
        Number::F64(f64::NAN),
        Number::F64(f64::INFINITY),
        Number::F64(-0.0),
        Number::I64(i64::MIN),
        Number::U64(i64::MAX as u64),
    ];
    let point = |(row, number)| number_point([("row", Value::Int(row))].into(), number);
    let points = (0..).zip(numbers).map(point).chain([number_point(attributes(), 1.5)]);
    Metric::new("a.gauge", Gauge { points: points.collect() })
        .with_description("Numbers of all kinds")
        .with_unit("1")
        .with_metadata([("prometheus.type", "gauge")].into())
}

fn sum() -> Metric {
    let trace = TraceId::from_bytes([0xab; 16]).expect("not zero");
    let span = SpanId::from_bytes([0xcd; 8]).expect("not zero");
    let exemplar = Exemplar::new(Number::I64(3), TIME)
        .with_span(trace, span)
        .with_attributes([("user", "u")].into());
    let points = [
        number_point([("row", 0)].into(), 7_i64).with_exemplar(exemplar),
        number_point([("row", 1)].into(), 0_i64).with_flags(Flags::NO_RECORDED_VALUE),
    ];
    let sum = Sum { temporality: Temporality::Delta, ..Sum::up_down(points) };
    Metric::new("a.sum", sum).with_unit("{request}")
}

fn histogram() -> Metric {
    let bounds = Bounds::new([0.1, 1.0]).expect("ascending");
    let buckets = Buckets::new(bounds, [1, 0, 2].into()).expect("three");
    let stats = Stats { count: 3, sum: Some(9.5), min: Some(0.05), max: Some(6.0) };
    let point = |row: i64, value| {
        HistogramPoint::new([("row", row)].into(), value).with_start(START).with_time(TIME)
    };
    let whole = Stats { count: 2, ..Stats::default() };
    let points = [
        point(0, HistogramValue { stats, buckets }),
        point(1, HistogramValue { stats: whole, buckets: Buckets::none() }),
    ];
    let temporality = Temporality::Cumulative;
    Metric::new("a.histogram", Histogram { points: points.into_iter().collect(), temporality })
        .with_unit("s")
}

fn exponential() -> Metric {
    let value = ExponentialValue {
        stats: Stats { count: 9, sum: Some(-1.5), min: Some(-4.0), max: Some(2.5) },
        scale: -3,
        zero_count: 1,
        zero_threshold: 0.001,
        positive: ExponentialBuckets { offset: 4, counts: vec![3, 0, 2] },
        negative: ExponentialBuckets { offset: -1, counts: vec![3] },
    };
    let point = ExponentialPoint::new([("row", 0)].into(), value).with_start(START).with_time(TIME);
    let points = [point].into_iter().collect();
    let temporality = Temporality::Delta;
    Metric::new("an.exponential.histogram", ExponentialHistogram { points, temporality })
}

fn summary() -> Metric {
    let quantile = |quantile, value| Quantile { quantile, value };
    let quantiles = vec![quantile(0.5, 2.0), quantile(0.99, 9.5)];
    let value = SummaryValue { count: 100, sum: 250.0, quantiles };
    let point = SummaryPoint::new([("row", 0)].into(), value).with_start(START).with_time(TIME);
    Metric::new("a.summary", Summary { points: [point].into_iter().collect() })
}
