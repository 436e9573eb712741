use std::ops::Range;
use std::sync::Arc;

use meterport_core::Run;
use meterport_prom::encoding::wire::put_varint;

use super::rows::{LabelKey, Row, Rows};
use super::symbols::{Runs, Symbols};
use super::wire::{put_label, v1};
use crate::Version;
use crate::external_labels::NAME;

/// Labels in the words of a version: texts, or references to symbols.
#[derive(Debug)]
pub(super) enum Labels {
    V1,
    V2(Symbols),
}

/// The labels of a run's rows.
pub(super) enum RunLabels {
    Chunk(Arc<Rows>, Range<usize>),
    Plan(Runs, usize, usize),
}

impl RunLabels {
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        match self {
            Self::Chunk(rows, range) => rows.range(range.clone()),
            Self::Plan(runs, run, len) => runs.at(*run).range(0..*len),
        }
    }
}

impl Labels {
    pub(super) fn version(&self) -> Version {
        match self {
            Self::V1 => Version::V1,
            Self::V2(_) => Version::V2,
        }
    }

    /// Appends a label.
    pub(super) fn put(&mut self, out: &mut Vec<u8>, field: u32, name: &str, value: &str) {
        match self {
            Self::V1 => put_label(out, field, name, value),
            Self::V2(symbols) => {
                put_varint(out, symbols.number(name).into());
                put_varint(out, symbols.number(value).into());
            }
        }
    }

    /// A label of a series.
    pub(super) fn of_series(&mut self, name: &str, value: &str) -> Vec<u8> {
        let mut out = Vec::new();
        self.put(&mut out, v1::series::LABEL, name, value);
        out
    }

    /// The label that a series' name is.
    pub(super) fn name(&mut self, name: &str) -> Vec<u8> {
        self.of_series(NAME, name)
    }

    /// The number of a symbol; there are none in 1.0.
    pub(super) fn symbol(&mut self, text: &str) -> u32 {
        match self {
            Self::V1 => 0,
            Self::V2(symbols) => symbols.number(text),
        }
    }

    /// The labels of a run that is the `at`th of all parts.
    pub(super) fn of_run(&self, run: &Run, at: usize, key: &LabelKey) -> RunLabels {
        match self {
            Self::V1 => RunLabels::Chunk(Rows::of_chunk(run.chunk(), key), run.rows()),
            Self::V2(symbols) => RunLabels::Plan(symbols.runs(), at, run.len()),
        }
    }

    /// The labels of a run that is written once, and not remembered.
    pub(super) fn of_once(&mut self, run: &Run, key: &LabelKey) -> RunLabels {
        let mut rows = Rows::default();
        let mut parts: [Vec<u8>; 3] = Default::default();
        key.each_label(run.chunk(), |label| match label {
            Some((part, name, value)) => {
                self.put(&mut parts[part], v1::series::LABEL, name, value);
            }
            None => rows.push(|part, out| out.append(&mut parts[part])),
        });
        RunLabels::Chunk(Arc::new(rows), run.rows())
    }
}
