//! The layer table of the house plan: which crate may depend on which.
//!
//! A new edge is a change of the architecture: it is made here, and explained in `docs/design.md`.

use super::Finding;
use super::tree::Tree;
use crate::workspace::{Dependency, DependencyKind, Package, Workspace};

/// A crate of the plan, built or still to come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// The folder in `crates/`; the package is `meterport-<name>`.
    pub(crate) name: &'static str,
    /// Edges go from a higher to a lower layer.
    pub(crate) layer: u8,
    /// The crates of this workspace that it may depend on.
    pub(crate) may_use: MayUse,
}

/// The edges that a crate may have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MayUse {
    /// Every crate of a lower layer.
    AllBelow,
    /// These.
    Only(&'static [&'static str]),
}

const fn row(layer: u8, name: &'static str, only: &'static [&'static str]) -> Row {
    Row { name, layer, may_use: MayUse::Only(only) }
}

/// The table.
#[rustfmt::skip]
pub(crate) const TABLE: &[Row] = &[
    row(0, "core", &[]),

    row(1, "compress", &["core"]),
    row(1, "otlp", &["core"]),
    row(1, "prom", &["core"]),
    row(1, "registry", &["core"]),
    row(1, "worker", &["core"]),

    row(2, "decorators", &["core", "registry", "worker"]),
    row(2, "net", &["compress", "core"]),
    row(2, "reader", &["core", "worker"]),

    row(3, "host", &["core", "registry", "worker"]),
    row(3, "metrics", &["core", "registry", "worker"]),
    row(3, "opentelemetry", &["core", "registry"]),
    row(3, "opentelemetry-sdk", &["core", "registry", "worker"]),
    row(3, "otlp-grpc", &["core", "net", "otlp"]),
    row(3, "otlp-http", &["core", "net", "otlp"]),
    row(3, "prom-pull", &["compress", "core", "prom", "worker"]),
    row(3, "prom-push", &["core", "net", "prom", "worker"]),
    row(3, "prom-scrape", &["core", "net", "prom", "worker"]),
    row(3, "prom-server", &["core", "net", "prom", "prom-pull", "worker"]),
    row(3, "prometheus", &["core", "registry", "worker"]),
    row(3, "prometheus-client", &["core", "registry", "worker"]),
    row(3, "remote-write", &["core", "net", "prom"]),
    row(3, "sigv4", &["core", "net"]),
    row(3, "stdout", &["core", "otlp"]),

    Row { name: "config", layer: 4, may_use: MayUse::AllBelow },

    Row { name: "meterport", layer: 5, may_use: MayUse::AllBelow },
];

/// The one pair inside a layer.
const WITHIN_A_LAYER: (&str, &str) = ("prom-server", "prom-pull");

/// Stands beside the layers: for tests alone, and on core alone.
const TESTKIT: &str = "testkit";

/// Crates that do no I/O must not see what does it.
const WITHOUT_IO: &[&str] = &["compress", "core", "otlp", "prom", "registry"];
const IO: &[&str] =
    &["hyper", "hyper-util", "mio", "reqwest", "rustls", "socket2", "tokio", "tonic"];

/// All that core's users must compile, whatever they use.
const CORE_USES: &[&str] = &["async-trait", "bytes"];

pub(super) fn check(tree: &Tree, workspace: &Workspace) -> Vec<Finding> {
    let mut findings = faults_of_table(TABLE);
    for package in &workspace.packages {
        let manifest = package.manifest();
        let text = tree.file(&manifest).map_or("", |file| file.text.as_str());
        if !package.folder.starts_with("crates/") {
            let used = package.dependencies.iter().filter(|used| name_of(used) == Some(TESTKIT));
            findings.extend(
                used.filter_map(fault_of_testkit).map(|what| Finding::new(&manifest, 1, what)),
            );
            continue;
        }
        if package.folder_name() != TESTKIT && find(package.folder_name()).is_none() {
            findings.push(Finding::new(&manifest, 1, "is not in the layer table"));
            continue;
        }
        for dependency in &package.dependencies {
            if let Some(what) = fault(package, dependency) {
                let line = line_of(text, &dependency.name);
                findings.push(Finding::new(&manifest, line, what));
            }
        }
    }
    findings.extend(core_without_testkit(tree));
    findings
}

/// The row of a crate.
pub(crate) fn find(name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name == name)
}

fn name_of(dependency: &Dependency) -> Option<&str> {
    match dependency.name.as_str() {
        "meterport" => Some("meterport"),
        name => name.strip_prefix("meterport-"),
    }
}

fn fault(package: &Package, dependency: &Dependency) -> Option<String> {
    let user = package.folder_name();
    let is_dev = dependency.kind == DependencyKind::Dev;
    let Some(used) = name_of(dependency) else {
        let name = dependency.name.as_str();
        let has_io = WITHOUT_IO.contains(&user) && IO.contains(&name);
        let too_much = user == "core" && !CORE_USES.contains(&name);
        return (!is_dev && (has_io || too_much)).then(|| format!("{user} must not use {name}"));
    };
    if used == TESTKIT {
        let wrong_kind = (!is_dev).then(|| format!("{TESTKIT} is a dev-dependency only"));
        return wrong_kind.or_else(|| fault_of_testkit(dependency));
    }
    if is_dev {
        let upwards = user == "core";
        return upwards.then(|| format!("core's tests may use {TESTKIT}, not {used}"));
    }
    let allowed = match find(user).map(|row| (row.layer, row.may_use)) {
        Some((_, MayUse::Only(names))) => names.contains(&used),
        Some((layer, MayUse::AllBelow)) => find(used).is_some_and(|row| row.layer < layer),
        None => user == TESTKIT && used == "core",
    };
    (!allowed).then(|| format!("the edge {user} -> {used} is not in the layer table"))
}

/// By path alone: a version would order the publishing, and core's tests would close a circle.
fn fault_of_testkit(dependency: &Dependency) -> Option<String> {
    (dependency.requirement != "*").then(|| format!("{TESTKIT} is used by path, without version"))
}

/// Core's own unit tests would meet a second copy of core there.
fn core_without_testkit(tree: &Tree) -> Vec<Finding> {
    let sources = tree.rust().filter(|(file, _)| file.path.starts_with("crates/core/src/"));
    let uses = sources.flat_map(|(file, code)| {
        code.words("meterport_testkit").map(|at| (file.path.as_str(), code.line(at) + 1))
    });
    uses.map(|(path, line)| Finding::new(path, line, "testkit belongs in crates/core/tests"))
        .collect()
}

fn faults_of_table(table: &[Row]) -> Vec<Finding> {
    let layer = |name: &str| table.iter().find(|row| row.name == name).map(|row| row.layer);
    let mut findings = Vec::new();
    for row in table {
        let MayUse::Only(names) = row.may_use else { continue };
        for name in names {
            let down = layer(name).is_some_and(|layer| layer < row.layer);
            if !down && (row.name, *name) != WITHIN_A_LAYER {
                let what = format!("the table's edge {} -> {name} does not go down", row.name);
                findings.push(Finding::new("xtask/src/tidy/layers.rs", 1, what));
            }
        }
    }
    findings
}

fn line_of(manifest: &str, dependency: &str) -> usize {
    let declares = |line: &str| {
        let tail = line.trim_start().strip_prefix(dependency);
        tail.is_some_and(|tail| tail.starts_with(['.', ' ', '=']))
    };
    manifest.lines().position(declares).map_or(1, |line| line + 1)
}

#[cfg(test)]
mod tests;
