//! Lines become families: which sample belongs to which, and which samples are one point.

use std::borrow::Cow;
use std::fmt;
use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use meterport_core::{Exemplar, Timestamp};

use super::assemble::assemble;
use super::{Kind, Label, Page, Suffix};

/// What a comment says of a family.
#[derive(Debug)]
pub(crate) enum Metadata<'p> {
    Help(Cow<'p, str>),
    Kind(Kind),
    Unit(Cow<'p, str>),
}

/// A line with a value. Its labels are those of [`Drafts::labels`] since [`Drafts::begin`].
#[derive(Debug)]
pub(crate) struct Sample<'p> {
    pub(crate) name: Cow<'p, str>,
    pub(crate) value: f64,
    /// The value as it stands there.
    pub(crate) written: &'p str,
    pub(crate) time: Option<Timestamp>,
    pub(crate) exemplar: Option<Box<Exemplar>>,
    first_label: usize,
}

/// Why a sample is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There are as many as allowed.
    TooMany { limit: u64 },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany { limit } => write!(f, "more than {limit} samples"),
        }
    }
}

/// Families in the making.
#[derive(Debug)]
pub(crate) struct Drafts<'p> {
    is_open_metrics: bool,
    limit: u64,
    labels: Vec<Label<'p>>,
    drafts: Vec<Draft<'p>>,
    by_name: HashMap<Cow<'p, str>, usize>,
    /// The family that the line before spoke of.
    current: Option<usize>,
    hasher: DefaultHashBuilder,
    samples: u64,
}

/// A family in the making.
#[derive(Debug)]
pub(super) struct Draft<'p> {
    /// The name in metadata.
    pub(super) name: Cow<'p, str>,
    pub(super) help: Cow<'p, str>,
    pub(super) unit: Cow<'p, str>,
    pub(super) kind: Option<Kind>,
    pub(super) points: Vec<Point>,
    /// In the order of their lines.
    pub(super) pieces: Vec<Piece<'p>>,
    by_labels: HashTable<u32>,
}

/// What samples with the same labels but for their bound, and the same time, are together.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) labels: Range<usize>,
    pub(super) time: Option<Timestamp>,
}

/// A sample as a part of its point.
#[derive(Debug)]
pub(super) struct Piece<'p> {
    pub(super) point: u32,
    pub(super) suffix: Suffix,
    pub(super) value: f64,
    pub(super) written: &'p str,
    /// The label `le` or `quantile`, where it has one.
    pub(super) bound: Option<Cow<'p, str>>,
    pub(super) exemplar: Option<Box<Exemplar>>,
}

impl<'p> Drafts<'p> {
    pub(crate) fn new(is_open_metrics: bool, limit: u64) -> Self {
        Self {
            is_open_metrics,
            // Points are counted in 32 bits.
            limit: limit.min(u32::MAX.into()),
            labels: Vec::new(),
            drafts: Vec::new(),
            by_name: HashMap::new(),
            current: None,
            hasher: DefaultHashBuilder::default(),
            samples: 0,
        }
    }

