//! `measure SERIES MILLISECONDS [PEER_BODY]`: compares with the peer's body, then times every way,
//! one line each.
#![allow(clippy::print_stdout, reason = "a program that reports")]

use std::cell::RefCell;
use std::process::ExitCode;
use std::time::Duration;

use meterport_benches::peer;
use meterport_benches::timing::Timing;
use meterport_benches::ways::{Inputs, Way};

fn main() -> ExitCode {
    meterport_benches::exit(run())
}

fn run() -> Result<(), String> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [series, milliseconds, body @ ..] = &arguments[..] else {
        return Err("measure SERIES MILLISECONDS [PEER_BODY]".into());
    };
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is not a number"));
    let (series, milliseconds) = (number(series)?, number(milliseconds)?);
    let inputs = Inputs::checked(series)?;
    if let [file, ..] = body {
        let body = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
        peer::compare(inputs.request(), &body)?;
    }
    let bytes = inputs.body().len();
    let inputs = RefCell::new(inputs);
    for way in Way::ALL {
        let timing = Timing::of(
            Duration::from_millis(milliseconds as u64),
            || inputs.borrow_mut().input(way),
            |batch| inputs.borrow_mut().run(way, batch),
        );
        println!("way={} points={series} bytes={bytes} {timing}", way.name());
    }
    Ok(())
}
