//! `scrape SERIES MILLISECONDS`: times the reading of pages of the mixed workload, one line for each
//! format: of series that are known from the page before, and of series that are new.
#![allow(clippy::print_stdout, reason = "a program that reports")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use meterport_benches::timing::Timing;
use meterport_core::Timestamp;
use meterport_prom::{Escaping, Exposition, Format, Translation};
use meterport_prom_scrape::PageReader;
use meterport_testkit::prom::text::{Dialect, parse};
use meterport_testkit::workload::Workload;

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

/// Pages of so many rounds take turns: their values differ.
const ROUNDS: u64 = 4;

fn main() -> ExitCode {
    meterport_benches::exit(run())
}

fn run() -> Result<(), String> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [series, milliseconds] = &arguments[..] else {
        return Err("scrape SERIES MILLISECONDS".into());
    };
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is not a number"));
    let workload = Workload::mixed(number(series)?);
    let budget = Duration::from_millis(number(milliseconds)? as u64);
    let pages = |format| {
        let exposition = Exposition::new(Translation::default(), format, Escaping::Underscores);
        let batches = (0..ROUNDS).map(|round| workload.batch(round));
        batches.map(|batch| exposition.write(&batch).bytes).collect::<Vec<_>>()
    };
    let lines = lines(&pages(Format::Text)[0])?;
    let formats =
        [("text", Format::Text), ("om", Format::OpenMetrics1), ("protobuf", Format::Protobuf)];
    for (name, format) in formats {
        let pages = pages(format);
        let bytes = pages[0].len();
        let read = |reader: &mut PageReader, page: &[u8]| reader.read(page, format, NOW);
        read(&mut PageReader::new(), &pages[0]).map_err(|error| format!("{name}: {error}"))?;

        let mut reader = PageReader::new();
        let mut rounds = pages.iter().cycle();
        let next = || rounds.next().expect("there are pages");
        let known = Timing::of(budget, next, |page| drop(black_box(read(&mut reader, page))));
        println!("way={name} lines={lines} bytes={bytes} {known}");

        let first = Timing::of(
            budget,
            || &pages[0],
            |page| drop(black_box(read(&mut PageReader::new(), page))),
        );
        println!("way={name}-first lines={lines} bytes={bytes} {first}");
    }
    Ok(())
}

/// How many samples a page has, by a parser of another's making.
fn lines(page: &[u8]) -> Result<usize, String> {
    let page = std::str::from_utf8(page).map_err(|error| error.to_string())?;
    let families = parse(page, Dialect::Text)?;
    Ok(families.iter().map(|family| family.samples.len()).sum())
}
