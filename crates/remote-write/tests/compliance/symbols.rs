use std::collections::HashSet;

use super::fixture::*;

// That references are valid and even in number, that "" is the first symbol, that no symbol is there
// twice, and that symbols come before series: the receiver refuses everything else.

#[test]
fn empty_string_at_index_zero() {
    assert_eq!(sent(&every_kind()).symbols[0], "");
}

#[test]
fn string_deduplication() {
    let symbols = sent(&every_kind()).symbols;
    assert_eq!(sent(&every_kind()).unused_symbols, 0);
    let unique: HashSet<_> = symbols.iter().collect();
    assert_eq!(unique.len(), symbols.len());
}

#[test]
fn labels_refs_valid_indices() {
    let write = sent(&every_kind());
    assert!(write.series.iter().all(|series| series.label("job") == Some("demo")));
}

#[test]
fn labels_refs_even_length() {
    let write = sent(&every_kind());
    assert!(write.series.iter().all(|series| series.labels.len() >= 3));
}

/// A thousand series that share all but one value.
#[test]
fn symbol_table_efficiency() {
    let points = (0..1_000).map(|at| point([("at", at.to_string()), ("b", "c".into())], 1.0));
    let write = sent(&batch([gauge_of("g", points)]));
    assert_eq!(write.named("g").count(), 1_000);
    assert!(write.symbols.len() < 1_020, "{}", write.symbols.len());
}

/// The second export of the same series finds everything remembered, and of others nothing is
/// left over.
#[test]
fn symbols_of_one_request_alone() {
    let receiver = meterport_testkit::FakeReceiver::start();
    let exporter = exporter(&receiver, |builder| builder);
    let all = batch([gauge_of("g", (0..600).map(|at| point([("at", at.to_string())], 1.0)))]);
    export(&exporter, &all).unwrap();
    let mut some = all.clone();
    for scope in some.edit().iter_mut().flat_map(|resource| &mut resource.scopes) {
        for metric in &mut scope.metrics {
            let meterport_core::MetricData::Gauge(gauge) = &mut metric.data else { panic!() };
            gauge.points = gauge.points.slice(250..260);
        }
    }
    export(&exporter, &some).unwrap();
    let writes = receiver.writes();
    let values = |at: usize| writes[at].named("g").map(|one| one.label("at").unwrap().to_owned());
    assert_eq!(values(0).count(), 600);
    let expected: Vec<_> = (250..260).map(|at: u32| at.to_string()).collect();
    assert_eq!(values(1).collect::<Vec<_>>(), expected);
    assert!(writes[1].symbols.len() < 30);
    assert_eq!(writes[1].unused_symbols, 0);
}
