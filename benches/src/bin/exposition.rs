//! `exposition SERIES MILLISECONDS [WAY]`: times Prometheus pages of the mixed workload, one line for
//! each way, or for the one that is named.
#![allow(clippy::print_stdout, reason = "a program that reports")]

use std::cell::RefCell;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use meterport_benches::pages::{PageWay, Pages};
use meterport_benches::timing::Timing;

fn main() -> ExitCode {
    meterport_benches::exit(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [series, milliseconds, way @ ..] = &arguments[..] else {
        return Err("exposition SERIES MILLISECONDS [WAY]".into());
    };
    let is_asked = |name: &str| way.is_empty() || way.iter().any(|way| way == name);
    let (series, budget) = (series.parse()?, Duration::from_millis(milliseconds.parse()?));
    let pages = Pages::new(series);
    let lines = pages.lines()?;
    let pages = RefCell::new(pages);
    for way in PageWay::ALL.into_iter().filter(|way| is_asked(way.name())) {
        let mut bytes = 0;
        let timing = Timing::of(
            budget,
            || pages.borrow_mut().input(way),
            |batch| bytes = pages.borrow_mut().run(way, batch),
        );
        println!("way={} points={lines} bytes={bytes} {timing}", way.name());
    }
    Ok(())
}
