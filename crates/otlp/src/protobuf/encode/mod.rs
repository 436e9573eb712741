mod attributes;
mod exemplars;
mod exponential;
mod histogram;
mod number;
mod out;
mod points;
mod summary;

use meterport_core::{
    AttributeSet, Encoded, Metric, MetricBatch, MetricData, Report, Resource, ResourceMetrics,
    Scope, ScopeMetrics, Temporality, TooLarge,
};

use super::field::{data, metric, request, resource, resource_metrics, scope, scope_metrics};
use attributes::{attributes_len, write_attributes};
use out::{Out, Wire, bytes_len, message_len, varint_field_len};
use points::{Plan, Replay, points_len, write_points};

/// A batch after the first walk.
pub(super) struct Measured<'a> {
    batch: &'a MetricBatch,
    plan: Plan,
    len: usize,
}

impl<'a> Measured<'a> {
    pub(super) fn new(batch: &'a MetricBatch) -> Self {
        let mut plan = empty_plan(batch);
        let lens = batch.resources().iter().map(|entry| {
            message_len(request::RESOURCE_METRICS, resource_metrics_len(entry, &mut plan))
        });
        let len = lens.sum();
        Self { batch, plan, len }
    }

    pub(super) fn within(batch: &'a MetricBatch, limit: u64) -> Result<Self, TooLarge> {
        let measured = Self::new(batch);
        let size = measured.len();
        if size > limit { Err(TooLarge { size }) } else { Ok(measured) }
    }

    pub(super) fn len(&self) -> u64 {
        self.len as u64
    }

    pub(super) fn encode(&self) -> Encoded {
        let mut bytes = Vec::new();
        let Report { rounded, .. } = self.encode_into(&mut bytes);
        Encoded { bytes, rounded }
    }

    pub(super) fn encode_into(&self, buf: &mut Vec<u8>) -> Report {
        let mut out = Out::over(std::mem::take(buf), self.len);
        let rounded = write(&mut out, self.batch, &self.plan);
        *buf = out.finish();
        debug_assert_eq!(buf.len(), self.len, "the two walks must agree");
        Report { bytes: self.len(), rounded }
    }

    pub(super) fn encode_pieces(&self, piece: &mut dyn FnMut(&[u8])) -> Report {
        let mut out = Out::pieces(self.len, piece);
        let rounded = write(&mut out, self.batch, &self.plan);
        out.finish();
        Report { bytes: self.len(), rounded }
    }
}

/// With room for everything, so that the number of allocations does not depend on the points.
fn empty_plan(batch: &MetricBatch) -> Plan {
    let scopes = batch.resources().iter().map(|entry| entry.scopes.len()).sum::<usize>();
    let (mut metrics, mut runs, mut dear) = (0, 0, 0);
    for metric in batch.metrics() {
        metrics += 1;
        runs += metric.data.series().runs().len();
        dear += metric.data.len()
            * match &metric.data {
                MetricData::ExponentialHistogram(_) => 3,
                MetricData::Histogram(_) | MetricData::Summary(_) => 1,
                MetricData::Gauge(_) | MetricData::Sum(_) => 0,
            };
    }
    Plan {
        lengths: Vec::with_capacity(batch.resources().len() + scopes + 2 * metrics),
        blocks: Vec::with_capacity(runs),
        dear: Vec::with_capacity(dear),
    }
}

fn resource_metrics_len(entry: &ResourceMetrics, plan: &mut Plan) -> usize {
    let at = plan.lengths.len();
    plan.lengths.push(0);
    let scopes = entry
        .scopes
        .iter()
        .map(|scope| message_len(resource_metrics::SCOPE_METRICS, scope_metrics_len(scope, plan)));
    let len = scopes.sum::<usize>()
        + optional_len(resource_metrics::RESOURCE, &entry.resource, resource_len)
        + bytes_len(resource_metrics::SCHEMA_URL, entry.schema_url.len());
    plan.lengths[at] = len;
    len
}

fn scope_metrics_len(entry: &ScopeMetrics, plan: &mut Plan) -> usize {
    let at = plan.lengths.len();
    plan.lengths.push(0);
    let metrics =
        entry.metrics.iter().map(|one| message_len(scope_metrics::METRICS, metric_len(one, plan)));
    let len = metrics.sum::<usize>()
        + optional_len(scope_metrics::SCOPE, &entry.scope, scope_len)
        + bytes_len(scope_metrics::SCHEMA_URL, entry.schema_url.len());
    plan.lengths[at] = len;
    len
}

/// A resource or scope of which nothing is known is left out.
fn optional_len<T: Default + PartialEq>(field: u32, value: &T, len: fn(&T) -> usize) -> usize {
    if *value == T::default() { 0 } else { message_len(field, len(value)) }
}

fn resource_len(entry: &Resource) -> usize {
    attributes_len(resource::ATTRIBUTES, &entry.attributes)
        + varint_field_len(resource::DROPPED, entry.dropped_attributes_count.into())
}

fn scope_len(entry: &Scope) -> usize {
    bytes_len(scope::NAME, entry.name.len())
        + bytes_len(scope::VERSION, entry.version.len())
        + attributes_len(scope::ATTRIBUTES, &entry.attributes)
        + varint_field_len(scope::DROPPED, entry.dropped_attributes_count.into())
}

