//! `snapshot SERIES MILLISECONDS [PEER_BODY]`: compares a snapshot with the peer's body, then times
//! snapshots with their encoding, one line for each way.
#![allow(clippy::print_stdout, reason = "a program that reports")]

use std::error::Error;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use meterport_benches::registry::{Recorded, record, registry};
use meterport_benches::{peer, timing::Timing};
use meterport_core::TemporalitySelector;
use meterport_otlp::protobuf;
use meterport_testkit::to_proto;
use meterport_testkit::workload::plain::Mix;

fn main() -> ExitCode {
    meterport_benches::exit(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [series, milliseconds, body @ ..] = &arguments[..] else {
        return Err("snapshot SERIES MILLISECONDS [PEER_BODY]".into());
    };
    let (series, budget) = (series.parse()?, Duration::from_millis(milliseconds.parse()?));

    let cumulative = registry();
    let producer = cumulative.producer().build();
    record(&cumulative, Mix::Mixed, series)?;
    let batch = producer.collect();
    if batch.points() != series as u64 {
        return Err(format!("{} points instead of {series}", batch.points()).into());
    }
    if let [file, ..] = body {
        peer::compare(&to_proto(&batch), &std::fs::read(file)?)?;
    }
    drop(batch);
    let timing = Timing::of(budget, || (), |()| drop(black_box(producer.collect())));
    println!("way=snapshot points={series} {timing}");
    let encode = || drop(black_box(protobuf::encode(&producer.collect())));
    let timing = Timing::of(budget, || (), |()| encode());
    println!("way=snapshot-encode points={series} {timing}");
    let mut buf = Vec::new();
    let mut into = || {
        protobuf::encode_into(&producer.collect(), &mut buf);
        black_box(&buf);
    };
    let timing = Timing::of(budget, || (), |()| into());
    println!("way=snapshot-into points={series} {timing}");
    let pieces = || {
        protobuf::encode_pieces(&producer.collect(), &mut |piece| {
            black_box(piece);
        });
    };
    let timing = Timing::of(budget, || (), |()| pieces());
    println!("way=snapshot-pieces points={series} {timing}");
    drop((producer, cumulative));

    let delta = registry();
    let producer = delta.producer().temporality(&TemporalitySelector::Delta).build();
    let recorded = Recorded::new(delta, Mix::Mixed, series)?;
    let encode = || drop(black_box(protobuf::encode(&producer.collect())));
    let timing = Timing::of(budget, || recorded.touch(), |()| encode());
    println!("way=delta-encode points={series} {timing}");
    Ok(())
}
