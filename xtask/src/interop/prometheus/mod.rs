//! Prometheus, the current one and the one of the distribution: what they store of our endpoint, by
//! every format, is what was produced.

use meterport_core::Timestamp;

use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

use super::cache::Cache;

pub(super) use self::configuration::{Configuration, Scraped};
pub(super) use self::endpoint::{Endpoint, Names};
pub(super) use self::install::{current, installed};
pub(super) use self::metadata::written_metadata;
pub(super) use self::readings::{Lines, Selection};
pub(super) use self::report::{Report, Row};
pub(super) use self::server::{Program, Prometheus, Release};
pub(super) use self::shows::{Shows, expected};

mod configuration;
mod drive;
mod endpoint;
mod install;
mod jobs;
mod metadata;
pub(super) mod names;
mod otlp;
mod readings;
mod report;
mod server;
mod shows;
pub(super) mod specimen;

/// How long ago the specimen's series began.
const AGE: std::time::Duration = std::time::Duration::from_secs(60);

/// Installs, starts, drives and stops both; keeps their folders if that is wished.
pub(super) fn run(keep: bool) -> Result<()> {
    let workspace = Workspace::read()?;
    let cache = Cache::open(&workspace)?;
    let runs = cache.path("runs");
    let start = begin()?;
    let mut rows = Vec::new();
    match installed() {
        Ok(program) => rows.extend(drive::scrape(&program, &runs, start, keep)?),
        Err(Failure::Missing(why)) => println!("LEFT OUT: {why}"),
        Err(failure) => return Err(failure),
    }
    let current = current(&cache)?;
    rows.extend(drive::scrape(&current, &runs, start, keep)?);
    rows.push(otlp::compare(&current, &runs, start)?);
    print!("prometheus: what it stored is what was produced\n{}", Report(&rows));
    Ok(())
}

/// When the specimen's series began: whole seconds, a little ago.
pub(super) fn begin() -> Result<Timestamp> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.map_err(|error| Failure::while_doing("reading the clock", error))?;
    Ok(Timestamp::from_secs(now.saturating_sub(AGE).as_secs()))
}

/// In the unit of Prometheus' times.
pub(super) fn milliseconds(time: Timestamp) -> i64 {
    (time.as_nanos() / 1_000_000) as i64
}
