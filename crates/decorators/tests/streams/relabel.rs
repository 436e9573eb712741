use std::sync::Arc;

use meterport_core::{AttributeSet, DropReason, MetricBatch};
use meterport_decorators::{ExporterExt, RelabelRules};
use meterport_testkit::{Answer, ScriptedExporter};

use crate::fixtures::{batch, counter, export, failure, gauge, histogram, rows, set, summary};

async fn relabelled(rules: RelabelRules, batch: &MetricBatch) -> (Vec<String>, u64, u64) {
    let inner = ScriptedExporter::new("inner");
    let books = export(&inner.clone().relabel(rules), batch).await.unwrap();
    let merged = books.dropped.of(DropReason::Merged);
    (rows(&inner.calls()[0].batch), merged, books.dropped.of(DropReason::Conflict))
}

#[tokio::test]
async fn what_steps_make_of_a_point() {
    let check = async |rules: RelabelRules, expected: &str| {
        let batch = batch([counter("a.b", &[("k=1 user.id=7", 3)])]);
        assert_eq!(relabelled(rules.clone(), &batch).await.0, [expected], "{rules:?}");
    };
    let rules = RelabelRules::new;
    check(rules(), "a.b{k=1 user.id=7} 3").await;
    check(rules().add("env", "prod"), "a.b{env=prod k=1 user.id=7} 3").await;
    check(rules().add("k", "2"), "a.b{k=1 user.id=7} 3").await;
    check(rules().set("k", "2"), "a.b{k=2 user.id=7} 3").await;
    check(rules().rename("k", "kind"), "a.b{kind=1 user.id=7} 3").await;
    check(rules().rename("k", "user.id"), "a.b{user.id=1} 3").await;
    check(rules().rename("absent", "k"), "a.b{k=1 user.id=7} 3").await;
    check(rules().remove("user.*"), "a.b{k=1} 3").await;
    check(rules().keep(["user.*"]), "a.b{user.id=7} 3").await;
    check(rules().keep([]), "a.b{} 3").await;
    check(rules().map(|_| set("x=9")), "a.b{x=9} 3").await;
    check(rules().for_metrics("b.*").remove("*"), "a.b{k=1 user.id=7} 3").await;
    check(rules().for_metrics("a.*").remove("*").add("last", "1"), "a.b{last=1} 3").await;
    check(rules().rename_metric("a.b", "c").for_metrics("c").remove("*"), "c{} 3").await;
    check(rules().rename_metric("a.b", "c").rename_metric("c", "d"), "d{k=1 user.id=7} 3").await;
}

/// Each kind joins as its meaning allows.
#[tokio::test]
async fn points_that_become_the_same_are_joined_or_refused() {
    let without = || RelabelRules::new().remove("pod");
    let check = async |metric, expected: &[&str], merged, conflicts| {
        let (rows, joined, refused) = relabelled(without(), &batch([metric])).await;
        assert_eq!((&rows[..], joined, refused), (&expected.map_slice()[..], merged, conflicts));
    };
    let pods = [("pod=1 k=a", 1), ("k=b", 10), ("pod=2 k=a", 2), ("pod=3 k=a", 4)];
    check(counter("sum", &pods), &["sum{k=a} 7", "sum{k=b} 10"], 2, 0).await;
    check(gauge("last", &pods), &["last{k=b} 10", "last{k=a} 4"], 2, 0).await;
    let bounds = [("pod=1", 1.0, [1, 2]), ("pod=2", 1.0, [3, 4]), ("pod=3", 2.0, [5, 6])];
    check(histogram("hist", &bounds), &["hist{} [4, 6]"], 1, 1).await;
    check(summary("old", &["pod=1", "pod=2"]), &["old{} -"], 0, 1).await;
}

trait MapSlice {
    fn map_slice(&self) -> Vec<String>;
}

impl MapSlice for &[&str] {
    fn map_slice(&self) -> Vec<String> {
        self.iter().map(ToString::to_string).collect()
    }
}

/// The attribute sets of a steady series are made once, so that what encoders remember of them stays.
#[tokio::test]
async fn derived_chunks_are_remembered() {
    let inner = ScriptedExporter::new("inner");
    let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let map = move |attributes: &AttributeSet| {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        attributes.with("cluster", "eu")
    };
    let exporter = inner.clone().relabel(RelabelRules::new().map(map));
    let batch = batch([counter("sum", &[("k=a", 1), ("k=b", 2)])]);
    for _ in 0..3 {
        export(&exporter, &batch.bare()).await.unwrap();
    }
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 2);
    let chunk = |at: usize| {
        let batch = inner.calls()[at].batch.clone();
        Arc::clone(batch.metrics().next().unwrap().data.series().runs()[0].chunk())
    };
    assert!(Arc::ptr_eq(&chunk(0), &chunk(2)));
}

#[tokio::test]
async fn an_error_owes_the_points_as_they_came() {
    let inner = ScriptedExporter::new("inner");
    inner.script([Answer::Partly(1, failure()), Answer::Fail(failure())]);
    let exporter = inner.clone().relabel(RelabelRules::new().remove("pod").add("env", "prod"));
    let pods = [("pod=1 k=a", 8), ("pod=1", 1), ("k=b", 2), ("pod=2", 4), ("pod=2 k=a", 16)];
    let batch = batch([counter("sum", &pods)]);
    let error = export(&exporter, &batch).await.unwrap_err();
    // Those of `k=a` are one that was delivered; those without it are one that was not.
    assert_eq!(error.settled().dropped.of(DropReason::Merged), 1);
    let rest = error.rest().unwrap().clone();
    assert_eq!(rows(&rest), ["sum{pod=1} 1", "sum{k=b} 2", "sum{pod=2} 4"]);
    assert!(export(&exporter, &rest).await.unwrap_err().rest().is_none());
    export(&exporter, &rest).await.unwrap();
    let all: Vec<_> = inner.taken().iter().flat_map(rows).collect();
    assert_eq!(all, ["sum{env=prod k=a} 24", "sum{env=prod} 5", "sum{env=prod k=b} 2"]);
}
