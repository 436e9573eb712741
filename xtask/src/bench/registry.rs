//! Recording, and snapshots with their encoding.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

use super::figures::Figures;
use super::{Promise, judge, peer_programs, programs};

/// Ways of recording in the order of the table; the peers' indented.
const RECORDING: [(&str, &str); 20] = [
    ("counter", "counter, handle"),
    ("metrics-counter", "  metrics facade, atomic counter"),
    ("prometheus-client-counter", "  prometheus-client, counter"),
    ("sdk-counter-bound", "  opentelemetry_sdk, experimental handle"),
    ("float-counter", "f64 counter, handle"),
    ("gauge", "gauge, handle"),
    ("histogram", "histogram of 16 buckets, handle"),
    ("prometheus-client-histogram", "  prometheus-client"),
    ("sdk-histogram", "  opentelemetry_sdk, one attribute"),
    ("sdk-histogram-bound", "  opentelemetry_sdk, experimental handle"),
    ("exponential", "exponential histogram, handle"),
    ("counter-six-attributes", "counter, six attributes"),
    ("api-counter-six-attributes", "  through the OpenTelemetry API"),
    ("sdk-counter-six-attributes", "  opentelemetry_sdk"),
    ("counter-six-attributes-two-threads", "the same, two threads"),
    ("api-counter-six-attributes-two-threads", "  through the OpenTelemetry API"),
    ("sdk-counter-six-attributes-two-threads", "  opentelemetry_sdk"),
    ("api-counter-bound", "counter, handle of the API"),
    ("api-histogram", "histogram, the API, one attribute"),
    ("api-histogram-bound", "histogram, handle of the API"),
];

/// Way, peer's way, and how many times the peer's time is promised to be at least.
const RECORDING_PROMISES: [(&str, &str, f64); 8] = [
    // "No slower", with as much as the same program differs from one run to the next.
    ("counter", "metrics-counter", 0.8),
    ("counter", "prometheus-client-counter", 0.8),
    ("histogram", "prometheus-client-histogram", 1.8),
    ("histogram", "sdk-histogram", 8.0),
    ("histogram", "sdk-histogram-bound", 3.0),
    ("counter-six-attributes", "sdk-counter-six-attributes", 1.8),
    ("api-counter-six-attributes", "sdk-counter-six-attributes", 1.8),
    ("api-counter-six-attributes-two-threads", "sdk-counter-six-attributes-two-threads", 1.8),
];

/// Ways of a snapshot in the order of the table.
const SNAPSHOTS: [(&str, &str); 7] = [
    ("snapshot", "snapshot"),
    ("snapshot-encode", "snapshot + encode"),
    ("snapshot-into", "the same into memory that is kept"),
    ("snapshot-pieces", "the same in pieces of 64 KiB"),
    ("delta-encode", "snapshot + encode, delta"),
    ("peer-snapshot", "opentelemetry_sdk, collect"),
    ("peer-snapshot-encode", "the same, with convert + encode"),
];

/// Ways that are promised to be hardly slower with a million series.
const AT_SCALE: [&str; 2] = ["snapshot-into", "snapshot-pieces"];

/// Sizes with the peer beside them, up to the SDK's own limit of series.
const SIZES: [u32; 2] = [1_000, 10_000];
const LARGE: u32 = 1_000_000;

pub(super) fn run(workspace: &Workspace, quick: bool) -> Result<()> {
    let peer = peer_programs(workspace)?;
    let ours = programs(workspace)?;
    let scratch = workspace.target.join("bench");
    std::fs::create_dir_all(&scratch)
        .map_err(|error| Failure::while_doing(scratch.display(), error))?;
    let programs = Programs { ours: &ours, peer: &peer, scratch: &scratch, quick };

    let recording = programs.recording()?;
    println!("\nrecording; nanoseconds a measurement of processor time");
    recording.print(&RECORDING);
    let mut promises: Vec<_> = RECORDING_PROMISES
        .iter()
        .map(|(way, peer, least)| recording.faster("recording", way, peer, *least))
        .collect();

    let mut tables = Vec::new();
    for series in SIZES {
        let table = programs.snapshots(series)?;
        println!("\nmixed workload, {series} series; nanoseconds a point of processor time");
        table.print(&SNAPSHOTS);
        promises.push(table.smaller(series));
        tables.push(table);
    }
    let large = programs.large()?;
    println!("\nmixed workload, {LARGE} series; nanoseconds a point of processor time");
    large.print(&SNAPSHOTS);
    if let [few, many] = &tables[..] {
        promises.push(many.exported(SIZES[1]));
        promises.push(same_allocations(few, many));
        promises.extend(AT_SCALE.map(|way| large.at_scale(many, way)));
    }
    judge(&promises)
}

