//! Series that are counted twice: as metrics, and in plain numbers.

use std::collections::BTreeMap;

use meterport_core::{
    AttributeSet, Bounds, Buckets, ExponentialBuckets, ExponentialHistogram, ExponentialPoint,
    ExponentialValue, Histogram, HistogramPoint, HistogramValue, Metric, MetricBatch, MetricData,
    Number, NumberPoint, Point, Resource, ResourceMetrics, Scope, ScopeMetrics, Stats, Sum,
    Temporality, Timestamp,
};
use meterport_testkit::strategy::{Numbers, attributes, samples, text};

const BUCKETS: usize = 4;

/// What was counted of each series: one figure for a sum, one for each bucket of a histogram.
pub(crate) type Totals = BTreeMap<String, Vec<i64>>;

pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Exponential,
    Histogram,
    Sum,
}

struct Series {
    attributes: AttributeSet,
    start: u64,
    total: Vec<i64>,
}

struct Metered {
    name: String,
    kind: Kind,
    series: Vec<Series>,
}

/// A program that counts, with names and attributes that are hard to tell apart.
pub(crate) struct Program {
    scopes: Vec<(AttributeSet, String, Vec<Metered>)>,
    recorded: Totals,
    now: u64,
    temporality: Temporality,
    resets: bool,
}

impl Program {
    pub(crate) fn new(seed: u64, temporality: Temporality) -> Self {
        let mut dice = Dice(seed);
        let mut sets = samples(attributes(Numbers::Any, 0..=3), 120, seed);
        let mut texts = samples(text(), 20, seed);
        let mut scopes = Vec::new();
        for scope in 0..3 {
            let mut all = Vec::new();
            for metric in 0..4 {
                let kind = [Kind::Sum, Kind::Histogram, Kind::Exponential, Kind::Sum][metric];
                let mut series: Vec<Series> = Vec::new();
                for _ in 0..1 + dice.roll(8) {
                    let attributes = sets.next().unwrap();
                    if !series.iter().any(|known| known.attributes == attributes) {
                        let buckets = if kind == Kind::Sum { 1 } else { BUCKETS };
                        series.push(Series { attributes, start: 1, total: vec![0; buckets] });
                    }
                }
                // Two may have the same text but not the same number.
                let name = format!("{}{}", texts.next().unwrap(), metric);
                all.push(Metered { name, kind, series });
            }
            scopes.push(([("scope", scope)].into(), texts.next().unwrap(), all));
        }
        Self { scopes, recorded: Totals::new(), now: 10, temporality, resets: false }
    }

    /// The same, beginning anew now and then.
    pub(crate) fn with_resets(mut self) -> Self {
        self.resets = true;
        self
    }

    /// All that was in any batch.
    pub(crate) fn recorded(&self) -> &Totals {
        &self.recorded
    }

    /// Counts for a while, and gives what some or `all` series have counted.
    pub(crate) fn batch(&mut self, dice: &mut Dice, all: bool) -> MetricBatch {
        let before = self.now;
        self.now += 1 + dice.roll(10);
        let (now, cumulative) = (self.now, self.temporality == Temporality::Cumulative);
        let mut batch = Vec::new();
        for (resource, scope, metrics) in &mut self.scopes {
            let mut out = ScopeMetrics::new(Scope::new(scope.as_str()));
            for Metered { name, kind, series } in metrics {
                let mut rows = Vec::new();
                for Series { attributes, start, total } in series {
                    let is_absent = !all && dice.roll(4) == 0;
                    if is_absent {
                        continue;
                    }
                    if self.resets && dice.roll(12) == 0 {
                        (*start, *total) = (before + 1, vec![0; total.len()]);
                    }
                    let more: Vec<_> = total.iter().map(|_| dice.roll(50) as i64).collect();
                    total.iter_mut().zip(&more).for_each(|(sum, more)| *sum += more);
                    let key = key(resource, scope, name, attributes);
                    let recorded = self.recorded.entry(key).or_insert_with(|| vec![0; more.len()]);
                    recorded.iter_mut().zip(&more).for_each(|(sum, more)| *sum += more);
                    let (start, counts) =
                        if cumulative { (*start, &*total) } else { (before, &more) };
                    let times = (Timestamp::from_secs(start), Timestamp::from_secs(now));
                    rows.push((attributes.clone(), times, counts.clone()));
                }
                out = out
                    .with_metric(Metric::new(name.as_str(), data(*kind, rows, self.temporality)));
            }
            let resource = Resource::new(resource.clone());
            batch.push(ResourceMetrics::new(resource).with_scope(out));
        }
        MetricBatch::new(batch)
    }
}

