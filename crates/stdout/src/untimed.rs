//! The same batch without any time, for output that stays the same.

use std::sync::Arc;

use meterport_core::{Column, Exemplar, MetricBatch, MetricData, Points, Rows, Timestamp};

pub(crate) fn untimed(batch: &MetricBatch) -> MetricBatch {
    let mut batch = batch.clone();
    for resource in batch.edit() {
        for metric in resource.scopes.iter_mut().flat_map(|scope| &mut scope.metrics) {
            match &mut metric.data {
                MetricData::ExponentialHistogram(data) => data.points = points(&data.points),
                MetricData::Gauge(data) => data.points = points(&data.points),
                MetricData::Histogram(data) => data.points = points(&data.points),
                MetricData::Sum(data) => data.points = points(&data.points),
                MetricData::Summary(data) => data.points = points(&data.points),
            }
        }
    }
    batch
}

fn points<R: Rows>(points: &Points<R>) -> Points<R> {
    let unset = Column::Same(Timestamp::UNSET);
    let series = points.series().clone();
    // As many rows as before: this cannot fail.
    let bare = Points::from_columns(series, unset.clone(), unset, points.rows().clone());
    let untimed = |exemplar: &Exemplar| Exemplar { time: Timestamp::UNSET, ..exemplar.clone() };
    let exemplars = points
        .exemplars()
        .iter()
        .map(|(row, exemplars)| (*row, exemplars.iter().map(untimed).collect::<Arc<[_]>>()));
    bare.unwrap_or_default().with_flags(points.flags().iter().copied()).with_exemplars(exemplars)
}
