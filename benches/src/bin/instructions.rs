//! `instructions WAY SERIES REPETITIONS`: goes a way so many times and prints nothing. The
//! difference between a run and one with no repetitions is what the way itself costs.

use std::process::ExitCode;

use meterport_benches::pages::{PageWay, Pages};
use meterport_benches::ways::{Inputs, Way};

/// The most repetitions: inputs for so many are always made, whether they are used or not.
const MOST: usize = 4;

fn main() -> ExitCode {
    meterport_benches::exit(run())
}

fn run() -> Result<(), String> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [way, series, repetitions] = &arguments[..] else {
        return Err("instructions WAY SERIES REPETITIONS".into());
    };
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is not a number"));
    let (series, repetitions): (usize, usize) = (number(series)?, number(repetitions)?);
    if repetitions > MOST {
        return Err(format!("at most {MOST} repetitions"));
    }
    if let Some(way) = PageWay::from_name(way) {
        let mut pages = Pages::new(series);
        let batches: Vec<_> = (0..MOST).map(|_| pages.input(way)).collect();
        for batch in &batches[..repetitions] {
            pages.run(way, batch);
        }
        return Ok(());
    }
    let way = Way::from_name(way).ok_or_else(|| format!("there is no way {way:?}"))?;
    let mut inputs = Inputs::new(series);
    let batches: Vec<_> = (0..MOST).map(|_| inputs.input(way)).collect();
    for batch in &batches[..repetitions] {
        inputs.run(way, batch);
    }
    Ok(())
}
