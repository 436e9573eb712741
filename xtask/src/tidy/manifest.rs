//! Manifests inherit what is the same everywhere.

use super::Finding;
use super::tree::Tree;
use crate::workspace::{Package, Workspace};

/// Keys of `[package]` that a published crate takes from the workspace.
const INHERITED: &[&str] =
    &["version", "edition", "rust-version", "license", "repository", "keywords", "categories"];

pub(super) fn check(tree: &Tree, workspace: &Workspace) -> Vec<Finding> {
    let check_one = |package: &Package| {
        let manifest = package.manifest();
        let text = tree.file(&manifest).map_or("", |file| file.text.as_str());
        let finding = |what: String| Finding::new(&manifest, 1, what);
        faults(package, text).into_iter().map(finding).collect::<Vec<_>>()
    };
    workspace.packages.iter().flat_map(check_one).collect()
}

fn faults(package: &Package, manifest: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !inherits(manifest, "lints", "workspace") && !inherits(manifest, "", "lints.workspace") {
        faults.push("does not inherit the workspace's lints".to_owned());
    }
    let own_name = package.name.strip_prefix("meterport-").unwrap_or(&package.name);
    if own_name != package.folder_name() {
        let folder = package.folder_name();
        faults.push(format!("package {} in folder {folder}: the names differ", package.name));
    }
    let published = package.folder.starts_with("crates/");
    if package.publishable != published {
        let place = if published { "in crates/ is published" } else { "outside crates/ is not" };
        faults.push(format!("a package {place}: check `publish`"));
    }
    if !package.publishable {
        return faults;
    }
    if !package.description.as_deref().is_some_and(|text| text.ends_with('.')) {
        faults.push("has no description that is a sentence".to_owned());
    }
    for key in INHERITED {
        // testkit follows stable Rust.
        let may_differ = *key == "rust-version" && own_name == "testkit";
        if !may_differ && !inherits(manifest, "package", &format!("{key}.workspace")) {
            faults.push(format!("does not inherit {key}"));
        }
    }
    faults
}

/// Whether `[section]` has the line `key = true`.
fn inherits(manifest: &str, section: &str, key: &str) -> bool {
    let mut current = "";
    for line in manifest.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            current = name;
        } else if current == section
            && line
                .split_once('=')
                .is_some_and(|(name, value)| name.trim() == key && value.trim() == "true")
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"meterport-a\"\nversion.workspace = true\n\
        edition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n\
        repository.workspace = true\nkeywords.workspace = true\ncategories.workspace = true\n\
        [lints]\nworkspace = true\n";

    fn package() -> Package {
        Package {
            name: "meterport-a".into(),
            folder: "crates/a".into(),
            description: Some("What it is.".into()),
            publishable: true,
            ..Package::default()
        }
    }

    fn check_faults(package: Package, manifest: &str, expected: &[&str]) {
        let tree = Tree::of(&[(&package.manifest(), manifest)]);
        let workspace = Workspace { packages: vec![package], ..Workspace::default() };
        let found: Vec<String> =
            check(&tree, &workspace).into_iter().map(|finding| finding.what).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found:?} instead of {expected:?}");
        }
    }

    #[test]
    fn every_fault_of_a_manifest_is_found() {
        check_faults(package(), GOOD, &[]);
        check_faults(package(), &GOOD.replace("[lints]", "[other]"), &["lints"]);
        check_faults(package(), &GOOD.replace("license.workspace = true", ""), &["license"]);
        let own_version = GOOD.replace("rust-version.workspace = true", "rust-version = \"1.99\"");
        check_faults(package(), &own_version, &["rust-version"]);
        check_faults(Package { description: None, ..package() }, GOOD, &["description"]);
        check_faults(Package { name: "meterport-b".into(), ..package() }, GOOD, &["differ"]);
        check_faults(Package { publishable: false, ..package() }, GOOD, &["publish"]);
        let tool = Package { folder: "tools/a".into(), ..package() };
        check_faults(tool, GOOD, &["publish"]);
    }
}
