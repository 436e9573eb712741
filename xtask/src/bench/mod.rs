//! `cargo xtask bench`: what encoding and exporting cost, and whether that is what was promised.

use std::path::PathBuf;
use std::time::Duration;

use crate::arguments::Arguments;
use crate::failure::{Failure, Result};
use crate::process;
use crate::workspace::Workspace;

mod decorators;
mod e2e;
mod encode;
mod exposition;
mod figures;
mod instructions;
mod registry;
mod remote_write;
mod scrape;
mod sink;

const USAGE: &str = "\
Usage: cargo xtask bench <what> [--quick] [--allow-missing]

  decorators     what stacks of decorators add to an export that goes well; fails above a
                 microsecond, or one allocation a layer. What looks at each point costs. A
                 receiver that is too slow for a minute: fails if recording suffers
  e2e            whole exports over HTTP and gRPC beside opentelemetry-otlp, to a receiver in
                 another process: processor time, bytes and memory; fails unless the promised
                 ratios hold
  encode         criterion over all ways from a batch to bytes; then the same data beside
                 opentelemetry-otlp, prost and memcpy, outputs compared first; fails unless the
                 promised ratios hold
  registry       recording, and a snapshot with its encoding, beside opentelemetry_sdk with
                 opentelemetry-otlp, the metrics facade and prometheus-client: time, allocations,
                 memory; fails unless the promised ratios hold
  exposition     Prometheus pages beside prometheus-client, prometheus, metrics-exporter-prometheus
                 and opentelemetry-prometheus; fails unless the promised ratios hold
  remote-write   messages of Remote Write 1.0 and 2.0 beside the crates that send 1.0, messages
                 compared first: time, and bytes on the wire; fails unless the promised ratios hold.
                 And the other direction: pages that are read
  instructions   instructions per point, counted by valgrind; fails above the promised numbers

Options:
  --quick           shorter measurements; of the instructions only those that are promised
  --allow-missing   a missing valgrind is said aloud, and no failure
";

/// The package whose programs measure.
const PACKAGE: &str = "meterport-benches";

pub(crate) fn main(arguments: Vec<String>) -> Result<()> {
    let Some(mut arguments) = Arguments::new(arguments, USAGE) else { return Ok(()) };
    let quick = arguments.switch("--quick");
    let allow_missing = arguments.switch("--allow-missing");
    let run = match arguments.positional().as_deref() {
        Some("decorators") => decorators::run,
        Some("e2e") => e2e::run,
        Some("encode") => encode::run,
        Some("exposition") => exposition::run,
        Some("instructions") => instructions::run,
        Some("registry") => registry::run,
        Some("remote-write") => remote_write::run,
        Some(other) => return Err(arguments.wrong(format!("there is no bench {other:?}"))),
        None => return Err(arguments.wrong("which bench?".into())),
    };
    arguments.end()?;
    match run(&Workspace::read()?, quick) {
        Err(Failure::Missing(why)) if allow_missing => {
            println!("LEFT OUT, as --allow-missing was given: {why}");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Builds the measuring programs and answers their folder.
fn programs(workspace: &Workspace) -> Result<PathBuf> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--release", "--package", PACKAGE, "--bins"]);
    process::watched(&mut cargo, "building the benches", BUILD_LIMIT)?;
    Ok(workspace.target.join("release"))
}

/// Builds the peer's programs in their own workspace and answers their folder.
fn peer_programs(workspace: &Workspace) -> Result<PathBuf> {
    peer_package(workspace, "meterport-peer")
}

/// Builds a package of the peers' workspace: one by one, as Cargo unifies the features of what is
/// built together.
fn peer_package(workspace: &Workspace, package: &str) -> Result<PathBuf> {
    let target = workspace.target.join("peer");
    let mut cargo = process::cargo();
    cargo
        .current_dir(workspace.root.join("benches").join("peer"))
        .args(["build", "--release", "--locked", "--package", package, "--target-dir"])
        .arg(&target);
    process::watched(&mut cargo, "building the peer", BUILD_LIMIT)?;
    Ok(target.join("release"))
}

const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);

/// A promise and what was measured.
struct Promise {
    what: String,
    kept: bool,
}

/// Prints the promises, and fails unless all are kept.
fn judge(promises: &[Promise]) -> Result<()> {
    println!();
    for Promise { what, kept } in promises {
        println!("{} {what}", if *kept { "kept  " } else { "BROKEN" });
    }
    let broken = promises.iter().filter(|promise| !promise.kept).count();
    match broken {
        0 => Ok(()),
        broken => Err(Failure::Failed(format!("{broken} promises are broken"))),
    }
}
