//! `cargo xtask tidy`: what no compiler checks. Each rule has a file, and a test that it fails.

use std::fmt;

use crate::arguments::Arguments;
use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

use self::tree::Tree;

mod cfg_budget;
mod code;
pub(crate) mod layers;
mod machine;
mod manifest;
mod names;
mod purity;
mod sizes;
mod top_level;
mod tree;
mod words;

const USAGE: &str = "\
Usage: cargo xtask tidy [--verbose]

Checks the layer table, manifests, file sizes, the cfg budget, names and the top level of the
tree. Findings are printed as `path:line: what`.

Options:
  --verbose   also list the files that are longer than they should be, but within the limit
";

/// Something that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Finding {
    /// A finding in a file, at a line counted from 1.
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// A rule: everything it needs is in the two arguments, so that a test can make up both.
type Rule = fn(&Tree, &Workspace) -> Vec<Finding>;

const RULES: &[Rule] = &[
    cfg_budget::check,
    layers::check,
    machine::check,
    manifest::check,
    names::check,
    purity::check,
    sizes::check,
    top_level::check,
    words::check,
];

pub(crate) fn main(arguments: Vec<String>) -> Result<()> {
    let Some(mut arguments) = Arguments::new(arguments, USAGE) else { return Ok(()) };
    let verbose = arguments.switch("--verbose");
    arguments.end()?;

    let workspace = Workspace::read()?;
    let tree = Tree::read(&workspace.root)?;
    if verbose {
        for long in sizes::longer_than_aimed(&tree) {
            println!("{long}");
        }
    }
    verdict(&findings(&tree, &workspace))?;
    println!("tidy: {} files, {} rules, no findings", tree.files.len(), RULES.len());
    Ok(())
}

/// All rules over the real tree, for `cargo xtask test`.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    verdict(&findings(&Tree::read(&workspace.root)?, workspace))
}

fn findings(tree: &Tree, workspace: &Workspace) -> Vec<Finding> {
    let mut all: Vec<Finding> = RULES.iter().flat_map(|rule| rule(tree, workspace)).collect();
    all.sort();
    all.dedup();
    all
}

fn verdict(findings: &[Finding]) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let mut text = format!("{} findings\n", findings.len());
    for finding in findings {
        text.push_str(&format!("{finding}\n"));
    }
    Err(Failure::Failed(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        if let Err(failure) = run(&Workspace::read().unwrap()) {
            panic!("{failure}");
        }
    }
}
