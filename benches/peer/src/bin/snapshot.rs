//! `snapshot MIX SERIES MILLISECONDS [FILE]`: times collecting, and collecting with conversion and
//! encoding; writes the body to the file.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use meterport_peer::timing::Timing;
use meterport_peer::{Recorded, arguments, convert_and_encode, points};
use opentelemetry_sdk::metrics::data::ResourceMetrics;

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
    let (mix, series, rest) = arguments()?;
    let [milliseconds, file @ ..] = &rest[..] else { return Err("for how long?".into()) };
    let milliseconds = milliseconds.parse().map_err(|_| "milliseconds are a number")?;
    let budget = Duration::from_millis(milliseconds);
    let recorded = Recorded::new(mix, series);
    let mut snapshot = ResourceMetrics::default();
    recorded.collect(&mut snapshot);
    let body = convert_and_encode(&snapshot);
    if points(&body) != series {
        return Err(format!("{} points instead of {series}", points(&body)));
    }
    if let [file, ..] = file {
        std::fs::write(file, &body).map_err(|error| format!("{file}: {error}"))?;
    }
    let timing = Timing::of(budget, || (), |()| recorded.collect(&mut snapshot));
    println!("way=peer-snapshot points={series} {timing}");
    let timing = Timing::of(
        budget,
        || (),
        |()| {
            recorded.collect(&mut snapshot);
            drop(black_box(convert_and_encode(&snapshot)));
        },
    );
    println!("way=peer-snapshot-encode points={series} {timing}");
    Ok(())
}
