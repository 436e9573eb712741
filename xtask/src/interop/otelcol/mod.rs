//! The OpenTelemetry Collector with an OTLP receiver and a file exporter: what it took, it writes
//! as OTLP JSON lines, to be compared with what was sent:
//! by every protocol, with every compression, in the clear, over TLS and over mTLS.

use crate::failure::Result;
use crate::workspace::Workspace;

use self::collector::Collector;
use self::door::Security;
use super::cache::Cache;

mod collector;
mod door;
mod drive;
mod identities;
mod install;
mod normal;
mod report;
mod ways;

/// Installs, starts, drives and stops a Collector; keeps its folder if that is wished.
pub(super) fn run(keep: bool) -> Result<()> {
    let workspace = Workspace::read()?;
    let cache = Cache::open(&workspace)?;
    let program = install::program(&cache)?;
    let mut collector = Collector::start(&program, &cache.path("runs"))?;
    for door in Security::ALL.map(|security| collector.door(security)) {
        println!("otelcol: listens on {} (HTTP) and {} (gRPC)", door.http_url(), door.grpc_url());
    }
    if keep {
        println!("otelcol: its files stay in {}", collector.keep_files().display());
    }
    let report = drive::drive(&collector)?;
    print!("otelcol: what it wrote is what was sent\n{report}");
    Ok(())
}
