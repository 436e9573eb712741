//! What Prometheus is given: all that it has a form for, with texts and numbers that are easily
//! broken on the way.

use meterport_core::{
    AttributeSet, Bounds, Buckets, Exemplar, ExponentialBuckets, ExponentialHistogram,
    ExponentialPoint, ExponentialValue, Gauge, Histogram, HistogramPoint, HistogramValue, Metric,
    MetricBatch, Number, NumberPoint, Point, Quantile, Resource, ResourceMetrics, Scope,
    ScopeMetrics, SpanId, Stats, Sum, Summary, SummaryPoint, SummaryValue, Temporality, Timestamp,
    TraceId, Value,
};

/// A batch of which every series began at `start`, and was last seen ten seconds later.
pub(in crate::interop) fn batch(start: Timestamp) -> MetricBatch {
    let specimen = Specimen { start };
    let shop = Scope {
        name: "shop".into(),
        version: "1.2.3-β".into(),
        attributes: AttributeSet::from([("tier", "front \"1\"")]),
        dropped_attributes_count: 0,
    };
    let mut first = ScopeMetrics::new(shop)
        .with_metric(specimen.requests())
        .with_metric(specimen.queue())
        .with_metric(specimen.temperature())
        .with_metric(specimen.texts())
        .with_metric(specimen.duration());
    first.schema_url = "https://opentelemetry.io/schemas/1.40.0".into();
    let second = ScopeMetrics::new(Scope::new("second"))
        .with_metric(specimen.temperature())
        .with_metric(specimen.size())
        .with_metric(specimen.latency())
        .with_metric(specimen.named_already());
    let resource = Resource::new([
        ("service.name", Value::from("shop")),
        ("service.namespace", Value::from("eu")),
        ("service.instance.id", Value::from("i-1")),
        ("host.name", Value::from("a \"b\" \\ c\nd")),
        ("process.command_args", Value::Array(vec!["shop".into(), 1_i64.into(), true.into()])),
    ]);
    ResourceMetrics::new(resource).with_scope(first).with_scope(second).into()
}

struct Specimen {
    start: Timestamp,
}

impl Specimen {
    fn after(&self, milliseconds: u64) -> Timestamp {
        Timestamp::from_nanos(self.start.as_nanos() + milliseconds * 1_000_000)
    }

    fn point<V>(&self, attributes: impl Into<AttributeSet>, value: V) -> Point<V> {
        let point = Point::new(attributes.into(), value);
        point.with_start(self.start).with_time(self.after(10_000))
    }

    fn exemplar(&self, value: f64, milliseconds: u64) -> Exemplar {
        let exemplar = Exemplar::new(Number::F64(value), self.after(milliseconds))
            .with_attributes(AttributeSet::from([("user.id", "\"42\"")]));
        match (TraceId::from_bytes([0xab; 16]), SpanId::from_bytes([0xcd; 8])) {
            (Some(trace), Some(span)) => exemplar.with_span(trace, span),
            _ => exemplar,
        }
    }

    /// Integers up to the largest that a float holds, and fractions; a help with all that is
    /// escaped.
    fn requests(&self) -> Metric {
        let points: [NumberPoint; 3] = [
            self.point([("http.method", "GET"), ("code", "200")], Number::I64(7))
                .with_exemplar(self.exemplar(1.0, 5_020)),
            self.point([("http.method", "PUT"), ("code", "404")], Number::F64(0.25)),
            self.point([("http.method", "GET"), ("code", "500")], Number::I64((1 << 53) - 1)),
        ];
        Metric::new("http.requests", Sum::counter(points))
            .with_unit("{request}")
            .with_description("Requests \"answered\" \\ in all,\nwhatever the outcome: ünï 🦀")
    }

    fn queue(&self) -> Metric {
        let points = [self.point([("lane", "")], Number::I64(-5))];
        Metric::new("queue.length", Sum::up_down(points)).with_unit("{item}")
    }

