//! Conditional compilation stays rare: variants are crates and values.

use super::Finding;
use super::code::Code;
use super::tree::Tree;
use crate::workspace::Workspace;

/// Conditions per 1,000 lines of a crate; a smaller crate may have as many.
const PER_THOUSAND: usize = 3;

/// Where features are chosen for everybody else.
const EXEMPT: &[&str] = &["crates/meterport", "crates/net"];

pub(super) fn check(tree: &Tree, workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &workspace.packages {
        if EXEMPT.contains(&package.folder.as_str()) {
            continue;
        }
        let prefix = format!("{}/", package.folder);
        let (mut lines, mut conditions) = (0, Vec::new());
        for (file, code) in tree.rust() {
            if file.path.starts_with(&prefix) && !file.is_generated() {
                lines += file.text.lines().count();
                conditions.extend(condition_lines(code).into_iter().map(|line| (file, line)));
            }
        }
        let budget = PER_THOUSAND.max(lines * PER_THOUSAND / 1000);
        let count = conditions.len();
        if count > budget {
            let what = format!(
                "one of {count} lines with a cfg in {} lines of {}; at most {budget}",
                lines, package.folder
            );
            let finding = |(file, line)| {
                let file: &super::tree::SourceFile = file;
                Finding::new(&file.path, line + 1, what.clone())
            };
            findings.extend(conditions.into_iter().map(finding));
        }
    }
    findings
}

/// The lines, counted from 0, that have a condition other than test and documentation builds.
fn condition_lines(code: &Code) -> Vec<usize> {
    let mut lines: Vec<usize> = ["cfg", "cfg_attr"]
        .into_iter()
        .flat_map(|word| code.words(word).map(move |at| (word, at)))
        .filter(|&(word, at)| {
            let rest = code.after(at + word.len());
            let rest = rest.strip_prefix('!').unwrap_or(rest);
            rest.strip_prefix('(').is_some_and(counts)
        })
        .map(|(_, at)| code.line(at))
        .collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

fn counts(condition: &str) -> bool {
    let condition = condition.trim_start();
    let inside = condition.strip_prefix("all(").unwrap_or(condition);
    let word = inside.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    word != "test" && !word.starts_with("doc")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Package;

    fn found(folder: &str, source: &str) -> Vec<usize> {
        let workspace = Workspace {
            packages: vec![Package { folder: folder.into(), ..Package::default() }],
            ..Workspace::default()
        };
        let tree = Tree::of(&[(&format!("{folder}/src/lib.rs"), source)]);
        check(&tree, &workspace).into_iter().map(|finding| finding.line).collect()
    }

    const FOUR: &str = "#[cfg(unix)]\n#![cfg_attr(feature = \"a\", b)]\nif cfg!(windows) {}\n\
                        #[cfg(any(a,\nb))]\n";

    #[test]
    fn a_small_crate_may_have_three() {
        assert_eq!(found("crates/a", FOUR), [1, 2, 3, 4]);
        assert!(found("crates/a", FOUR.split_once('\n').unwrap().1).is_empty());
        assert!(found("crates/net", FOUR).is_empty());
    }

    #[test]
    fn a_large_crate_may_have_more() {
        assert!(found("crates/a", &format!("{FOUR}{}", "\n".repeat(1400))).is_empty());
    }

    #[test]
    fn tests_and_documentation_do_not_count() {
        let free = "#[cfg(test)]\n#[cfg(all(test, unix))]\n#![cfg_attr(docsrs, feature(x))]\n\
                    #[cfg(doc)]\n// #[cfg(unix)]\nlet cfg = \"cfg!(unix)\";\n";
        assert!(
            found("crates/a", &format!("{free}{}", FOUR.split_once('\n').unwrap().1)).is_empty()
        );
    }
}
