//! `remote_write MIX SERIES MILLISECONDS [PEER_BODY]`: compares the message of 1.0 with the peer's, then
//! times encoding in steady state, one line for each way.
#![allow(clippy::print_stdout, reason = "a program that reports")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use meterport_benches::timing::Timing;
use meterport_core::{MetricBatch, Timestamp};
use meterport_remote_write::{BoundFormat, Encoder, Message, Version};
use meterport_testkit::remote_write::messages::{TimeSeries1, WriteRequest};
use meterport_testkit::workload::Workload;
use meterport_testkit::workload::plain::Mix;
use prost::Message as _;

fn main() -> ExitCode {
    meterport_benches::exit(run())
}

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

/// The points of a request that is not the whole.
const PIECE: u64 = 2_000;

fn run() -> Result<(), String> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [mix, series, milliseconds, body @ ..] = &arguments[..] else {
        return Err("remote_write MIX SERIES MILLISECONDS [PEER_BODY]".into());
    };
    let mix = Mix::from_name(mix).ok_or("no such mix")?;
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is not a number"));
    let (series, milliseconds): (usize, usize) = (number(series)?, number(milliseconds)?);
    let workload = Workload::new(mix, series);
    if let [file, ..] = body {
        let theirs = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
        let plain = Encoder::new(Version::V1).with_bound_format(BoundFormat::Text);
        compare(&encode(&plain, &workload.batch(0)).bytes, &theirs)?;
    }
    let budget = Duration::from_millis(milliseconds as u64);
    for (version, name) in [(Version::V1, "v1"), (Version::V2, "v2")] {
        let encoder = Encoder::new(version);
        let message = encode(&encoder, &workload.batch(0));
        let samples = message.elements.samples + message.elements.histograms;
        let wire = compress(&message).len();
        let sizes = format!("samples={samples} bytes={} wire={wire}", message.bytes.len());
        let pieces: usize = pieces(&workload.batch(0))
            .iter()
            .map(|piece| compress(&encode(&encoder, piece)).len())
            .sum();
        let mut round = 0;
        let mut next = || {
            round += 1;
            workload.batch(round)
        };
        let timing =
            Timing::of(budget, &mut next, |batch| drop(black_box(encode(&encoder, batch))));
        println!("way={name} {sizes} pieces={pieces} {timing}");
        let timing = Timing::of(budget, &mut next, |batch| {
            drop(black_box(compress(&encode(&encoder, batch))));
        });
        println!("way={name}-snappy {sizes} pieces={pieces} {timing}");
        let fresh = || workload.fresh(0);
        let timing = Timing::of(budget, fresh, |batch| drop(black_box(encode(&encoder, batch))));
        println!("way={name}-first {sizes} pieces={pieces} {timing}");
    }
    Ok(())
}

fn encode(encoder: &Encoder, batch: &MetricBatch) -> Message {
    encoder.encode(batch, NOW, u64::MAX).expect("no limit")
}

fn compress(message: &Message) -> Vec<u8> {
    message.compress().expect("snappy is compiled in")
}

fn pieces(batch: &MetricBatch) -> Vec<MetricBatch> {
    let points = batch.points();
    let starts = (0..points).step_by(PIECE as usize);
    starts.map(|start| batch.slice(start..(start + PIECE).min(points))).collect()
}

/// The same series with the same values, in whatever order; `target_info` and times are ours.
fn compare(ours: &[u8], theirs: &[u8]) -> Result<(), String> {
    type All = BTreeMap<Vec<(String, String)>, u64>;
    let read = |bytes: &[u8]| -> Result<All, String> {
        let request = WriteRequest::decode(bytes).map_err(|error| error.to_string())?;
        let labels = |series: &TimeSeries1| {
            series.labels.iter().map(|one| (one.name.clone(), one.value.clone())).collect()
        };
        let value = |series: &TimeSeries1| series.samples[0].value.to_bits();
        let all = request.timeseries.iter().map(|series| (labels(series), value(series)));
        Ok(all.filter(|one: &(Vec<(String, String)>, u64)| !is_target_info(&one.0)).collect())
    };
    let (ours, theirs) = (read(ours)?, read(theirs)?);
    if ours.len() != theirs.len() {
        return Err(format!("{} series here, {} there", ours.len(), theirs.len()));
    }
    match ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs) {
        Some((ours, theirs)) => Err(format!("a series differs:\n{ours:?}\n{theirs:?}")),
        None => Ok(()),
    }
}

fn is_target_info(labels: &[(String, String)]) -> bool {
    labels.iter().any(|label| label.1 == "target_info")
}
