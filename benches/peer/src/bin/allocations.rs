//! `allocations MIX SERIES`: counts what convert and encode allocate. A program of its own, since
//! counting takes time.

use std::alloc::System;
use std::hint::black_box;
use std::process::ExitCode;

use meterport_peer::{arguments, convert_and_encode, snapshot};
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
    let snapshot = snapshot(mix, series);
    drop(black_box(convert_and_encode(&snapshot)));
    let region = Region::new(GLOBAL);
    drop(black_box(convert_and_encode(&snapshot)));
    let change = region.change();
    println!(
        "way=peer points={series} allocations={} allocated={}",
        change.allocations + change.reallocations,
        change.bytes_allocated
    );
    ExitCode::SUCCESS
}
