//! Batches that show one thing each.

use std::sync::Arc;

use meterport_core::{
    AttributeSet, Bounds, Buckets, Descriptor, Exemplar, ExponentialBuckets, ExponentialHistogram,
    ExponentialPoint, ExponentialValue, Flags, Gauge, Histogram, HistogramPoint, HistogramValue,
    Metric, MetricBatch, MetricData, Number, NumberPoint, Quantile, Resource, ResourceMetrics,
    Scope, ScopeMetrics, SpanId, Stats, Sum, Summary, SummaryPoint, SummaryValue, Temporality,
    Timestamp, TraceId, Value,
};

/// 2024-01-01.
const START: Timestamp = Timestamp::from_secs(1_704_067_200);
const TIME: Timestamp = Timestamp::from_nanos(1_704_067_260_500_000_000);

fn batch(metrics: impl IntoIterator<Item = Metric>) -> MetricBatch {
    let mut scope = ScopeMetrics::new(Scope::new("example").with_version("1.2.0"));
    scope.metrics.extend(metrics);
    let resource = Resource::new([("service.name", "checkout")]);
    ResourceMetrics::new(resource).with_scope(scope).into()
}

fn number(attributes: impl Into<AttributeSet>, value: impl Into<Number>) -> NumberPoint {
    NumberPoint::new(attributes.into(), value.into()).with_start(START).with_time(TIME)
}

fn gauge(points: impl IntoIterator<Item = NumberPoint>) -> Gauge {
    Gauge { points: points.into_iter().collect() }
}

fn exemplar(value: f64) -> Exemplar {
    let trace = TraceId::from_bytes([0xab; 16]).expect("not zero");
    let span = SpanId::from_bytes([0xcd; 8]).expect("not zero");
    Exemplar::new(Number::F64(value), TIME)
        .with_span(trace, span)
        .with_attributes([("user", "u1")].into())
}

pub(crate) fn numbers() -> MetricBatch {
    let route = |method: &str, code: i64, value: u64| {
        let attributes = [("method", Value::from(method)), ("code", Value::from(code))];
        number(attributes, value)
    };
    let requests = Sum::counter([
        route("GET", 200, 12_345),
        route("OPTIONS", 404, 7).with_exemplar(exemplar(1.0)),
        route("POST", 500, u64::MAX),
    ]);
    let bare = |name: &str, value: Number| NumberPoint::new([("v", name)].into(), value);
    let load = gauge([
        bare("float", 1.0.into()),
        bare("inf", f64::NEG_INFINITY.into()),
        bare("int", 1_i64.into()),
        bare("nan", f64::NAN.into()),
    ]);
    let free = Sum::up_down([
        number([("pool", "a")], -3_i64),
        number([("pool", "b")], 0_i64).with_flags(Flags::NO_RECORDED_VALUE),
        number([("pool", "c")], 2_i64).with_flags(Flags::from_bits(6)).with_time(START),
    ]);
    let delta = Sum { temporality: Temporality::Delta, ..Sum::counter([number([("x", 1)], 0.5)]) };
    batch([
        Metric::new("http.requests", requests)
            .with_unit("{request}")
            .with_description("Requests answered."),
        Metric::new("load", load),
        Metric::new("pool.free", free).with_unit("By"),
        Metric::new("delta", delta).with_unit("s"),
        Metric::new("empty", gauge([])),
    ])
}

pub(crate) fn histograms() -> MetricBatch {
    let bounds = Bounds::new([0.1, 0.5, 1.0, 5.0]).expect("ascending");
    let point = |name: &str, stats: Stats, buckets: Buckets| {
        HistogramPoint::new([("route", name)].into(), HistogramValue { stats, buckets })
            .with_start(START)
            .with_time(TIME)
    };
    let stats = Stats { count: 7, sum: Some(9.5), min: Some(0.05), max: Some(6.0) };
    let counts = |counts: [u64; 5]| Buckets::new(bounds.clone(), counts.into()).expect("five");
    let points = [
        point("/", stats, counts([3, 0, 0, 2, 2])).with_exemplar(exemplar(6.0)),
        point("/empty", Stats::default(), counts([0; 5])),
        point("/whole", Stats { count: 2, ..Stats::default() }, Buckets::none()),
    ];
    let data = Histogram { points: points.into_iter().collect(), temporality: Temporality::Delta };
    batch([Metric::new("latency", data).with_unit("s")])
}

