//! Prometheus, the current one and the one of the distribution: what they store of our endpoint, by
//! every format, is what was produced.

use meterport_core::Timestamp;

use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

use self::report::Report;
use super::cache::Cache;

mod configuration;
mod drive;
mod endpoint;
mod install;
mod jobs;
mod readings;
mod report;
mod server;
mod specimen;

/// How long ago the specimen's series began.
const AGE: std::time::Duration = std::time::Duration::from_secs(60);

/// Installs, starts, drives and stops both; keeps their folders if that is wished.
pub(super) fn run(keep: bool) -> Result<()> {
    let workspace = Workspace::read()?;
    let cache = Cache::open(&workspace)?;
    let runs = cache.path("runs");
    let start = begin()?;
    let mut rows = Vec::new();
    match install::installed() {
        Ok(program) => rows.extend(drive::scrape(&program, &runs, start, keep)?),
        Err(Failure::Missing(why)) => println!("LEFT OUT: {why}"),
        Err(failure) => return Err(failure),
    }
    let current = install::current(&cache)?;
    rows.extend(drive::scrape(&current, &runs, start, keep)?);
    print!("prometheus: what it stored is what was produced\n{}", Report(&rows));
    Ok(())
}

/// When the specimen's series began: whole seconds, a little ago.
fn begin() -> Result<Timestamp> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.map_err(|error| Failure::while_doing("reading the clock", error))?;
    Ok(Timestamp::from_secs(now.saturating_sub(AGE).as_secs()))
}
