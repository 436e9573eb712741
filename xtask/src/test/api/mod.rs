//! No type of the libraries beneath stands in a public signature: their versions are ours to
//! change.

use std::fs;

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::process;
use crate::workspace::Workspace;

use self::signatures::Signatures;

mod signatures;
#[cfg(test)]
mod tests;

/// Crates that may not be seen. `http`, `http-body`, `bytes` and `tower-service` may.
const HIDDEN: &[&str] = &[
    "h2",
    "hyper",
    "hyper_util",
    "reqwest",
    "rustls",
    "rustls_pki_types",
    "tokio_rustls",
    "tonic",
    "webpki",
];

/// Has rustdoc describe every library as JSON, which only an unstable option does, and looks
/// through that. In a folder of its own: what that option's switch is set for is built anew.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let target = workspace.target.join("api");
    let mut cargo = workspace.cargo();
    cargo.args(["doc", "--no-deps", "--lib", "--all-features", "--target-dir"]).arg(&target);
    cargo.env("RUSTC_BOOTSTRAP", "1");
    cargo.env("RUSTDOCFLAGS", "-Z unstable-options --output-format json");
    for package in workspace.publishable().filter(|package| package.has_library) {
        cargo.args(["--package", &package.name]);
    }
    process::output(&mut cargo)?;
    let mut findings = Vec::new();
    for package in workspace.publishable().filter(|package| package.has_library) {
        let library = package.name.replace('-', "_");
        let file = target.join("doc").join(format!("{library}.json"));
        let failed = |error: &dyn std::fmt::Display| Failure::while_doing(file.display(), error);
        let text = fs::read(&file).map_err(|error| failed(&error))?;
        let described: Value = serde_json::from_slice(&text).map_err(|error| failed(&error))?;
        let found = Signatures::read(&described).map_err(|what| failed(&what))?;
        findings.extend(found.of_crates(HIDDEN));
    }
    if findings.is_empty() {
        return Ok(());
    }
    let text = format!("types that no public signature may name:\n{}", findings.join("\n"));
    Err(Failure::Failed(text))
}
