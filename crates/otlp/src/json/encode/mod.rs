mod attributes;
mod points;
#[cfg(test)]
mod tests;
mod writer;

use meterport_core::{
    Encoded, Metric, MetricBatch, MetricData, Report, Resource, ResourceMetrics, Scope,
    ScopeMetrics, Temporality, TooLarge,
};

use self::attributes::write_attributes;
use self::points::write_points;
use self::writer::{Writer, name};

/// The whole text.
pub(super) fn whole(batch: &MetricBatch, limit: u64) -> Result<Encoded, TooLarge> {
    /// A point of a few attributes.
    const POINT: usize = 256;
    let points = usize::try_from(batch.points()).unwrap_or_default();
    let mut out = Writer::whole(points.saturating_mul(POINT).saturating_add(POINT), limit);
    write_batch(&mut out, batch);
    let rounded = out.rounded;
    Ok(Encoded { bytes: out.finish()?.0, rounded })
}

/// The text in pieces.
pub(super) fn pieces(
    batch: &MetricBatch,
    limit: u64,
    piece: &mut dyn FnMut(&[u8]),
) -> Result<Report, TooLarge> {
    let mut out = Writer::pieces(limit, piece);
    write_batch(&mut out, batch);
    let rounded = out.rounded;
    Ok(Report { bytes: out.finish()?.1, rounded })
}

fn write_batch(out: &mut Writer<'_>, batch: &MetricBatch) {
    out.raw(b"{");
    out.open(name!("resourceMetrics"), b'[');
    batch.resources().iter().for_each(|entry| write_resource_metrics(out, entry));
    out.close(b']');
    out.close(b'}');
}

fn write_resource_metrics(out: &mut Writer<'_>, entry: &ResourceMetrics) {
    out.raw(b"{");
    // A resource of which nothing is known is left out, and so is a scope.
    if entry.resource != Resource::default() {
        out.open(name!("resource"), b'{');
        write_attributes(out, name!("attributes"), entry.resource.attributes.entries());
        let dropped = entry.resource.dropped_attributes_count;
        out.i32(name!("droppedAttributesCount"), dropped.into());
        out.close(b'}');
    }
    if !entry.scopes.is_empty() {
        out.open(name!("scopeMetrics"), b'[');
        entry.scopes.iter().for_each(|scope| write_scope_metrics(out, scope));
        out.close(b']');
    }
    out.text(name!("schemaUrl"), &entry.schema_url);
    out.close(b'}');
}

fn write_scope_metrics(out: &mut Writer<'_>, entry: &ScopeMetrics) {
    out.raw(b"{");
    if entry.scope != Scope::default() {
        let Scope { name, version, attributes, dropped_attributes_count } = &entry.scope;
        out.open(name!("scope"), b'{');
        out.text(name!("name"), name);
        out.text(name!("version"), version);
        write_attributes(out, name!("attributes"), attributes.entries());
        out.i32(name!("droppedAttributesCount"), (*dropped_attributes_count).into());
        out.close(b'}');
    }
    if !entry.metrics.is_empty() {
        out.open(name!("metrics"), b'[');
        entry.metrics.iter().for_each(|metric| write_metric(out, metric));
        out.close(b']');
    }
    out.text(name!("schemaUrl"), &entry.schema_url);
    out.close(b'}');
}

fn write_metric(out: &mut Writer<'_>, metric: &Metric) {
    let descriptor = &*metric.descriptor;
    out.raw(b"{");
    out.text(name!("name"), &descriptor.name);
    out.text(name!("description"), &descriptor.description);
    out.text(name!("unit"), &descriptor.unit);
    match &metric.data {
        MetricData::ExponentialHistogram(data) => {
            out.open(name!("exponentialHistogram"), b'{');
            write_points(out, &data.points);
        }
        MetricData::Gauge(data) => {
            out.open(name!("gauge"), b'{');
            write_points(out, &data.points);
        }
        MetricData::Histogram(data) => {
            out.open(name!("histogram"), b'{');
            write_points(out, &data.points);
        }
        MetricData::Sum(data) => {
            out.open(name!("sum"), b'{');
            write_points(out, &data.points);
        }
        MetricData::Summary(data) => {
            out.open(name!("summary"), b'{');
            write_points(out, &data.points);
        }
    }
    if let Some(temporality) = metric.data.temporality() {
        let number = match temporality {
            Temporality::Delta => 1,
            Temporality::Cumulative => 2,
        };
        out.i32(name!("aggregationTemporality"), number);
    }
    if let MetricData::Sum(data) = &metric.data
        && data.monotonic
    {
        out.raw(concat!(name!("isMonotonic"), "true,").as_bytes());
    }
    out.close(b'}');
    write_attributes(out, name!("metadata"), descriptor.metadata.entries());
    out.close(b'}');
    out.pause();
}
