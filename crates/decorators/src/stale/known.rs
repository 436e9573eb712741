use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use meterport_core::{
    AttributeSet, Descriptor, Metric, MetricBatch, MetricData, ResourceMetrics, ScopeMetrics,
    Temporality, Timestamp,
};

use super::marker::{Shape, marker};
use super::owed::Owed;
use super::times::{newest, times_of};
use crate::merge::join;
use crate::streams::{MetricKey, ScopeKey, is_same_series};

/// The series that receivers believe to go on.
#[derive(Debug, Default)]
pub(super) struct Known {
    scopes: HashMap<ScopeKey, Scope>,
    pub(super) owed: Owed,
}

#[derive(Debug)]
struct Scope {
    /// Envelopes without points.
    resource: ResourceMetrics,
    scope: ScopeMetrics,
    seen: Instant,
    metrics: HashMap<MetricKey, Stream>,
}

#[derive(Debug)]
struct Stream {
    descriptor: Arc<Descriptor>,
    /// That of the last batch.
    last: MetricData,
    /// The series that have ended since, as long as no exporter has settled that.
    ended: HashMap<AttributeSet, End>,
}

/// The end of a series.
#[derive(Debug)]
struct End {
    since: Instant,
    /// What its last point had for series of their own.
    shape: Shape,
}

/// The ends in a batch, by metric.
pub(super) type Ends = Vec<(ScopeKey, MetricKey, HashSet<AttributeSet>)>;

/// A delta has no end: a series without points has measured nothing.
fn can_end(metric: &Metric) -> bool {
    metric.data.temporality() != Some(Temporality::Delta)
}

impl Known {
    /// Looks at a batch, and gives it with the ends of the series that are missing in it: if their
    /// scope is there, or has been missing for longer than `patience`.
    pub(super) fn follow(
        &mut self,
        batch: &MetricBatch,
        now: Instant,
        patience: Duration,
        wall: impl FnOnce() -> Timestamp,
    ) -> (MetricBatch, Ends) {
        if self.owed.is_rest(batch) {
            return (batch.clone(), Ends::new());
        }
        let mut present: HashMap<ScopeKey, HashSet<MetricKey>> = HashMap::new();
        for resource in batch.resources() {
            for scope in &resource.scopes {
                let key = ScopeKey::new(resource, scope);
                let metrics = present.entry(key.clone()).or_default();
                let known = self.scopes.entry(key).or_insert_with(|| Scope {
                    resource: ResourceMetrics { scopes: Vec::new(), ..resource.clone() },
                    scope: ScopeMetrics { metrics: Vec::new(), ..scope.clone() },
                    seen: now,
                    metrics: HashMap::new(),
                });
                known.seen = now;
                for metric in scope.metrics.iter().filter(|metric| can_end(metric)) {
                    let key = MetricKey::new(metric);
                    known.follow(key.clone(), metric, now, metrics.insert(key));
                }
            }
        }
        let is_gone = |scope: &Scope| now.saturating_duration_since(scope.seen) > patience;
        let none = HashSet::new();
        let mut ends = Ends::new();
        for (key, scope) in &mut self.scopes {
            let metrics = present.get(key);
            if metrics.is_some() || is_gone(scope) {
                scope.end_all_but(metrics.unwrap_or(&none), now);
            }
            scope.forget(now, patience);
            for (metric, stream) in &scope.metrics {
                if !stream.ended.is_empty() {
                    let sets = stream.ended.keys().cloned().collect();
                    ends.push((key.clone(), metric.clone(), sets));
                }
            }
        }
        self.scopes.retain(|_, scope| !scope.metrics.is_empty() || !is_gone(scope));
        let with_ends = if ends.is_empty() {
            batch.clone()
        } else {
            self.with_ends(batch, &ends, newest(batch).unwrap_or_else(wall))
        };
        (with_ends, ends)
    }

    /// The ends of all series, behind their last points, and no series is known any more.
    pub(super) fn end_all(&mut self, now: Instant, wall: Timestamp) -> MetricBatch {
        let streams = self.scopes.values().flat_map(|scope| scope.metrics.values());
        let last = streams.filter_map(|stream| times_of(&stream.last)).map(|times| times.1).max();
        let wall = last.map_or(wall, |last| wall.max(after(last)));
        let (mut ends, none) = (Ends::new(), HashSet::new());
        for (key, scope) in &mut self.scopes {
            scope.end_all_but(&none, now);
            for (metric, stream) in &scope.metrics {
                let ended = stream.ended.keys().cloned();
                ends.push((key.clone(), metric.clone(), ended.collect()));
            }
        }
        let batch = self.with_ends(&MetricBatch::default(), &ends, wall);
        self.scopes.clear();
        batch
    }

