//! The Pushgateway, and a Prometheus that scrapes it: what is pushed in every way is what is
//! stored in the end.

use crate::failure::Result;
use crate::workspace::Workspace;

use super::cache::Cache;
use super::prometheus::{self, Report};

mod batches;
mod drive;
mod server;

/// Installs, starts, drives and stops a gateway and Prometheus; keeps their folders if that is
/// wished.
pub(super) fn run(keep: bool) -> Result<()> {
    let workspace = Workspace::read()?;
    let cache = Cache::open(&workspace)?;
    let program = server::install(&cache)?;
    let prometheus = prometheus::current(&cache)?;
    let runs = cache.path("runs");
    let programs =
        drive::Programs { gateway: &program, prometheus: &prometheus, runs: &runs, keep };
    let (rows, also) = drive::drive(&programs)?;
    print!("pushgateway: what Prometheus found there is what was pushed\n{}", Report(&rows));
    also.iter().for_each(|line| println!("  {line}"));
    Ok(())
}
