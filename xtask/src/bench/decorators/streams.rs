//! What the decorators cost that look at each point. Nothing is promised of that.

use std::path::Path;
use std::process::Command;

use crate::bench::figures::Figures;
use crate::failure::Result;

pub(super) fn measure(programs: &Path, quick: bool) -> Result<()> {
    let milliseconds = if quick { "100" } else { "500" };
    let rows = Figures::of(Command::new(programs.join("streams")).arg(milliseconds))?;
    println!("\n10,000 points through one decorator, to an exporter that does nothing");
    println!("  {:12}{:24}{:>12}{:>14}", "", "", "ns a point", "allocations");
    for row in &rows {
        println!(
            "  {:12}{:24}{:12.1}{:14}",
            row.text("mix")?,
            row.text("decorator")?,
            row.number("ns_per_point")?,
            row.number("allocations")?,
        );
    }
    Ok(())
}
