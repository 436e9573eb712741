use std::ops::RangeInclusive;

use meterport_core::{MetricBatch, MetricData, Timestamp};

/// The newest time in the batch, if there is one.
pub(super) fn newest(batch: &MetricBatch) -> Option<Timestamp> {
    times(batch).map(|times| *times.end())
}

/// From the oldest to the newest time in the batch; nothing where no point has one.
pub(super) fn times(batch: &MetricBatch) -> Option<RangeInclusive<Timestamp>> {
    let all = batch.metrics().filter_map(|metric| times_of(&metric.data));
    let all = all.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    all.filter(|times| times.1.is_set()).map(|(oldest, newest)| oldest..=newest)
}

/// The oldest and the newest time.
pub(super) fn times_of(data: &MetricData) -> Option<(Timestamp, Timestamp)> {
    let times = match data {
        MetricData::ExponentialHistogram(data) => data.points.times(),
        MetricData::Gauge(data) => data.points.times(),
        MetricData::Histogram(data) => data.points.times(),
        MetricData::Sum(data) => data.points.times(),
        MetricData::Summary(data) => data.points.times(),
    };
    let all = || (0..data.len()).map(|row| times.at(row));
    match times.shared().filter(|_| !data.is_empty()) {
        Some(time) => Some((time, time)),
        None => all().min().zip(all().max()),
    }
}
