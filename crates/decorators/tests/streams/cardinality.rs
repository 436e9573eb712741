use std::time::Duration;

use meterport_core::{DropReason, MetricBatch};
use meterport_decorators::ExporterExt;
use meterport_testkit::{Answer, ScriptedExporter};

use crate::fixtures::{batch, counter, export, failure, gauge, histogram, rows, summary};

#[tokio::test(start_paused = true)]
async fn further_series_become_one() {
    let inner = ScriptedExporter::new("inner");
    let exporter = inner.clone().cardinality_limit(3);
    let check = async |metric, expected: &[&str], merged| {
        let books = export(&exporter, &batch([metric])).await.unwrap();
        assert_eq!(books.dropped.of(DropReason::Merged), merged);
        assert_eq!(rows(&inner.calls().last().unwrap().batch), expected);
    };
    let series = [("k=a", 1), ("k=b", 2), ("k=c", 4), ("k=d", 8)];
    check(counter("sum", &series[..2]), &["sum{k=a} 1", "sum{k=b} 2"], 0).await;
    let overflow = "sum{otel.metric.overflow=true} 12";
    check(counter("sum", &series), &["sum{k=a} 1", "sum{k=b} 2", overflow], 1).await;
    let late = "sum{otel.metric.overflow=true} 4";
    check(counter("sum", &series[2..3]), &[late], 0).await;
    let newest = "last{otel.metric.overflow=true} 8";
    check(gauge("last", &series), &["last{k=a} 1", "last{k=b} 2", newest], 1).await;
    // An hour without a point makes room.
    tokio::time::advance(Duration::from_secs(3_700)).await;
    check(counter("sum", &series[2..]), &["sum{k=c} 4", "sum{k=d} 8"], 0).await;
}

#[tokio::test]
async fn an_error_owes_the_points_as_they_came() {
    let inner = ScriptedExporter::new("inner");
    inner.script([Answer::Partly(2, failure()), Answer::Partly(1, failure())]);
    let exporter = inner.clone().cardinality_limit(3);
    let all = batch([counter("sum", &[("k=a", 1), ("k=b", 2), ("k=c", 4), ("k=d", 8)])]);
    // The overflow is left, which consists of two.
    let error = export(&exporter, &all).await.unwrap_err();
    assert_eq!(error.rest().map(MetricBatch::points), Some(2));
    assert_eq!(error.settled().dropped.total(), 0);
    let error = export(&exporter, &all).await.unwrap_err();
    assert_eq!(error.rest().map(rows), Some(rows(&all)[1..].to_vec()));
}

#[tokio::test]
async fn what_has_no_sum_is_dropped_and_counted() {
    let inner = ScriptedExporter::new("inner");
    let exporter = inner.clone().cardinality_limit(2);
    let books = export(&exporter, &batch([summary("old", &["k=a", "k=b", "k=c"])])).await.unwrap();
    assert_eq!((books.dropped.of(DropReason::Cardinality), books.delivered), (2, 1));
    let counts = [("k=a", 1.0, [1, 1]), ("k=b", 1.0, [1, 2]), ("k=c", 2.0, [3, 4])];
    let books = export(&exporter, &batch([histogram("hist", &counts)])).await.unwrap();
    assert_eq!((books.dropped.of(DropReason::Conflict), books.delivered), (1, 2));
}

/// Whatever comes, what arrives is bounded and no count is lost.
#[tokio::test]
async fn a_flood_of_series_stays_within_the_limit() {
    let inner = ScriptedExporter::new("inner");
    let exporter = inner.clone().cardinality_limit(10);
    for round in 0..20 {
        let names: Vec<_> = (0..1_000).map(|at| format!("k={}", round * 700 + at)).collect();
        let series: Vec<_> = names.iter().map(|name| (name.as_str(), 1)).collect();
        export(&exporter, &batch([counter("sum", &series)])).await.unwrap();
        let arrived = rows(&inner.calls().last().unwrap().batch);
        assert!(arrived.len() <= 10, "{}", arrived.len());
        let sum: u64 =
            arrived.iter().filter_map(|row| row.rsplit(' ').next()?.parse::<u64>().ok()).sum();
        assert_eq!(sum, 1_000);
    }
}
