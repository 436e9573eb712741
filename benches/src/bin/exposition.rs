//! `exposition SERIES MILLISECONDS`: times Prometheus pages of the mixed workload, one line for
//! each way.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports")]

use std::error::Error;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use meterport_benches::timing::Timing;
use meterport_core::MetricBatch;
use meterport_prom::{Escaping, Exposition, Format, Translation};
use meterport_testkit::prom::text::{Dialect, parse};
use meterport_testkit::workload::{Workload, unremembered};

/// Values of so many rounds take turns.
const ROUNDS: u64 = 4;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [series, milliseconds] = &arguments[..] else {
        return Err("exposition SERIES MILLISECONDS".into());
    };
    let (series, budget) = (series.parse()?, Duration::from_millis(milliseconds.parse()?));
    let workload = Workload::mixed(series);
    let rounds: Vec<_> = (0..ROUNDS).map(|round| workload.batch(round)).collect();

    let text = Exposition::new(Translation::default(), Format::Text, Escaping::Underscores);
    let page = String::from_utf8(text.write(&rounds[0]).bytes)?;
    let families = parse(&page, Dialect::Text)?;
    // `target_info` belongs to no point.
    let lines = families.iter().map(|family| family.samples.len()).sum::<usize>() - 1;

    let mut round = 0;
    let mut next = || -> MetricBatch {
        round = (round + 1) % rounds.len();
        rounds[round].bare()
    };
    let timing = Timing::of(budget, || unremembered(&rounds[0]), |batch| write(&text, batch));
    println!("way=text-first points={lines} bytes={} {timing}", page.len());
    for (way, format) in [
        ("text", Format::Text),
        ("openmetrics", Format::OpenMetrics1),
        ("protobuf", Format::Protobuf),
    ] {
        let exposition = Exposition::new(Translation::default(), format, Escaping::Underscores);
        let bytes = exposition.write(&rounds[0]).bytes.len();
        let timing = Timing::of(budget, &mut next, |batch| write(&exposition, batch));
        println!("way={way} points={lines} bytes={bytes} {timing}");
    }
    Ok(())
}

fn write(exposition: &Exposition, batch: &MetricBatch) {
    drop(black_box(exposition.write(batch)));
}
