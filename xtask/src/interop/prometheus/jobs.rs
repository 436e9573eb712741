use meterport_prom_pull::Format;

use super::endpoint::Names;
use super::server::Release;
use super::shows::Shows;

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

const fn asks(name: &'static str, names: Names, protocol: &'static str, shows: Shows) -> Job {
    Job { name, names, offered: &Format::ALL, protocol: Some(protocol), shows }
}

const fn offers(name: &'static str, offered: &'static [Format], shows: Shows) -> Job {
    Job { name, names: Names::Underscores, offered, protocol: None, shows }
}

/// Prometheus 3 is told what to ask for, of all that we have. With protobuf it does not say that
/// names may have any character, and so they are escaped for it.
const V3: &[Job] = &[
    asks("text 0.0.4", Names::Underscores, "PrometheusText0.0.4", Shows::TEXT),
    asks("text 1.0.0", Names::Underscores, "PrometheusText1.0.0", Shows::TEXT),
    asks("OpenMetrics 0.0.1", Names::Underscores, "OpenMetricsText0.0.1", Shows::WITH_STARTS),
    asks("OpenMetrics 1.0.0", Names::Underscores, "OpenMetricsText1.0.0", Shows::WITH_STARTS),
    asks("OpenMetrics 2.0.0", Names::Underscores, "OpenMetricsText2.0.0", Shows::ALL),
    asks("protobuf", Names::Underscores, "PrometheusProto", Shows::ALL),
    asks("UTF-8 names, text 1.0.0", Names::Utf8, "PrometheusText1.0.0", Shows::TEXT),
    asks("UTF-8 names, OpenMetrics 1.0.0", Names::Utf8, "OpenMetricsText1.0.0", Shows::WITH_STARTS),
    asks("UTF-8 names, OpenMetrics 2.0.0", Names::Utf8, "OpenMetricsText2.0.0", Shows::ALL),
    asks("UTF-8 names, protobuf", Names::Utf8, "PrometheusProto", Shows::ESCAPED),
];

/// Prometheus 2 asks for what it likes best of what there is.
const V2: &[Job] = &[
    offers("text 0.0.4", &[Format::Text], Shows::TEXT),
    offers("OpenMetrics 1.0.0", &[Format::OpenMetrics1, Format::Text], Shows::OPEN_METRICS),
    offers("protobuf", &Format::ALL, Shows::PROTOBUF),
];

impl Release {
    pub(super) fn jobs(self) -> &'static [Job] {
        match self {
            Self::V2 => V2,
            Self::V3 => V3,
            Self::VictoriaMetrics => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shows::expected;
    use super::*;

    #[test]
    fn every_job_expects_something_of_each_kind_that_it_shows() {
        for job in V2.iter().chain(V3) {
            let lines = expected(job.names, job.shows);
            let has = |kind: &str| lines.iter().any(|line| line.starts_with(kind));
            let Shows { exemplars, native, starts, units, .. } = job.shows;
            let shown = [true, true, true, exemplars, native, starts, units];
            let kinds = ["sample ", "type ", "help ", "exemplar ", "native ", "start ", "unit "];
            assert_eq!(kinds.map(has), shown, "{job:?}");
        }
    }
}
