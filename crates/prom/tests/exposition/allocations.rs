//! What a scrape allocates: nothing for a line.

use allocation_counter::measure;
use meterport_prom::{Escaping, Exposition, Format, Translation};
use meterport_testkit::workload::Workload;

/// Allocations of a page after the first one.
fn allocations(workload: &Workload, exposition: &Exposition) -> u64 {
    exposition.write(&workload.batch(0));
    let batch = workload.batch(1);
    measure(|| drop(exposition.write(&batch))).count_total
}

#[test]
fn their_number_does_not_depend_on_the_series() {
    type Mix = fn(usize) -> Workload;
    let mixes: [(&str, Mix, u64); 4] = [
        ("mixed", Workload::mixed, 40),
        ("counters", Workload::counters, 40),
        ("gauges", Workload::gauges, 40),
        ("histograms", Workload::histograms, 60),
    ];
    for (mix, workload, at_most) in mixes {
        for format in [Format::Text, Format::OpenMetrics1, Format::OpenMetrics2] {
            let exposition = Exposition::new(Translation::default(), format, Escaping::Underscores);
            let count = |series| allocations(&workload(series), &exposition);
            let (few, many) = (count(500), count(4_000));
            // The page itself grows a few times where its length was guessed too small.
            assert!(many <= few + 8, "{mix} in {format}: {few}, {many}");
            let families = workload(500).batch(0).metrics().count() as u64;
            assert!(few <= at_most * families, "{mix} in {format}: {few} for {families} families");
        }
    }
}

#[test]
fn messages_allocate_nothing_per_metric_either() {
    for workload in [Workload::mixed, Workload::exponential] {
        let exposition =
            Exposition::new(Translation::default(), Format::Protobuf, Escaping::Underscores);
        let count = |series| allocations(&workload(series), &exposition);
        let (few, many) = (count(500), count(4_000));
        assert!(many <= few + 16, "{few}, {many}");
    }
}
