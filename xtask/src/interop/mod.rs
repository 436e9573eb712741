//! `cargo xtask interop`: real backends, installed, started, driven and stopped.

use crate::arguments::Arguments;
use crate::failure::{Failure, Result};

mod cache;
mod daemon;
mod go;
mod http;
mod otelcol;
mod ports;
mod prometheus;
mod pushgateway;
mod remote_write;
mod scratch;
mod specimen;

const USAGE: &str = "\
Usage: cargo xtask interop <backend>... [--allow-missing] [--keep]

Installs real backends in a cache folder, starts each on free loopback ports, sends to it or lets it
scrape, compares what it took with what was produced, and stops it.

Backends:
  otelcol           the OpenTelemetry Collector; built by Go
  prometheus        Prometheus 3, built by Go; and Prometheus 2 if it is on the path
  pushgateway       the Pushgateway, scraped by Prometheus 3; both built by Go
  remote-write      Prometheus 3 and VictoriaMetrics, built by Go; and Prometheus 2 if it is on the path

Options:
  --allow-missing   a backend that cannot be installed here is said aloud, and no failure
  --keep            keep the folder with its configuration, log and output

Environment:
  METERPORT_CACHE   the cache folder; without it, `interop` in cargo's target directory
";

/// A server of others.
struct Backend {
    name: &'static str,
    /// Installs, starts, drives and stops it; its files are kept if that is wished.
    run: fn(keep: bool) -> Result<()>,
}

const BACKENDS: &[Backend] = &[
    Backend { name: "otelcol", run: otelcol::run },
    Backend { name: "prometheus", run: prometheus::run },
    Backend { name: "pushgateway", run: pushgateway::run },
    Backend { name: "remote-write", run: remote_write::run },
];

pub(crate) fn main(arguments: Vec<String>) -> Result<()> {
    let Some(mut arguments) = Arguments::new(arguments, USAGE) else { return Ok(()) };
    let allow_missing = arguments.switch("--allow-missing");
    let keep = arguments.switch("--keep");
    let mut backends = Vec::new();
    while let Some(name) = arguments.positional() {
        match BACKENDS.iter().find(|backend| backend.name == name) {
            Some(backend) => backends.push(backend),
            None => return Err(arguments.wrong(format!("there is no backend {name:?}"))),
        }
    }
    if backends.is_empty() {
        return Err(arguments.wrong("which backend?".into()));
    }
    arguments.end()?;
    for Backend { run, .. } in backends {
        match run(keep) {
            Err(Failure::Missing(why)) if allow_missing => {
                println!("LEFT OUT, as --allow-missing was given: {why}");
            }
            outcome => outcome?,
        }
    }
    Ok(())
}
