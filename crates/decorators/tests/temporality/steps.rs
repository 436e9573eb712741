//! Both conversions of temporality, step by step: each batch and what becomes of it, as text.

use std::time::Duration;

use meterport_core::{
    AttributeSet, Bounds, Buckets, Deadline, ErrorKind, ExportError, Histogram, HistogramPoint,
    HistogramValue, Metric, MetricBatch, MetricData, MetricExporter, Number, NumberPoint,
    ResourceMetrics, RetryAdvice, ScopeMetrics, Stats, Sum, Temporality, Timestamp,
};
use meterport_decorators::{ExporterExt, Gaps};
use meterport_testkit::proto::{metric::Data, number_data_point};
use meterport_testkit::{Answer, ScriptedExporter, to_proto};

/// What is done to a stack, and what the exporter inside gets.
///
/// `a 1..5 10` is a point of the series `a` from second 1 to 5 with the value 10; a start of 0 is
/// none. A step that begins with `fails` is one whose export fails; `later` lets an hour pass before.
/// What is dropped stands behind the points as `!reason points`.
type Steps<'a> = &'a [(&'a str, &'a str)];

fn batch(rows: &str, temporality: Temporality) -> MetricBatch {
    let points = rows.split(", ").map(|row| {
        let [series, window, value]: [&str; 3] =
            row.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let (start, time) = window.split_once("..").unwrap();
        let at = |seconds: &str| Timestamp::from_secs(seconds.parse().unwrap());
        NumberPoint::new([("series", series)].into(), Number::I64(value.parse().unwrap()))
            .with_start(at(start))
            .with_time(at(time))
    });
    let sum = Sum { points: points.collect(), temporality, monotonic: true };
    one(Metric::new("steps", sum))
}

fn one(metric: Metric) -> MetricBatch {
    ResourceMetrics::default().with_scope(ScopeMetrics::default().with_metric(metric)).into()
}

/// The points as OTLP has them, in the form of the steps.
fn rows(batch: &MetricBatch) -> Vec<String> {
    let message = to_proto(batch);
    let scopes = message.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let mut rows = Vec::new();
    for metric in scopes.flat_map(|scope| &scope.metrics) {
        let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?}") };
        for point in &sum.data_points {
            let Some(number_data_point::Value::AsInt(value)) = point.value else { panic!() };
            let series = format!("{:?}", point.attributes[0].value.as_ref().unwrap().value);
            let series = series.split('"').nth(1).unwrap();
            let seconds = |nanoseconds: u64| nanoseconds / 1_000_000_000;
            let (start, time) = (point.start_time_unix_nano, point.time_unix_nano);
            rows.push(format!("{series} {}..{} {value}", seconds(start), seconds(time)));
        }
    }
    rows
}

