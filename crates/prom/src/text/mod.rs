//! The text formats: Prometheus' own, OpenMetrics 1.0 and 2.0.

mod capacity;
mod composite;
mod head;
mod histograms;
mod labels;
mod line;
mod names;
mod numbers;
mod summaries;
mod tails;

use meterport_core::{Exemplar, MetricData, Timestamp};

pub(crate) use self::capacity::capacity;
use self::head::Head;
use self::labels::TextLabels;
use self::line::{write_escaped, write_exemplar, write_name, write_plain_help, write_time};
use self::names::{Announced, announce};
use crate::escaping::Kind;
use crate::exemplar;
use crate::families::{Families, Family, FamilyKind, Part};
use crate::loss::{Loss, Losses};
use crate::number::Style;
use crate::out::Out;
use crate::rows;

/// Which of the text formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// Prometheus' text, 0.0.4 and 1.0.0.
    Plain,
    /// OpenMetrics 0.0.1 and 1.0.0.
    OpenMetrics1,
    /// OpenMetrics 2.0.
    OpenMetrics2,
}

/// The rows of a part, with their labels as text.
type Rows<'a> = rows::Rows<'a, TextLabels>;

/// Writes families line by line.
pub(crate) struct Writer<'o, 'p> {
    out: &'o mut Out<'p>,
    version: Version,
    style: Style,
    /// Whether OpenMetrics 1.0 shows start timestamps as `_created`.
    created: bool,
    pub(crate) losses: Losses,
    /// Integers that are no floats.
    pub(crate) rounded: u64,
}

impl<'o, 'p> Writer<'o, 'p> {
    pub(crate) fn new(out: &'o mut Out<'p>, version: Version, created: bool) -> Self {
        Self {
            out,
            version,
            style: if version == Version::Plain { Style::Plain } else { Style::OpenMetrics },
            created: created && version == Version::OpenMetrics1,
            losses: Losses::default(),
            rounded: 0,
        }
    }

    pub(crate) fn write(&mut self, families: &Families) {
        for (family, announced) in families.iter().zip(announce(families, self.version)) {
            match announced {
                Some(announced) => self.family(family, announced),
                None => {
                    let points = family.parts().iter().map(|part| part.data().len() as u64);
                    self.losses.add(Loss::NameClash, points.sum());
                }
            }
        }
        if self.version != Version::Plain {
            self.out.bytes.extend_from_slice(b"# EOF\n");
        }
    }

    fn family(&mut self, family: &Family, announced: Announced<'_>) {
        let before = self.out.total();
        self.metadata(family, announced);
        let announced_at = self.out.total();
        for part in family.parts() {
            let name = family.name();
            match part.data() {
                MetricData::Gauge(data) => self.numbers(announced, name, part, &data.points),
                MetricData::Sum(data) => self.numbers(announced, name, part, &data.points),
                MetricData::ExponentialHistogram(data) => match self.version {
                    Version::OpenMetrics2 => self.native_values(announced, part, &data.points),
                    _ => self.exponential(announced, part, &data.points),
                },
                MetricData::Histogram(data) => match self.version {
                    Version::OpenMetrics2 => self.classic_values(announced, part, &data.points),
                    _ => self.histograms(announced, part, &data.points),
                },
                MetricData::Summary(data) => match self.version {
                    Version::OpenMetrics2 => self.summary_values(name, part, &data.points),
                    _ => self.summaries(name, part, &data.points),
                },
            }
        }
        // A family of which nothing can be said is not announced either.
        if self.out.total() == announced_at {
            self.out.take_back(before);
        }
    }

    /// HELP and TYPE in text, as Go writes them; TYPE, UNIT, HELP in OpenMetrics.
    fn metadata(&mut self, family: &Family, announced: Announced<'_>) {
        let kind = type_name(announced.kind, self.version);
        if self.version == Version::Plain {
            if !family.help().is_empty() {
                let out = self.metadata_line("HELP", announced.name);
                write_plain_help(out, family.help());
                out.push(b'\n');
            }
            let out = self.metadata_line("TYPE", announced.name);
            return out.extend([kind.as_bytes(), b"\n"].concat());
        }
        let out = self.metadata_line("TYPE", announced.name);
        out.extend([kind.as_bytes(), b"\n"].concat());
        if self.shows_unit(family, announced) {
            let out = self.metadata_line("UNIT", announced.name);
            out.extend([family.unit().as_bytes(), b"\n"].concat());
        }
        if !family.help().is_empty() {
            let out = self.metadata_line("HELP", announced.name);
            write_escaped(out, family.help());
            out.push(b'\n');
        }
    }

    fn metadata_line(&mut self, word: &str, name: &str) -> &mut Vec<u8> {
        let out = &mut self.out.bytes;
        out.extend([b"# ", word.as_bytes(), b" "].concat());
        write_name(out, name, Kind::Metric);
        out.push(b' ');
        out
    }

    /// OpenMetrics 1.0 wants the unit at the end of the name, 2.0 takes any; both only characters
    /// that names have, and none for infos and state sets.
    fn shows_unit(&self, family: &Family, announced: Announced<'_>) -> bool {
        let has_unit = !matches!(announced.kind, FamilyKind::Info | FamilyKind::StateSet)
            && !family.unit().is_empty()
            && family.unit().chars().all(|one| Kind::Metric.allows(one, false));
        match self.version {
            Version::Plain => false,
            Version::OpenMetrics1 => {
                // An unknown that was a counter has a suffix behind the unit.
                has_unit && family.shows_unit() && announced.name.ends_with(family.unit())
            }
            Version::OpenMetrics2 => has_unit,
        }
    }

    /// `foo_created`, where it is wanted.
    fn created_line(&mut self, head: &Head, labels: &[u8], start: Timestamp) {
        if self.created && start.is_set() {
            head.write(&mut self.out.bytes, labels);
            write_time(&mut self.out.bytes, start);
            self.out.bytes.push(b'\n');
        }
    }

    fn exemplar(&mut self, part: &Part, exemplar: &Exemplar) {
        let rules = part.rules();
        let labels = exemplar::labels(exemplar, rules.strategy, rules.escaping, &mut self.losses);
        write_exemplar(&mut self.out.bytes, exemplar, &labels);
    }
}

const fn type_name(kind: FamilyKind, version: Version) -> &'static str {
    match (kind, version) {
        (FamilyKind::Unknown, Version::Plain) => "untyped",
        (kind, _) => kind.as_str(),
    }
}
