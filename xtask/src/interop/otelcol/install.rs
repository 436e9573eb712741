use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::failure::{Failure, Result};
use crate::interop::cache::Cache;
use crate::process;

/// The release of the Collector, of its parts and of its builder.
const VERSION: &str = "v0.165.0";

/// The longest time that one of Go's commands may take.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// What the Collector is made of, for its builder, which writes the sources of `main`.
const BUILDER: &str = "\
dist:
  module: otelcol-meterport
  name: otelcol
  output_path: .
receivers:
  - gomod: go.opentelemetry.io/collector/receiver/otlpreceiver VERSION
exporters:
  - gomod: go.opentelemetry.io/collector/exporter/debugexporter VERSION
  - gomod: github.com/open-telemetry/opentelemetry-collector-contrib/exporter/fileexporter VERSION
";

/// The module that is built. Written here and not by the builder: with explicit versions Go
/// asks for no lists of versions and no test dependencies.
const MODULE: &str = "\
module otelcol-meterport

go 1.26

require (
\tgo.opentelemetry.io/collector/otelcol VERSION
\tgo.opentelemetry.io/collector/receiver/otlpreceiver VERSION
\tgo.opentelemetry.io/collector/exporter/debugexporter VERSION
\tgithub.com/open-telemetry/opentelemetry-collector-contrib/exporter/fileexporter VERSION
)
";

/// The path of the Collector's program, which is built if the cache has none.
pub(super) fn program(cache: &Cache) -> Result<PathBuf> {
    let name = format!("otelcol-{}", VERSION.trim_start_matches('v'));
    let entry = cache.entry(&name, |folder| {
        println!("otelcol: installing {VERSION}; some minutes the first time");
        build(folder)
    });
    let program = entry.map_err(Failure::into_missing)?.join(program_name());
    println!("otelcol: {VERSION} is installed");
    Ok(program)
}

fn program_name() -> String {
    format!("otelcol{}", std::env::consts::EXE_SUFFIX)
}

fn build(folder: &Path) -> Result<()> {
    let sources = folder.join("sources");
    let write = |name: &str, text: &str| {
        fs::write(sources.join(name), text.replace("VERSION", VERSION))
            .map_err(|error| Failure::while_doing(format!("writing {name}"), error))
    };
    fs::create_dir_all(&sources)
        .map_err(|error| Failure::while_doing("making the folder of the sources", error))?;
    write("builder.yaml", BUILDER)?;

    let builder = format!("go.opentelemetry.io/collector/cmd/builder@{VERSION}");
    let generate = ["run", &builder, "--config", "builder.yaml"];
    let only_sources = ["--skip-get-modules", "--skip-compilation"];
    let mut go = go(&sources);
    process::watched(go.args(generate).args(only_sources), "generating its sources", LIMIT)?;

    // After the builder, which leaves one of its own.
    write("go.mod", MODULE)?;
    let mut output = OsString::from("-o=");
    output.push(folder.join(program_name()));
    let mut go = self::go(&sources);
    // Symbols are of no use here, and most of the linker's time.
    go.args(["build", "-v", "-mod=mod", "-ldflags=-s -w"]).arg(output).arg(".");
    process::watched(&mut go, "building", LIMIT)
}

/// Go in a folder; in no workspace of its own, and without C.
fn go(folder: &Path) -> Command {
    let mut go = Command::new("go");
    go.current_dir(folder).env("GOWORK", "off").env("CGO_ENABLED", "0");
    go
}
