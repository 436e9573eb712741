//! `stack MILLISECONDS`: what decorators add to an export that goes well, one line for each stack.
#![allow(clippy::print_stdout, reason = "a program that reports")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use meterport_benches::timing::Timing;
use meterport_core::{Deadline, ExportError, MetricBatch, MetricExporter};
use meterport_decorators::{ExporterExt, RetryPolicy, Split};
use meterport_testkit::DiscardExporter;
use meterport_testkit::workload::Workload;
use tokio::runtime::{Builder, Runtime};

fn main() -> ExitCode {
    meterport_benches::exit(run())
}

/// The stacks, by what they add, each with its number of layers.
fn stacks() -> Vec<(&'static str, u32, Box<dyn MetricExporter>)> {
    let inner = DiscardExporter::new;
    let (limit, points) = (Duration::from_secs(10), Split::<DiscardExporter>::MAX_POINTS);
    let retry = RetryPolicy::default;
    let asked = inner().timeout(limit).retry(retry()).split(points).logging();
    vec![
        ("none", 0, Box::new(inner())),
        ("timeout", 1, Box::new(inner().timeout(limit))),
        ("retry", 1, Box::new(inner().retry(retry()))),
        ("split", 1, Box::new(inner().split(points))),
        ("logging", 1, Box::new(inner().logging())),
        ("timeout+retry+split+logging", 4, Box::new(asked)),
        ("reliable", 5, Box::new(inner().reliable())),
    ]
}

/// Exports in one repetition.
const EXPORTS: u32 = 1_000;

fn exports(
    runtime: &Runtime,
    exporter: &dyn MetricExporter,
    batch: &MetricBatch,
    count: u32,
) -> Result<(), ExportError> {
    // As a reader has one.
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(30));
    runtime.block_on(async {
        for _ in 0..count {
            exporter.export(batch, deadline).await?;
        }
        Ok(())
    })
}

fn run() -> Result<(), String> {
    let milliseconds = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let budget = Duration::from_millis(milliseconds.ok_or("stack MILLISECONDS")?);
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let batch = Workload::mixed(1_000).batch(0);
    for (name, layers, stack) in stacks() {
        // Whoever fails would be quick.
        exports(&runtime, &*stack, &batch, 1).map_err(|error| error.to_string())?;
        let counted = |count| {
            let run = || drop(exports(&runtime, &*stack, &batch, count));
            allocation_counter::measure(run).count_total
        };
        let allocations = (counted(101) - counted(1)) as f64 / 100.0;
        let timing = Timing::of(
            budget,
            || (),
            |()| {
                let _ = exports(&runtime, &*stack, &batch, EXPORTS);
            },
        );
        println!(
            "stack={name} layers={layers} exports={EXPORTS} allocations={allocations} {timing}"
        );
    }
    Ok(())
}
