//! Whole exports: from a batch in memory to the receiver's answer.

use std::path::Path;
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

use super::figures::Figures;
use super::sink::{Received, Sink};
use super::{Promise, judge, peer_programs, programs};

const SIZES: [u32; 2] = [1_000, 10_000];

/// Transport, compression at each side's own default level, and how many times less processor
/// time than the peer's is promised.
const CASES: [(&str, &str, Option<f64>); 6] = [
    ("http", "identity", Some(6.0)),
    ("http", "gzip", Some(6.0)),
    ("http", "zstd", None),
    ("grpc", "identity", Some(4.0)),
    ("grpc", "gzip", Some(6.0)),
    ("grpc", "zstd", None),
];

/// Both sides send the same points: their bodies differ by less than this share.
const SAME_BYTES: f64 = 0.02;

pub(super) fn run(workspace: &Workspace, quick: bool) -> Result<()> {
    let peer = peer_programs(workspace)?;
    let ours = programs(workspace)?;
    let mut sink = Sink::start(&ours)?;
    let (turns, milliseconds) = if quick { (2, "200") } else { (4, "700") };
    let mut promises = Vec::new();
    for series in SIZES {
        print_head(series);
        for (transport, compression, promised) in CASES {
            let mut pair = Pair { ours: Side::UNKNOWN, peer: Side::UNKNOWN };
            // In turns, so that a slow minute of the machine meets both.
            for _ in 0..turns {
                for (programs, side) in [(&peer, &mut pair.peer), (&ours, &mut pair.ours)] {
                    let arguments = [transport, compression, &series.to_string(), milliseconds];
                    side.take(&mut sink, programs, arguments)?;
                }
            }
            let title = format!("{transport}, {compression}");
            pair.print(&title);
            if compression == "identity" {
                pair.check_bytes(&title)?;
            }
            promises.extend(promised.map(|least| pair.promise(series, &title, least)));
        }
    }
    judge(&promises)
}

/// What one side's exports cost.
#[derive(Clone, Copy)]
struct Side {
    /// Nanoseconds of processor time a point: the lowest of all turns' 10th percentiles.
    low: f64,
    median: f64,
    /// Bytes of a body a point.
    bytes: f64,
    /// MiB of memory at most, beyond what was there before the first export.
    memory: f64,
}

impl Side {
    const UNKNOWN: Self =
        Self { low: f64::INFINITY, median: f64::INFINITY, bytes: f64::NAN, memory: 0.0 };

    /// One process that exports to the sink for a while.
    fn take(&mut self, sink: &mut Sink, programs: &Path, arguments: [&str; 4]) -> Result<()> {
        let mut program = Command::new(programs.join("export"));
        let lines = Figures::of(program.args(arguments).arg(sink.address()))?;
        let received = sink.take()?;
        let [line] = &lines[..] else {
            return Err(Failure::Failed(format!("not one line of figures: {lines:?}")));
        };
        self.add(line, received)
    }

    fn add(&mut self, line: &Figures, received: Received) -> Result<()> {
        let points = line.number("points")?;
        if received.requests < 1.0 {
            return Err(Failure::Failed("nothing arrived at the sink".into()));
        }
        self.low = self.low.min(line.number("low")? / points);
        self.median = self.median.min(line.number("median")? / points);
        self.bytes = received.bytes / received.requests / points;
        self.memory = self.memory.max(line.number("peak")? / 1_024.0);
        Ok(())
    }
}

struct Pair {
    ours: Side,
    peer: Side,
}

impl Pair {
    fn gain(&self) -> f64 {
        self.peer.low / self.ours.low
    }

    fn print(&self, title: &str) {
        let Self { ours, peer } = self;
        let each = |figure: fn(&Side) -> f64| format!("{:9.1}{:9.1}", figure(ours), figure(peer));
        println!(
            "  {title:16}{}{:8.1}{}{}{}",
            each(|side| side.low),
            self.gain(),
            each(|side| side.median),
            each(|side| side.bytes),
            each(|side| side.memory),
        );
    }

    fn check_bytes(&self, title: &str) -> Result<()> {
        let (ours, peer) = (self.ours.bytes, self.peer.bytes);
        if (ours / peer - 1.0).abs() < SAME_BYTES {
            return Ok(());
        }
        Err(Failure::Failed(format!("{title}: {ours:.1} bytes a point, the peer {peer:.1}")))
    }

    fn promise(&self, series: u32, title: &str, least: f64) -> Promise {
        let gain = self.gain();
        Promise {
            what: format!(
                "{series} series, {title}: {gain:.1} times less processor time than the peer, at \
                 least {least}"
            ),
            kept: gain >= least,
        }
    }
}

fn print_head(series: u32) {
    println!("\nmixed workload, {series} series, one export after the other over one connection");
    let column = |title: &str| format!("{title:>18}");
    println!(
        "  {:16}{}{:8}{}{}{}",
        "",
        column("ns a point, low"),
        "",
        column("median"),
        column("bytes a point"),
        column("MiB at most"),
    );
    let sides = format!("{:>9}{:>9}", "ours", "peer");
    println!("  {:16}{sides}{:>8}{sides}{sides}{sides}", "", "x less");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(low: f64, bytes: f64) -> Side {
        Side { low, median: low, bytes, memory: 1.0 }
    }

    #[test]
    fn promises_are_judged_by_ratios() {
        for (ours, kept) in [(100.0, true), (101.0, false), (f64::NAN, false)] {
            let pair = Pair { ours: side(ours, 1.0), peer: side(600.0, 1.0) };
            assert_eq!(pair.promise(1, "http", 6.0).kept, kept, "{ours}");
        }
    }

    #[test]
    fn bodies_that_hold_other_data_are_noticed() {
        for (bytes, same) in [(281.0, true), (283.0, true), (240.0, false), (300.0, false)] {
            let pair = Pair { ours: side(1.0, bytes), peer: side(1.0, 281.0) };
            assert_eq!(pair.check_bytes("http").is_ok(), same, "{bytes}");
        }
    }

    #[test]
    fn the_best_turn_counts_and_silence_is_an_error() {
        let mut total = Side::UNKNOWN;
        for (low, peak) in [(2_000.0, 2_048), (1_000.0, 1_024)] {
            let line = format!("points=10 low={low} median={low} peak={peak}");
            let line = Figures::parse(&line).unwrap();
            total.add(&line, Received { requests: 2.0, bytes: 5_620.0 }).unwrap();
            assert!(total.add(&line, Received { requests: 0.0, bytes: 0.0 }).is_err());
        }
        assert_eq!((total.low, total.bytes, total.memory), (100.0, 281.0, 2.0));
    }
}
