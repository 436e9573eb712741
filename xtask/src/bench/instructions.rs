use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::process;
use crate::workspace::Workspace;

use super::{Promise, judge, programs};

const SERIES: u32 = 10_000;
const REPETITIONS: u32 = 4;

/// The ways and the most instructions a point that are promised.
const WAYS: [(&str, Option<f64>); 13] = [
    ("remembered", Some(200.0)),
    ("first", Some(1_700.0)),
    ("pieces", None),
    ("json-remembered", None),
    ("json-first", None),
    ("prost", None),
    ("memcpy", None),
    // Of 3.4 lines a point.
    ("page-text", Some(1_000.0)),
    ("page-text-first", None),
    ("page-text-pieces", None),
    ("page-openmetrics", Some(1_000.0)),
    ("page-openmetrics-2", None),
    ("page-protobuf", Some(750.0)),
];

pub(super) fn run(workspace: &Workspace, quick: bool) -> Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Err(Failure::Missing("valgrind cannot be started".into()));
    }
    let program = programs(workspace)?.join("instructions");
    let mut promises = Vec::new();
    println!("\nmixed workload, {SERIES} series: instructions a point");
    for (way, limit) in WAYS {
        if quick && limit.is_none() {
            continue;
        }
        let [none, some] = [0, REPETITIONS].map(|repetitions| count(&program, way, repetitions));
        let spent = some?.saturating_sub(none?) as f64;
        let per_point = spent / f64::from(SERIES * REPETITIONS);
        println!("  {way:18} {per_point:8.1}");
        if let Some(limit) = limit {
            let what = format!("{way}: {per_point:.1} instructions a point, at most {limit}");
            promises.push(Promise { what, kept: per_point <= limit });
        }
    }
    judge(&promises)
}

fn count(program: &Path, way: &str, repetitions: u32) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-fd=1"])
        .arg(program)
        .args([way, &SERIES.to_string(), &repetitions.to_string()])
        // Callgrind counts a `rep movs` once for every byte: have memcpy not use it.
        .env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-ERMS,-FSRM");
    let text = process::output(&mut valgrind)?;
    collected(&text).ok_or_else(|| Failure::Failed(format!("valgrind counted nothing:\n{text}")))
}

fn collected(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found() {
        let text = "==7== Events    : Ir\n==7== Collected : 335095386\n==7== \n";
        assert_eq!(collected(text), Some(335_095_386));
        assert_eq!(collected("==7== killed"), None);
    }
}
