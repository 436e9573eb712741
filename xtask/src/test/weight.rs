//! A user of one transport compiles that transport and nothing else: how many crates that is.

use std::collections::BTreeSet;

use crate::failure::{Failure, Result};
use crate::process;
use crate::workspace::Workspace;

/// A promise: that package with those features compiles at most so many crates, itself included.
struct Promise {
    package: &'static str,
    features: &'static str,
    at_most: usize,
}

const PROMISES: &[Promise] = &[
    Promise { package: "meterport-core", features: "", at_most: 10 },
    Promise { package: "meterport-otlp-grpc", features: "", at_most: 60 },
    Promise { package: "meterport-otlp-http", features: "json", at_most: 45 },
    Promise { package: "meterport-prom", features: "", at_most: 12 },
    Promise { package: "meterport-prom-pull", features: "", at_most: 28 },
    Promise { package: "meterport-prom-push", features: "", at_most: 45 },
    Promise { package: "meterport-prom-scrape", features: "", at_most: 46 },
    Promise { package: "meterport-prom-server", features: "", at_most: 40 },
    Promise { package: "meterport-remote-write", features: "", at_most: 42 },
    Promise { package: "meterport-sigv4", features: "", at_most: 76 },
];

pub(super) fn check(workspace: &Workspace) -> Result<()> {
    for Promise { package, features, at_most } in PROMISES {
        let mut cargo = workspace.cargo();
        cargo.args(["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
        cargo.args(["--package", package, "--features", features]);
        let crates = process::output(&mut cargo)?;
        let count = distinct(&crates);
        if count > *at_most {
            let text = format!("{package} compiles {count} crates, at most {at_most}:\n{crates}");
            return Err(Failure::Failed(text));
        }
    }
    Ok(())
}

/// The crates of cargo's list, each counted once.
fn distinct(list: &str) -> usize {
    let name_and_version = |line: &str| {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some((words.next()?, words.next()?))
    };
    list.lines().filter_map(name_and_version).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_is_used_twice_counts_once() {
        assert_eq!(
            distinct("a v1.0.0 (/x)\nb v1.0.0\n\nc v2.0.0 (*)\nb v1.0.0 (*)\nb v2.0.0\n"),
            4
        );
    }
}
