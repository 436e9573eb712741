//! `export TRANSPORT COMPRESSION SERIES MILLISECONDS ADDRESS`: exports the mixed workload one batch
//! after the other, and says what that costs this process.
#![allow(clippy::print_stdout, reason = "a program that reports")]

use std::process::ExitCode;
use std::time::Duration;

use meterport_benches::memory::Memory;
use meterport_benches::timing::Timing;
use meterport_core::{ConfigError, Deadline, MetricBatch, MetricExporter};
use meterport_otlp_grpc::OtlpGrpcExporter;
use meterport_otlp_http::{Compression, OtlpHttpExporter};
use meterport_testkit::workload::Workload;

/// Values of so many rounds take turns.
const ROUNDS: usize = 4;

fn main() -> ExitCode {
    meterport_benches::exit(run())
}

fn run() -> Result<(), String> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [transport, compression, series, milliseconds, address] = &arguments[..] else {
        return Err("export TRANSPORT COMPRESSION SERIES MILLISECONDS ADDRESS".into());
    };
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is not a number"));
    let (series, milliseconds): (usize, usize) = (number(series)?, number(milliseconds)?);
    let compression = match compression.as_str() {
        "identity" => Compression::Identity,
        "gzip" => Compression::GZIP,
        "zstd" => Compression::ZSTD,
        other => return Err(format!("there is no compression {other:?}")),
    };
    let exporter = exporter(transport, compression, &format!("http://{address}"))?;
    let exporter = exporter.map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;

    let workload = Workload::mixed(series);
    let rounds: Vec<_> = (0..ROUNDS as u64).map(|round| workload.batch(round)).collect();
    let mut failure = None;
    let mut export = |batch: &MetricBatch| {
        let exported = runtime.block_on(exporter.export(batch, Deadline::NONE));
        match exported {
            Ok(outcome) if outcome.delivered == series as u64 && outcome.unverified == 0 => {}
            other => failure = Some(format!("{other:?}")),
        }
    };
    // The connection, and the attributes' bytes, are there from the first one on.
    let memory = Memory::watch();
    // A round of its own, which does not stay with its whole encoding.
    export(&rounds[0].bare());
    let mut round = 0;
    let timing = Timing::of_process(
        Duration::from_millis(milliseconds as u64),
        || {
            round = (round + 1) % ROUNDS;
            // Whole encodings are not to be found there.
            rounds[round].bare()
        },
        &mut export,
    );
    println!("way=ours points={series} peak={} {timing}", memory.growth());
    failure.map_or(Ok(()), Err)
}

type Built = Result<Box<dyn MetricExporter>, ConfigError>;

fn exporter(transport: &str, compression: Compression, url: &str) -> Result<Built, String> {
    match transport {
        "grpc" => {
            let builder = OtlpGrpcExporter::builder().endpoint(url).compression(compression);
            Ok(builder.build().map(|exporter| Box::new(exporter) as _))
        }
        "http" => {
            let builder = OtlpHttpExporter::builder().endpoint(url).compression(compression);
            Ok(builder.build().map(|exporter| Box::new(exporter) as _))
        }
        other => Err(format!("there is no transport {other:?}")),
    }
}
