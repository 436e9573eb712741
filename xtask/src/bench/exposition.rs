//! Prometheus pages beside those of other libraries.

use std::collections::BTreeMap;
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

use super::figures::Figures;
use super::{Promise, judge, peer_package, programs};

/// The package with the peers.
const PEERS: &str = "meterport-peer-exposition";
const SERIES: &str = "10000";
/// What a page allocates is counted at that size too.
const FEWER: &str = "1000";

/// Ways in the order of the table.
const WAYS: [(&str, &str); 12] = [
    (TEXT, "text 0.0.4"),
    ("page-text-pieces", "the same in pieces of 64 KiB"),
    (SCOPED, "the same with the scope's labels"),
    ("page-openmetrics", "OpenMetrics 1.0"),
    ("page-openmetrics-2", "OpenMetrics 2.0"),
    ("page-protobuf", "protobuf"),
    ("page-text-first", "text 0.0.4, series never seen before"),
    ("page-memcpy", "memcpy of the text"),
    ("prometheus-client", "prometheus-client"),
    ("prometheus", "prometheus"),
    ("metrics-exporter-prometheus", "metrics-exporter-prometheus"),
    ("opentelemetry-prometheus", "opentelemetry-prometheus"),
];

const TEXT: &str = "page-text";
/// With more labels than any of the peers has.
const SCOPED: &str = "page-text-scoped";

/// Those that are promised to allocate nothing for a line.
const WITHOUT_ALLOCATIONS: [&str; 6] =
    [TEXT, "page-text-pieces", SCOPED, "page-openmetrics", "page-openmetrics-2", "page-protobuf"];
/// A buffer is made longer once more for so many times the lines.
const DOUBLED: f64 = 8.0;

/// How many times the peer's time is promised to be at least that of a line of ours.
const PROMISED: [(&str, f64); 4] = [
    ("prometheus-client", 10.0),
    ("prometheus", 25.0),
    ("metrics-exporter-prometheus", 40.0),
    ("opentelemetry-prometheus", 40.0),
];

pub(super) fn run(workspace: &Workspace, quick: bool) -> Result<()> {
    let peers = peer_package(workspace, PEERS)?;
    let ours = programs(workspace)?;
    let (turns, milliseconds) = if quick { (2, "200") } else { (4, "500") };
    let mut table = Table::default();
    // In turns, so that a slow minute of the machine meets both.
    for _ in 0..turns {
        table.take(Command::new(peers.join(PEERS)).args([SERIES, milliseconds]))?;
        table.take(Command::new(ours.join("exposition")).args([SERIES, milliseconds]))?;
    }
    table.check_lines()?;
    let allocations = |series| Allocations::of(Command::new(ours.join("allocations")).arg(series));
    let (few, many) = (allocations(FEWER)?, allocations(SERIES)?);
    table.print(&many);
    let mut promises = table.promises();
    promises.extend(many.promises(&few));
    judge(&promises)
}

/// Allocations in all, by way.
struct Allocations(BTreeMap<String, f64>);

impl Allocations {
    fn of(program: &mut Command) -> Result<Self> {
        let lines = Figures::of(program)?;
        let pair = |line: &Figures| {
            Ok::<_, Failure>((line.text("way")?.to_owned(), line.number("allocations")?))
        };
        Ok(Self(lines.iter().map(pair).collect::<Result<_>>()?))
    }

    fn get(&self, way: &str) -> f64 {
        self.0.get(way).copied().unwrap_or(f64::NAN)
    }

    /// Against those of fewer series.
    fn promises(&self, fewer: &Self) -> Vec<Promise> {
        let promise = |way: &str| {
            let (few, many) = (fewer.get(way), self.get(way));
            Promise {
                what: format!(
                    "{way}: {few:.0} allocations of {FEWER} series, {many:.0} of {SERIES}"
                ),
                kept: many <= few + DOUBLED,
            }
        };
        WITHOUT_ALLOCATIONS.into_iter().map(promise).collect()
    }
}

/// Nanoseconds a line, by way.
#[derive(Default)]
struct Table(BTreeMap<String, Row>);

#[derive(Clone, Copy)]
struct Row {
    /// The lowest of all turns' 10th percentiles.
    low: f64,
    median: f64,
    lines: f64,
    bytes: f64,
}

