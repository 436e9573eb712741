//! `cargo xtask interop`: real backends, installed, started, driven and stopped.

use crate::arguments::Arguments;
use crate::failure::{Failure, Result};

mod cache;
mod http;
mod otelcol;
mod ports;
mod scratch;
mod specimen;

const USAGE: &str = "\
Usage: cargo xtask interop <backend> [--allow-missing] [--keep]

Installs a real backend in a cache folder, starts it on free loopback ports, sends to it, compares
what it took with what was sent, and stops it.

Backends:
  otelcol           the OpenTelemetry Collector; built by Go

Options:
  --allow-missing   a backend that cannot be installed here is said aloud, and no failure
  --keep            keep the folder with its configuration, log and output

Environment:
  METERPORT_CACHE   the cache folder; without it, `interop` in cargo's target directory
";

pub(crate) fn main(arguments: Vec<String>) -> Result<()> {
    let Some(mut arguments) = Arguments::new(arguments, USAGE) else { return Ok(()) };
    let allow_missing = arguments.switch("--allow-missing");
    let keep = arguments.switch("--keep");
    let run = match arguments.positional().as_deref() {
        Some("otelcol") => otelcol::run,
        Some(other) => return Err(arguments.wrong(format!("there is no backend {other:?}"))),
        None => return Err(arguments.wrong("which backend?".into())),
    };
    arguments.end()?;
    match run(keep) {
        Err(Failure::Missing(why)) if allow_missing => {
            println!("LEFT OUT, as --allow-missing was given: {why}");
            Ok(())
        }
        outcome => outcome,
    }
}
