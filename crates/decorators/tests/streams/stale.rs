use std::time::Duration;

use meterport_core::{
    AttributeSet, Bounds, Buckets, Deadline, Histogram, HistogramPoint, HistogramValue, Metric,
    MetricBatch, MetricData, MetricExporter, Number, NumberPoint, Quantile, Stats, Sum, Summary,
    SummaryPoint, SummaryValue, Temporality, Timestamp,
};
use meterport_decorators::{ExporterExt, Stale};
use meterport_testkit::strategy::{self, Numbers};
use meterport_testkit::{Answer, ScriptedExporter};

use crate::fixtures::{batch, counter, export, failure, gauge, of_scope, rows};

struct Told {
    inner: ScriptedExporter,
    exporter: Stale<ScriptedExporter>,
}

impl Told {
    fn new() -> Self {
        let inner = ScriptedExporter::new("inner");
        Self { exporter: inner.clone().stale(), inner }
    }

    /// What arrives of the batch, in some order of the ends.
    async fn check(&self, batch: &MetricBatch, deliver: bool, expected: &[&str]) {
        let result = export(&self.exporter, batch).await;
        assert_eq!(result.is_ok(), deliver, "{result:?}");
        let mut arrived = rows(&self.inner.calls().last().unwrap().batch);
        arrived.sort();
        assert_eq!(arrived, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_series_that_is_missing_has_ended() {
    let told = Told::new();
    let both = batch([counter("sum", &[("k=a", 1), ("k=b", 2)]), gauge("last", &[("", 3)])]);
    told.check(&both, true, &["last{} 3", "sum{k=a} 1", "sum{k=b} 2"]).await;
    let one = batch([counter("sum", &[("k=b", 4)])]);
    told.check(&one, true, &["last{} ended", "sum{k=a} ended", "sum{k=b} 4"]).await;
    told.check(&one, true, &["sum{k=b} 4"]).await;
    told.check(&both, true, &["last{} 3", "sum{k=a} 1", "sum{k=b} 2"]).await;
}

/// A scope that is missing as a whole may be late.
#[tokio::test(start_paused = true)]
async fn a_producer_that_is_silent_is_given_time() {
    let told = Told::new();
    let (a, b) = (of_scope("a", [gauge("x", &[("", 1)])]), of_scope("b", [gauge("y", &[("", 2)])]));
    told.check(&a, true, &["x{} 1"]).await;
    told.check(&b, true, &["y{} 2"]).await;
    tokio::time::advance(Duration::from_secs(301)).await;
    told.check(&b, true, &["x{} ended", "y{} 2"]).await;
    told.check(&b, true, &["y{} 2"]).await;
}

/// An end is told until it is settled, and the caller does not owe it.
#[tokio::test(start_paused = true)]
async fn an_end_that_was_not_delivered_is_told_again() {
    let told = Told::new();
    let both = batch([counter("sum", &[("k=a", 1), ("k=b", 2)])]);
    let one = batch([counter("sum", &[("k=b", 4)])]);
    let with_end = ["sum{k=a} ended", "sum{k=b} 4"];
    told.check(&both, true, &["sum{k=a} 1", "sum{k=b} 2"]).await;
    told.inner.script([Answer::Fail(failure()), Answer::Partly(1, failure())]);
    told.check(&one, false, &with_end).await;
    told.check(&one, false, &with_end).await;
    told.check(&one, true, &with_end).await;
    told.check(&one, true, &with_end[1..]).await;
    told.check(&both, true, &["sum{k=a} 1", "sum{k=b} 2"]).await;
    told.inner.default_answer(Answer::Fail(failure()));
    told.check(&one, false, &with_end).await;
    tokio::time::advance(Duration::from_secs(301)).await;
    told.check(&one, false, &with_end[1..]).await;
}

/// What is sent again of a batch is no collection, in however many parts; the next one is.
#[tokio::test(start_paused = true)]
async fn the_rest_of_a_batch_ends_no_series() {
    let told = Told::new();
    let all = batch([counter("sum", &[("k=a", 1), ("k=b", 2), ("k=c", 3)])]);
    let rows = ["sum{k=a} 1", "sum{k=b} 2", "sum{k=c} 3"];
    told.inner.script([Answer::Partly(1, failure()), Answer::Partly(1, failure())]);
    told.check(&all, false, &rows).await;
    told.check(&all.slice(1..3), false, &rows[1..]).await;
    told.check(&all.slice(2..3), true, &rows[2..]).await;
    told.check(&all, true, &rows).await;
    let next = batch([counter("sum", &[("k=c", 3), ("k=b", 4)])]);
    told.inner.script([Answer::Partly(1, failure())]);
    told.check(&all, false, &rows).await;
    told.check(&next.slice(0..2), true, &["sum{k=a} ended", "sum{k=b} 4", "sum{k=c} 3"]).await;
}

#[tokio::test(start_paused = true)]
async fn all_series_end_at_the_shutdown_if_so_wished() {
    let both = batch([counter("sum", &[("k=a", 1), ("k=b", 2)])]);
    for wished in [false, true] {
        let inner = ScriptedExporter::new("inner");
        let exporter = inner.clone().stale();
        let exporter = if wished { exporter.at_shutdown() } else { exporter };
        export(&exporter, &both).await.unwrap();
        exporter.shutdown(Deadline::NONE).await.unwrap();
        let mut last = rows(&inner.calls().last().unwrap().batch);
        last.sort();
        let ended = ["sum{k=a} ended", "sum{k=b} ended"];
        assert_eq!(last, if wished { ended } else { ["sum{k=a} 1", "sum{k=b} 2"] });
    }
}

/// Where both have the same millisecond, remote write's receivers refuse the end, and the series goes on.
#[tokio::test(start_paused = true)]
async fn at_the_shutdown_series_end_behind_their_last_points() {
    let last = Timestamp::from_secs(4_000_000_000);
    let points = [NumberPoint::new(AttributeSet::empty(), Number::I64(1)).with_time(last)];
    let inner = ScriptedExporter::new("inner");
    let exporter = inner.clone().stale().at_shutdown();
    export(&exporter, &batch([Metric::new("sum", Sum::counter(points))])).await.unwrap();
    exporter.shutdown(Deadline::NONE).await.unwrap();
    let ends = inner.calls().last().unwrap().batch.clone();
    let MetricData::Sum(sum) = &ends.metrics().next().unwrap().data else { panic!("{ends:?}") };
    let millisecond = Timestamp::from_nanos(last.as_nanos() + 1_000_000);
    assert_eq!(sum.points.times().shared(), Some(millisecond));
}

/// Every kind of point has an end, but deltas.
#[tokio::test(start_paused = true)]
async fn every_kind_ends() {
    for generated in strategy::batches(Numbers::Any, 40, 7) {
        let inner = ScriptedExporter::new("inner");
        let exporter = inner.clone().stale().with_patience(Duration::ZERO);
        let points = generated.points();
        export(&exporter, &generated).await.unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
        export(&exporter, &MetricBatch::default()).await.unwrap();
        // Without an end there is nothing to tell, and the second batch has no point.
        let calls = inner.calls().split_off(1.min(inner.calls().len()));
        let cumulative = |batch: &MetricBatch| {
            let mut sets = std::collections::HashSet::new();
            for resource in batch.resources() {
                for scope in &resource.scopes {
                    for metric in &scope.metrics {
                        if metric.data.temporality() != Some(Temporality::Delta) {
                            for set in metric.data.series().iter() {
                                let of = (&resource.resource.attributes, &scope.scope.name);
                                let name = &metric.descriptor.name;
                                sets.insert(format!("{of:?} {name:?} {set:?}"));
                            }
                        }
                    }
                }
            }
            sets
        };
        let expected = cumulative(&generated);
        let told = calls.last().map(|call| cumulative(&call.batch)).unwrap_or_default();
        assert_eq!(told, expected, "{points} points");
        let ended = calls.last().map(|call| rows(&call.batch)).unwrap_or_default();
        assert!(ended.iter().all(|row| row.ends_with("} ended")), "{ended:?}");
    }
}

/// Prometheus has a series for each bucket and each quantile, and all of them end.
#[tokio::test(start_paused = true)]
async fn an_end_knows_the_bounds_and_quantiles_of_the_last_point() {
    let buckets = |bounds: &[f64]| {
        let bounds = Bounds::new(bounds).expect("they ascend");
        let counts = vec![1; bounds.buckets()];
        let buckets = Buckets::new(bounds, counts).expect("one for each");
        HistogramValue { stats: Stats { count: 3, ..Stats::default() }, buckets }
    };
    let named = |name| AttributeSet::from([("k", name)]);
    let histogram = Histogram {
        points: [("a", &[1.0, 2.0][..]), ("b", &[5.0])]
            .map(|(name, bounds)| HistogramPoint::new(named(name), buckets(bounds)))
            .into_iter()
            .collect(),
        temporality: Temporality::Cumulative,
    };
    let quantiles = vec![Quantile { quantile: 0.5, value: 7.0 }];
    let value = SummaryValue { count: 1, sum: 7.0, quantiles };
    let summary = Summary { points: [SummaryPoint::new(named("a"), value)].into_iter().collect() };
    let all = batch([
        Metric::new("histogram", histogram),
        Metric::new("summary", summary),
        gauge("last", &[("", 1)]),
    ]);
    let told = Told::new();
    export(&told.exporter, &all).await.expect("taken");
    export(&told.exporter, &batch([gauge("last", &[("", 1)])])).await.expect("taken");
    let ends = told.inner.calls().last().expect("a call").batch.clone();
    let mut found = Vec::new();
    for metric in ends.metrics() {
        match &metric.data {
            MetricData::Histogram(data) => {
                found.extend(data.points.to_points().iter().map(|one| {
                    assert!(one.flags.no_recorded_value());
                    format!(
                        "{:?} {:?}",
                        one.value.buckets.bounds().unwrap().as_slice(),
                        one.value.stats
                    )
                }))
            }
            MetricData::Summary(data) => found.extend(data.points.to_points().iter().map(|one| {
                assert!(one.flags.no_recorded_value());
                format!("{:?}", one.value.quantiles)
            })),
            _ => {}
        }
    }
    found.sort();
    let zero = Stats::default();
    let expected = [
        format!("[1.0, 2.0] {zero:?}"),
        format!("[5.0] {zero:?}"),
        "[Quantile { quantile: 0.5, value: 0.0 }]".to_owned(),
    ];
    assert_eq!(found, expected);
}
