use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::process;

/// The workspace as `cargo metadata --no-deps` describes it.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    /// Where cargo builds, wherever the user has put it.
    pub(crate) target: PathBuf,
    /// Every member, sorted by folder.
    pub(crate) packages: Vec<Package>,
}

/// One member of the workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Relative to the root, with `/`: `crates/core`.
    pub(crate) folder: String,
    pub(crate) description: Option<String>,
    pub(crate) rust_version: Option<String>,
    /// Whether the manifest lets it be published.
    pub(crate) publishable: bool,
    /// Whether it has features (`default` counts).
    pub(crate) has_features: bool,
    /// Whether there is a library to check or document.
    pub(crate) has_library: bool,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A dependency as written, on whatever target and whether optional or not.
#[derive(Clone, Debug)]
pub(crate) struct Dependency {
    /// The package's own name, not a rename.
    pub(crate) name: String,
    pub(crate) kind: DependencyKind,
    /// The version requirement; `*` where none is written.
    pub(crate) requirement: String,
}

/// The table of the manifest in which a dependency stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DependencyKind {
    Build,
    Dev,
    Normal,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn read() -> Result<Self> {
        // Cargo says where this package is now; the program may have been built elsewhere.
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let text = process::output(
            process::cargo()
                .args(["metadata", "--no-deps", "--format-version", "1"])
                .current_dir(here),
        )?;
        let metadata: Value = serde_json::from_str(&text)
            .map_err(|error| Failure::while_doing("reading cargo metadata", error))?;
        Self::parse(&metadata)
            .ok_or_else(|| Failure::Failed("cargo metadata has an unknown form".into()))
    }

    fn parse(metadata: &Value) -> Option<Self> {
        let root = PathBuf::from(metadata["workspace_root"].as_str()?);
        let mut packages = Vec::new();
        for package in metadata["packages"].as_array()? {
            packages.push(Package::parse(package, &root)?);
        }
        packages.sort_by(|a, b| a.folder.cmp(&b.folder));
        let target = PathBuf::from(metadata["target_directory"].as_str()?);
        Some(Self { root, target, packages })
    }

    /// The published libraries and those who are one day.
    pub(crate) fn publishable(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.publishable)
    }

    /// A cargo command that runs at the root.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = process::cargo();
        cargo.current_dir(&self.root);
        cargo
    }
}

impl Package {
    fn parse(package: &Value, root: &Path) -> Option<Self> {
        let manifest = Path::new(package["manifest_path"].as_str()?);
        let folder = manifest.parent()?.strip_prefix(root).ok()?;
        let mut dependencies = Vec::new();
        for dependency in package["dependencies"].as_array()? {
            dependencies.push(Dependency {
                name: dependency["name"].as_str()?.to_owned(),
                kind: match dependency["kind"].as_str() {
                    Some("build") => DependencyKind::Build,
                    Some("dev") => DependencyKind::Dev,
                    _ => DependencyKind::Normal,
                },
                requirement: dependency["req"].as_str()?.to_owned(),
            });
        }
        let is_library = |target: &Value| {
            target["kind"].as_array().is_some_and(|kinds| {
                kinds.iter().any(|kind| kind.as_str().is_some_and(|kind| kind.ends_with("lib")))
            })
        };
        Some(Self {
            name: package["name"].as_str()?.to_owned(),
            folder: folder.to_str()?.replace('\\', "/"),
            description: package["description"].as_str().map(str::to_owned),
            rust_version: package["rust_version"].as_str().map(str::to_owned),
            publishable: !package["publish"].as_array().is_some_and(Vec::is_empty),
            has_features: package["features"].as_object().is_some_and(|all| !all.is_empty()),
            has_library: package["targets"].as_array()?.iter().any(is_library),
            dependencies,
        })
    }

    /// The last part of the folder: `core` for `crates/core`.
    pub(crate) fn folder_name(&self) -> &str {
        self.folder.rsplit('/').next().unwrap_or_default()
    }

    /// The path of the manifest, relative to the root.
    pub(crate) fn manifest(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }
}
