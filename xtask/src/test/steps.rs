use std::process::Command;

use crate::failure::{Failure, Result};
use crate::process;
use crate::tidy;
use crate::workspace::{Package, Workspace};

use super::tally::Tally;
use super::{api, toolchains, weight};

/// One check with a name of its own.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Left out by `--quick`.
    pub(super) slow: bool,
    /// Whether its output is shown while it runs.
    pub(super) shows: bool,
    pub(super) run: fn(&Workspace, &mut Tally) -> Result<Verdict>,
}

/// How a step that did not fail has ended.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It could not run here, for a reason that is said aloud.
    LeftOut(String),
    Passed,
}

/// All steps. Those that fail often and fast come first; those that build the same features for
/// the same profile stand together, so that each finds the other's work.
pub(super) const STEPS: &[Step] = &[
    quiet("format", "the source is formatted", |workspace, _| {
        passed(workspace.cargo().args(["fmt", "--all", "--check"]))
    }),
    quiet("tidy", "the rules of the tree", |workspace, _| {
        tidy::run(workspace).map(|()| Verdict::Passed)
    }),
    quiet("weight", "no transport compiles more crates than promised", |workspace, _| {
        weight::check(workspace).map(|()| Verdict::Passed)
    }),
    quiet("clippy", "lints of each package alone, all features", |workspace, _| {
        clippy(workspace, |_| true, "--all-features")
    }),
    quiet("clippy-none", "lints of each package alone, no features", |workspace, _| {
        clippy(workspace, |package| package.has_features, "--no-default-features")
    }),
    shown("tests", "all tests, all features", |workspace, tally| {
        test(workspace, tally, &["--all-features", "--lib", "--bins", "--tests"])
    }),
    shown("doctests", "the examples in the documentation", |workspace, tally| {
        test(workspace, tally, &["--all-features", "--doc"])
    }),
    shown("tests-none", "the libraries' tests without features", |workspace, tally| {
        let mut options = vec!["--no-default-features", "--lib", "--tests"];
        for tool in workspace.packages.iter().filter(|package| !package.publishable) {
            options.extend(["--exclude", &tool.name]);
        }
        test(workspace, tally, &options)
    }),
    slow("loom", "the registry in every order in which threads can meet", |workspace, _| {
        loom(workspace, "meterport-registry")
    }),
    slow(
        "races",
        "ten million increments by eight threads while snapshots are taken",
        |workspace, _| {
            let options =
                ["test", "--release", "--package", "meterport-registry", "--test", "registry"];
            passed(workspace.cargo().args(options).arg("concurrent"))
        },
    ),
    slow("alone", "each library compiles alone, as its users have it", |workspace, _| {
        alone(workspace)
    }),
    slow("docs", "the documentation builds without a warning", |workspace, _| docs(workspace)),
    slow("api", "no public signature names a type of the libraries beneath", |workspace, _| {
        api::check(workspace).map(|()| Verdict::Passed)
    }),
    slow("windows", "the libraries compile for Windows", |workspace, _| {
        toolchains::check_target(workspace, "x86_64-pc-windows-gnu", portable(workspace))
    }),
    slow("macos", "the libraries compile for macOS", |workspace, _| {
        toolchains::check_target(workspace, "aarch64-apple-darwin", portable(workspace))
    }),
    slow("wasm", "layers 0 and 1 compile for WebAssembly", |workspace, _| {
        let is_low = |package: &&Package| {
            tidy::layers::find(package.folder_name()).is_some_and(|row| row.layer <= 1)
        };
        let low = workspace.publishable().filter(is_low).collect();
        toolchains::check_target(workspace, "wasm32-unknown-unknown", low)
    }),
    slow("msrv", "the libraries compile with the oldest Rust they promise", |workspace, _| {
        toolchains::check_oldest(workspace)
    }),
];

type Run = fn(&Workspace, &mut Tally) -> Result<Verdict>;

const fn quiet(name: &'static str, about: &'static str, run: Run) -> Step {
    Step { name, about, slow: false, shows: false, run }
}

const fn shown(name: &'static str, about: &'static str, run: Run) -> Step {
    Step { name, about, slow: false, shows: true, run }
}

const fn slow(name: &'static str, about: &'static str, run: Run) -> Step {
    Step { name, about, slow: true, shows: false, run }
}

fn passed(command: &mut Command) -> Result<Verdict> {
    process::output(command).map(|_| Verdict::Passed)
}

/// Package by package: what one package switches on in a shared dependency must not hide what
/// another forgot.
fn clippy(workspace: &Workspace, wanted: fn(&Package) -> bool, features: &str) -> Result<Verdict> {
    for package in workspace.packages.iter().filter(|package| wanted(package)) {
        let options = ["clippy", "--package", &package.name, "--all-targets", features];
        passed(workspace.cargo().args(options).args(["--", "--deny", "warnings"]))?;
    }
    Ok(Verdict::Passed)
}

fn test(workspace: &Workspace, tally: &mut Tally, options: &[&str]) -> Result<Verdict> {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--workspace", "--no-fail-fast"]).args(options);
    process::shown(&mut cargo, |line| tally.read(line))?;
    Ok(Verdict::Passed)
}

/// In a folder of its own, since the flag concerns every crate.
fn loom(workspace: &Workspace, package: &str) -> Result<Verdict> {
    let mut cargo = workspace.cargo();
    cargo
        .args(["test", "--package", package, "--lib", "loom_tests", "--target-dir"])
        .arg(workspace.target.join("loom"))
        .env("RUSTFLAGS", "--cfg loom");
    let report = process::output(&mut cargo)?;
    if report.contains("running 0 tests") {
        return Err(Failure::Failed("loom was given no test".into()));
    }
    Ok(Verdict::Passed)
}

/// Without the tests, whose dependencies switch on what the library itself may have forgotten.
fn alone(workspace: &Workspace) -> Result<Verdict> {
    for package in workspace.publishable() {
        let mut features = vec![None];
        if package.has_features {
            features.push(Some("--no-default-features"));
        }
        for features in features {
            let mut cargo = workspace.cargo();
            cargo.args(["check", "--lib", "--package", &package.name]).args(features);
            passed(&mut cargo)?;
        }
    }
    Ok(Verdict::Passed)
}

fn docs(workspace: &Workspace) -> Result<Verdict> {
    let mut cargo = workspace.cargo();
    cargo.args(["doc", "--no-deps", "--all-features"]).env("RUSTDOCFLAGS", "--deny warnings");
    for package in workspace.publishable() {
        cargo.args(["--package", &package.name]);
    }
    passed(&mut cargo)
}

/// The libraries that need no C compiler: what brings C is behind a feature, but for testkit,
/// which reads every compression.
fn portable(workspace: &Workspace) -> Vec<&Package> {
    workspace.publishable().filter(|package| package.folder_name() != "testkit").collect()
}
