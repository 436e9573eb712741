//! Nothing in the tree belongs to the machine on which it was written.

use std::path::Path;

use super::Finding;
use super::tree::{SourceFile, Tree};
use crate::workspace::Workspace;

/// Where people's folders are. Written in two parts: this file is checked as well.
const HOMES: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("C:\\Us", "ers\\"),
];

/// Hosts of package indexes: which one is used is the machine's business.
const REGISTRIES: &[&str] = &[
    concat!("files.python", "hosted.org"),
    concat!("index.", "crates.io"),
    concat!("proxy.", "golang.org"),
    concat!("pypi", ".org"),
    concat!("registry.", "npmjs.org"),
    concat!("static.", "crates.io"),
    concat!("sum.", "golang.org"),
];

/// The one source that a lock file may name: cargo writes it whichever mirror served.
const LOCKED_SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(super) fn check(tree: &Tree, workspace: &Workspace) -> Vec<Finding> {
    let root = is_telling(&workspace.root).then(|| workspace.root.to_string_lossy());
    let mut findings = Vec::new();
    for file in &tree.files {
        if file.path.ends_with("Cargo.lock") {
            findings.extend(foreign_sources(file));
            continue;
        }
        for (line, text) in file.text.lines().enumerate() {
            let machine_path = HOMES.iter().any(|home| has_path(text, home))
                || root.as_deref().is_some_and(|root| has_path(text, root));
            if machine_path && !file.allows("paths", line) {
                findings.push(Finding::new(&file.path, line + 1, "a path of somebody's machine"));
            }
            if let Some(host) = REGISTRIES.iter().find(|host| text.contains(**host)) {
                findings.push(Finding::new(&file.path, line + 1, format!("names {host}")));
            }
        }
        if file.path.ends_with(".cargo/config.toml") {
            findings.extend(cargo_sources(file));
        }
    }
    findings
}

/// Whether a root is so special that its path in a file is no coincidence.
fn is_telling(root: &Path) -> bool {
    root.components().count() > 2
}

/// Whether the text has that path, not as the end of a longer one (a URL, say).
fn has_path(text: &str, path: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | '*');
    text.match_indices(path).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), &text[at + path.len()..]);
        let goes_on = after.chars().next().is_some_and(is_part);
        !before.is_some_and(is_part) && (goes_on == path.ends_with(['/', '\\']))
    })
}

fn foreign_sources(file: &SourceFile) -> Vec<Finding> {
    let is_foreign = |line: &str| {
        line.strip_prefix("source = ")
            .is_some_and(|source| source.trim_matches('"') != LOCKED_SOURCE)
    };
    let finding = |(line, _)| Finding::new(&file.path, line + 1, "a source that is not crates.io");
    file.text.lines().enumerate().filter(|(_, line)| is_foreign(line)).map(finding).collect()
}

fn cargo_sources(file: &SourceFile) -> Vec<Finding> {
    let is_source = |line: &str| {
        ["[source", "[registr", "[http", "replace-with"].iter().any(|key| line.starts_with(key))
    };
    let finding = |(line, _)| Finding::new(&file.path, line + 1, "a setting of one machine");
    file.text.lines().enumerate().filter(|(_, line)| is_source(line)).map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_lines(path: &str, text: &str, expected: &[usize]) {
        let workspace = Workspace { root: "/srv/tree".into(), ..Workspace::default() };
        let lines: Vec<usize> = check(&Tree::of(&[(path, text)]), &workspace)
            .into_iter()
            .map(|finding| finding.line)
            .collect();
        assert_eq!(lines, expected, "{path}:\n{text}");
    }

    #[test]
    fn paths_of_a_machine_are_found() {
        let home = HOMES[0];
        check_lines("docs/a.md", &format!("see {home}ann/x\nthe folder {home}\n"), &[1]);
        check_lines("docs/a.md", &format!("https://example.com{home}page\n"), &[]);
        check_lines("docs/a.md", "in /srv/tree/crates\n/srv/trees\n\"/srv/tree\"\n", &[1, 3]);
        check_lines("a.rs", &format!("// tidy: paths a mount point\n\"{home}ann\"\n"), &[]);
    }

    #[test]
    fn package_indexes_are_found() {
        check_lines("README.md", &format!("a\nfrom https://{}/x\n", REGISTRIES[0]), &[2]);
        check_lines(".cargo/config.toml", "[alias]\n[source.crates-io]\n", &[2]);
        let lock = format!("source = \"{LOCKED_SOURCE}\"\nsource = \"git+https://x\"\n");
        check_lines("Cargo.lock", &lock, &[2]);
    }
}