type Row = (AttributeSet, (Timestamp, Timestamp), Vec<i64>);

fn point<V>((attributes, (start, time), _): &Row, value: V) -> Point<V> {
    Point::new(attributes.clone(), value).with_start(*start).with_time(*time)
}

fn counts(row: &Row) -> Vec<u64> {
    row.2.iter().map(|count| *count as u64).collect()
}

fn stats(row: &Row) -> Stats {
    let count = counts(row).iter().sum();
    // Half a unit each: floats add them up exactly.
    Stats { count, sum: Some(count as f64 / 2.0), ..Stats::default() }
}

fn data(kind: Kind, rows: Vec<Row>, temporality: Temporality) -> MetricData {
    match kind {
        Kind::Exponential => {
            let points = rows.iter().map(|row| -> ExponentialPoint {
                let counts = counts(row);
                let value = ExponentialValue {
                    stats: stats(row),
                    scale: 2,
                    zero_count: counts[0],
                    positive: ExponentialBuckets { offset: 3, counts: counts[1..3].to_vec() },
                    negative: ExponentialBuckets { offset: -7, counts: counts[3..].to_vec() },
                    ..ExponentialValue::default()
                };
                point(row, value)
            });
            ExponentialHistogram { points: points.collect(), temporality }.into()
        }
        Kind::Histogram => {
            let bounds = Bounds::new([0.0, 1.0, 2.0]).unwrap();
            let points = rows.iter().map(|row| -> HistogramPoint {
                let buckets = Buckets::new(bounds.clone(), counts(row)).unwrap();
                point(row, HistogramValue { stats: stats(row), buckets })
            });
            Histogram { points: points.collect(), temporality }.into()
        }
        Kind::Sum => {
            let points = rows.iter().map(|row| -> NumberPoint { point(row, row.2[0].into()) });
            Sum { points: points.collect(), temporality, monotonic: true }.into()
        }
    }
}

fn key(resource: &AttributeSet, scope: &str, name: &str, attributes: &AttributeSet) -> String {
    format!("{resource:?} {scope:?} {name:?} {attributes:?}")
}

/// What a receiver of deltas has counted that adds up all it gets.
pub(crate) fn totals<'a>(batches: impl IntoIterator<Item = &'a MetricBatch>) -> Totals {
    let mut totals = Totals::new();
    for resource in batches.into_iter().flat_map(MetricBatch::resources) {
        for scope in &resource.scopes {
            for metric in &scope.metrics {
                assert_eq!(metric.data.temporality(), Some(Temporality::Delta));
                for (attributes, counts) in rows(&metric.data) {
                    let set = &resource.resource.attributes;
                    let key = key(set, &scope.scope.name, &metric.descriptor.name, &attributes);
                    let sums = totals.entry(key).or_insert_with(|| vec![0; counts.len()]);
                    sums.iter_mut().zip(&counts).for_each(|(sum, count)| *sum += count);
                }
            }
        }
    }
    totals
}

/// The plain figures of each point, which must agree with each other.
pub(crate) fn rows(data: &MetricData) -> Vec<(AttributeSet, Vec<i64>)> {
    let whole = |stats: &Stats, counts: &[i64]| {
        let total: i64 = counts.iter().sum();
        assert_eq!((stats.count, stats.sum), (total as u64, Some(total as f64 / 2.0)));
    };
    match data {
        MetricData::ExponentialHistogram(data) => (data.points.to_points().into_iter())
            .map(|point| {
                let value = point.value;
                assert_eq!(value.scale, 2);
                let at = |side: &ExponentialBuckets, index: i32| {
                    let at = usize::try_from(index - side.offset).ok();
                    at.and_then(|at| side.counts.get(at)).copied().unwrap_or_default() as i64
                };
                let (positive, negative) = (&value.positive, &value.negative);
                let zeros = value.zero_count as i64;
                let counts = vec![zeros, at(positive, 3), at(positive, 4), at(negative, -7)];
                whole(&value.stats, &counts);
                (point.attributes, counts)
            })
            .collect(),
        MetricData::Histogram(data) => (data.points.to_points().into_iter())
            .map(|point| {
                let counts = point.value.buckets.counts().iter().map(|count| *count as i64);
                let counts: Vec<_> = counts.collect();
                whole(&point.value.stats, &counts);
                (point.attributes, counts)
            })
            .collect(),
        MetricData::Sum(data) => (data.points.to_points().into_iter())
            .map(|point| {
                let Number::I64(number) = point.value else { panic!("{:?}", point.value) };
                (point.attributes, vec![number])
            })
            .collect(),
        other => panic!("{other:?}"),
    }
}