    /// The same in two scopes, of which only their labels tell the series apart.
    fn temperature(&self) -> Metric {
        let values = [
            ("nan", f64::NAN),
            ("inf", f64::INFINITY),
            ("-inf", f64::NEG_INFINITY),
            ("least", 5e-324),
            ("most", f64::MAX),
            ("cold", -273.15),
            ("third", 1.0 / 3.0),
        ];
        let points = values.map(|(name, value)| self.point([("which", name)], Number::F64(value)));
        Metric::new("temperature", Gauge { points: points.into_iter().collect() })
            .with_unit("Cel")
            .with_description("How warm it is")
    }

    /// Keys and values of every kind. Two keys become one with underscores.
    fn texts(&self) -> Metric {
        let attributes = AttributeSet::from([
            ("quote", Value::from("say \"hi\"")),
            ("backslash", Value::from("a\\b\\")),
            ("lines", Value::from("a\nb\r\nc\td")),
            ("größe", Value::from("ünï 🦀 \u{2028}")),
            ("1st", Value::from("digit")),
            ("a.b", Value::from("dot")),
            ("a-b", Value::from("dash")),
            ("int", Value::Int(i64::MIN)),
            ("double", Value::Double(0.1)),
            ("truth", Value::Bool(true)),
            ("list", Value::Array(vec!["a\"".into(), 0.5.into(), Value::Empty])),
            ("map", Value::Map(vec![("k".to_owned(), Value::Bytes(vec![0, 255]))])),
            ("bytes", Value::Bytes(vec![0, 0xff, 0x80])),
        ]);
        let points = [self.point(attributes, Number::I64(1))];
        Metric::new("texts", Gauge { points: points.into_iter().collect() })
    }

    fn duration(&self) -> Metric {
        let value = HistogramValue {
            stats: Stats { count: 6, sum: Some(12.5), min: Some(0.001), max: Some(9.75) },
            buckets: Bounds::new([0.005, 1.0, 10.0].as_slice())
                .and_then(|bounds| Buckets::new(bounds, vec![1, 0, 2, 3]))
                .unwrap_or_default(),
        };
        let points: [HistogramPoint; 1] =
            [self.point([("route", "/")], value).with_exemplar(self.exemplar(0.004, 5_030))];
        let data = Histogram {
            points: points.into_iter().collect(),
            temporality: Temporality::Cumulative,
        };
        Metric::new("http.duration", data).with_unit("s").with_description("How long it took")
    }

    /// Both signs and a zero bucket; and one so fine that two buckets become one each.
    fn size(&self) -> Metric {
        let wide = ExponentialValue {
            stats: Stats { count: 21, sum: Some(-3.5), min: Some(-8.0), max: Some(4.0) },
            scale: 0,
            zero_count: 6,
            zero_threshold: 0.125,
            positive: ExponentialBuckets { offset: -2, counts: vec![1, 0, 2, 3] },
            negative: ExponentialBuckets { offset: 2, counts: vec![9] },
        };
        let fine = ExponentialValue {
            stats: Stats { count: 10, sum: Some(10.0), ..Stats::default() },
            scale: 9,
            positive: ExponentialBuckets { offset: 0, counts: vec![1, 2, 3, 4] },
            ..ExponentialValue::default()
        };
        let points: [ExponentialPoint; 2] = [
            self.point([("kind", "wide")], wide).with_exemplar(self.exemplar(3.0, 5_040)),
            self.point([("kind", "fine")], fine),
        ];
        let data = ExponentialHistogram {
            points: points.into_iter().collect(),
            temporality: Temporality::Cumulative,
        };
        Metric::new("payload.size", data).with_unit("By")
    }

    fn latency(&self) -> Metric {
        let value = SummaryValue {
            count: 100,
            sum: 345.5,
            quantiles: [(0.0, 0.1), (0.5, 2.0), (0.99, 17.25), (1.0, 99.0)]
                .map(|(quantile, value)| Quantile { quantile, value })
                .to_vec(),
        };
        let points: [SummaryPoint; 1] = [self.point([("route", "/")], value)];
        Metric::new("latency", Summary { points: points.into_iter().collect() }).with_unit("ms")
    }

    /// With suffixes of unit and type in its name.
    fn named_already(&self) -> Metric {
        let points = [self.point(AttributeSet::empty(), Number::I64(3))];
        Metric::new("read.bytes.total", Sum::counter(points)).with_unit("By")
    }
}
