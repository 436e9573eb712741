//! A page as it is understood: families with rows, whatever format it came in. Labels and names
//! still are the page's own bytes.

mod assemble;
mod drafts;
mod kind;

use std::borrow::Cow;
use std::ops::Range;

use meterport_core::{Exemplar, ExponentialValue, Stats, SummaryValue, Timestamp};

pub(crate) use assemble::whole;
pub(crate) use drafts::{Drafts, Metadata, Sample};
pub(crate) use kind::Kind;
use kind::Suffix;

/// Name and value.
pub(crate) type Label<'p> = (Cow<'p, str>, Cow<'p, str>);

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Page<'p> {
    /// The labels of all rows.
    pub(crate) labels: Vec<Label<'p>>,
    pub(crate) families: Vec<Family<'p>>,
    /// As many samples as Prometheus would store.
    pub(crate) samples: u64,
    /// Samples that were there before with the same name, labels and time.
    pub(crate) repeated: u64,
    /// Samples that have no form in the model.
    pub(crate) skipped: u64,
}

/// What shares a name.
#[derive(Debug)]
pub(crate) struct Family<'p> {
    /// The name as text 0.0.4 has it: a counter's with `_total`.
    pub(crate) name: Cow<'p, str>,
    pub(crate) help: Cow<'p, str>,
    pub(crate) unit: Cow<'p, str>,
    pub(crate) kind: Kind,
    pub(crate) rows: Vec<Row>,
}

/// A point.
#[derive(Debug)]
pub(crate) struct Row {
    /// Which of the page's labels, sorted by name, each name once, none empty.
    pub(crate) labels: Range<usize>,
    /// The page's own timestamp.
    pub(crate) time: Option<Timestamp>,
    pub(crate) start: Timestamp,
    pub(crate) exemplars: Vec<Exemplar>,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) enum Value {
    Histogram(Classic),
    Native(Box<ExponentialValue>),
    Number(f64),
    Summary(SummaryValue),
}

/// A histogram with a count for each bound, added up; without any bound it has no buckets.
#[derive(Debug)]
pub(crate) struct Classic {
    pub(crate) stats: Stats,
    pub(crate) buckets: Vec<(f64, u64)>,
}