    /// Begins a sample.
    pub(crate) fn begin(&self) -> Sample<'p> {
        Sample {
            name: Cow::Borrowed(""),
            value: 0.0,
            written: "",
            time: None,
            exemplar: None,
            first_label: self.labels.len(),
        }
    }

    /// Where the labels of the sample are put, sorted.
    pub(crate) fn labels(&mut self) -> &mut Vec<Label<'p>> {
        &mut self.labels
    }

    /// Of two that contradict each other the first counts.
    pub(crate) fn metadata(&mut self, name: Cow<'p, str>, metadata: Metadata<'p>) {
        let at = match self.current.filter(|at| self.drafts[*at].name == name) {
            Some(at) => at,
            None => self.named(name),
        };
        self.current = Some(at);
        let draft = &mut self.drafts[at];
        match metadata {
            Metadata::Help(help) if draft.help.is_empty() => draft.help = help,
            Metadata::Unit(unit) if draft.unit.is_empty() => draft.unit = unit,
            Metadata::Kind(kind) if draft.kind.is_none() => draft.kind = Some(kind),
            Metadata::Help(_) | Metadata::Unit(_) | Metadata::Kind(_) => {}
        }
    }

    pub(crate) fn sample(&mut self, sample: Sample<'p>) -> Result<(), Refused> {
        let Sample { name, value, written, time, exemplar, first_label } = sample;
        let (at, suffix) = self.place(name);
        self.current = Some(at);
        let draft = &mut self.drafts[at];
        if suffix != Suffix::Created {
            if self.samples == self.limit {
                return Err(Refused::TooMany { limit: self.limit });
            }
            self.samples += 1;
        }
        let bound = suffix.bound_label(draft.kind.unwrap_or_default()).and_then(|name| {
            let own = &self.labels[first_label..];
            let at = own.binary_search_by(|label| (*label.0).cmp(name)).ok()?;
            Some(self.labels.remove(first_label + at).1)
        });
        let time = match draft.points.last() {
            // When a point began belongs to it whatever its time.
            Some(last) if suffix == Suffix::Created => last.time,
            _ => time,
        };
        let point = draft.point(&mut self.labels, first_label, time, &self.hasher);
        draft.pieces.push(Piece { point, suffix, value, written, bound, exemplar });
        Ok(())
    }

    /// The family of a sample of this name, and what the name adds to the family's.
    fn place(&mut self, name: Cow<'p, str>) -> (usize, Suffix) {
        if let Some(at) = self.current
            && let Some(suffix) = self.suffix_in(at, &name)
        {
            return (at, suffix);
        }
        if let Some(&at) = self.by_name.get(&name)
            && let Some(suffix) = self.suffix_in(at, &name)
        {
            return (at, suffix);
        }
        for suffix in Suffix::ALL {
            if let Some(base) = name.strip_suffix(suffix.as_str())
                && let Some(&at) = self.by_name.get(base)
                && self.suffix_in(at, &name).is_some()
            {
                return (at, suffix);
            }
        }
        (self.named(name), Suffix::None)
    }

    fn suffix_in(&self, at: usize, name: &str) -> Option<Suffix> {
        let draft = &self.drafts[at];
        let rest = name.strip_prefix(&*draft.name)?;
        let kind = draft.kind.unwrap_or_default();
        let known = kind.suffixes(self.is_open_metrics).iter();
        known.copied().find(|suffix| suffix.as_str() == rest).or_else(|| {
            // A sample that its family should not have, such as one named as a histogram.
            rest.is_empty().then_some(Suffix::None)
        })
    }

    fn named(&mut self, name: Cow<'p, str>) -> usize {
        let drafts = &mut self.drafts;
        *self.by_name.entry(name).or_insert_with_key(|name| {
            drafts.push(Draft {
                name: name.clone(),
                help: Cow::Borrowed(""),
                unit: Cow::Borrowed(""),
                kind: None,
                points: Vec::new(),
                pieces: Vec::new(),
                by_labels: HashTable::new(),
            });
            drafts.len() - 1
        })
    }

    /// The page.
    pub(crate) fn finish(self) -> Page<'p> {
        let mut page = Page { labels: self.labels, samples: self.samples, ..Page::default() };
        for draft in self.drafts {
            assemble(draft, self.is_open_metrics, &mut page);
        }
        page
    }
}

impl Draft<'_> {
    /// The point with the labels from `first` on and this time. Labels of one that was there before
    /// are taken away again.
    fn point(
        &mut self,
        labels: &mut Vec<Label<'_>>,
        first: usize,
        time: Option<Timestamp>,
        hasher: &DefaultHashBuilder,
    ) -> u32 {
        let Self { points, by_labels, .. } = self;
        let is_same =
            |point: &Point| point.time == time && labels[point.labels.clone()] == labels[first..];
        if points.last().is_some_and(is_same) {
            labels.truncate(first);
            return points.len() as u32 - 1;
        }
        let hash = hasher.hash_one((&labels[first..], time));
        if let Some(known) = by_labels.find(hash, |at| is_same(&points[*at as usize])) {
            labels.truncate(first);
            return *known;
        }
        let new = points.len() as u32;
        points.push(Point { labels: first..labels.len(), time });
        by_labels.insert_unique(hash, new, |at| {
            let point = &points[*at as usize];
            hasher.hash_one((&labels[point.labels.clone()], point.time))
        });
        new
    }
}
