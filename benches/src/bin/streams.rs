//! `streams MILLISECONDS`: what the decorators cost that look at each point, one line for each.
//!
//! The series stay the same from batch to batch, as they do in a program that runs.
#![allow(clippy::print_stdout, reason = "a program that reports")]

use std::cell::Cell;
use std::num::NonZeroU16;
use std::process::ExitCode;
use std::time::Duration;

use meterport_benches::timing::Timing;
use meterport_core::{
    Deadline, ExportError, InstrumentKind, Metric, MetricBatch, MetricData, MetricExporter,
    Outcome, Temporality,
};
use meterport_decorators::{ExporterExt, FilterRules, RelabelRules, Selector};
use meterport_testkit::DiscardExporter;
use meterport_testkit::workload::Workload;
use tokio::runtime::{Builder, Runtime};

const SERIES: usize = 10_000;
/// Batches before anything is measured.
const WARM_UP: u64 = 3;

fn main() -> ExitCode {
    meterport_benches::exit(run())
}

/// A decorator around what does nothing.
type Wrap = fn(DiscardExporter) -> Box<dyn MetricExporter>;

const DECORATORS: &[(&str, Wrap)] = &[
    ("none", |inner| Box::new(inner)),
    ("to_delta", |inner| Box::new(inner.to_delta())),
    ("to_cumulative", |inner| Box::new(inner.to_cumulative())),
    ("filter by metric", |inner| {
        Box::new(inner.filter(FilterRules::new().drop(Selector::metric("no.such.*"))))
    }),
    ("filter by attribute", |inner| {
        Box::new(inner.filter(FilterRules::new().drop(Selector::attribute("no.such", "*"))))
    }),
    ("relabel", |inner| {
        Box::new(inner.relabel(RelabelRules::new().add("cluster", "eu-1").remove("no.such.*")))
    }),
    ("shard", |inner| Box::new(inner.shard(NonZeroU16::new(4).unwrap_or(NonZeroU16::MIN)))),
    ("cardinality_limit", |inner| Box::new(inner.cardinality_limit(100_000))),
    ("stale", |inner| Box::new(inner.stale())),
    ("instrumented", |inner| Box::new(inner.instrumented())),
];

fn export(
    runtime: &Runtime,
    exporter: &dyn MetricExporter,
    batch: &MetricBatch,
) -> Result<Outcome, ExportError> {
    runtime.block_on(exporter.export(batch, Deadline::NONE))
}

fn run() -> Result<(), String> {
    let milliseconds = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let budget = Duration::from_millis(milliseconds.ok_or("streams MILLISECONDS")?);
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    for (mix, workload) in
        [("counters", Workload::counters(SERIES)), ("histograms", Workload::histograms(SERIES))]
    {
        for (name, wrap) in DECORATORS {
            let exporter = wrap(DiscardExporter::new());
            let temporality = exporter.temporality(InstrumentKind::Counter);
            let round = Cell::new(0);
            let next = || {
                round.set(round.get() + 1);
                of(temporality, &workload.batch(round.get()))
            };
            for _ in 0..WARM_UP {
                let outcome = export(&runtime, &*exporter, &next()).map_err(|e| e.to_string())?;
                // What drops points would be quick.
                if outcome.delivered != SERIES as u64 {
                    return Err(format!("{name}: {outcome:?}"));
                }
            }
            let batch = next();
            let allocations =
                allocation_counter::measure(|| drop(export(&runtime, &*exporter, &batch)));
            let timing = Timing::of(budget, next, |batch| {
                let _ = export(&runtime, &*exporter, batch);
            });
            println!(
                "mix={mix} decorator={} series={SERIES} ns_per_point={:.1} allocations={} bytes={} {timing}",
                name.replace(' ', "_"),
                timing.low / SERIES as f64,
                allocations.count_total,
                allocations.bytes_total,
            );
        }
    }
    Ok(())
}

/// The same figures, called deltas if these are wanted.
fn of(temporality: Temporality, batch: &MetricBatch) -> MetricBatch {
    batch.map_metrics(|_, _, metric| {
        let data = match metric.data.clone() {
            MetricData::Histogram(mut data) => {
                data.temporality = temporality;
                data.into()
            }
            MetricData::Sum(mut data) => {
                data.temporality = temporality;
                data.into()
            }
            data => data,
        };
        Some(Metric { descriptor: metric.descriptor.clone(), data })
    })
}
