use meterport_prom_pull::Format;

use super::endpoint::Names;
use super::readings::Lines;
use super::server::Release;

/// A way for Prometheus to scrape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    /// The label `job`.
    pub(super) name: &'static str,
    pub(super) names: Names,
    /// What is offered. Where Prometheus chooses, that is everything.
    pub(super) offered: &'static [Format],
    /// What Prometheus is told to ask for, where that can be told.
    pub(super) protocol: Option<&'static str>,
    /// What arrives beside samples, types and helps.
    pub(super) shows: Shows,
}

/// What a format has, and Prometheus reads of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shows {
    /// Names are escaped when they are scraped, and not before.
    pub(super) escaped: bool,
    pub(super) exemplars: bool,
    /// OpenMetrics 1 has no sum and count beside negative buckets.
    pub(super) every_sum: bool,
    pub(super) native: bool,
    pub(super) native_exemplars: bool,
    /// Of the text of exemplars' labels, Prometheus leaves escapes as they are.
    pub(super) raw_exemplars: bool,
    pub(super) starts: bool,
    pub(super) units: bool,
}

const TEXT: Shows = Shows {
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
const OPEN_METRICS: Shows =
    Shows { exemplars: true, every_sum: false, raw_exemplars: true, units: true, ..TEXT };
const WITH_STARTS: Shows = Shows { starts: true, ..OPEN_METRICS };
/// As Prometheus 2 reads it.
const PROTOBUF: Shows = Shows { exemplars: true, native: true, ..TEXT };
const ALL: Shows = Shows { native_exemplars: true, starts: true, units: true, ..PROTOBUF };
const ESCAPED: Shows = Shows { escaped: true, ..ALL };

const fn asks(name: &'static str, names: Names, protocol: &'static str, shows: Shows) -> Job {
    Job { name, names, offered: &Format::ALL, protocol: Some(protocol), shows }
}

const fn offers(name: &'static str, offered: &'static [Format], shows: Shows) -> Job {
    Job { name, names: Names::Underscores, offered, protocol: None, shows }
}

/// Prometheus 3 is told what to ask for, of all that we have. With protobuf it does not say that
/// names may have any character, and so they are escaped for it.
const V3: &[Job] = &[
    asks("text 0.0.4", Names::Underscores, "PrometheusText0.0.4", TEXT),
    asks("text 1.0.0", Names::Underscores, "PrometheusText1.0.0", TEXT),
    asks("OpenMetrics 0.0.1", Names::Underscores, "OpenMetricsText0.0.1", WITH_STARTS),
    asks("OpenMetrics 1.0.0", Names::Underscores, "OpenMetricsText1.0.0", WITH_STARTS),
    asks("OpenMetrics 2.0.0", Names::Underscores, "OpenMetricsText2.0.0", ALL),
    asks("protobuf", Names::Underscores, "PrometheusProto", ALL),
    asks("UTF-8 names, text 1.0.0", Names::Utf8, "PrometheusText1.0.0", TEXT),
    asks("UTF-8 names, OpenMetrics 1.0.0", Names::Utf8, "OpenMetricsText1.0.0", WITH_STARTS),
    asks("UTF-8 names, OpenMetrics 2.0.0", Names::Utf8, "OpenMetricsText2.0.0", ALL),
    asks("UTF-8 names, protobuf", Names::Utf8, "PrometheusProto", ESCAPED),
];

/// Prometheus 2 asks for what it likes best of what there is.
const V2: &[Job] = &[
    offers("text 0.0.4", &[Format::Text], TEXT),
    offers("OpenMetrics 1.0.0", &[Format::OpenMetrics1, Format::Text], OPEN_METRICS),
    offers("protobuf", &Format::ALL, PROTOBUF),
];

impl Release {
    pub(super) fn jobs(self) -> &'static [Job] {
        match self {
            Self::V2 => V2,
            Self::V3 => V3,
        }
    }
}

impl Job {
    /// What is to be stored of the specimen.
    pub(super) fn expected(&self) -> Lines {
        let text = match self.names {
            Names::Utf8 if !self.shows.escaped => include_str!("expected/utf8.txt"),
            _ => include_str!("expected/underscores.txt"),
        };
        let mut is_shown = false;
        let mut lines = Lines::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            match line.strip_prefix('[') {
                Some(section) => is_shown = self.has_section(section.trim_end_matches(']')),
                None if is_shown && self.has_kind(line) => drop(lines.insert(line.to_owned())),
                None => {}
            }
        }
        lines
    }

    fn has_section(&self, section: &str) -> bool {
        let Shows { escaped, every_sum, native, native_exemplars, .. } = self.shows;
        match section {
            "classic histograms" => !native,
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
            Some("exemplar") => self.shows.exemplars,
            Some("start") => self.shows.starts,
            Some("unit") => self.shows.units,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_expects_something_of_each_kind_that_it_shows() {
        for job in V2.iter().chain(V3) {
            let lines = job.expected();
            let has = |kind: &str| lines.iter().any(|line| line.starts_with(kind));
            let Shows { exemplars, native, starts, units, .. } = job.shows;
            let shown = [true, true, true, exemplars, native, starts, units];
            let kinds = ["sample ", "type ", "help ", "exemplar ", "native ", "start ", "unit "];
            assert_eq!(kinds.map(has), shown, "{job:?}");
        }
    }
}
