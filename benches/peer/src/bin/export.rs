//! `export TRANSPORT COMPRESSION SERIES MILLISECONDS ADDRESS`: exports the mixed workload by
//! opentelemetry-otlp, one export after the other, and says what that costs this process.

use std::process::ExitCode;
use std::time::Duration;

use meterport_peer::memory::Memory;
use meterport_peer::plain::Mix;
use meterport_peer::snapshot;
use meterport_peer::timing::Timing;
use opentelemetry_otlp::{
    Compression, MetricExporter, Protocol, WithExportConfig, WithHttpConfig, WithTonicConfig,
};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [transport, compression, series, milliseconds, address] = &arguments[..] else {
        return Err("export TRANSPORT COMPRESSION SERIES MILLISECONDS ADDRESS".into());
    };
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is not a number"));
    let (series, milliseconds): (usize, usize) = (number(series)?, number(milliseconds)?);
    let compression = match compression.as_str() {
        "identity" => None,
        "gzip" => Some(Compression::Gzip),
        "zstd" => Some(Compression::Zstd),
        other => return Err(format!("there is no compression {other:?}")),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    // tonic's channel wants to be made inside a runtime.
    let exporter = runtime.block_on(async { exporter(transport, compression, address) })?;

    let snapshot = snapshot(Mix::Mixed, series);
    let mut failure = None;
    let mut export = || {
        if let Err(error) = runtime.block_on(exporter.export(&snapshot)) {
            failure = Some(error.to_string());
        }
    };
    let memory = Memory::watch();
    export();
    let budget = Duration::from_millis(milliseconds as u64);
    let timing = Timing::of_process(budget, || (), |()| export());
    println!("way=peer points={series} peak={} {timing}", memory.growth());
    failure.map_or(Ok(()), Err)
}

fn exporter(
    transport: &str,
    compression: Option<Compression>,
    address: &str,
) -> Result<MetricExporter, String> {
    let built = match transport {
        "http" => {
            let mut builder = MetricExporter::builder()
                .with_http()
                .with_protocol(Protocol::HttpBinary)
                .with_endpoint(format!("http://{address}/v1/metrics"));
            if let Some(compression) = compression {
                builder = builder.with_compression(compression);
            }
            builder.build()
        }
        "grpc" => {
            let mut builder =
                MetricExporter::builder().with_tonic().with_endpoint(format!("http://{address}"));
            if let Some(compression) = compression {
                builder = builder.with_compression(compression);
            }
            builder.build()
        }
        other => return Err(format!("there is no transport {other:?}")),
    };
    built.map_err(|error| error.to_string())
}
