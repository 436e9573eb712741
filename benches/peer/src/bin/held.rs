//! `held MIX SERIES`: what the SDK holds of the workload, and what collecting, converting and
//! encoding allocate. A program of its own, since counting takes time.

use std::alloc::System;
use std::hint::black_box;
use std::process::ExitCode;

use meterport_peer::{Recorded, arguments, convert_and_encode};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    let (mix, series, _) = match arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let region = Region::new(GLOBAL);
    let recorded = Recorded::new(mix, series);
    let change = region.change();
    let held = change.bytes_allocated - change.bytes_deallocated;
    println!("way=peer-held points={series} bytes={held}");

    let mut snapshot = ResourceMetrics::default();
    recorded.collect(&mut snapshot);
    drop(black_box(convert_and_encode(&snapshot)));
    let region = Region::new(GLOBAL);
    recorded.collect(&mut snapshot);
    drop(black_box(convert_and_encode(&snapshot)));
    let change = region.change();
    let allocations = change.allocations + change.reallocations;
    println!("way=peer-snapshot-encode points={series} allocations={allocations}");
    ExitCode::SUCCESS
}
