//! What stacks add to an export that goes well.

use std::path::Path;
use std::process::Command;

use crate::bench::Promise;
use crate::bench::figures::Figures;
use crate::failure::{Failure, Result};

/// What a whole stack may add to an export that goes well, in nanoseconds.
const MOST_ADDED: f64 = 1_000.0;
/// The stacks of which that is promised; the others are shown.
const PROMISED: [&str; 2] = ["timeout+retry+split+logging", "reliable"];

pub(super) fn measure(programs: &Path, quick: bool) -> Result<Vec<Promise>> {
    let program = programs.join("stack");
    let (turns, milliseconds) = if quick { (2, "100") } else { (4, "500") };
    let mut rows: Vec<Row> = Vec::new();
    for _ in 0..turns {
        for (at, line) in Figures::of(Command::new(&program).arg(milliseconds))?.iter().enumerate()
        {
            let row = Row::read(line)?;
            match rows.get_mut(at) {
                Some(known) => known.nanoseconds = known.nanoseconds.min(row.nanoseconds),
                None => rows.push(row),
            }
        }
    }
    let none = rows.first().ok_or_else(|| Failure::Failed("nothing was measured".into()))?.clone();
    println!("\nan export that goes well, of 1,000 points, to an exporter that does nothing");
    println!("  {:32}{:>12}{:>14}", "", "ns added", "allocations");
    for row in &rows {
        let (added, allocations) = row.added(&none);
        println!("  {:32}{added:12.0}{allocations:14.2}", row.stack);
    }
    Ok(promises(&rows, &none))
}

#[derive(Clone, Debug)]
struct Row {
    stack: String,
    layers: f64,
    /// Of one export, the lowest of all turns' 10th percentiles.
    nanoseconds: f64,
    allocations: f64,
}

impl Row {
    fn read(line: &Figures) -> Result<Self> {
        Ok(Self {
            stack: line.text("stack")?.to_owned(),
            layers: line.number("layers")?,
            nanoseconds: line.number("low")? / line.number("exports")?,
            allocations: line.number("allocations")?,
        })
    }

    /// Nanoseconds and allocations more than without a stack.
    fn added(&self, none: &Self) -> (f64, f64) {
        (self.nanoseconds - none.nanoseconds, self.allocations - none.allocations)
    }
}

fn promises(rows: &[Row], none: &Row) -> Vec<Promise> {
    let promised = rows.iter().filter(|row| PROMISED.contains(&&*row.stack));
    promised
        .flat_map(|row| {
            let (added, allocations) = row.added(none);
            let Row { stack, layers, .. } = row;
            [
                Promise {
                    what: format!("{stack}: {added:.0} ns added, at most {MOST_ADDED}"),
                    kept: added <= MOST_ADDED,
                },
                Promise {
                    what: format!("{stack}: {allocations:.2} allocations added, one a layer"),
                    kept: allocations <= *layers,
                },
            ]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_judged() {
        let row = |stack: &str, layers, nanoseconds, allocations| Row {
            stack: stack.to_owned(),
            layers,
            nanoseconds,
            allocations,
        };
        let none = row("none", 0.0, 100.0, 1.0);
        for (nanoseconds, allocations, kept) in
            [(1_100.0, 6.0, [true, true]), (1_101.0, 6.5, [false, false])]
        {
            let rows =
                [row("retry", 1.0, 9_999.0, 9.0), row("reliable", 5.0, nanoseconds, allocations)];
            let judged: Vec<_> = promises(&rows, &none).iter().map(|p| p.kept).collect();
            assert_eq!(judged, kept);
        }
    }
}
