//! What a queue spares the application when its receiver is ten times too slow.

use std::path::Path;
use std::process::Command;

use crate::bench::Promise;
use crate::bench::figures::Figures;
use crate::failure::{Failure, Result};

/// How much slower the slowest hundredth of measurements may be than without any export: snapshots
/// take the cells' locks in turn, and the machine is shared.
const MOST_SLOWER: f64 = 3.0;

pub(super) fn measure(programs: &Path, quick: bool) -> Result<Vec<Promise>> {
    let seconds = if quick { "6" } else { "60" };
    let rows = Figures::of(Command::new(programs.join("overload")).arg(seconds))?;
    let [idle, first, second, last, queue, export] = rows.as_slice() else {
        return Err(Failure::Failed("overload said something else".into()));
    };
    println!("\na receiver ten times too slow for {seconds} s, behind a queue of 32 batches");
    println!("  {:32}{:>12}{:>14}", "nanoseconds", "median", "99th of 100");
    let named = [
        ("recording, nothing exported", idle),
        ("recording, first third", first),
        ("recording, second third", second),
        ("recording, last third", last),
        ("the queue takes a batch", export),
    ];
    for (name, row) in named {
        println!("  {name:32}{:12.1}{:14.1}", row.number("p50")?, row.number("p99")?);
    }
    let Books { produced, delivered, full, most_queued, .. } = Books::read(queue)?;
    println!(
        "  {produced} points: {delivered} delivered, {full} dropped, at most {most_queued} queued"
    );
    println!("  memory grew by {} KiB at most", queue.number("memory")?);
    let mut promises = Books::read(queue)?.promises();
    let mut slowest = 0.0_f64;
    for row in [first, second, last] {
        slowest = slowest.max(row.number("p99")?);
    }
    let slower = slowest / idle.number("p99")?;
    promises.push(Promise {
        what: format!("recording is {slower:.1} times slower at the 99th, at most {MOST_SLOWER}"),
        kept: slower <= MOST_SLOWER,
    });
    Ok(promises)
}

/// What became of the points.
#[derive(Clone, Copy)]
struct Books {
    produced: u64,
    delivered: u64,
    full: u64,
    dropped: u64,
    queued: u64,
    most_queued: u64,
    exports: u64,
}

impl Books {
    fn read(line: &Figures) -> Result<Self> {
        let number = |name| line.number(name).map(|number| number as u64);
        Ok(Self {
            produced: number("produced")?,
            delivered: number("delivered")?,
            full: number("full")?,
            dropped: number("dropped")?,
            queued: number("queued")?,
            most_queued: number("most_queued")?,
            exports: number("exports")?,
        })
    }

    fn promises(self) -> Vec<Promise> {
        let Self { produced, delivered, full, dropped, queued, most_queued, exports } = self;
        // One more is under way.
        let room = produced / exports.max(1) * 33;
        vec![
            Promise {
                what: format!("{produced} points are {delivered} and {full} that found no room"),
                kept: produced == delivered + full && dropped == full && queued == 0 && full > 0,
            },
            Promise {
                what: format!("{most_queued} points waited, at most {room}"),
                kept: most_queued <= room,
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_books_are_judged() {
        let books = Books {
            produced: 100_000,
            delivered: 10_000,
            full: 90_000,
            dropped: 90_000,
            queued: 0,
            most_queued: 33_000,
            exports: 100,
        };
        let kept = |books: Books| books.promises().iter().map(|p| p.kept).collect::<Vec<_>>();
        assert_eq!(kept(books), [true, true]);
        assert_eq!(kept(Books { most_queued: 33_001, ..books }), [true, false]);
        assert_eq!(kept(Books { delivered: 9_999, ..books }), [false, true]);
        assert_eq!(kept(Books { dropped: 90_001, ..books }), [false, true]);
    }
}
