//! Layers that are pure: no clock, no environment, no I/O outside their tests.

use super::Finding;
use super::tree::Tree;
use crate::workspace::Workspace;

/// The crates whose first line promises it.
const PURE: &[&str] = &["crates/core/src/", "crates/otlp/src/", "crates/prom/src/"];

/// What would break the promise.
const IMPURE: &[&str] =
    &["Instant::now", "SystemTime::now", "std::env", "std::fs", "std::net", "std::thread"];

pub(super) fn check(tree: &Tree, _: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, code) in tree.rust() {
        if file.is_test() || !PURE.iter().any(|folder| file.path.starts_with(folder)) {
            continue;
        }
        for path in IMPURE {
            for at in code.words(path).filter(|&at| !code.is_test(at)) {
                let what = format!("{path} in a pure crate; take it as an argument");
                findings.push(Finding::new(&file.path, code.line(at) + 1, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pure_crate_reads_no_clock_outside_its_tests() {
        let clock = "/// `Instant::now`\nfn a() { Instant::now() }\n";
        let tree = Tree::of(&[
            ("crates/core/src/a.rs", clock),
            ("crates/core/src/a/tests.rs", clock),
            ("crates/otlp/src/b.rs", "#[cfg(test)]\nmod tests { use std::env; }\n"),
            ("crates/worker/src/clock.rs", clock),
        ]);
        let found = check(&tree, &Workspace::default());
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].path.as_str(), found[0].line), ("crates/core/src/a.rs", 2));
    }
}
