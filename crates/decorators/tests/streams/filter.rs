use std::ptr;

use meterport_core::{DropReason, MetricBatch, MetricExporter};
use meterport_decorators::{ExporterExt, FilterRules, Selector};
use meterport_testkit::{Answer, ScriptedExporter};

use crate::fixtures::{batch, counter, export, failure, gauge, rows};

fn mixed() -> MetricBatch {
    batch([
        counter("http.requests", &[("route=/a code=200", 1), ("route=/health code=200", 2)]),
        counter("http.errors", &[("route=/a", 3), ("", 4)]),
        gauge("queue.length", &[("route=/b", 5)]),
    ])
}

async fn check(rules: FilterRules, kept: &[&str]) {
    let inner = ScriptedExporter::new("inner");
    let exporter = inner.clone().filter(rules.clone());
    let books = export(&exporter, &mixed()).await.unwrap();
    assert_eq!(books.dropped.of(DropReason::Filtered), 5 - kept.len() as u64, "{rules:?}");
    let arrived: Vec<_> = inner.calls().iter().flat_map(|call| rows(&call.batch)).collect();
    assert_eq!(arrived, kept, "{rules:?}");
}

#[tokio::test]
async fn what_rules_keep_and_drop() {
    let (a, health) =
        ("http.requests{code=200 route=/a} 1", "http.requests{code=200 route=/health} 2");
    let (errors, bare, queue) =
        ("http.errors{route=/a} 3", "http.errors{} 4", "queue.length{route=/b} 5");
    let rules = FilterRules::new;
    let (metric, attribute, all) = (Selector::metric, Selector::attribute, Selector::all);
    check(rules(), &[a, health, errors, bare, queue]).await;
    check(rules().keep(metric("http.*")), &[a, health, errors, bare]).await;
    check(rules().drop(metric("http.*")), &[queue]).await;
    check(rules().keep(metric("http.*")).drop(metric("*.errors")), &[a, health]).await;
    check(rules().drop(attribute("route", "/health*")), &[a, errors, bare, queue]).await;
    check(rules().keep(attribute("route", "/?")), &[a, errors, queue]).await;
    check(rules().keep(all().and_has("route")), &[a, health, errors, queue]).await;
    check(rules().keep(all().and_value("code", "200")), &[a, health]).await;
    check(rules().keep(all().and_value("code", 200)), &[]).await;
    check(rules().keep(metric("http.errors").and_attribute("route", "*")), &[errors]).await;
    check(rules().keep(metric("queue.*")).keep(attribute("route", "/a")), &[a, errors, queue])
        .await;
    check(rules().drop(Selector::scope("test")), &[]).await;
    check(rules().keep(metric("http.*").and_scope("other")), &[]).await;
    let custom = Selector::custom(|_, _, metric, set| metric.data.len() == 2 && set.len() < 2);
    check(rules().drop(custom), &[a, health, queue]).await;
}

/// What encoders remember of the batch is shared then.
#[tokio::test]
async fn a_batch_of_which_all_stays_goes_through_as_it_is() {
    let inner = ScriptedExporter::new("inner");
    let exporter = inner.clone().filter(FilterRules::new().drop(Selector::metric("none")));
    let batch = mixed();
    export(&exporter, &batch).await.unwrap();
    assert!(ptr::eq(inner.calls()[0].batch.resources(), batch.resources()));
}

/// The second attempt finds what was worked out for the first, and the error owes what was kept.
#[tokio::test]
async fn an_error_owes_what_was_kept() {
    let inner = ScriptedExporter::new("inner");
    inner.script([Answer::Fail(failure()), Answer::Partly(1, failure())]);
    let rules = FilterRules::new().keep(Selector::metric("http.*"));
    let exporter = inner.clone().filter(rules);
    let batch = mixed();
    for owed in [4, 3] {
        let error = export(&exporter, &batch).await.unwrap_err();
        assert_eq!(error.rest().map(MetricBatch::points), Some(owed));
    }
    let calls = inner.calls();
    assert!(ptr::eq(calls[0].batch.resources(), calls[1].batch.resources()));
    assert_eq!(exporter.component(), inner.component());
}
