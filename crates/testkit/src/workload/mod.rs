//! The workload that benches and tests of allocation share: many series, always the same.
//!
//! About 274 bytes a point in OTLP's protobuf when mixed, one resource, one scope. What it holds is
//! described in [`plain`], without any type of Meterport.

pub mod plain;
#[cfg(test)]
mod tests;

use std::time::Duration;

use meterport_core::{
    AttributeSet, Bounds, Column, ExponentialBuckets, ExponentialHistogram, ExponentialHistograms,
    ExponentialPoint, ExponentialValue, Gauge, Histogram, HistogramRows, Metric, MetricBatch,
    MetricData, NumberRows, Points, Resource, ResourceMetrics, Rows, Scope, ScopeMetrics, Series,
    Stats, StatsRows, Sum, Temporality, Timestamp, Value,
};

use self::plain::{Distribution, Instrument, Kind, Mix};

/// Series that stay from round to round while their values and times go on.
///
/// ```
/// use meterport_testkit::workload::Workload;
///
/// let workload = Workload::mixed(1_000);
/// let (first, second) = (workload.batch(0), workload.batch(1));
/// assert_eq!((first.points(), second.points()), (1_000, 1_000));
/// assert_ne!(first, second);
/// ```
#[derive(Clone, Debug)]
pub struct Workload {
    instruments: Vec<Instrument>,
    series: Vec<Series>,
    bounds: Bounds,
    start: Timestamp,
    interval: Duration,
}

impl Workload {
    /// `series` series of the mix.
    pub fn new(mix: Mix, series: usize) -> Self {
        let instruments = mix.instruments(series);
        Self {
            series: series_of(&instruments),
            instruments,
            bounds: Bounds::new(plain::BOUNDS).expect("the bounds ascend"),
            start: Timestamp::from_nanos(plain::START),
            interval: Duration::from_nanos(plain::INTERVAL),
        }
    }

    /// 70 % sums of unsigned integers with six attributes, 15 % gauges of floats and 15 %
    /// histograms of 15 buckets with five.
    pub fn mixed(series: usize) -> Self {
        Self::new(Mix::Mixed, series)
    }

    /// Sums of unsigned integers with six attributes.
    pub fn counters(series: usize) -> Self {
        Self::new(Mix::Counters, series)
    }

    /// Gauges of floats with five attributes.
    pub fn gauges(series: usize) -> Self {
        Self::new(Mix::Gauges, series)
    }

    /// Histograms of 15 buckets with five attributes.
    pub fn histograms(series: usize) -> Self {
        Self::new(Mix::Histograms, series)
    }

    /// Exponential histograms of 84 populated buckets with five attributes.
    pub fn exponential(series: usize) -> Self {
        Self::new(Mix::Exponential, series)
    }

    /// The same counting since `start`, with rounds so far apart.
    #[must_use]
    pub fn with_times(mut self, start: Timestamp, interval: Duration) -> Self {
        (self.start, self.interval) = (start, interval);
        self
    }

    /// The points of a round, taken one interval after those of the round before. All batches
    /// share the series and what encoders remember of them.
    pub fn batch(&self, round: u64) -> MetricBatch {
        let metrics = self.instruments.iter().zip(&self.series).map(|(instrument, series)| {
            Metric::new(instrument.name(), self.data(instrument, series, round))
                .with_description(instrument.description())
                .with_unit(instrument.unit())
        });
        let (name, version) = plain::SCOPE;
        let mut scope = ScopeMetrics::new(Scope::new(name).with_version(version));
        scope.metrics = metrics.collect();
        MetricBatch::from(ResourceMetrics::new(Resource::new(plain::RESOURCE)).with_scope(scope))
    }

    /// As [`batch`](Self::batch), over series of its own of which nothing is remembered.
    pub fn fresh(&self, round: u64) -> MetricBatch {
        unremembered(&self.batch(round))
    }

