//! Metrics for the sake of their names and units.

use meterport_core::{
    AttributeSet, Gauge, Metric, MetricBatch, Number, NumberPoint, Resource, ResourceMetrics,
    Scope, ScopeMetrics, Sum, Timestamp,
};

use Kind::{Counter, Level, UpDown};

#[derive(Clone, Copy, Debug)]
enum Kind {
    Counter,
    Level,
    UpDown,
}

/// No two become one.
const METRICS: &[(Kind, &str, &str)] = &[
    (Counter, "http.server.requests", "1"),
    (Counter, "bytes.read", "By"),
    (Counter, "read.total", "KiBy"),
    (Counter, "total.read", "{packet}"),
    (Counter, "total", ""),
    (Counter, "disk.io.bytes_total", "By"),
    (Counter, "rate", "By/s"),
    (Counter, "power", "W.h"),
    (Level, "cpu.utilization", "1"),
    (Level, "ratio.of.something_ratio", "1"),
    (Level, "speed", "m/s"),
    (Level, "per.minute", "{request}/min"),
    (Level, "share", "%"),
    (Level, "1xx.responses", ""),
    (Level, "_leading", ""),
    (Level, "trailing_", "s"),
    (Level, "many___underscores..and/slashes", ""),
    (Level, "colon:name", ""),
    (Level, "größe", "m"),
    (Level, "Mixed.Case-Name", "ms"),
    (Level, "seconds.since.seconds", "s"),
    (Level, "unknown.unit", "furlong"),
    (Level, "odd.unit", "a b/c_d"),
    (Level, "hertz", "Hz"),
    (Level, "days", "d"),
    (UpDown, "connections", "{connection}"),
    (UpDown, "pool.size_total", "By"),
];

/// Keys of attributes, on one series.
const KEYS: &[&str] = &[
    "plain",
    "dot.ted",
    "da-shed",
    "_one",
    "__two",
    "1digit",
    "a__b",
    "trailing.",
    "größe",
    "job.x",
];

/// The batch, for a resource that differs from the specimen's.
pub(in crate::interop) fn batch(start: Timestamp, time: Timestamp) -> MetricBatch {
    let keys = AttributeSet::from_iter(KEYS.iter().map(|key| (*key, format!("of {key}"))));
    let metric = |(at, &(kind, name, unit)): (usize, &(Kind, &str, &str))| {
        let attributes = if at == 0 { keys.clone() } else { AttributeSet::empty() };
        let point = NumberPoint::new(attributes, Number::I64(at as i64));
        let point = point.with_start(start).with_time(time);
        let metric = match kind {
            Counter => Metric::new(name, Sum::counter([point])),
            Level => Metric::new(name, Gauge { points: [point].into_iter().collect() }),
            UpDown => Metric::new(name, Sum::up_down([point])),
        };
        metric.with_unit(unit)
    };
    let metrics = METRICS.iter().enumerate().map(metric);
    let scope = metrics.fold(ScopeMetrics::new(Scope::new("names")), ScopeMetrics::with_metric);
    let resource = Resource::new([("service.name", "names"), ("service.instance.id", "i-2")]);
    ResourceMetrics::new(resource).with_scope(scope).into()
}
