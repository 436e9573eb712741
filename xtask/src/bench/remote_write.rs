use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

use super::figures::Figures;
use super::{Promise, judge, peer_package, programs, scrape};

const SERIES: &str = "10000";

/// Mixes, and whether peers can send them: they have no classic histograms.
const MIXES: [(&str, bool); 2] = [("counters", true), ("mixed", false)];

/// Ways in the order of the table.
const WAYS: [(&str, &str); 9] = [
    ("v1", "1.0, labels remembered"),
    ("v1-snappy", "1.0 with snappy"),
    ("v1-first", "1.0, first encoding"),
    ("v2", "2.0, symbols remembered"),
    ("v2-snappy", "2.0 with snappy"),
    ("v2-first", "2.0, first encoding"),
    ("prometheus_remote_write", "prometheus_remote_write"),
    ("prometheus_remote_write-snappy", "prometheus_remote_write with snappy"),
    ("prometheus-reqwest-remote-write", "prometheus-reqwest-remote-write, gathered"),
];

pub(super) fn run(workspace: &Workspace, quick: bool) -> Result<()> {
    let peer = peer_package(workspace, "meterport-peer-remote-write")?;
    let ours = programs(workspace)?;
    let scratch = workspace.target.join("bench");
    std::fs::create_dir_all(&scratch)
        .map_err(|error| Failure::while_doing(scratch.display(), error))?;
    let mut promises = Vec::new();
    for (mix, has_peer) in MIXES {
        let body = scratch.join("peer-remote-write.pb");
        let table = Table::measure(mix, has_peer, (&ours, &peer), &body, quick)?;
        table.print(mix);
        promises.extend(table.promises(mix, has_peer));
    }
    scrape::measure(&ours, quick)?;
    judge(&promises)
}

/// What was measured of one mix, by way.
#[derive(Default)]
struct Table(BTreeMap<String, Row>);

#[derive(Clone, Copy)]
struct Row {
    /// Nanoseconds a series: the lowest of all turns' 10th percentiles, and of their medians.
    low: f64,
    median: f64,
    /// Bytes a series: the message, the body, and the bodies of requests of 2,000 points.
    message: f64,
    wire: f64,
    pieces: f64,
}

impl Table {
    /// Both sides in turns, so that a slow minute of the machine meets both.
    fn measure(
        mix: &str,
        has_peer: bool,
        (ours, peer): (&Path, &Path),
        body: &Path,
        quick: bool,
    ) -> Result<Self> {
        let (turns, milliseconds) = if quick { (2, "200") } else { (4, "500") };
        let mut table = Self::default();
        for _ in 0..turns {
            let mut own = Command::new(ours.join("remote_write"));
            own.args([mix, SERIES, milliseconds]);
            if has_peer {
                let mut peer = Command::new(peer.join("meterport-peer-remote-write"));
                peer.args([mix, SERIES, milliseconds]).arg(body);
                table.take(&Figures::of(&mut peer)?)?;
                own.arg(body);
            }
            table.take(&Figures::of(&mut own)?)?;
        }
        Ok(table)
    }

    fn take(&mut self, lines: &[Figures]) -> Result<()> {
        for line in lines {
            let samples = line.number("samples")?;
            let each = |name| line.number(name).map(|number| number / samples);
            let row = Row {
                low: each("low")?,
                median: each("median")?,
                message: each("bytes")?,
                wire: each("wire").unwrap_or(f64::NAN),
                pieces: each("pieces").unwrap_or(f64::NAN),
            };
            let known = self.0.entry(line.text("way")?.to_owned()).or_insert(row);
            known.low = known.low.min(row.low);
            known.median = known.median.min(row.median);
        }
        Ok(())
    }

    fn low(&self, way: &str) -> f64 {
        self.0.get(way).map_or(f64::NAN, |row| row.low)
    }

    fn print(&self, mix: &str) {
        println!("\n{mix}, {SERIES} points; a series of remote write: nanoseconds, bytes");
        println!(
            "  {:44}{:>8}{:>9}{:>9}{:>8}{:>8}",
            "", "low", "median", "message", "wire", "pieces"
        );
        for (way, title) in WAYS {
            let Some(Row { low, median, message, wire, pieces }) = self.0.get(way) else {
                continue;
            };
            println!("  {title:44}{low:8.1}{median:9.1}{message:9.1}{wire:8.1}{pieces:8.1}");
        }
    }

    fn promises(&self, mix: &str, has_peer: bool) -> Vec<Promise> {
        let promise = |what: &str, ratio: f64, least: f64| Promise {
            what: format!("{mix}: {what}: {ratio:.1}, at least {least}"),
            kept: ratio >= least,
        };
        let nan = Row { low: 0.0, median: 0.0, message: 0.0, wire: f64::NAN, pieces: f64::NAN };
        let row = |way| self.0.get(way).copied().unwrap_or(nan);
        let (v1, v2) = (row("v1"), row("v2"));
        let mut all = Vec::new();
        if mix == "mixed" {
            // Of the counters alone, most of a request are names of pods that occur once, and they
            // cost the same in both versions: what that makes is in the table.
            all.extend([
                promise("times smaller on the wire, 2.0 than 1.0", v1.wire / v2.wire, 1.8),
                promise("the same in requests of 2,000 points", v1.pieces / v2.pieces, 1.8),
            ]);
        }
        if has_peer {
            let faster = |peer: &str, way: &str| self.low(peer) / self.low(way);
            let peer = "prometheus_remote_write";
            let snappy = "prometheus_remote_write-snappy";
            all.extend([
                promise("times faster than the peer, 1.0", faster(peer, "v1"), 40.0),
                promise("times faster than the peer, 2.0", faster(peer, "v2"), 50.0),
                promise("with snappy, 1.0", faster(snappy, "v1-snappy"), 12.0),
                promise("with snappy, 2.0", faster(snappy, "v2-snappy"), 12.0),
            ]);
        }
        all
    }
}
