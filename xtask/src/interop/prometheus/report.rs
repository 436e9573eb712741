use std::fmt;

use super::readings::Lines;

/// What was stored and is equal to what was produced: lines by kind.
#[derive(Clone, Debug, Default)]
pub(in crate::interop) struct Row {
    what: String,
    counts: [usize; KINDS.len()],
}

/// The lines' first words, and the heads of their columns.
const KINDS: [(&str, &str); 7] = [
    ("sample", "samples"),
    ("native", "native"),
    ("exemplar", "exemplars"),
    ("start", "starts"),
    ("type", "types"),
    ("help", "helps"),
    ("unit", "units"),
];

impl Row {
    pub(in crate::interop) fn of(what: String, lines: &Lines) -> Self {
        let count = |(word, _): (&str, &str)| {
            lines.iter().filter(|line| line.split(' ').next() == Some(word)).count()
        };
        Self { what, counts: KINDS.map(count) }
    }
}

/// Rows with a head.
#[derive(Debug)]
pub(in crate::interop) struct Report<'a>(pub(in crate::interop) &'a [Row]);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {:44}", "stored, read back, compared")?;
        KINDS.iter().try_for_each(|(_, head)| write!(f, "{head:>10}"))?;
        writeln!(f)?;
        for row in self.0 {
            write!(f, "  {:44}", row.what)?;
            row.counts.iter().try_for_each(|count| write!(f, "{count:>10}"))?;
            writeln!(f)?;
        }
        Ok(())
    }
}
