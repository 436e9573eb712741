use std::fmt;

/// What was sent and came back equal.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) rows: Vec<Row>,
    /// What was checked beside that, in words.
    pub(super) also: Vec<String>,
}

/// What one exporter sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) what: String,
    pub(super) requests: u64,
    pub(super) points: u64,
    pub(super) exemplars: u64,
    pub(super) raw_bytes: u64,
    pub(super) wire_bytes: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, what: &str, numbers: [&str; 5]| {
            let [requests, points, exemplars, raw, wire] = numbers;
            writeln!(f, "  {what:38}{requests:>9}{points:>8}{exemplars:>10}{raw:>11}{wire:>11}")
        };
        let head = ["requests", "points", "exemplars", "bytes raw", "on wire"];
        line(f, "sent, came back, compared", head)?;
        let mut total = Row { what: "all equal".into(), ..Row::default() };
        for row in &self.rows {
            total.requests += row.requests;
            total.points += row.points;
            total.exemplars += row.exemplars;
            total.raw_bytes += row.raw_bytes;
            total.wire_bytes += row.wire_bytes;
        }
        for row in self.rows.iter().chain([&total]) {
            let numbers = [row.requests, row.points, row.exemplars, row.raw_bytes, row.wire_bytes];
            line(f, &row.what, numbers.map(|number| number.to_string()).each_ref().map(|n| &**n))?;
        }
        for text in &self.also {
            writeln!(f, "  {text}")?;
        }
        Ok(())
    }
}
