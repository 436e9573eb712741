/// The most alternatives of a header that are looked at: Prometheus sends six.
const MOST_CLAUSES: usize = 64;

/// One alternative of a header: a value, its parameters and how much it is liked.
#[derive(Debug)]
pub(super) struct Clause<'h> {
    pub(super) value: &'h str,
    parameters: &'h str,
    pub(super) quality: f32,
}

impl<'h> Clause<'h> {
    fn read(text: &'h str) -> Self {
        let (value, parameters) = text.split_once(';').unwrap_or((text, ""));
        let mut clause = Self { value: value.trim(), parameters, quality: 1.0 };
        // What cannot be read is 1, as Prometheus' own server has it.
        let quality = clause.parameter("q").and_then(|text| text.parse().ok());
        clause.quality = quality.filter(|q| (0.0..=1.0).contains(q)).unwrap_or(1.0);
        clause
    }

    /// The value of a parameter, without quotes.
    pub(super) fn parameter(&self, name: &str) -> Option<&'h str> {
        self.parameters.split(';').find_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            let is_wanted = key.trim().eq_ignore_ascii_case(name);
            is_wanted.then(|| value.trim().trim_matches('"'))
        })
    }
}

/// The alternatives that are not refused, the best first; equally good ones as they stand.
pub(super) fn clauses(header: &str) -> Vec<Clause<'_>> {
    let all = header.split(',').filter(|text| !text.trim().is_empty());
    let mut clauses: Vec<_> = all.take(MOST_CLAUSES).map(Clause::read).collect();
    clauses.sort_by(|a, b| b.quality.total_cmp(&a.quality));
    clauses
}