async fn check<E: MetricExporter>(
    given: Temporality,
    wrap: impl FnOnce(ScriptedExporter) -> E,
    steps: Steps<'_>,
) {
    let inner = ScriptedExporter::new("inner");
    let stack = wrap(inner.clone());
    for (step, expected) in steps {
        let (fails, step) = match step.strip_prefix("fails ") {
            Some(step) => (true, step),
            None => (false, *step),
        };
        let step = match step.strip_prefix("later ") {
            Some(step) => {
                tokio::time::advance(Duration::from_secs(2 * 60 * 60)).await;
                step
            }
            None => step,
        };
        let error = ExportError::new(ErrorKind::Unavailable, "");
        let error = error.with_advice(RetryAdvice::Backoff);
        inner.script([if fails { Answer::Fail(error) } else { Answer::Deliver }]);
        let before = inner.calls().len();
        let batch = batch(step, given);
        let result = stack.export(&batch, Deadline::NONE).await;
        assert_eq!(result.is_err(), fails, "{step}: {result:?}");
        let books = result.unwrap_or_else(|error| error.into_outcome(batch.points()));
        assert_eq!(books.points(), batch.points(), "{step}: {books:?}");
        let mut told: Vec<_> =
            inner.calls()[before..].iter().flat_map(|call| rows(&call.batch)).collect();
        let dropped = books.dropped.iter().filter(|_| !fails);
        told.extend(dropped.map(|(reason, points)| format!("!{reason} {points}")));
        assert_eq!(told.join(", "), *expected, "{step}, of {steps:?}");
        // A script that was not needed must not answer the next step.
        if inner.calls().len() == before {
            inner
                .export(&meterport_testkit::conformance::tagged("rest", 1), Deadline::NONE)
                .await
                .ok();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn deltas_of_cumulative_points() {
    let check = async |steps: Steps<'_>| {
        check(Temporality::Cumulative, |inner| inner.to_delta().with_max_series(2), steps).await;
    };
    // From the series' start, and then from one point to the next.
    check(&[("a 1..5 10", "a 1..5 10"), ("a 1..9 25", "a 5..9 15"), ("a 1..12 25", "a 9..12 0")])
        .await;
    // Without a start the first point is only the base.
    check(&[("a 0..5 10", "!baseline 1"), ("a 0..9 25", "a 5..9 15")]).await;
    // Resets: the value has fallen, or the start has moved.
    check(&[("a 1..5 10", "a 1..5 10"), ("a 1..9 4", "a 5..9 4")]).await;
    check(&[("a 1..5 10", "a 1..5 10"), ("a 6..9 12", "a 6..9 12")]).await;
    // Older than what is known, and twice in a batch.
    check(&[("a 1..9 10", "a 1..9 10"), ("a 1..5 7", "!out_of_order 1")]).await;
    check(&[("a 1..5 1, a 1..5 2", "a 1..5 1, !conflict 1")]).await;
    // What failed is in the next delta, which begins earlier.
    check(&[
        ("a 1..5 10", "a 1..5 10"),
        ("fails a 1..9 25", "a 5..9 15"),
        ("fails a 1..10 30", "a 5..10 20"),
        ("a 1..12 31", "a 5..12 21"),
        ("a 1..13 32", "a 12..13 1"),
    ])
    .await;
    // Across a reset too.
    check(&[
        ("a 1..5 10", "a 1..5 10"),
        ("fails a 1..9 25", "a 5..9 15"),
        ("a 10..12 3", "a 5..12 18"),
        ("a 10..14 4", "a 12..14 1"),
    ])
    .await;
    // A series that does not come any more still gets what it owes.
    check(&[
        ("fails a 1..5 10", "a 1..5 10"),
        ("b 1..6 1", "b 1..6 1, a 1..5 10"),
        ("b 1..7 2", "b 6..7 1"),
    ])
    .await;
    // Also after so long that it would have been forgotten.
    check(&[("fails a 1..5 10", "a 1..5 10"), ("later b 1..6 1", "b 1..6 1, a 1..5 10")]).await;
    // Two series are the most; one that has gone makes room, and one that comes back begins again.
    check(&[
        ("a 1..5 1, b 1..5 1, c 1..5 1", "a 1..5 1, b 1..5 1, !cardinality 1"),
        ("a 1..6 2, b 1..6 2", "a 5..6 1, b 5..6 1"),
        ("later c 1..7 5", "c 1..7 5"),
        ("a 1..8 4", "a 1..8 4"),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn cumulative_points_of_deltas() {
    let check = async |gaps, steps: Steps<'_>| {
        let wrap =
            |inner: ScriptedExporter| inner.to_cumulative().with_gaps(gaps).with_max_series(2);
        check(Temporality::Delta, wrap, steps).await;
    };
    for gaps in [Gaps::Reset, Gaps::Bridge] {
        check(gaps, &[("a 1..5 10", "a 1..5 10"), ("a 5..9 3", "a 1..9 13")]).await;
        // Once more with the same times: it is the same delta.
        check(
            gaps,
            &[
                ("fails a 1..5 10", "a 1..5 10"),
                ("a 1..5 10", "a 1..5 10"),
                ("a 5..9 3", "a 1..9 13"),
            ],
        )
        .await;
        // Counted already, whatever became of it.
        check(gaps, &[("fails a 1..5 10", "a 1..5 10"), ("a 5..9 3", "a 1..9 13")]).await;
        check(gaps, &[("a 5..9 10", "a 5..9 10"), ("a 6..8 1", "!out_of_order 1")]).await;
        check(gaps, &[("a 5..9 10", "a 5..9 10"), ("a 4..12 1", "!out_of_order 1")]).await;
        check(
            gaps,
            &[
                ("a 1..5 1, b 1..5 1, c 1..5 1", "a 1..5 1, b 1..5 1, !cardinality 1"),
                ("a 5..6 2, b 5..6 2", "a 1..6 3, b 1..6 3"),
                ("later c 6..7 5", "c 6..7 5"),
                ("a 6..8 4", "a 6..8 4"),
            ],
        )
        .await;
    }
    let gap = "a 7..9 3";
    check(Gaps::Reset, &[("a 1..5 10", "a 1..5 10"), (gap, "a 7..9 3")]).await;
    check(Gaps::Bridge, &[("a 1..5 10", "a 1..5 10"), (gap, "a 1..9 13")]).await;
}

fn histogram(bound: f64, counts: [u64; 2], window: (u64, u64), of: Temporality) -> MetricBatch {
    let buckets = Buckets::new(Bounds::new([bound]).unwrap(), counts.to_vec()).unwrap();
    let stats = Stats { count: counts.iter().sum(), ..Stats::default() };
    let point = HistogramPoint::new(AttributeSet::empty(), HistogramValue { stats, buckets })
        .with_start(Timestamp::from_secs(window.0))
        .with_time(Timestamp::from_secs(window.1));
    let points = [point].into_iter().collect();
    one(Metric::new("steps", Histogram { points, temporality: of }))
}

/// Start and counts of the one histogram that came last.
fn last(inner: &ScriptedExporter) -> (u64, Vec<u64>) {
    let batch = inner.taken().pop().unwrap();
    let metric = batch.metrics().next().unwrap();
    let MetricData::Histogram(histogram) = &metric.data else { panic!("{metric:?}") };
    let point = histogram.points.to_points().pop().unwrap();
    (point.start.as_nanos() / 1_000_000_000, point.value.buckets.counts().to_vec())
}

/// Bounds that have changed are a reset both ways.
#[tokio::test]
async fn a_histogram_with_other_bounds_begins_anew() {
    let steps = [(1.0, [2, 3], (1, 5)), (1.0, [4, 4], (5, 9)), (2.0, [6, 1], (9, 12))];
    let inner = ScriptedExporter::new("inner");
    let (cumulative, delta) = (inner.clone().to_cumulative(), inner.clone().to_delta());
    let mut found = Vec::new();
    for (bound, counts, window) in steps {
        let batch = histogram(bound, counts, window, Temporality::Delta);
        cumulative.export(&batch, Deadline::NONE).await.unwrap();
        found.push(last(&inner));
    }
    assert_eq!(found, [(1, vec![2, 3]), (1, vec![6, 7]), (9, vec![6, 1])]);
    found.clear();
    for (bound, counts, (_, time)) in steps {
        let batch = histogram(bound, counts, (1, time), Temporality::Cumulative);
        delta.export(&batch, Deadline::NONE).await.unwrap();
        found.push(last(&inner));
    }
    assert_eq!(found, [(1, vec![2, 3]), (5, vec![2, 1]), (9, vec![6, 1])]);
}