struct Programs<'a> {
    ours: &'a Path,
    peer: &'a Path,
    scratch: &'a Path,
    quick: bool,
}

impl Programs<'_> {
    fn turns(&self) -> (u32, &'static str) {
        if self.quick { (2, "100") } else { (4, "400") }
    }

    /// Both sides in turns, so that a slow minute of the machine meets both.
    fn recording(&self) -> Result<Table> {
        let (turns, milliseconds) = self.turns();
        let mut table = Table::default();
        for _ in 0..turns {
            for programs in [self.peer, self.ours] {
                table.take(Command::new(programs.join("record")).arg(milliseconds))?;
            }
        }
        Ok(table)
    }

    fn snapshots(&self, series: u32) -> Result<Table> {
        let (turns, milliseconds) = self.turns();
        let body = self.scratch.join(format!("registry-{series}.pb"));
        let size = series.to_string();
        let mut table = Table::default();
        for _ in 0..turns {
            let mut peer = Command::new(self.peer.join("snapshot"));
            table.take(peer.args(["mixed", &size, milliseconds]).arg(&body))?;
            let mut ours = Command::new(self.ours.join("snapshot"));
            table.take(ours.args([&size, milliseconds]).arg(&body))?;
        }
        table.take(Command::new(self.peer.join("held")).args(["mixed", &size]))?;
        table.take(Command::new(self.ours.join("held")).arg(&size))?;
        Ok(table)
    }

    fn large(&self) -> Result<Table> {
        let (turns, milliseconds) = self.turns();
        let mut table = Table::default();
        for _ in 0..turns {
            let mut ours = Command::new(self.ours.join("snapshot"));
            table.take(ours.args([&LARGE.to_string(), milliseconds]))?;
        }
        Ok(table)
    }
}

/// What was measured, by way.
#[derive(Default)]
struct Table(BTreeMap<String, Row>);

#[derive(Clone, Copy)]
struct Row {
    /// Nanoseconds a point: the lowest of all turns' 10th percentiles.
    low: f64,
    median: f64,
    /// Allocations in all.
    allocations: f64,
    /// Bytes held for each series.
    held: f64,
}

impl Row {
    const UNKNOWN: Self =
        Self { low: f64::INFINITY, median: f64::INFINITY, allocations: f64::NAN, held: f64::NAN };
}

impl Table {
    fn take(&mut self, program: &mut Command) -> Result<()> {
        Figures::of(program)?.iter().try_for_each(|line| self.add(line))
    }

    fn add(&mut self, line: &Figures) -> Result<()> {
        let points = line.number("points")?;
        let row = self.0.entry(line.text("way")?.to_owned()).or_insert(Row::UNKNOWN);
        if let Ok(low) = line.number("low") {
            row.low = row.low.min(low / points);
            row.median = row.median.min(line.number("median")? / points);
        } else if let Ok(allocations) = line.number("allocations") {
            row.allocations = allocations;
        } else {
            row.held = line.number("bytes")? / points;
        }
        Ok(())
    }

    fn get(&self, way: &str) -> Row {
        self.0.get(way).copied().unwrap_or(Row::UNKNOWN)
    }