    fn data(&self, instrument: &Instrument, series: &Series, round: u64) -> MetricData {
        let rows = 0..instrument.series;
        let temporality = Temporality::Cumulative;
        match instrument.kind {
            Kind::Counter => {
                let values = rows.map(|row| instrument.count(row, round) as i64).collect();
                let points = self.points(series, self.start, round, NumberRows::I64(values));
                Sum { points, temporality, monotonic: true }.into()
            }
            Kind::Exponential => {
                let points = rows.zip(series.iter()).map(|(row, attributes)| {
                    let value = exponential(instrument.distribution(row, round));
                    ExponentialPoint::new(attributes.clone(), value)
                });
                let points: ExponentialHistograms = points.collect();
                let points = self.points(series, self.start, round, points.rows().clone());
                ExponentialHistogram { points, temporality }.into()
            }
            Kind::Gauge => {
                let values = rows.map(|row| instrument.level(row, round)).collect();
                let rows = NumberRows::F64(values);
                Gauge { points: self.points(series, self.start, round, rows) }.into()
            }
            Kind::Histogram => {
                let all: Vec<_> = rows.map(|row| instrument.distribution(row, round)).collect();
                let counts = all.iter().flat_map(|row| row.counts.iter().copied()).collect();
                let stats = StatsRows::from_stats(all.iter().map(stats));
                let rows = HistogramRows::uniform(self.bounds.clone(), counts, stats)
                    .expect("each row has a count for each bucket");
                let points = self.points(series, self.start, round, rows);
                Histogram { points, temporality }.into()
            }
        }
    }

    fn points<R: Rows>(&self, series: &Series, start: Timestamp, round: u64, rows: R) -> Points<R> {
        let since = self.interval.saturating_mul(u32::try_from(round + 1).unwrap_or(u32::MAX));
        let time = self.start.saturating_add(since);
        Points::from_columns(series.clone(), Column::Same(start), Column::Same(time), rows)
            .expect("as many rows as series")
    }
}

/// The same points over series of their own, of which nothing is remembered: what an encoder meets
/// when it sees them for the first time.
pub fn unremembered(batch: &MetricBatch) -> MetricBatch {
    let mut resources = batch.resources().to_vec();
    let scopes = resources.iter_mut().flat_map(|resource| &mut resource.scopes);
    for metric in scopes.flat_map(|scope| &mut scope.metrics) {
        match &mut metric.data {
            MetricData::ExponentialHistogram(data) => data.points = renewed(&data.points),
            MetricData::Gauge(data) => data.points = renewed(&data.points),
            MetricData::Histogram(data) => data.points = renewed(&data.points),
            MetricData::Sum(data) => data.points = renewed(&data.points),
            MetricData::Summary(data) => data.points = renewed(&data.points),
        }
    }
    MetricBatch::new(resources)
}

fn renewed<R: Rows>(points: &Points<R>) -> Points<R> {
    let series = points.series().iter().cloned().collect();
    let (starts, times) = (points.starts().clone(), points.times().clone());
    Points::from_columns(series, starts, times, points.rows().clone())
        .expect("as many rows as before")
        .with_flags(points.flags().iter().copied())
        .with_exemplars(points.exemplars().iter().cloned())
}

/// Made row by row over all instruments, as series appear in a program: what lies side by side in
/// a metric then does not lie side by side in memory.
fn series_of(instruments: &[Instrument]) -> Vec<Series> {
    let most = instruments.iter().map(|instrument| instrument.series).max().unwrap_or_default();
    let mut sets: Vec<Vec<AttributeSet>> =
        instruments.iter().map(|instrument| Vec::with_capacity(instrument.series)).collect();
    for row in 0..most {
        for (instrument, sets) in instruments.iter().zip(&mut sets) {
            if row < instrument.series {
                sets.push(attributes(instrument, row));
            }
        }
    }
    sets.into_iter().map(|sets| sets.into_iter().collect()).collect()
}

fn attributes(instrument: &Instrument, row: usize) -> AttributeSet {
    let owned = |(key, value)| match value {
        plain::Value::Int(number) => (key, Value::Int(number)),
        plain::Value::Text(text) => (key, Value::String(text)),
    };
    instrument.attributes(row).into_iter().map(owned).collect()
}

fn stats(row: &Distribution) -> Stats {
    Stats { count: row.count, sum: Some(row.sum), min: Some(row.min), max: Some(row.max) }
}

fn exponential(row: Distribution) -> ExponentialValue {
    ExponentialValue {
        stats: stats(&row),
        scale: plain::EXPONENTIAL_SCALE,
        positive: ExponentialBuckets { offset: plain::EXPONENTIAL_OFFSET, counts: row.counts },
        ..ExponentialValue::default()
    }
}
