use std::time::Duration;

use super::lane::Figures;
use super::screen::{Column, grid};

const COLUMNS: &[Column<Figures>] = &[
    ("exports", 8, |f| f.stats.exports.to_string()),
    ("produced", 9, |f| f.produced.to_string()),
    ("delivered", 10, |f| f.stats.books.delivered.to_string()),
    ("arrived", 9, |f| f.arrived.map_or_else(|| "-".to_owned(), |points| points.to_string())),
    ("KiB raw", 9, |f| kibibytes(f.stats.books.raw_bytes)),
    ("on wire", 9, |f| kibibytes(f.stats.books.wire_bytes)),
    ("last ms", 8, |f| f.stats.last_export_time.map_or_else(|| "-".to_owned(), milliseconds)),
    ("mean ms", 8, |f| mean(f).map_or_else(|| "-".to_owned(), milliseconds)),
    ("failed", 7, |f| f.stats.failures.to_string()),
    ("rejected", 9, |f| f.stats.books.rejected.to_string()),
    ("dropped", 8, |f| f.stats.books.dropped.total().to_string()),
    ("retries", 8, |f| retries(f).to_string()),
];

pub(super) fn table(all: &[Figures]) -> Vec<String> {
    let mut lines = grid(COLUMNS, all.iter().map(|f| (f.name, f)));
    lines.extend(all.iter().filter_map(|f| {
        let error = f.stats.last_error.as_ref()?;
        Some(format!("{}: last error: {}", f.name, error.text))
    }));
    lines
}

pub(super) fn line(elapsed: Duration, all: &[Figures]) -> String {
    let transport = |f: &Figures| {
        let delivered = f.stats.books.delivered;
        format!("{} {} exports, {delivered} of {} points", f.name, f.stats.exports, f.produced)
    };
    let transports: Vec<String> = all.iter().map(transport).collect();
    format!("{:>4} s  {}", elapsed.as_secs(), transports.join("; "))
}

fn mean(f: &Figures) -> Option<Duration> {
    let exports = u32::try_from(f.stats.exports + f.stats.failures).ok()?;
    f.stats.export_time.checked_div(exports)
}

/// Requests beyond one for each export.
fn retries(f: &Figures) -> u64 {
    u64::from(f.stats.books.attempts).saturating_sub(f.stats.exports + f.stats.failures)
}

fn kibibytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1024.0)
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        let mut figures = Figures { name: "stdout", produced: 70, ..Figures::default() };
        figures.stats.exports = 2;
        figures.stats.failures = 1;
        figures.stats.export_time = Duration::from_millis(9);
        figures.stats.books.delivered = 60;
        figures.stats.books.attempts = 5;
        figures.stats.books.raw_bytes = 2048;
        figures
    }

    #[test]
    fn columns_stand_below_their_heads() {
        let lines = table(&[figures()]);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].len(), lines[1].len());
        let words: Vec<&str> = lines[1].split_whitespace().collect();
        let expected =
            ["stdout", "2", "70", "60", "-", "2.0", "0.0", "-", "3.00", "1", "0", "0", "2"];
        assert_eq!(words, expected);
    }

    #[test]
    fn the_line_has_what_counts() {
        let text = line(Duration::from_secs(3), &[figures()]);
        assert_eq!(text, "   3 s  stdout 2 exports, 60 of 70 points");
        // Before the first export there is no mean.
        assert_eq!(mean(&Figures::default()), None);
    }
}
