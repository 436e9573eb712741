use super::endpoint::Names;
use super::readings::Lines;

/// What a format has, and Prometheus reads of it.
#[derive(Clone, Copy, Debug)]
pub(in crate::interop) struct Shows {
    /// Exponential histograms become buckets where they are not native; a gateway shows the last
    /// bucket alone.
    pub(in crate::interop) buckets: bool,
    /// Names are escaped when they are scraped, and not before.
    pub(in crate::interop) escaped: bool,
    pub(in crate::interop) exemplars: bool,
    /// OpenMetrics 1 has no sum and count beside negative buckets.
    pub(in crate::interop) every_sum: bool,
    pub(in crate::interop) native: bool,
    pub(in crate::interop) native_exemplars: bool,
    /// Of the text of exemplars' labels, Prometheus leaves escapes as they are.
    pub(in crate::interop) raw_exemplars: bool,
    pub(in crate::interop) starts: bool,
    pub(in crate::interop) units: bool,
}

impl Shows {
    pub(in crate::interop) const TEXT: Self = Self {
        buckets: true,
        escaped: false,
        exemplars: false,
        every_sum: true,
        native: false,
        native_exemplars: false,
        raw_exemplars: false,
        starts: false,
        units: false,
    };
    /// Without start timestamps, which Prometheus 2 does not know.
    pub(in crate::interop) const OPEN_METRICS: Self =
        Self { exemplars: true, every_sum: false, raw_exemplars: true, units: true, ..Self::TEXT };
    pub(in crate::interop) const WITH_STARTS: Self = Self { starts: true, ..Self::OPEN_METRICS };
    /// As Prometheus 2 reads it.
    pub(in crate::interop) const PROTOBUF: Self =
        Self { exemplars: true, native: true, ..Self::TEXT };
    pub(in crate::interop) const ALL: Self =
        Self { native_exemplars: true, starts: true, units: true, ..Self::PROTOBUF };
    pub(in crate::interop) const ESCAPED: Self = Self { escaped: true, ..Self::ALL };

    fn has_section(&self, section: &str) -> bool {
        let Self { buckets, escaped, every_sum, native, native_exemplars, .. } = *self;
        match section {
            "classic histograms" => !native,
            "classic histograms, buckets" => !native && buckets,
            "classic histograms, negative" => !native && every_sum,
            "native histograms" => native,
            "native histograms, exemplars" => native_exemplars,
            "names escaped" => escaped,
            "names translated" => !escaped,
            _ => true,
        }
    }

    fn has_kind(&self, line: &str) -> bool {
        match line.split(' ').next() {
            Some("exemplar") => self.exemplars,
            Some("start") => self.starts,
            Some("unit") => self.units,
            _ => true,
        }
    }
}

/// What is to be stored of the specimen.
pub(in crate::interop) fn expected(names: Names, shows: Shows) -> Lines {
    let text = match names {
        Names::Utf8 if !shows.escaped => include_str!("expected/utf8.txt"),
        _ => include_str!("expected/underscores.txt"),
    };
    let mut is_shown = false;
    let mut lines = Lines::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        match line.strip_prefix('[') {
            Some(section) => is_shown = shows.has_section(section.trim_end_matches(']')),
            None if is_shown && shows.has_kind(line) => drop(lines.insert(line.to_owned())),
            None => {}
        }
    }
    lines
}
