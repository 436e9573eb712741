use std::sync::Arc;
use std::time::Instant;

use meterport_core::{
    Column, Descriptor, DropReason, Drops, Exemplar, ExponentialHistogram, ExponentialRows,
    ExponentialValue, Histogram, HistogramRows, HistogramValue, Metric, MetricBatch, MetricData,
    Number, NumberRows, Point, Points, ResourceMetrics, Rows, ScopeMetrics, Sum, Temporality,
};

use super::state::{Observed, State};
use crate::arithmetic::Additive;
use crate::streams::{Kept, Limits, MetricKey, ScopeKey, Streams, Sweeps, metrics};

/// What is known of all series, and which rounds have been settled.
#[derive(Debug, Default)]
pub(super) struct Conversion {
    numbers: Streams<Stream<Number>>,
    histograms: Streams<Stream<HistogramValue>>,
    exponential: Streams<Stream<ExponentialValue>>,
    series: usize,
    sweeps: Sweeps,
    /// The present round; the first is 1.
    round: u64,
    /// Whether the present round has begun and not ended.
    is_under_way: bool,
    /// Whether some series may have something that was not settled.
    is_owing: bool,
}

#[derive(Debug, Default)]
struct Stream<V> {
    kept: Kept<State<V>>,
    /// Envelopes without points.
    home: Option<Home>,
}

/// Where the points of a metric stand.
#[derive(Clone, Debug)]
struct Home {
    resource: ResourceMetrics,
    scope: ScopeMetrics,
    descriptor: Arc<Descriptor>,
}

/// A batch as the exporter inside gets it.
pub(super) struct Converted {
    pub(super) batch: MetricBatch,
    /// What of the caller's batch is not in it.
    pub(super) dropped: Drops,
    /// How many points are in it that are not of the caller's batch.
    pub(super) added: u64,
}

/// Whether a metric is to be converted: the specification keeps the sums of up-down counters
/// cumulative (`metrics/sdk_exporters/otlp.md`, preference "Delta").
pub(super) fn is_convertible(data: &MetricData) -> bool {
    data.temporality() == Some(Temporality::Cumulative)
        && !matches!(data, MetricData::Sum(Sum { monotonic: false, .. }))
}

impl Conversion {
    pub(super) fn series(&self) -> usize {
        self.series
    }

    pub(super) fn is_owing(&self) -> bool {
        self.is_owing || self.is_under_way
    }

    /// Begins a round: the batch with delta points for its cumulative ones, and whatever series
    /// that are not in it still owe.
    pub(super) fn convert(
        &mut self,
        batch: &MetricBatch,
        now: Instant,
        limits: Limits,
    ) -> Converted {
        if self.is_under_way {
            // Its future was dropped.
            self.fail(None);
        }
        if self.sweeps.is_due(now, limits) {
            self.series -= forget(&mut self.numbers, now, limits)
                + forget(&mut self.histograms, now, limits)
                + forget(&mut self.exponential, now, limits);
        }
        self.round += 1;
        self.is_under_way = true;
        let mut dropped = Drops::default();
        let room = limits.series.saturating_sub(self.series);
        let mut pass = Pass { now, round: self.round, room, dropped: &mut dropped };
        let mut converted = batch.map_metrics(|resource, scope, metric| {
            if !is_convertible(&metric.data) {
                return Some(metric.clone());
            }
            let home = (resource, scope, metric);
            let temporality = Temporality::Delta;
            let data: MetricData = match &metric.data {
                MetricData::ExponentialHistogram(data) => {
                    let points = pass.convert(stream(&mut self.exponential, home), &data.points);
                    ExponentialHistogram { points, temporality }.into()
                }
                MetricData::Histogram(data) => {
                    let points = pass.convert(stream(&mut self.histograms, home), &data.points);
                    Histogram { points, temporality }.into()
                }
                MetricData::Sum(data) => {
                    let points = pass.convert(stream(&mut self.numbers, home), &data.points);
                    Sum { points, temporality, monotonic: data.monotonic }.into()
                }
                MetricData::Gauge(_) | MetricData::Summary(_) => metric.data.clone(),
            };
            Some(Metric { descriptor: Arc::clone(&metric.descriptor), data })
        });
        self.series += room - pass.room;
        let owed = self.claim();
        let added = owed.points();
        if added > 0 {
            converted = MetricBatch::join([converted, owed]);
        }
        Converted { batch: converted, dropped, added }
    }

    /// What is owed by series that have not come in this round.
    fn claim(&mut self) -> MetricBatch {
        if !std::mem::take(&mut self.is_owing) {
            return MetricBatch::default();
        }
        let (round, temporality) = (self.round, Temporality::Delta);
        let sums = |points: Points<NumberRows>| Sum { points, temporality, monotonic: true }.into();
        let histograms = |points: Points<HistogramRows>| Histogram { points, temporality }.into();
        let exponential =
            |points: Points<ExponentialRows>| ExponentialHistogram { points, temporality }.into();
        let numbers = claim(&mut self.numbers, round, sums);
        let histograms = claim(&mut self.histograms, round, histograms);
        let exponential = claim(&mut self.exponential, round, exponential);
        numbers.into_iter().chain(histograms).chain(exponential).collect()
    }

    /// Ends the round: everything is settled.
    pub(super) fn settle(&mut self) {
        self.is_under_way = false;
    }

