//! A clock that is set by hand, and snapshots as plain values.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use meterport_core::{Clock, Metric, MetricBatch, MetricData, Timestamp};
use meterport_registry::{Registry, RegistryBuilder};

#[derive(Debug)]
pub(crate) struct HandClock {
    begin: Instant,
    seconds: AtomicU64,
}

impl HandClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { begin: Instant::now(), seconds: AtomicU64::new(1) })
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn seconds(&self) -> u64 {
        self.seconds.load(Ordering::SeqCst)
    }
}

impl Clock for HandClock {
    fn now(&self) -> Instant {
        self.begin + Duration::from_secs(self.seconds())
    }

    fn wall(&self) -> Timestamp {
        Timestamp::from_secs(self.seconds())
    }
}

pub(crate) fn registry(
    clock: &Arc<HandClock>,
    settings: impl FnOnce(RegistryBuilder) -> RegistryBuilder,
) -> Registry {
    settings(Registry::builder().clock(Arc::clone(clock) as _)).build().unwrap()
}

/// A point in words: `start..time value`, in seconds.
pub(crate) type Points = BTreeMap<String, String>;

/// The points by metric and attributes.
pub(crate) fn read(batch: &MetricBatch) -> BTreeMap<String, Points> {
    let mut read = BTreeMap::new();
    for metric in batch.metrics() {
        let known = read.insert(metric.descriptor.name.to_string(), points(metric));
        assert_eq!(known, None, "{} comes twice", metric.descriptor.name);
    }
    read
}

pub(crate) fn points(metric: &Metric) -> Points {
    macro_rules! words {
        ($points:expr, |$value:ident| $text:expr) => {
            $points
                .iter()
                .map(|point| {
                    let $value = point.value;
                    let seconds = |time: Timestamp| time.as_nanos() / 1_000_000_000;
                    let times = format!("{}..{}", seconds(point.start), seconds(point.time));
                    (format!("{:?}", point.attributes), format!("{times} {}", $text))
                })
                .collect()
        };
    }
    match &metric.data {
        MetricData::Gauge(gauge) => words!(gauge.points, |value| format!("{value:?}")),
        MetricData::Sum(sum) => words!(sum.points, |value| format!("{value:?}")),
        MetricData::Histogram(histogram) => words!(histogram.points, |value| format!(
            "{:?} {:?}",
            value.stats,
            value.buckets.unwrap().1
        )),
        MetricData::ExponentialHistogram(histogram) => words!(histogram.points, |value| format!(
            "{:?} {}",
            value.stats,
            value.zero_count
                + value.positive.1.iter().sum::<u64>()
                + value.negative.1.iter().sum::<u64>()
        )),
        MetricData::Summary(_) => unreachable!("a registry has none"),
    }
}

pub(crate) fn one<'a>(read: &'a BTreeMap<String, Points>, metric: &str, point: &str) -> &'a str {
    let points = read.get(metric).unwrap_or_else(|| panic!("no {metric} in {read:?}"));
    points.get(point).unwrap_or_else(|| panic!("no {point} in {points:?}"))
}
