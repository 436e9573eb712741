//! What reading a page costs, the opposite direction of remote write.

use std::path::Path;
use std::process::Command;

use crate::failure::Result;

use super::figures::Figures;

const SERIES: &str = "10000";

/// Ways in the order of the table.
const WAYS: [(&str, &str); 6] = [
    ("text", "text 0.0.4, series known"),
    ("text-first", "text 0.0.4, first page"),
    ("om", "OpenMetrics 1.0, series known"),
    ("om-first", "OpenMetrics 1.0, first page"),
    ("protobuf", "protobuf, series known"),
    ("protobuf-first", "protobuf, first page"),
];

/// Prints the table. Nothing is promised: there is no peer that reads all three formats.
pub(super) fn measure(programs: &Path, quick: bool) -> Result<()> {
    let milliseconds = if quick { "200" } else { "1000" };
    let mut program = Command::new(programs.join("scrape"));
    program.args([SERIES, milliseconds]);
    let lines = Figures::of(&mut program)?;
    println!("\na page of {SERIES} mixed points, read: nanoseconds a line of text 0.0.4, bytes");
    println!("  {:44}{:>8}{:>9}{:>9}", "", "low", "median", "bytes");
    for (way, title) in WAYS {
        for line in lines.iter().filter(|line| line.text("way").is_ok_and(|name| name == way)) {
            let samples = line.number("lines")?;
            let each = |name| line.number(name).map(|number| number / samples);
            let (low, median, bytes) = (each("low")?, each("median")?, each("bytes")?);
            println!("  {title:44}{low:8.1}{median:9.1}{bytes:9.1}");
        }
    }
    Ok(())
}
