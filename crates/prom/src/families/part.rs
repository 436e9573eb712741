use std::sync::Arc;

use meterport_core::{Flags, MetricData};

use crate::labels::{LabelRules, Reserved};

/// The points that one metric has given to a family.
#[derive(Clone, Debug)]
pub struct Part {
    pub(crate) data: MetricData,
    pub(crate) rules: LabelRules,
    pub(crate) repeated: Arc<[usize]>,
    pub(super) is_target: bool,
}

impl Part {
    pub(super) fn new(data: MetricData, rules: LabelRules) -> Self {
        Self { data, rules, repeated: Arc::default(), is_target: false }
    }

    /// The points. Those of [`repeated`](Self::repeated) are to be left out.
    pub fn data(&self) -> &MetricData {
        &self.data
    }

    /// By which rules attributes become labels.
    pub fn rules(&self) -> &LabelRules {
        &self.rules
    }

    /// The rows whose labels a point before them has, ascending.
    pub fn repeated(&self) -> &[usize] {
        &self.repeated
    }

    /// Whether it is a resource's `target_info`, made for it when families were grouped. Its one
    /// point has no time.
    pub fn is_target(&self) -> bool {
        self.is_target
    }

    /// The rows that have flags, ascending.
    pub(crate) fn flags(&self) -> &[(usize, Flags)] {
        match &self.data {
            MetricData::ExponentialHistogram(data) => data.points.flags(),
            MetricData::Gauge(data) => data.points.flags(),
            MetricData::Histogram(data) => data.points.flags(),
            MetricData::Sum(data) => data.points.flags(),
            MetricData::Summary(data) => data.points.flags(),
        }
    }

    pub(super) fn points(&self) -> u64 {
        self.data.len() as u64
    }
}

pub(super) fn reserved(data: &MetricData) -> Reserved {
    match data {
        MetricData::ExponentialHistogram(_) | MetricData::Histogram(_) => Reserved::Le,
        MetricData::Gauge(_) | MetricData::Sum(_) => Reserved::Name,
        MetricData::Summary(_) => Reserved::Quantile,
    }
}
