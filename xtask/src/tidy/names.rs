//! Names say what is inside: none of the names that say nothing.

use super::Finding;
use super::code::Code;
use super::tree::{SourceFile, Tree};
use crate::workspace::Workspace;

const EMPTY_WORDS: &[&str] = &["common", "helper", "helpers", "manager", "util", "utils"];

/// Modules that are named by the protocol whose messages they hold.
const FOREIGN: &str = "crates/testkit/src/proto/";

pub(super) fn check(tree: &Tree, _: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, code) in tree.rust() {
        if file.is_generated() || file.path.starts_with(FOREIGN) {
            continue;
        }
        if let Some(word) = file.path.split(['/', '.']).find_map(empty_word)
            && !file.allows("names", 0)
        {
            findings.push(Finding::new(&file.path, 1, what(word)));
        }
        findings.extend(declared(file, code));
    }
    findings
}

/// The modules that the file declares.
fn declared(file: &SourceFile, code: &Code) -> Vec<Finding> {
    let finding = |at: usize| {
        let name = code.after(at + "mod".len());
        let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        let (word, line) = (empty_word(name)?, code.line(at));
        (!file.allows("names", line)).then(|| Finding::new(&file.path, line + 1, what(word)))
    };
    code.words("mod").filter_map(finding).collect()
}

fn empty_word(name: &str) -> Option<&'static str> {
    let is_part = |word: &&&str| name.split(['_', '-']).any(|part| part == **word);
    EMPTY_WORDS.iter().find(is_part).copied()
}

fn what(word: &str) -> String {
    format!("a name with {word:?} says nothing; name what is inside")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_folders_and_modules_are_named_for_what_they_hold() {
        let tree = Tree::of(&[
            ("crates/a/src/test_utils.rs", ""),
            ("crates/a/src/common/point.rs", ""),
            ("crates/a/src/lib.rs", "mod point;\npub mod helper {}\n"),
            ("crates/a/src/uncommon.rs", "fn common() {}\n"),
            ("crates/testkit/src/proto/mod.rs", "pub mod common {}\n"),
            ("crates/a/src/proto.rs", "// tidy: names the protocol's own\nmod common {}\n"),
            ("crates/a/src/made.rs", "// @generated\nmod common {}\n"),
        ]);
        let found: Vec<(String, usize)> = check(&tree, &Workspace::default())
            .into_iter()
            .map(|finding| (finding.path, finding.line))
            .collect();
        let expected = [
            ("crates/a/src/test_utils.rs", 1),
            ("crates/a/src/common/point.rs", 1),
            ("crates/a/src/lib.rs", 2),
        ];
        assert_eq!(found, expected.map(|(path, line)| (path.to_owned(), line)));
    }
}
