//! `cargo xtask exposition`: the pages that crate `prom` writes, read by parsers of others.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::arguments::Arguments;
use crate::failure::{Failure, Result};
use crate::process;
use crate::workspace::Workspace;

const USAGE: &str = "\
Usage: cargo xtask exposition [--quick] [--allow-missing]

Reads a million generated names, labels, values and helps back with testkit's parser. Then writes
pages and has them read by Python's prometheus_client, whose text parser and OpenMetrics parser
must find the same samples in the two forms of each page, and by `promtool check metrics`.

Options:
  --quick           a tenth of the generated texts
  --allow-missing   a parser that is not to be had here is said aloud, and no failure
";

/// The package whose pages are read, and its tests that write them.
const PACKAGE: &str = "meterport-prom";

/// How many generated names, labels, values and helps are read back.
const TEXTS: u64 = 1_000_000;

/// Of Python's parsers; names in UTF-8 are read since 0.22.
const PROMETHEUS_CLIENT: &str = "prometheus-client==0.26.0";
const READER: &str = include_str!("read.py");

pub(crate) fn main(arguments: Vec<String>) -> Result<()> {
    let Some(mut arguments) = Arguments::new(arguments, USAGE) else { return Ok(()) };
    let allow_missing = arguments.switch("--allow-missing");
    let texts = if arguments.switch("--quick") { TEXTS / 10 } else { TEXTS };
    arguments.end()?;
    let workspace = Workspace::read()?;
    let folder = workspace.target.join("exposition");
    let pages = folder.join("pages");
    if pages.exists() {
        std::fs::remove_dir_all(&pages)
            .map_err(|error| Failure::while_doing(pages.display(), error))?;
    }
    write(&workspace, &pages, texts)?;
    for outcome in [python(&folder).and_then(|python| read(&python, &pages)), promtool(&pages)] {
        match outcome {
            Err(Failure::Missing(why)) if allow_missing => {
                println!("LEFT OUT, as --allow-missing was given: {why}");
            }
            outcome => outcome?,
        }
    }
    Ok(())
}

/// Runs the tests of pages, which write them where they are told to, with so many texts.
fn write(workspace: &Workspace, pages: &Path, texts: u64) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--package", PACKAGE, "--test", "exposition"]);
    cargo.env("METERPORT_PAGES", pages).env("METERPORT_TEXTS", texts.to_string());
    process::shown(&mut cargo, |_| {})
}

/// A Python that has the parsers, made once.
fn python(folder: &Path) -> Result<PathBuf> {
    let (home, python) = (folder.join("python"), folder.join("python/bin/python3"));
    let has_parsers = |python: &Path| {
        let mut command = Command::new(python);
        process::output(command.args(["-c", "import prometheus_client"])).is_ok()
    };
    if has_parsers(&python) {
        return Ok(python);
    }
    let mut venv = Command::new("python3");
    process::output(venv.args(["-m", "venv", "--clear"]).arg(&home))
        .map_err(Failure::into_missing)?;
    let mut pip = Command::new(&python);
    process::output(pip.args(["-m", "pip", "install", "--quiet", PROMETHEUS_CLIENT]))
        .map_err(Failure::into_missing)?;
    Ok(python)
}

fn read(python: &Path, pages: &Path) -> Result<()> {
    let mut reader = Command::new(python);
    process::shown(reader.args(["-c", READER]).arg(pages), |_| {})
}

/// It reads text 0.0.4. What it does not like of a name or a missing help is not a matter of the
/// format, but of the page that is promised to please it.
fn promtool(pages: &Path) -> Result<()> {
    const DISLIKED: i32 = 3;
    let mut accepted = 0;
    for (folder, may_dislike) in [("promised", false), ("legacy", true)] {
        for page in texts(&pages.join(folder))? {
            let input = std::fs::File::open(&page)
                .map_err(|error| Failure::while_doing(page.display(), error))?;
            let done = Command::new("promtool")
                .args(["check", "metrics"])
                .stdin(Stdio::from(input))
                .output()
                .map_err(|error| Failure::Missing(format!("promtool: {error}")))?;
            let is_accepted =
                done.status.success() || may_dislike && done.status.code() == Some(DISLIKED);
            if !is_accepted {
                let said = String::from_utf8_lossy(&done.stderr);
                let said = format!("promtool refuses {}:\n{said}", page.display());
                return Err(Failure::Failed(said));
            }
            accepted += 1;
        }
    }
    println!("promtool accepts {accepted} pages");
    Ok(())
}

/// The pages in text 0.0.4.
fn texts(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| Failure::while_doing(folder.display(), error);
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "text") {
            texts.push(path);
        }
    }
    texts.sort();
    Ok(texts)
}
