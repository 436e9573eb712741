//! The conformance suite over both versions.

use meterport_core::{
    AttributeSet, Bounds, Buckets, Gauge, Histogram, HistogramPoint, HistogramValue, Metric,
    MetricBatch, Number, NumberPoint, Quantile, Resource, ResourceMetrics, Scope, ScopeMetrics,
    Stats, Sum, Summary, SummaryPoint, SummaryValue, Temporality, Timestamp, Value,
};
use meterport_remote_write::{Protocol, RemoteWriteExporter};
use meterport_testkit::FakeReceiver;
use meterport_testkit::conformance::{self, Subject};

const SECRET: &str = "hunter2-of-the-header";

fn subject(protocol: Protocol) -> Subject {
    let receiver = FakeReceiver::start();
    let exporter = RemoteWriteExporter::builder()
        .endpoint(receiver.url())
        .protocol(protocol)
        .header("authorization", format!("Bearer {SECRET}"))
        .metadata_interval(None)
        .build()
        .expect("good settings");
    Subject::new(exporter).with_peer(receiver).with_secret(SECRET).with_everything(everything)
}

/// What has one form in both versions.
fn everything() -> MetricBatch {
    let attributes = |row: i64| {
        AttributeSet::from([
            ("bool", Value::from(true)),
            ("int", Value::Int(row)),
            ("string", Value::from("größe \" \\ \n")),
        ])
    };
    let number = |row, number: Number| {
        NumberPoint::new(attributes(row), number).with_time(Timestamp::from_secs(1_767_225_660))
    };
    let numbers = [Number::F64(f64::NAN), Number::F64(f64::INFINITY), Number::I64(i64::MIN)];
    let gauge = Gauge { points: (0..).zip(numbers).map(|(row, it)| number(row, it)).collect() };
    let counter = Sum::counter([number(0, Number::I64(7)), number(1, Number::F64(0.5))]);
    let buckets = Buckets::new(Bounds::new([0.1, 1.0]).unwrap(), [1, 0, 2].into()).unwrap();
    let stats = Stats { count: 3, sum: Some(9.5), ..Stats::default() };
    let histogram = HistogramPoint::new(attributes(0), HistogramValue { stats, buckets });
    let histogram = Histogram {
        points: [histogram].into_iter().collect(),
        temporality: Temporality::Cumulative,
    };
    let quantiles = vec![Quantile { quantile: 0.5, value: 2.0 }];
    let summary = SummaryPoint::new(attributes(0), SummaryValue { count: 4, sum: 9.5, quantiles });
    let metrics = [
        Metric::new("a.gauge", gauge).with_description("Numbers of all kinds"),
        Metric::new("a.counter", counter),
        Metric::new("up.down", Sum::up_down([number(0, Number::I64(-3))])),
        Metric::new("a.histogram", histogram),
        Metric::new("a.summary", Summary { points: [summary].into_iter().collect() }),
    ];
    let mut scope = ScopeMetrics::new(Scope::new("conformance").with_version("1"));
    scope.metrics.extend(metrics);
    ResourceMetrics::new(Resource::new([("service.name", "conformance")])).with_scope(scope).into()
}

mod automatic {
    use super::*;

    fn subject() -> Subject {
        super::subject(Protocol::Automatic)
    }
    conformance::tests!(subject, network, transport);
}

mod v1 {
    use super::*;

    fn subject() -> Subject {
        super::subject(Protocol::V1)
    }
    conformance::tests!(subject, network, transport);
}

mod v2 {
    use super::*;

    fn subject() -> Subject {
        super::subject(Protocol::V2)
    }
    conformance::tests!(subject, network, transport);
}
