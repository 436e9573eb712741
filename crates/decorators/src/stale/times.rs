use std::ops::RangeInclusive;

use meterport_core::{Column, Metric, MetricBatch, MetricData, Timestamp};

/// The newest time in the batch, if there is one.
pub(super) fn newest(batch: &MetricBatch) -> Option<Timestamp> {
    times(batch).map(|times| *times.end())
}

/// From the oldest to the newest time in the batch; nothing where no point has one.
pub(super) fn times(batch: &MetricBatch) -> Option<RangeInclusive<Timestamp>> {
    let mut all: Option<RangeInclusive<Timestamp>> = None;
    for metric in batch.metrics().filter(|metric| !metric.data.is_empty()) {
        let (oldest, newest) = match &metric.data {
            MetricData::ExponentialHistogram(data) => ends_of(data.points.times(), metric),
            MetricData::Gauge(data) => ends_of(data.points.times(), metric),
            MetricData::Histogram(data) => ends_of(data.points.times(), metric),
            MetricData::Sum(data) => ends_of(data.points.times(), metric),
            MetricData::Summary(data) => ends_of(data.points.times(), metric),
        };
        all = Some(match all {
            Some(all) => oldest.min(*all.start())..=newest.max(*all.end()),
            None => oldest..=newest,
        });
    }
    all.filter(|times| times.end().is_set())
}

fn ends_of(times: &Column<Timestamp>, metric: &Metric) -> (Timestamp, Timestamp) {
    let all = || (0..metric.data.len()).map(|row| times.at(row));
    match times.shared() {
        Some(time) => (time, time),
        None => (all().min().unwrap_or_default(), all().max().unwrap_or_default()),
    }
}
