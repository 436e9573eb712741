//! Points of one metric that have become the same series are made one point.

use std::sync::Arc;

use meterport_core::{
    Column, DropReason, Drops, Exemplar, ExponentialHistogram, Flags, Gauge, Histogram, MetricData,
    Numbers, Points, Rows, Series, Sum, Summary, Timestamp,
};

use crate::arithmetic::Additive;

/// Which rows become one: for each row the row that it joins, itself for the first of them.
#[derive(Debug)]
pub(crate) struct Groups(Box<[u32]>);

impl Groups {
    /// Rows with equal attributes become one. `None` if there are no two such rows.
    pub(crate) fn by_attributes(series: &Series) -> Option<Self> {
        let mut first = std::collections::HashMap::with_capacity(series.len());
        let rows = series.iter().enumerate();
        let all = rows.map(|(row, attributes)| *first.entry(attributes).or_insert(row as u32));
        let all: Box<[u32]> = all.collect();
        (first.len() < all.len()).then_some(Self(all))
    }

    /// Those rows become one for which `joins` is true.
    pub(crate) fn one(rows: usize, mut joins: impl FnMut(usize) -> bool) -> Self {
        let mut first = None;
        let all = (0..rows).map(|row| match joins(row) {
            true => *first.get_or_insert(row as u32),
            false => row as u32,
        });
        Self(all.collect())
    }
}

/// One point for each group: sums and histograms are added up, of gauges the newest stays. The
/// points that were joined are counted as merged, those that could not be as a conflict: summaries,
/// and histograms of other bounds than their group's first.
///
/// The first row of each group stays, in order.
pub(crate) fn merge(data: &MetricData, groups: &Groups, dropped: &mut Drops) -> MetricData {
    match data {
        MetricData::ExponentialHistogram(data) => {
            let points = add(&data.points, groups, dropped);
            ExponentialHistogram { points, temporality: data.temporality }.into()
        }
        MetricData::Gauge(data) => Gauge { points: newest(&data.points, groups, dropped) }.into(),
        MetricData::Histogram(data) => {
            let points = add(&data.points, groups, dropped);
            Histogram { points, temporality: data.temporality }.into()
        }
        MetricData::Sum(data) => {
            Sum { points: add(&data.points, groups, dropped), ..data.clone() }.into()
        }
        MetricData::Summary(data) => {
            let points = data.points.filter_rows(|row| groups.0[row] == row as u32);
            dropped.add(DropReason::Conflict, (data.points.len() - points.len()) as u64);
            Summary { points }.into()
        }
    }
}

/// The sum of a group.
struct Joined<V> {
    start: Timestamp,
    time: Timestamp,
    flags: Flags,
    exemplars: Vec<Exemplar>,
    value: V,
}

fn add<R: Rows>(points: &Points<R>, groups: &Groups, dropped: &mut Drops) -> Points<R>
where
    R::Value: Additive,
{
    let mut place = vec![0; points.len()];
    let mut all: Vec<Joined<R::Value>> = Vec::new();
    for (row, point) in points.iter().enumerate() {
        let first = groups.0[row] as usize;
        let value = points.value(row);
        if first == row {
            place[row] = all.len();
            all.push(Joined {
                start: point.start,
                time: point.time,
                flags: point.flags,
                exemplars: point.exemplars.to_vec(),
                value,
            });
            continue;
        }
        let sum = &mut all[place[first]];
        let is_added = match (sum.flags.no_recorded_value(), point.flags.no_recorded_value()) {
            (_, true) => true,
            (true, false) => {
                (sum.flags, sum.value) = (point.flags, value);
                true
            }
            (false, false) => sum.value.add(&value),
        };
        if !is_added {
            dropped.add(DropReason::Conflict, 1);
            continue;
        }
        dropped.add(DropReason::Merged, 1);
        sum.start = earliest(sum.start, point.start);
        sum.time = sum.time.max(point.time);
        sum.exemplars.extend_from_slice(point.exemplars);
    }
    let kept = points.filter_rows(|row| groups.0[row] == row as u32);
    let starts = Column::from_values(all.iter().map(|sum| sum.start).collect());
    let times = Column::from_values(all.iter().map(|sum| sum.time).collect());
    let flags: Vec<_> = all.iter().map(|sum| sum.flags).enumerate().collect();
    let mut exemplars: Vec<(usize, Arc<[Exemplar]>)> = Vec::new();
    let mut values = Vec::with_capacity(all.len());
    for (row, sum) in all.into_iter().enumerate() {
        values.push(sum.value);
        if !sum.exemplars.is_empty() {
            exemplars.push((row, sum.exemplars.into()));
        }
    }
    let sums = Points::from_values(kept.series().clone(), starts, times, values);
    // There is a sum for each row that was kept.
    let sums = sums.unwrap_or_default();
    let flags = flags.into_iter().filter(|entry| entry.1 != Flags::default());
    sums.with_flags(flags).with_exemplars(exemplars)
}

/// Not known of one, not known of both.
fn earliest(a: Timestamp, b: Timestamp) -> Timestamp {
    a.min(b)
}

fn newest(points: &Numbers, groups: &Groups, dropped: &mut Drops) -> Numbers {
    let mut chosen: Vec<u32> = (0..points.len() as u32).collect();
    for row in 0..points.len() {
        let best = &mut chosen[groups.0[row] as usize];
        let of = |row: u32| {
            let flags = points.flags();
            let flags = flags.binary_search_by_key(&(row as usize), |entry| entry.0);
            let ended = flags.is_ok_and(|at| points.flags()[at].1.no_recorded_value());
            (!ended, points.times().at(row as usize))
        };
        if of(row as u32) >= of(*best) {
            *best = row as u32;
        }
    }
    let is_first = |row: usize| groups.0[row] == row as u32;
    let stays = |row: usize| chosen[groups.0[row] as usize] == row as u32;
    let merged = (0..points.len()).filter(|row| !is_first(*row)).count();
    dropped.add(DropReason::Merged, merged as u64);
    // Those that stay have the attributes of the first of their group, but not its place.
    points.filter_rows(stays)
}

/// The points of both, which are of one kind; those of the first alone if they are not.
pub(crate) fn join(a: &MetricData, b: &MetricData) -> MetricData {
    match (a, b) {
        (MetricData::ExponentialHistogram(a), MetricData::ExponentialHistogram(b)) => {
            let points = Points::join([&a.points, &b.points]);
            ExponentialHistogram { points, temporality: a.temporality }.into()
        }
        (MetricData::Gauge(a), MetricData::Gauge(b)) => {
            Gauge { points: Points::join([&a.points, &b.points]) }.into()
        }
        (MetricData::Histogram(a), MetricData::Histogram(b)) => {
            let points = Points::join([&a.points, &b.points]);
            Histogram { points, temporality: a.temporality }.into()
        }
        (MetricData::Sum(a), MetricData::Sum(b)) => {
            Sum { points: Points::join([&a.points, &b.points]), ..a.clone() }.into()
        }
        (MetricData::Summary(a), MetricData::Summary(b)) => {
            Summary { points: Points::join([&a.points, &b.points]) }.into()
        }
        _ => a.clone(),
    }
}
