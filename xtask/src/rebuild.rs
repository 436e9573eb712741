//! `crowd`, `demo` and `interop` in a build of this tool without exporters: they run in one that has them.
//!
//! Building the exporters takes a minute the first time, for which `tidy` and `test` need not wait.

use std::process::Command;

use crate::failure::{Failure, Result};
use crate::process;

/// `cargo xtask crowd`.
pub(crate) mod crowd {
    pub(crate) fn main(arguments: Vec<String>) -> super::Result<()> {
        super::run("crowd", &arguments)
    }
}

/// `cargo xtask demo`.
pub(crate) mod demo {
    pub(crate) fn main(arguments: Vec<String>) -> super::Result<()> {
        super::run("demo", &arguments)
    }
}

/// `cargo xtask interop`.
pub(crate) mod interop {
    pub(crate) fn main(arguments: Vec<String>) -> super::Result<()> {
        super::run("interop", &arguments)
    }
}

fn run(command: &str, arguments: &[String]) -> Result<()> {
    let here =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let manifest = std::path::Path::new(&here).join("Cargo.toml");
    let mut cargo = process::cargo();
    cargo.args(["run", "--release", "--features", "exporters", "--manifest-path"]);
    cargo.arg(manifest).arg("--").arg(command).args(arguments);
    become_it(cargo)
}

/// In place of this process, so that Ctrl-C reaches one program and the terminal waits for it.
#[cfg(unix)]
fn become_it(mut cargo: Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(Failure::while_doing("starting cargo", cargo.exec()))
}

#[cfg(not(unix))]
fn become_it(mut cargo: Command) -> Result<()> {
    let status = cargo.status().map_err(|error| Failure::while_doing("starting cargo", error))?;
    if status.success() {
        return Ok(());
    }
    // It has said why.
    std::process::exit(status.code().unwrap_or(1))
}
