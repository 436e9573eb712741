//! The examples, by what they are about.

mod exemplars;
mod families;
mod histograms;
mod labels;
mod names;
mod native;
mod values;

use meterport_core::MetricBatch;

use crate::view::View;

/// A batch, and how to look at it.
pub(crate) struct Example {
    pub(crate) name: &'static str,
    pub(crate) batch: MetricBatch,
    pub(crate) views: Vec<View>,
}

fn example<const N: usize>(name: &'static str, batch: MetricBatch, views: [View; N]) -> Example {
    Example { name, batch, views: views.into() }
}

pub(crate) fn all() -> Vec<Example> {
    let tables = [
        names::all(),
        labels::all(),
        histograms::all(),
        native::all(),
        values::all(),
        exemplars::all(),
        families::all(),
    ];
    tables.into_iter().flatten().collect()
}
