//! Receivers of remote write: what they store of a batch is what Prometheus stores that scrapes it.

use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

use super::cache::Cache;
use super::go;
use super::prometheus::{self, Program, Release, Report, begin};

mod reference;
mod relay;
mod send;
mod ways;

const VICTORIA_METRICS: go::Program = go::Program {
    name: "victoria-metrics",
    module: "github.com/VictoriaMetrics/VictoriaMetrics",
    // Newer ones ask for a newer Go.
    version: "v1.150.0",
    package: "/app/victoria-metrics",
    tags: "",
};

/// Installs, starts, drives and stops them. Their files stay if that is wished.
pub(super) fn run(keep: bool) -> Result<()> {
    let workspace = Workspace::read()?;
    let cache = Cache::open(&workspace)?;
    let runs = cache.path("runs");
    let current = prometheus::current(&cache)?;
    let start = begin()?;
    let reference = reference::Reference::scrape(&current, &runs, start)?;
    let mut rows = Vec::new();
    let mut programs = vec![current.clone()];
    for found in [prometheus::installed(), victoria_metrics(&cache)] {
        match found {
            Ok(program) => programs.push(program),
            Err(Failure::Missing(why)) => println!("LEFT OUT: {why}"),
            Err(failure) => return Err(failure),
        }
    }
    for program in &programs {
        for way in ways::WAYS.iter().filter(|way| way.release == program.release) {
            rows.push(way.check(program, &runs, &reference, keep)?);
        }
    }
    rows.extend(relay::check(&current, &runs, start)?);
    print!("remote-write: what was stored is what a scrape stores\n{}", Report(&rows));
    println!("  series that ended are gone, buckets and quantiles too");
    Ok(())
}

fn victoria_metrics(cache: &Cache) -> Result<Program> {
    Ok(Program { path: VICTORIA_METRICS.install(cache)?, release: Release::VictoriaMetrics })
}