impl Table {
    fn take(&mut self, program: &mut Command) -> Result<()> {
        Figures::of(program)?.iter().try_for_each(|line| self.add(line))
    }

    fn add(&mut self, line: &Figures) -> Result<()> {
        let (lines, bytes) = (line.number("points")?, line.number("bytes")?);
        let (low, median) = (line.number("low")? / lines, line.number("median")? / lines);
        let none = Row { low, median, lines, bytes };
        let row = self.0.entry(line.text("way")?.to_owned()).or_insert(none);
        (row.low, row.median) = (row.low.min(low), row.median.min(median));
        Ok(())
    }

    /// All pages say the same, so that they have the same number of samples.
    fn check_lines(&self) -> Result<()> {
        let ours = self.0.get(TEXT).map_or(f64::NAN, |row| row.lines);
        // One more where a library tells of the target.
        match self.0.iter().find(|(_, row)| !(ours..=ours + 1.0).contains(&row.lines)) {
            None => Ok(()),
            Some((way, row)) => {
                Err(Failure::Failed(format!("{way} has {} samples, not {ours}", row.lines)))
            }
        }
    }

    fn low(&self, way: &str) -> f64 {
        self.0.get(way).map_or(f64::NAN, |row| row.low)
    }

    fn print(&self, allocations: &Allocations) {
        println!("\nmixed workload, {SERIES} series; nanoseconds a line of processor time");
        println!(
            "  {:38}{:>8}{:>9}{:>8}{:>11}{:>13}",
            "", "low", "median", "bytes", "x slower", "allocations"
        );
        for (way, title) in WAYS {
            let Some(Row { low, median, lines, bytes }) = self.0.get(way) else { continue };
            let (bytes, slower) = (bytes / lines, low / self.low(TEXT));
            let counted = allocations.0.get(way).map(f64::to_string).unwrap_or_default();
            println!("  {title:38}{low:8.1}{median:9.1}{bytes:8.0}{slower:11.1}{counted:>13}");
        }
    }

    fn promises(&self) -> Vec<Promise> {
        let promise = |way, (peer, least): (&str, f64)| {
            let gain = self.low(peer) / self.low(way);
            let what =
                format!("{way}: {gain:.1} times faster a line than {peer}, at least {least}");
            Promise { what, kept: gain >= least }
        };
        let of = |way| PROMISED.into_iter().map(move |peer| promise(way, peer));
        of(TEXT).chain(of(SCOPED)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(lines: &[&str]) -> Table {
        let mut table = Table::default();
        for line in lines {
            table.add(&Figures::parse(line).unwrap()).unwrap();
        }
        table
    }

    #[test]
    fn promises_are_judged_by_ratios() {
        let table = table(&[
            "way=page-text points=10 bytes=1 low=500 median=500",
            "way=page-text points=10 bytes=1 low=100 median=100",
            "way=page-text-scoped points=10 bytes=1 low=120 median=100",
            "way=prometheus-client points=11 bytes=1 low=1100 median=1",
            "way=prometheus points=10 bytes=1 low=2499 median=1",
            "way=metrics-exporter-prometheus points=10 bytes=1 low=4000 median=1",
        ]);
        let judged: Vec<_> = table.promises().iter().map(|promise| promise.kept).collect();
        assert_eq!(judged, [true, false, true, false, false, false, false, false]);
        assert!(table.check_lines().is_ok());
    }

    #[test]
    fn lines_must_not_allocate() {
        let all = |count| Allocations(WITHOUT_ALLOCATIONS.map(|way| (way.into(), count)).into());
        let kept = |many: &Allocations| {
            many.promises(&all(50.0)).iter().filter(|promise| promise.kept).count()
        };
        assert_eq!(kept(&all(58.0)), WITHOUT_ALLOCATIONS.len());
        assert_eq!(kept(&all(59.0)), 0);
        assert_eq!(kept(&Allocations(BTreeMap::new())), 0);
    }

    #[test]
    fn pages_of_different_lengths_are_not_compared() {
        let ours = "way=page-text points=10 bytes=1 low=1 median=1";
        for lines in [9, 12] {
            let peer = format!("way=prometheus points={lines} bytes=1 low=1 median=1");
            assert!(table(&[ours, &peer]).check_lines().is_err());
        }
        let peer = "way=prometheus points=10 bytes=1 low=1 median=1";
        assert!(table(&[peer]).check_lines().is_err());
    }
}