pub(crate) fn exponential() -> MetricBatch {
    let buckets = |offset, counts: &[u64]| ExponentialBuckets { offset, counts: counts.to_vec() };
    let point = |name: &str, value| {
        ExponentialPoint::new([("p", name)].into(), value).with_start(START).with_time(TIME)
    };
    let both = ExponentialValue {
        stats: Stats { count: 9, sum: None, min: Some(-4.0), max: Some(2.5) },
        scale: 3,
        zero_count: 1,
        zero_threshold: 0.001,
        positive: buckets(4, &[3, 0, 2]),
        negative: buckets(-1, &[3]),
    };
    let extreme = ExponentialValue {
        stats: Stats { count: 1, ..Stats::default() },
        scale: -10,
        positive: buckets(i32::MAX, &[1]),
        ..ExponentialValue::default()
    };
    let points = [point("both", both), point("extreme", extreme)];
    let data = ExponentialHistogram {
        points: points.into_iter().collect(),
        temporality: Temporality::Cumulative,
    };
    batch([Metric::new("sizes", data).with_unit("By")])
}

pub(crate) fn summary() -> MetricBatch {
    let quantile = |quantile, value| Quantile { quantile, value };
    let value = SummaryValue {
        count: 100,
        sum: 250.0,
        quantiles: vec![quantile(0.5, 2.0), quantile(0.99, 9.5)],
    };
    let point = |value| SummaryPoint::new(AttributeSet::empty(), value).with_time(TIME);
    let points = [point(value), point(SummaryValue::default())];
    batch([Metric::new("rpc", Summary { points: points.into_iter().collect() })])
}

pub(crate) fn envelopes() -> MetricBatch {
    let metric = |name: &str| {
        let mut metric = Metric::new(name, gauge([number(AttributeSet::empty(), 1_i64)]));
        Arc::make_mut(&mut metric.descriptor).metadata = [("prometheus.type", "gauge")].into();
        metric
    };
    let mut first = ScopeMetrics::new(Scope::new("a")).with_metric(metric("one"));
    first.schema_url = "https://opentelemetry.io/schemas/1.40.0".into();
    first.scope.attributes = [("short", true)].into();
    first.scope.dropped_attributes_count = 2;
    let second = ScopeMetrics::default().with_metric(metric("two"));
    let mut resource = ResourceMetrics::new(Resource::new([("host.name", "h")]));
    resource.schema_url = "https://opentelemetry.io/schemas/1.39.0".into();
    resource.resource.dropped_attributes_count = 1;
    let other = ResourceMetrics::default().with_scope(ScopeMetrics::default());
    let other = other.with_scope(ScopeMetrics::new(Scope::new("b")).with_metric(metric("three")));
    MetricBatch::new(vec![resource.with_scope(first).with_scope(second), other])
}

/// Every kind of value, and text that would do harm to a terminal.
pub(crate) fn hostile() -> MetricBatch {
    let nested = vec![("k".to_owned(), Value::Empty), ("a b".to_owned(), Value::Int(1))];
    let values = AttributeSet::from([
        ("array", Value::Array(vec!["x".into(), 1_i64.into(), Value::Array(vec![])])),
        ("bool", true.into()),
        ("bytes", Value::Bytes(vec![0, 255])),
        ("double", 1.0.into()),
        ("empty", Value::Empty),
        ("int", 1_i64.into()),
        ("map", Value::Map(nested)),
        ("string", "1".into()),
    ]);
    let escape = "\u{1b}]0;owned\u{7}\u{1b}[2J";
    let texts = AttributeSet::from([
        (escape, "line\r\nbreak"),
        ("bidi", "\u{202e}txt.exe\u{200b}"),
        ("c1", "\u{9b}31m"),
        ("quotes", "\" } \\"),
        ("unicode", "größe 大きさ"),
        ("{a=1}", ""),
    ]);
    let descriptor = Descriptor {
        name: format!("bad{escape}").into(),
        description: format!("It's \"bad\"\n{escape}").into(),
        unit: "By\u{8}\u{8}".into(),
        metadata: [("m\0", "\u{7f}")].into(),
    };
    let points = [number(values, 1_i64), number(texts, 2_i64)];
    let data = MetricData::from(gauge(points));
    let metric = Metric { descriptor: Arc::new(descriptor), data };
    let mut batch = batch([metric]);
    let resource = &mut batch.edit()[0];
    resource.schema_url = escape.into();
    resource.resource.attributes = [("service.name", escape)].into();
    resource.scopes[0].scope = Scope::new("s\u{85}").with_version("1\t0");
    batch
}
