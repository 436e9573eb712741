//! `time MIX SERIES MILLISECONDS [FILE]`: times convert and encode, and writes the body to the file.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use meterport_peer::timing::Timing;
use meterport_peer::{arguments, convert_and_encode, points, snapshot};

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
    let snapshot = snapshot(mix, series);
    let body = convert_and_encode(&snapshot);
    if points(&body) != series {
        return Err(format!("{} points instead of {series}", points(&body)));
    }
    if let [file, ..] = file {
        std::fs::write(file, &body).map_err(|error| format!("{file}: {error}"))?;
    }
    let timing = Timing::of(
        Duration::from_millis(milliseconds),
        || &snapshot,
        |snapshot| drop(black_box(convert_and_encode(snapshot))),
    );
    println!("way=peer points={series} bytes={} {timing}", body.len());
    Ok(())
}
