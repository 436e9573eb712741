//! `allocations SERIES`: counts what every way allocates, one line each. A program of its own,
//! since counting takes time.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports")]

use std::process::ExitCode;

use meterport_benches::ways::{Inputs, Way};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let series = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let series = series.ok_or("allocations SERIES")?;
    let mut inputs = Inputs::new(series);
    for way in Way::ALL {
        // The second repetition, as scratch memory may be kept.
        let batch = inputs.input(way);
        inputs.run(way, &batch);
        let batch = inputs.input(way);
        let counted = allocation_counter::measure(|| inputs.run(way, &batch));
        println!(
            "way={} points={series} allocations={} allocated={}",
            way.name(),
            counted.count_total,
            counted.bytes_total
        );
    }
    Ok(())
}