    /// These ends need not be told again.
    pub(super) fn settle(&mut self, ends: &Ends) {
        for (scope, metric, sets) in ends {
            let scope = self.scopes.get_mut(scope);
            if let Some(stream) = scope.and_then(|scope| scope.metrics.get_mut(metric)) {
                stream.ended.retain(|attributes, _| !sets.contains(attributes));
            }
        }
    }

    fn with_ends(&self, batch: &MetricBatch, ends: &Ends, time: Timestamp) -> MetricBatch {
        let mut batch = batch.clone();
        let resources = batch.edit();
        for (key, metric_key, sets) in ends {
            let Some(known) = self.scopes.get(key) else { continue };
            let Some(stream) = known.metrics.get(metric_key) else { continue };
            let place = resources.iter_mut().find_map(|resource| {
                let is_it = |scope: &ScopeMetrics| ScopeKey::new(resource, scope) == *key;
                let at = resource.scopes.iter().position(is_it)?;
                Some(&mut resource.scopes[at])
            });
            let scope = match place {
                Some(scope) => scope,
                None => {
                    resources.push(known.resource.clone().with_scope(known.scope.clone()));
                    let Some(scope) = resources.last_mut().and_then(|r| r.scopes.last_mut()) else {
                        continue;
                    };
                    scope
                }
            };
            let same =
                scope.metrics.iter_mut().find(|metric| MetricKey::new(metric) == *metric_key);
            let shapes: Vec<_> = sets
                .iter()
                .filter_map(|set| Some((set.clone(), &stream.ended.get(set)?.shape)))
                .collect();
            match same {
                Some(metric) => {
                    metric.data = join(&metric.data, &marker(&metric.data, shapes, time));
                }
                None => {
                    let data = marker(&stream.last, shapes, time);
                    let descriptor = Arc::clone(&stream.descriptor);
                    scope.metrics.push(Metric { descriptor, data });
                }
            }
        }
        batch
    }
}

impl Scope {
    /// A metric of this scope as it is in a batch; `first` unless the batch had some of it before.
    fn follow(&mut self, key: MetricKey, metric: &Metric, now: Instant, first: bool) {
        let stream = self.metrics.entry(key).or_insert_with(|| Stream {
            descriptor: Arc::clone(&metric.descriptor),
            last: metric.data.slice(0..0),
            ended: HashMap::new(),
        });
        let series = metric.data.series();
        if !first {
            series.iter().for_each(|attributes| _ = stream.ended.remove(attributes));
            stream.last = join(&stream.last, &metric.data);
            return;
        }
        if !is_same_series(stream.last.series(), series) {
            let present: HashSet<_> = series.iter().collect();
            stream.ended.retain(|attributes, _| !present.contains(attributes));
            stream.end(now, |attributes| !present.contains(attributes));
        }
        stream.last = metric.data.clone();
    }

    fn end_all_but(&mut self, present: &HashSet<MetricKey>, now: Instant) {
        for (key, stream) in &mut self.metrics {
            if !present.contains(key) {
                stream.end(now, |_| true);
                stream.last = stream.last.slice(0..0);
            }
        }
    }

    /// Receivers give up by themselves on a series that has not come for so long.
    fn forget(&mut self, now: Instant, patience: Duration) {
        self.metrics.retain(|_, stream| {
            let is_recent = |end: &End| now.saturating_duration_since(end.since) <= patience;
            stream.ended.retain(|_, end| is_recent(end));
            !stream.last.is_empty() || !stream.ended.is_empty()
        });
    }
}

impl Stream {
    /// Those series of the last batch have ended that `has` says.
    fn end(&mut self, now: Instant, has: impl Fn(&AttributeSet) -> bool) {
        let Self { last, ended, .. } = self;
        for (row, attributes) in last.series().iter().enumerate() {
            if has(attributes) {
                let end = End { since: now, shape: Shape::of(last, row) };
                ended.insert(attributes.clone(), end);
            }
        }
    }
}

/// Receivers that count milliseconds refuse a second value of the same time, an end too.
fn after(last: Timestamp) -> Timestamp {
    last.saturating_add(Duration::from_millis(1))
}
