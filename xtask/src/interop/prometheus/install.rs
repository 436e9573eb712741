use std::path::PathBuf;
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::interop::cache::Cache;
use crate::interop::go;
use crate::process;

use super::server::{Program, Release};

const CURRENT: go::Program = go::Program {
    name: "prometheus",
    module: "github.com/prometheus/prometheus",
    // 3.16 by the numbers of its releases.
    version: "v0.316.0",
    package: "/cmd/prometheus",
    // Of service discovery the static kind and files alone: a gigabyte less to fetch.
    tags: "remove_all_sd",
};

/// The current Prometheus, which is built if the cache has none.
pub(in crate::interop) fn current(cache: &Cache) -> Result<Program> {
    Ok(Program { path: CURRENT.install(cache)?, release: Release::V3 })
}

/// The Prometheus of this machine's distribution, if it is of the old release.
///
/// # Errors
/// `Missing` where there is none.
pub(in crate::interop) fn installed() -> Result<Program> {
    let path = PathBuf::from("prometheus");
    let said = process::output(Command::new(&path).arg("--version"));
    let said = said.map_err(|_| Failure::Missing("there is no `prometheus` on the path".into()))?;
    let version = said.split_whitespace().nth(2).unwrap_or_default();
    if !version.starts_with("2.") {
        let text = format!("the `prometheus` on the path is {version}, and not of release 2");
        return Err(Failure::Missing(text));
    }
    println!("prometheus: {version} is on the path");
    Ok(Program { path, release: Release::V2 })
}
