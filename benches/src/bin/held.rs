//! `held SERIES`: what a registry with the workload holds, and what a snapshot with its encoding
//! allocates. A program of its own, since counting takes time.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports")]

use std::hint::black_box;
use std::process::ExitCode;

use meterport_benches::registry::{record, registry};
use meterport_otlp::protobuf;
use meterport_testkit::workload::plain::Mix;

fn main() -> ExitCode {
    let series = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let Some(series) = series else {
        eprintln!("held SERIES");
        return ExitCode::FAILURE;
    };
    let registry = registry();
    let producer = registry.producer().build();
    let filled = allocation_counter::measure(|| {
        record(&registry, Mix::Mixed, series).expect("the workload has right names");
    });
    let collected = allocation_counter::measure(|| drop(black_box(producer.collect())));
    let encoded = allocation_counter::measure(|| {
        drop(black_box(protobuf::encode(&producer.collect())));
    });
    let steady = allocation_counter::measure(|| drop(black_box(producer.collect())));
    let both = allocation_counter::measure(|| {
        drop(black_box(protobuf::encode(&producer.collect())));
    });
    let held = filled.bytes_current + collected.bytes_current;
    println!("way=held points={series} bytes={held}");
    println!("way=held-encoded points={series} bytes={}", held + encoded.bytes_current);
    println!("way=snapshot points={series} allocations={}", steady.count_total);
    println!("way=snapshot-encode points={series} allocations={}", both.count_total);
    ExitCode::SUCCESS
}
