use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};
use crate::interop::cache::Cache;
use crate::interop::go;
use crate::process;

/// The release of the Collector, of its parts and of its builder.
const VERSION: &str = "v0.165.0";

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
    let program = entry.map_err(Failure::into_missing)?.join(go::file_name("otelcol"));
    println!("otelcol: {VERSION} is installed");
    Ok(program)
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
    let mut builder = go::command(&sources);
    builder.args(generate).args(only_sources);
    process::watched(&mut builder, "generating its sources", go::LIMIT)?;

    // After the builder, which leaves one of its own.
    write("go.mod", MODULE)?;
    go::build(&sources, &folder.join(go::file_name("otelcol")), "", ".")
}
