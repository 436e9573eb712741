use std::process::Command;

use crate::failure::Result;
use crate::process;
use crate::workspace::{Package, Workspace};

use super::steps::Verdict;

/// Compiles libraries, with their default features, for another target.
pub(super) fn check_target(
    workspace: &Workspace,
    target: &str,
    packages: Vec<&Package>,
) -> Result<Verdict> {
    if let Err(why) = have_target(target) {
        return Ok(Verdict::LeftOut(why));
    }
    let mut cargo = workspace.cargo();
    cargo.args(["check", "--lib", "--target", target]);
    check(&mut cargo, packages)
}

/// Compiles the libraries with the Rust version that their manifests promise. In a folder of its
/// own: two compilers in one would undo each other's work.
pub(super) fn check_oldest(workspace: &Workspace) -> Result<Verdict> {
    let mut versions: Vec<&str> =
        workspace.publishable().filter_map(|package| package.rust_version.as_deref()).collect();
    versions.sort_unstable();
    versions.dedup();
    for version in versions {
        if let Err(why) = have_toolchain(version) {
            return Ok(Verdict::LeftOut(why));
        }
        let mut cargo = Command::new("rustup");
        cargo.args(["run", version, "cargo", "check", "--lib", "--all-features", "--target-dir"]);
        cargo.arg(workspace.target.join("msrv")).current_dir(&workspace.root);
        // The compiler in use is not the one to ask.
        cargo.env_remove("RUSTC").env_remove("RUSTDOC").env_remove("CARGO");
        let promises = |package: &&Package| package.rust_version.as_deref() == Some(version);
        check(&mut cargo, workspace.publishable().filter(promises).collect())?;
    }
    Ok(Verdict::Passed)
}

fn check(cargo: &mut Command, packages: Vec<&Package>) -> Result<Verdict> {
    for package in packages.iter().filter(|package| package.has_library) {
        cargo.args(["--package", &package.name]);
    }
    process::output(cargo).map(|_| Verdict::Passed)
}

/// Installs the target's standard library if it is missing.
fn have_target(target: &str) -> std::result::Result<(), String> {
    let installed = rustup(&["target", "list", "--installed"])?;
    if installed.lines().any(|line| line == target) {
        return Ok(());
    }
    rustup(&["target", "add", target]).map(drop)
}

/// Installs the toolchain if it is missing.
fn have_toolchain(version: &str) -> std::result::Result<(), String> {
    let works = rustup(&["run", version, "cargo", "--version"]);
    works.or_else(|_| rustup(&["toolchain", "install", version, "--profile", "minimal"])).map(drop)
}

/// The answer of rustup, or in one line why there is none.
fn rustup(arguments: &[&str]) -> std::result::Result<String, String> {
    process::output(Command::new("rustup").args(arguments)).map_err(|failure| {
        let text = failure.to_string();
        let lines: Vec<&str> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let error = lines.iter().skip(1).find(|line| line.starts_with("error"));
        let first = lines.first().copied().unwrap_or_default();
        error.map_or_else(|| first.to_owned(), |error| format!("{first}: {error}"))
    })
}
