//! The top level of the tree is short: whoever opens it sees what there is.

use std::collections::BTreeSet;

use super::Finding;
use super::tree::Tree;
use crate::workspace::Workspace;

/// What may stand at the top, beside dotfiles. A new entry is a decision of the house plan.
const ALLOWED: &[&str] = &[
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "benches",
    "crates",
    "docs",
    "examples",
    "fuzz",
    "xtask",
];

pub(super) fn check(tree: &Tree, _: &Workspace) -> Vec<Finding> {
    let entries: BTreeSet<&str> =
        tree.files.iter().filter_map(|file| file.path.split('/').next()).collect();
    entries
        .into_iter()
        .filter(|entry| !entry.starts_with('.') && !ALLOWED.contains(entry))
        .map(|entry| Finding::new(entry, 1, "is not on the list of top-level entries"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_is_not_listed_is_found_once() {
        let tree = Tree::of(&[
            (".ci/run", ""),
            ("Cargo.toml", ""),
            ("crates/core/Cargo.toml", ""),
            ("scripts/a.sh", ""),
            ("scripts/b.sh", ""),
        ]);
        let found = check(&tree, &Workspace::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "scripts");
    }
}