fn metric_len(one: &Metric, plan: &mut Plan) -> usize {
    let at = plan.lengths.len();
    plan.lengths.extend([0, 0]);
    let points = match &one.data {
        MetricData::ExponentialHistogram(data) => points_len(&data.points, plan),
        MetricData::Gauge(data) => points_len(&data.points, plan),
        MetricData::Histogram(data) => points_len(&data.points, plan),
        MetricData::Sum(data) => points_len(&data.points, plan),
        MetricData::Summary(data) => points_len(&data.points, plan),
    };
    let temporality = if one.data.temporality().is_some() { 2 } else { 0 };
    let monotonic = if is_monotonic(&one.data) { 2 } else { 0 };
    let data_len = points + temporality + monotonic;
    let descriptor = &one.descriptor;
    let len = bytes_len(metric::NAME, descriptor.name.len())
        + bytes_len(metric::DESCRIPTION, descriptor.description.len())
        + bytes_len(metric::UNIT, descriptor.unit.len())
        + message_len(data_field(&one.data), data_len)
        + metadata_len(&descriptor.metadata);
    plan.lengths[at] = len;
    plan.lengths[at + 1] = data_len;
    len
}

fn metadata_len(metadata: &AttributeSet) -> usize {
    attributes_len(metric::METADATA, metadata)
}

fn is_monotonic(data: &MetricData) -> bool {
    matches!(data, MetricData::Sum(sum) if sum.monotonic)
}

fn data_field(data: &MetricData) -> u32 {
    match data {
        MetricData::ExponentialHistogram(_) => metric::EXPONENTIAL,
        MetricData::Gauge(_) => metric::GAUGE,
        MetricData::Histogram(_) => metric::HISTOGRAM,
        MetricData::Sum(_) => metric::SUM,
        MetricData::Summary(_) => metric::SUMMARY,
    }
}

fn write(out: &mut Out<'_>, batch: &MetricBatch, plan: &Plan) -> u64 {
    let replay = &mut plan.replay();
    let mut rounded = 0;
    for entry in batch.resources() {
        out.len_prefix(request::RESOURCE_METRICS, replay.length());
        if entry.resource != Resource::default() {
            out.len_prefix(resource_metrics::RESOURCE, resource_len(&entry.resource));
            write_attributes(out, resource::ATTRIBUTES, &entry.resource.attributes);
            write_count(out, resource::DROPPED, entry.resource.dropped_attributes_count);
        }
        for scope in &entry.scopes {
            rounded += write_scope_metrics(out, scope, replay);
        }
        out.bytes(resource_metrics::SCHEMA_URL, entry.schema_url.as_bytes());
    }
    rounded
}

fn write_count(out: &mut Out<'_>, field: u32, count: u32) {
    if count != 0 {
        out.tag(field, Wire::Varint);
        out.varint(count.into());
    }
}

fn write_scope_metrics(out: &mut Out<'_>, entry: &ScopeMetrics, replay: &mut Replay<'_>) -> u64 {
    out.len_prefix(resource_metrics::SCOPE_METRICS, replay.length());
    if entry.scope != Scope::default() {
        out.len_prefix(scope_metrics::SCOPE, scope_len(&entry.scope));
        out.bytes(scope::NAME, entry.scope.name.as_bytes());
        out.bytes(scope::VERSION, entry.scope.version.as_bytes());
        write_attributes(out, scope::ATTRIBUTES, &entry.scope.attributes);
        write_count(out, scope::DROPPED, entry.scope.dropped_attributes_count);
    }
    let mut rounded = 0;
    for one in &entry.metrics {
        rounded += write_metric(out, one, replay);
    }
    out.bytes(scope_metrics::SCHEMA_URL, entry.schema_url.as_bytes());
    rounded
}

fn write_metric(out: &mut Out<'_>, one: &Metric, replay: &mut Replay<'_>) -> u64 {
    out.len_prefix(scope_metrics::METRICS, replay.length());
    let descriptor = &one.descriptor;
    out.bytes(metric::NAME, descriptor.name.as_bytes());
    out.bytes(metric::DESCRIPTION, descriptor.description.as_bytes());
    out.bytes(metric::UNIT, descriptor.unit.as_bytes());
    out.len_prefix(data_field(&one.data), replay.length());
    let rounded = match &one.data {
        MetricData::ExponentialHistogram(data) => write_points(out, &data.points, replay),
        MetricData::Gauge(data) => write_points(out, &data.points, replay),
        MetricData::Histogram(data) => write_points(out, &data.points, replay),
        MetricData::Sum(data) => write_points(out, &data.points, replay),
        MetricData::Summary(data) => write_points(out, &data.points, replay),
    };
    if let Some(temporality) = one.data.temporality() {
        out.tag(data::TEMPORALITY, Wire::Varint);
        out.varint(match temporality {
            Temporality::Delta => 1,
            Temporality::Cumulative => 2,
        });
    }
    if is_monotonic(&one.data) {
        out.tag(data::MONOTONIC, Wire::Varint);
        out.varint(1);
    }
    write_attributes(out, metric::METADATA, &descriptor.metadata);
    out.hand_over();
    rounded
}
