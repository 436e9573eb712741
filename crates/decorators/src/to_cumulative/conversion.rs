use std::time::Instant;

use meterport_core::{
    Column, DropReason, Drops, ExponentialHistogram, ExponentialValue, Histogram, HistogramValue,
    Metric, MetricBatch, MetricData, Number, Points, Rows, Sum, Temporality,
};

use super::Gaps;
use super::state::State;
use crate::arithmetic::Additive;
use crate::streams::{Kept, Limits, ScopeKey, Streams, Sweeps};

/// The cumulative values of all series.
#[derive(Debug, Default)]
pub(super) struct Conversion {
    numbers: Streams<Kept<State<Number>>>,
    histograms: Streams<Kept<State<HistogramValue>>>,
    exponential: Streams<Kept<State<ExponentialValue>>>,
    series: usize,
    sweeps: Sweeps,
}

/// What holds for one batch.
struct Pass<'a> {
    now: Instant,
    gaps: Gaps,
    room: usize,
    dropped: &'a mut Drops,
}

impl Conversion {
    /// How many series are kept.
    pub(super) fn series(&self) -> usize {
        self.series
    }

    /// The batch with cumulative points for its delta points, and what has none.
    pub(super) fn convert(
        &mut self,
        batch: &MetricBatch,
        now: Instant,
        gaps: Gaps,
        limits: Limits,
    ) -> (MetricBatch, Drops) {
        if self.sweeps.is_due(now, limits) {
            self.series -= self.numbers.forget_idle(now, limits)
                + self.histograms.forget_idle(now, limits)
                + self.exponential.forget_idle(now, limits);
        }
        let mut dropped = Drops::default();
        let room = limits.series.saturating_sub(self.series);
        let mut pass = Pass { now, gaps, room, dropped: &mut dropped };
        let converted = batch.map_metrics(|resource, scope, metric| {
            if metric.data.temporality() != Some(Temporality::Delta) {
                return Some(metric.clone());
            }
            let scope = ScopeKey::new(resource, scope);
            let temporality = Temporality::Cumulative;
            let data: MetricData = match &metric.data {
                MetricData::ExponentialHistogram(data) => {
                    let kept = self.exponential.metric(scope, metric);
                    ExponentialHistogram { points: pass.convert(kept, &data.points), temporality }
                        .into()
                }
                MetricData::Histogram(data) => {
                    let kept = self.histograms.metric(scope, metric);
                    Histogram { points: pass.convert(kept, &data.points), temporality }.into()
                }
                MetricData::Sum(data) => {
                    let kept = self.numbers.metric(scope, metric);
                    let points = pass.convert(kept, &data.points);
                    Sum { points, temporality, ..data.clone() }.into()
                }
                MetricData::Gauge(_) | MetricData::Summary(_) => metric.data.clone(),
            };
            Some(Metric { descriptor: metric.descriptor.clone(), data })
        });
        self.series += limits.series.saturating_sub(self.series) - pass.room;
        (converted, dropped)
    }
}

impl Pass<'_> {
    fn convert<R: Rows>(
        &mut self,
        kept: &mut Kept<State<R::Value>>,
        points: &Points<R>,
    ) -> Points<R>
    where
        R::Value: Additive,
    {
        let slots = kept.slots.resolve(points.series(), &mut self.room);
        let mut flags = points.flags().iter().peekable();
        let (mut starts, mut values) =
            (Vec::with_capacity(slots.len()), Vec::with_capacity(slots.len()));
        let mut left_out = Vec::new();
        for (row, slot) in slots.into_iter().enumerate() {
            let flags = flags.next_if(|entry| entry.0 == row).map(|entry| entry.1);
            let ended = flags.is_some_and(|flags| flags.no_recorded_value());
            let window = (points.starts().at(row), points.times().at(row));
            let value = points.value(row);
            let (gaps, now) = (self.gaps, self.now);
            let total = kept.visit(slot, now, |state| match state {
                _ if ended => (Ok(None), None),
                Some(state) => {
                    let added = state.add(window, &value, gaps);
                    (added.map(|()| Some(state.total())), None)
                }
                None => {
                    let state = State::begin(window, value.clone());
                    (Ok(Some(state.total())), Some(state))
                }
            });
            match total.unwrap_or(Err(DropReason::Cardinality)) {
                Ok(Some(total)) => {
                    starts.push(total.start);
                    values.push(total.value);
                }
                // The end of a series, which says nothing of its value.
                Ok(None) => {
                    starts.push(window.0);
                    values.push(value);
                }
                Err(reason) => {
                    self.dropped.add(reason, 1);
                    left_out.push(row);
                }
            }
        }
        let mut left_out = left_out.into_iter().peekable();
        let kept = match left_out.peek() {
            None => points.clone(),
            Some(_) => points.filter_rows(|row| left_out.next_if_eq(&row).is_none()),
        };
        let (series, times) = (kept.series().clone(), kept.times().clone());
        let totals = Points::from_values(series, Column::from_values(starts), times, values);
        // A start and a value were kept for each row that was.
        let totals = totals.unwrap_or_default();
        totals
            .with_flags(kept.flags().iter().copied())
            .with_exemplars(kept.exemplars().iter().cloned())
    }
}