    fn print(&self, ways: &[(&str, &str)]) {
        println!("  {:42}{:>8}{:>9}{:>13}", "", "low", "median", "allocations");
        for (way, title) in ways {
            let Some(Row { low, median, allocations, .. }) = self.0.get(*way) else { continue };
            let allocations =
                if allocations.is_nan() { String::new() } else { format!("{allocations:.0}") };
            println!("  {title:42}{low:8.1}{median:9.1}{allocations:>13}");
        }
        for (way, title) in [
            ("held", "bytes a series"),
            ("held-encoded", "the same, attributes remembered as OTLP"),
            ("peer-held", "opentelemetry_sdk, bytes a series"),
        ] {
            let Some(Row { held, .. }) = self.0.get(way) else { continue };
            println!("  {title:42}{held:8.0}");
        }
    }

    fn faster(&self, what: &str, way: &str, peer: &str, least: f64) -> Promise {
        let gain = self.get(peer).low / self.get(way).low;
        Promise {
            what: format!("{what}: {way}: {gain:.1} times faster than {peer}, at least {least}"),
            kept: gain.is_finite() && gain >= least,
        }
    }

    fn smaller(&self, series: u32) -> Promise {
        let (ours, peer) = (self.get("held").held, self.get("peer-held").held);
        Promise {
            what: format!(
                "{series} series: {ours:.0} bytes a series, fewer than the peer's {peer:.0}"
            ),
            kept: ours < peer,
        }
    }

    fn exported(&self, series: u32) -> Promise {
        let what = format!("{series} series");
        self.faster(&what, "snapshot-encode", "peer-snapshot-encode", 50.0)
    }

    /// Against the same of fewer series: in pieces, and whole in memory that is kept. In fresh
    /// memory a body of such a size says how fast the system hands that out.
    fn at_scale(&self, fewer: &Self, way: &str) -> Promise {
        let ratio = self.get(way).low / fewer.get(way).low;
        Promise {
            what: format!(
                "{LARGE} series: {way}: {ratio:.1} times the time a point of {} series, at most 3",
                SIZES[1]
            ),
            kept: ratio <= 3.0,
        }
    }
}

fn same_allocations(few: &Table, many: &Table) -> Promise {
    let (few, many) = (few.get("snapshot").allocations, many.get("snapshot").allocations);
    Promise {
        what: format!("a snapshot allocates {few:.0} times at both sizes ({many:.0})"),
        kept: few == many,
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
    fn the_best_turn_counts() {
        let table = table(&[
            "way=counter points=10 low=70 median=80",
            "way=counter points=10 low=60 median=90",
            "way=metrics-counter points=10 low=60 median=60",
        ]);
        assert_eq!((table.get("counter").low, table.get("counter").median), (6.0, 8.0));
        assert!(table.faster("", "counter", "metrics-counter", 1.0).kept);
        assert!(!table.faster("", "counter", "metrics-counter", 1.1).kept);
        assert!(!table.faster("", "counter", "absent", 1.0).kept);
        assert!(!table.faster("", "absent", "counter", 0.1).kept);
    }

    #[test]
    fn memory_allocations_and_scale_are_judged() {
        let of = |low: &str, held: &str, allocations: &str| {
            table(&[
                &format!("way=snapshot-encode points=10 low={low} median=1"),
                &format!("way=snapshot-pieces points=10 low={low} median=1"),
                &format!("way=held points=10 bytes={held}"),
                &format!("way=snapshot points=10 allocations={allocations}"),
                "way=peer-held points=10 bytes=5000",
                "way=peer-snapshot-encode points=10 low=5000 median=5000",
            ])
        };
        let (good, bad) = (of("100", "4999", "33"), of("101", "5000", "34"));
        assert!(good.smaller(10).kept && good.exported(10).kept);
        assert!(!bad.smaller(10).kept && !bad.exported(10).kept);
        assert!(same_allocations(&good, &good).kept);
        assert!(!same_allocations(&good, &bad).kept);
        assert!(of("300", "1", "1").at_scale(&good, "snapshot-pieces").kept);
        assert!(!of("301", "1", "1").at_scale(&good, "snapshot-pieces").kept);
        assert!(!same_allocations(&Table::default(), &Table::default()).kept);
    }
}
