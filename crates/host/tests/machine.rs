//! The figures of the machine that runs the tests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use meterport_core::{
    AttributeSet, Clock, Deadline, MetricBatch, MetricData, MetricProducer, Numbers, Timestamp,
};
use meterport_host::{Family, HostProducer};

fn numbers(data: &MetricData) -> &Numbers {
    match data {
        MetricData::Gauge(gauge) => &gauge.points,
        MetricData::Sum(sum) => &sum.points,
        other => panic!("{other:?}"),
    }
}

fn value(batch: &MetricBatch, name: &str) -> f64 {
    let metric = batch.metrics().find(|metric| &*metric.descriptor.name == name).expect(name);
    numbers(&metric.data).iter().next().expect(name).value.as_f64()
}

#[tokio::test]
async fn this_machine_has_figures_and_all_are_finite() {
    let host = HostProducer::builder().service_name("test").build();
    let batch = host.produce(Deadline::NONE).await.unwrap();
    assert!(batch.points() > 20, "{batch:#?}");
    for metric in batch.metrics() {
        let sum = matches!(metric.data, MetricData::Sum(_));
        let mut seen = std::collections::HashSet::<AttributeSet>::new();
        for point in numbers(&metric.data).iter() {
            let value = point.value.as_f64();
            assert!(value.is_finite() && value >= 0.0, "{metric:?}");
            assert!(point.start <= point.time && point.start.is_set() == sum, "{metric:?}");
            assert!(seen.insert(point.attributes.clone()), "{metric:?}");
        }
    }
    assert!(value(&batch, "process.memory.usage") > 100_000.0);
    assert!(value(&batch, "process.memory.usage") < value(&batch, "system.memory.limit"));
    assert!(value(&batch, "system.cpu.logical.count") >= 1.0);
    let resource = &batch.resources()[0].resource.attributes;
    for key in ["host.arch", "os.type", "process.pid", "service.name"] {
        assert!(resource.get(key).is_some(), "{key}");
    }
}

/// Stands still.
#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> Timestamp {
        Timestamp::from_secs(4_000_000_000)
    }
}

#[test]
fn the_clock_is_the_builders() {
    let host = HostProducer::builder().clock(Arc::new(Still)).build();
    let batch = host.collect();
    let times = batch.metrics().flat_map(|metric| numbers(&metric.data).iter());
    assert!(times.map(|point| point.time).all(|time| time == Still.wall()));
}

fn best_of_20(host: &HostProducer) -> Duration {
    let took = || {
        let began = Instant::now();
        host.collect();
        began.elapsed()
    };
    (0..20).map(|_| took()).min().unwrap_or_default()
}

#[test]
#[allow(clippy::print_stdout, reason = "the figure of the crate's page: cargo test -- --nocapture")]
fn a_snapshot_is_quick() {
    let all = best_of_20(&HostProducer::builder().build());
    let uncounted = best_of_20(&HostProducer::builder().without(Family::ProcessCount).build());
    println!("a snapshot took {all:?}, {uncounted:?} of it without counting processes");
    assert!(all < Duration::from_millis(500));
}
