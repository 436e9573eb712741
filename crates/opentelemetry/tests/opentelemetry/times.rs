//! The times of sums and histograms on both sides. The clocks differ and so do the starts, so what
//! is compared is how the times of one collection follow those of the collection before.

use std::collections::{BTreeMap, BTreeSet};

use meterport_core::{MetricBatch, MetricData, Points, Rows, Temporality};
use opentelemetry_sdk::metrics::Temporality as SdkTemporality;
use opentelemetry_sdk::metrics::data::{self as sdk, AggregatedMetrics, ResourceMetrics};

/// By scope and name of the metric.
pub(crate) type Times = BTreeMap<String, Span>;

/// The times of a metric's points, in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Span {
    delta: bool,
    /// All that points begin with.
    starts: BTreeSet<u64>,
    time: u64,
}

pub(crate) fn ours(batch: &MetricBatch) -> Times {
    let scopes = batch.resources().iter().flat_map(|resource| &resource.scopes);
    let metrics = scopes.flat_map(|scope| scope.metrics.iter().map(move |metric| (scope, metric)));
    metrics
        .filter_map(|(scope, metric)| {
            let span = match &metric.data {
                MetricData::Sum(sum) => span(&sum.points, sum.temporality),
                MetricData::Histogram(histogram) => span(&histogram.points, histogram.temporality),
                MetricData::ExponentialHistogram(histogram) => {
                    span(&histogram.points, histogram.temporality)
                }
                MetricData::Gauge(_) | MetricData::Summary(_) => return None,
            };
            Some((format!("{}/{}", scope.scope.name, metric.descriptor.name), span))
        })
        .collect()
}

fn span<R: Rows>(points: &Points<R>, temporality: Temporality) -> Span {
    let times: BTreeSet<u64> = points.iter().map(|point| point.time.as_nanos()).collect();
    assert_eq!(times.len(), 1, "a snapshot is of one moment");
    Span {
        delta: temporality == Temporality::Delta,
        starts: points.iter().map(|point| point.start.as_nanos()).collect(),
        time: times.into_iter().next().unwrap_or_default(),
    }
}

pub(crate) fn theirs(batch: &ResourceMetrics) -> Times {
    let metrics = batch
        .scope_metrics()
        .flat_map(|scope| scope.metrics().map(move |metric| (scope.scope().name(), metric)));
    metrics
        .filter_map(|(scope, metric)| {
            let span = match metric.data() {
                AggregatedMetrics::F64(data) => their_span(data),
                AggregatedMetrics::I64(data) => their_span(data),
                AggregatedMetrics::U64(data) => their_span(data),
            };
            Some((format!("{scope}/{}", metric.name()), span?))
        })
        .collect()
}

fn their_span<T>(data: &sdk::MetricData<T>) -> Option<Span> {
    let (temporality, start, time) = match data {
        sdk::MetricData::Gauge(_) => return None,
        sdk::MetricData::Sum(sum) => (sum.temporality(), sum.start_time(), sum.time()),
        sdk::MetricData::Histogram(histogram) => {
            (histogram.temporality(), histogram.start_time(), histogram.time())
        }
        sdk::MetricData::ExponentialHistogram(histogram) => {
            (histogram.temporality(), histogram.start_time(), histogram.time())
        }
    };
    let nanos = |time| meterport_core::Timestamp::from(time).as_nanos();
    let delta = temporality == SdkTemporality::Delta;
    Some(Span { delta, starts: BTreeSet::from([nanos(start)]), time: nanos(time) })
}

/// A delta begins where the one before ended; what is cumulative keeps its start, or has one that
/// is not before the last collection.
pub(crate) fn follow(before: &Times, now: &Times) {
    for (metric, now) in now {
        assert!(now.starts.iter().all(|start| *start <= now.time), "{metric}: {now:?}");
        let Some(before) = before.get(metric) else { continue };
        assert!(before.time <= now.time, "{metric}: {before:?} {now:?}");
        if now.delta {
            assert_eq!(now.starts, BTreeSet::from([before.time]), "{metric}");
        } else {
            // What begins anew or comes begins after all that was seen before.
            let mut old = now.starts.iter().filter(|start| **start < before.time);
            assert!(old.all(|start| before.starts.contains(start)), "{metric}: {before:?} {now:?}");
        }
    }
}
