use std::fs;
use std::path::Path;
use std::process::Command;

use super::code::Code;
use crate::failure::{Failure, Result};
use crate::process;

/// The files of the tree: those that git tracks or would track.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Sorted by path.
    pub(crate) files: Vec<SourceFile>,
}

/// One file with its text; no text where it is not UTF-8.
#[derive(Debug)]
pub(crate) struct SourceFile {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The text without comments and literals, for Rust files.
    pub(crate) code: Option<Code>,
}

impl Tree {
    /// Reads the tree below `root`.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        for path in tracked(root).or_else(|_| walked(root))? {
            // What git still tracks may be gone from the disk.
            let Ok(bytes) = fs::read(root.join(&path)) else { continue };
            files.push(SourceFile::new(path, String::from_utf8(bytes).unwrap_or_default()));
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// A made-up tree.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| SourceFile::new((*path).into(), (*text).into());
        Self { files: files.iter().map(file).collect() }
    }

    /// The Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&SourceFile, &Code)> {
        self.files.iter().filter_map(|file| Some((file, file.code.as_ref()?)))
    }

    /// The file of that path.
    pub(crate) fn file(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl SourceFile {
    fn new(path: String, text: String) -> Self {
        let code = path.ends_with(".rs").then(|| Code::of(&text));
        Self { path, text, code }
    }

    /// Whether a comment in the first five lines marks the file as made by a program.
    pub(crate) fn is_generated(&self) -> bool {
        let is_mark = |line: &str| line.starts_with("//") && line.contains("@generated");
        self.text.lines().take(5).any(is_mark)
    }

    /// Whether all of it is test code: `tests.rs`, or below a folder `tests`.
    pub(crate) fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.split('/').any(|part| part == "tests")
    }

    /// Whether the line (counted from 0), or the one above it, has the comment
    /// `// tidy: <rule> <reason>`.
    pub(crate) fn allows(&self, rule: &str, line: usize) -> bool {
        let mark = format!("// tidy: {rule} ");
        let has_mark = |text: &str| {
            text.find(&mark).is_some_and(|at| !text[at + mark.len()..].trim().is_empty())
        };
        self.text.lines().skip(line.saturating_sub(1)).take(line.min(1) + 1).any(has_mark)
    }
}

fn tracked(root: &Path) -> Result<Vec<String>> {
    let listed = process::output(
        Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
            .current_dir(root),
    )?;
    Ok(listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

/// All files but build output, for a tree without git: an unpacked archive.
fn walked(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let failed = |error| Failure::while_doing(format!("reading the folder {folder:?}"), error);
        for entry in fs::read_dir(root.join(&folder)).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if !entry.file_type().map_err(failed)?.is_dir() {
                files.push(path);
            } else if name != "target" && name != ".git" {
                folders.push(path);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_needed_on_the_line_or_above_it() {
        let file = SourceFile::new(
            "a.rs".into(),
            "a(); // tidy: sleeps it must\nb();\nc(); // tidy: sleeps \nd();\n".into(),
        );
        let allowed: Vec<bool> = (0..4).map(|line| file.allows("sleeps", line)).collect();
        assert_eq!(allowed, [true, true, false, false]);
    }

    #[test]
    fn a_walk_finds_what_git_finds() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let walked = walked(root).unwrap();
        assert!(walked.contains(&"src/tidy/tree.rs".to_owned()), "{walked:?}");
    }
}