    /// Ends the round: `rest`, or everything, is not settled.
    pub(super) fn fail(&mut self, rest: Option<&MetricBatch>) {
        (self.is_under_way, self.is_owing) = (false, true);
        let round = self.round;
        match rest {
            None => {
                fail_all(&mut self.numbers, round);
                fail_all(&mut self.histograms, round);
                fail_all(&mut self.exponential, round);
            }
            Some(rest) => {
                for (scope, metric) in metrics(rest) {
                    fail_some(&mut self.numbers, &scope, metric, round);
                    fail_some(&mut self.histograms, &scope, metric, round);
                    fail_some(&mut self.exponential, &scope, metric, round);
                }
            }
        }
    }
}

fn stream<'a, V>(
    streams: &'a mut Streams<Stream<V>>,
    (resource, scope, metric): (&ResourceMetrics, &ScopeMetrics, &Metric),
) -> &'a mut Kept<State<V>>
where
    Stream<V>: Default,
{
    let stream = streams.metric(ScopeKey::new(resource, scope), metric);
    stream.home.get_or_insert_with(|| Home {
        resource: ResourceMetrics { scopes: Vec::new(), ..resource.clone() },
        scope: ScopeMetrics { metrics: Vec::new(), ..scope.clone() },
        descriptor: Arc::clone(&metric.descriptor),
    });
    &mut stream.kept
}

/// What is owed is kept until it is settled.
fn forget<V: Additive>(streams: &mut Streams<Stream<V>>, now: Instant, limits: Limits) -> usize {
    let mut gone = 0;
    streams.retain(|stream| {
        gone += stream.kept.forget_idle(now, limits, State::is_open);
        stream.kept.slots.len() > 0
    });
    gone
}

fn fail_all<V: Additive>(streams: &mut Streams<Stream<V>>, round: u64) {
    let states = streams.values_mut().flat_map(|stream| stream.kept.states_mut());
    states.filter(|state| state.is_of(round)).for_each(State::fail);
}

fn fail_some<V: Additive>(
    streams: &mut Streams<Stream<V>>,
    scope: &ScopeKey,
    metric: &Metric,
    round: u64,
) {
    let Some(stream) = streams.get_mut(scope, &MetricKey::new(metric)) else { return };
    for attributes in metric.data.series().iter() {
        let slot = stream.kept.slots.get(attributes);
        if let Some(state) = slot.and_then(|slot| stream.kept.get_mut(slot))
            && state.is_of(round)
        {
            state.fail();
        }
    }
}

fn claim<R: Rows>(
    streams: &mut Streams<Stream<R::Value>>,
    round: u64,
    data: impl Fn(Points<R>) -> MetricData,
) -> Vec<ResourceMetrics>
where
    R::Value: Additive,
{
    let mut owed = Vec::new();
    for Stream { kept, home } in streams.values_mut() {
        let points: Points<R> = kept
            .each_mut()
            .filter_map(|(attributes, state)| {
                let (time, delta) = state.claim(round)?;
                let point = Point::new(attributes.clone(), delta.value);
                Some(point.with_start(delta.start).with_time(time))
            })
            .collect();
        if let (false, Some(home)) = (points.is_empty(), home) {
            let Home { resource, scope, descriptor } = home.clone();
            let metric = Metric { descriptor, data: data(points) };
            owed.push(resource.with_scope(scope.with_metric(metric)));
        }
    }
    owed
}

/// What holds for one batch.
struct Pass<'a> {
    now: Instant,
    round: u64,
    room: usize,
    dropped: &'a mut Drops,
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
        let (now, round) = (self.now, self.round);
        let slots = kept.slots.resolve(points.series(), &mut self.room);
        let mut flags = points.flags().iter().peekable();
        let mut exemplars = points.exemplars().iter().peekable();
        let mut recent: Vec<(usize, Arc<[Exemplar]>)> = Vec::new();
        let mut starts = Vec::with_capacity(slots.len());
        let mut values = Vec::with_capacity(slots.len());
        let mut left_out = Vec::new();
        for (row, slot) in slots.into_iter().enumerate() {
            let flags = flags.next_if(|entry| entry.0 == row).map(|entry| entry.1);
            let examples = exemplars.next_if(|entry| entry.0 == row).map(|entry| &entry.1);
            let (start, time) = (points.starts().at(row), points.times().at(row));
            let value = points.value(row);
            if flags.is_some_and(|flags| flags.no_recorded_value()) {
                // The end of a series, which says nothing of its value.
                starts.push(start);
                values.push(value);
                continue;
            }
            let point = Observed { start, time, value };
            let delta = kept.visit(slot, now, |state| match state {
                Some(state) => {
                    let delta = state.observe(point, round);
                    (delta.map(|delta| (delta, state.settled_until())), None)
                }
                None => {
                    let (state, delta) = State::begin(point, round);
                    (delta.map(|delta| (delta, state.settled_until())), Some(state))
                }
            });
            match delta.unwrap_or(Err(DropReason::Cardinality)) {
                Ok((delta, since)) => {
                    if let Some(examples) = examples {
                        let is_recent = |e: &&Exemplar| !e.time.is_set() || e.time > since;
                        let examples: Arc<[_]> =
                            examples.iter().filter(is_recent).cloned().collect();
                        if !examples.is_empty() {
                            recent.push((starts.len(), examples));
                        }
                    }
                    starts.push(delta.start);
                    values.push(delta.value);
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
        let deltas = Points::from_values(series, Column::from_values(starts), times, values);
        // A start and a value were kept for each row that was.
        let deltas = deltas.unwrap_or_default();
        deltas.with_flags(kept.flags().iter().copied()).with_exemplars(recent)
    }
}
