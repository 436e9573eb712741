//! `allocations SERIES`: counts what every way allocates, one line each. A program of its own,
//! since counting takes time.
#![allow(clippy::print_stdout, reason = "a program that reports")]

use std::process::ExitCode;

use allocation_counter::{AllocationInfo, measure};
use meterport_benches::pages::{PageWay, Pages};
use meterport_benches::ways::{Inputs, Way};

fn main() -> ExitCode {
    meterport_benches::exit(run())
}

fn run() -> Result<(), String> {
    let series = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let series: usize = series.ok_or("allocations SERIES")?;
    let report = |way: &str, counted: AllocationInfo| {
        let AllocationInfo { count_total, bytes_total, .. } = counted;
        println!("way={way} points={series} allocations={count_total} allocated={bytes_total}");
    };
    let mut inputs = Inputs::new(series);
    for way in Way::ALL {
        // The second repetition, as scratch memory may be kept.
        let batch = inputs.input(way);
        inputs.run(way, &batch);
        let batch = inputs.input(way);
        report(way.name(), measure(|| inputs.run(way, &batch)));
    }
    let mut pages = Pages::new(series);
    for way in PageWay::ALL {
        let batch = pages.input(way);
        pages.run(way, &batch);
        let batch = pages.input(way);
        report(
            way.name(),
            measure(|| {
                pages.run(way, &batch);
            }),
        );
    }
    Ok(())
}
