use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::process;
use crate::workspace::Workspace;

use super::figures::Figures;
use super::{PACKAGE, Promise, judge, peer_programs, programs};

const SIZES: [u32; 3] = [1_000, 10_000, 100_000];
/// Up to this size the ratios are promised. Above, both sides wait for memory, and the ratios say
/// more of the machine than of the encoders: they are shown.
const PROMISED: u32 = 10_000;

/// Ways in the order of the table.
const WAYS: [(&str, &str); 8] = [
    ("remembered", "protobuf, attributes remembered"),
    ("pieces", "the same in pieces of 64 KiB"),
    ("first", "protobuf, first encoding"),
    ("json-remembered", "JSON, attributes remembered"),
    ("json-first", "JSON, first encoding"),
    ("prost", "prost alone, messages built"),
    ("peer", "opentelemetry-otlp, convert + encode"),
    ("memcpy", "memcpy of the output"),
];

pub(super) fn run(workspace: &Workspace, quick: bool) -> Result<()> {
    let peer = peer_programs(workspace)?;
    let ours = programs(workspace)?;
    let mut criterion = workspace.cargo();
    criterion.args(["bench", "--package", PACKAGE, "--bench", "encode"]);
    if quick {
        criterion.args(["--", "--quick"]);
    }
    process::shown(&mut criterion, |_| {})?;

    let scratch = workspace.target.join("bench");
    std::fs::create_dir_all(&scratch)
        .map_err(|error| Failure::while_doing(scratch.display(), error))?;
    let mut promises = Vec::new();
    for series in SIZES {
        let programs = Programs { ours: &ours, peer: &peer, scratch: &scratch };
        let table = programs.measure(series, quick)?;
        table.print();
        if series <= PROMISED {
            promises.extend(table.promises());
        }
    }
    judge(&promises)
}

struct Programs<'a> {
    ours: &'a Path,
    peer: &'a Path,
    scratch: &'a Path,
}

impl Programs<'_> {
    /// Both sides in turns, so that a slow minute of the machine meets both.
    fn measure(&self, series: u32, quick: bool) -> Result<Table> {
        let (turns, milliseconds) = if quick { (2, "200") } else { (4, "500") };
        let body = self.scratch.join(format!("peer-{series}.pb"));
        let size = series.to_string();
        let mut table = Table { series, ways: BTreeMap::new() };
        for _ in 0..turns {
            let mut peer = Command::new(self.peer.join("time"));
            table
                .take_times(&Figures::of(peer.args(["mixed", &size, milliseconds]).arg(&body))?)?;
            let mut ours = Command::new(self.ours.join("measure"));
            table.take_times(&Figures::of(ours.args([&size, milliseconds]).arg(&body))?)?;
        }
        let mut peer = Command::new(self.peer.join("allocations"));
        table.take_allocations(&Figures::of(peer.args(["mixed", &size]))?)?;
        let mut ours = Command::new(self.ours.join("allocations"));
        table.take_allocations(&Figures::of(ours.arg(&size))?)?;
        Ok(table)
    }
}

/// What was measured at one size, by way.
struct Table {
    series: u32,
    ways: BTreeMap<String, Row>,
}

/// One way: nanoseconds a point, and allocations in all.
#[derive(Clone, Copy)]
struct Row {
    /// The lowest of all turns' 10th percentiles.
    low: f64,
    median: f64,
    allocations: f64,
}

impl Table {
    fn take_times(&mut self, lines: &[Figures]) -> Result<()> {
        for line in lines {
            let points = line.number("points")?;
            let (low, median) = (line.number("low")? / points, line.number("median")? / points);
            let none = Row { low, median, allocations: 0.0 };
            let row = self.ways.entry(line.text("way")?.to_owned()).or_insert(none);
            row.low = row.low.min(low);
            row.median = row.median.min(median);
        }
        Ok(())
    }

    fn take_allocations(&mut self, lines: &[Figures]) -> Result<()> {
        for line in lines {
            if let Some(row) = self.ways.get_mut(line.text("way")?) {
                row.allocations = line.number("allocations")?;
            }
        }
        Ok(())
    }

    fn low(&self, way: &str) -> f64 {
        self.ways.get(way).map_or(f64::NAN, |row| row.low)
    }

    fn print(&self) {
        println!("\nmixed workload, {} series; nanoseconds a point of processor time", self.series);
        println!(
            "  {:38}{:>8}{:>9}{:>13}{:>10}{:>11}",
            "", "low", "median", "allocations", "x faster", "x memcpy"
        );
        for (way, title) in WAYS {
            let Some(Row { low, median, allocations }) = self.ways.get(way) else { continue };
            let (faster, copies) = (self.low("peer") / low, low / self.low("memcpy"));
            println!(
                "  {title:38}{low:8.1}{median:9.1}{allocations:13.0}{faster:10.1}{copies:11.1}"
            );
        }
    }

    fn promises(&self) -> Vec<Promise> {
        let (peer, memcpy) = (self.low("peer"), self.low("memcpy"));
        let (remembered, first) = (self.low("remembered"), self.low("first"));
        let promise = |what, ratio: f64, kept, limit| Promise {
            what: format!("{} series: {what}: {ratio:.1}, {limit}", self.series),
            kept,
        };
        let [remembered_gain, first_gain] = [peer / remembered, peer / first];
        let copies = remembered / memcpy;
        vec![
            promise(
                "times faster than the peer, attributes remembered",
                remembered_gain,
                remembered_gain >= 40.0,
                "at least 40",
            ),
            promise(
                "times faster than the peer, first encoding",
                first_gain,
                first_gain >= 8.0,
                "at least 8",
            ),
            promise("times memcpy, attributes remembered", copies, copies <= 4.0, "at most 4"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_are_judged_by_ratios() {
        for (remembered, first, memcpy, kept) in [
            (25.0, 125.0, 6.25, [true, true, true]),
            (26.0, 126.0, 6.0, [false, false, false]),
            (f64::NAN, 1.0, 1.0, [false, true, false]),
        ] {
            let row = |low| Row { low, median: low, allocations: 0.0 };
            let rows = [("peer", 1_000.0), ("remembered", remembered), ("first", first)];
            let mut ways: BTreeMap<_, _> =
                rows.into_iter().map(|(way, low)| (way.to_owned(), row(low))).collect();
            ways.insert("memcpy".into(), row(memcpy));
            let table = Table { series: 1, ways };
            let judged: Vec<_> = table.promises().iter().map(|promise| promise.kept).collect();
            assert_eq!(judged, kept);
        }
    }
}
