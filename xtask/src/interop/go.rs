//! Programs of others, built by Go.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::cache::Cache;
use crate::failure::{Failure, Result};
use crate::process;

/// The longest time that one of Go's commands may take.
pub(super) const LIMIT: Duration = Duration::from_secs(20 * 60);

/// A program that is a package of one module.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) module: &'static str,
    pub(super) version: &'static str,
    /// Below the module; empty for its root.
    pub(super) package: &'static str,
    pub(super) tags: &'static str,
}

impl Program {
    /// The path of the program, which is built if the cache has none.
    pub(super) fn install(&self, cache: &Cache) -> Result<PathBuf> {
        let Self { name, version, .. } = self;
        let number = version.trim_start_matches('v');
        let entry = cache.entry(&format!("{name}-{number}"), |folder| {
            println!("{name}: installing {version}; some minutes the first time");
            let sources = folder.join("sources");
            fs::create_dir_all(&sources)
                .and_then(|()| fs::write(sources.join("go.mod"), self.manifest()))
                .map_err(|error| Failure::while_doing("writing go.mod", error))?;
            let package = format!("{}{}", self.module, self.package);
            build(&sources, &folder.join(file_name(name)), self.tags, &package)
        });
        let program = entry.map_err(Failure::into_missing)?.join(file_name(name));
        println!("{name}: {version} is installed");
        Ok(program)
    }

    /// A module that requires it. With an explicit version Go asks for no lists of versions and
    /// no test dependencies.
    fn manifest(&self) -> String {
        format!("module meterport-interop\n\ngo 1.26\n\nrequire {} {}\n", self.module, self.version)
    }
}

/// Builds a package of the module in a folder, or of one that it requires.
pub(super) fn build(folder: &Path, output: &Path, tags: &str, package: &str) -> Result<()> {
    let mut to = OsString::from("-o=");
    to.push(output);
    // Symbols are of no use here, and most of the linker's time.
    let mut go = command(folder);
    go.args(["build", "-v", "-mod=mod", "-ldflags=-s -w", "-tags", tags]).arg(to).arg(package);
    process::watched(&mut go, "building", LIMIT)
}

/// Go in a folder; in no workspace of its own, and without C.
pub(super) fn command(folder: &Path) -> Command {
    let mut go = Command::new("go");
    go.current_dir(folder).env("GOWORK", "off").env("CGO_ENABLED", "0");
    go
}

/// The program's file.
pub(super) fn file_name(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}
