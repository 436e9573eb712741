mod attributes;
mod points;

use std::sync::Arc;

use meterport_core::{
    Descriptor, ExponentialHistogram, Gauge, Histogram, Metric, MetricBatch, MetricData, Resource,
    ResourceMetrics, Scope, ScopeMetrics, Sum, Summary, Temporality,
};

use self::attributes::{Attributes, attribute};
use self::points::points;
use super::field::{data, metric, request, resource, resource_metrics, scope, scope_metrics};
use crate::budget::{Budget, Part};
use crate::decode_error::{DecodeError, DecodeProblem};
use crate::wire::fields;

/// Decodes an `ExportMetricsServiceRequest` or a `MetricsData`.
///
/// Unknown fields are skipped, metrics without any kind of data are left out. What it allocates
/// is bounded by a multiple of the length of `bytes`.
///
/// # Errors
/// [`DecodeError`]: the bytes are not protobuf, or the message is against OTLP's rules.
pub fn decode(bytes: &[u8]) -> Result<MetricBatch, DecodeError> {
    let mut budget = Budget::of(bytes);
    let mut resources = Vec::new();
    for field in fields(bytes) {
        if let (request::RESOURCE_METRICS, value) = field? {
            resources.push(decode_resource_metrics(value.message()?, &mut budget)?);
        }
    }
    Ok(MetricBatch::new(resources))
}

fn decode_resource_metrics(
    bytes: &[u8],
    budget: &mut Budget,
) -> Result<ResourceMetrics, DecodeError> {
    budget.charge(Part::Envelope)?;
    let mut decoded = ResourceMetrics::default();
    for field in fields(bytes) {
        match field? {
            (resource_metrics::RESOURCE, value) => {
                decoded.resource = decode_resource(value.message()?, budget)?;
            }
            (resource_metrics::SCOPE_METRICS, value) => {
                decoded.scopes.push(decode_scope_metrics(value.message()?, budget)?);
            }
            (resource_metrics::SCHEMA_URL, value) => decoded.schema_url = value.text()?.into(),
            _ => {}
        }
    }
    Ok(decoded)
}

fn decode_resource(bytes: &[u8], budget: &mut Budget) -> Result<Resource, DecodeError> {
    let mut attributes = Attributes::new();
    let mut dropped_attributes_count = 0;
    for field in fields(bytes) {
        match field? {
            (resource::ATTRIBUTES, value) => attributes.push(attribute(value, 0, budget)?),
            (resource::DROPPED, value) => dropped_attributes_count = value.u32()?,
            _ => {}
        }
    }
    Ok(Resource { attributes: attributes.into_iter().collect(), dropped_attributes_count })
}

fn decode_scope_metrics(bytes: &[u8], budget: &mut Budget) -> Result<ScopeMetrics, DecodeError> {
    budget.charge(Part::Envelope)?;
    let mut decoded = ScopeMetrics::default();
    for field in fields(bytes) {
        match field? {
            (scope_metrics::SCOPE, value) => {
                decoded.scope = decode_scope(value.message()?, budget)?;
            }
            (scope_metrics::METRICS, value) => {
                decoded.metrics.extend(decode_metric(value.message()?, budget)?);
            }
            (scope_metrics::SCHEMA_URL, value) => decoded.schema_url = value.text()?.into(),
            _ => {}
        }
    }
    Ok(decoded)
}

fn decode_scope(bytes: &[u8], budget: &mut Budget) -> Result<Scope, DecodeError> {
    let mut decoded = Scope::default();
    let mut attributes = Attributes::new();
    for field in fields(bytes) {
        match field? {
            (scope::NAME, value) => decoded.name = value.text()?.into(),
            (scope::VERSION, value) => decoded.version = value.text()?.into(),
            (scope::ATTRIBUTES, value) => attributes.push(attribute(value, 0, budget)?),
            (scope::DROPPED, value) => decoded.dropped_attributes_count = value.u32()?,
            _ => {}
        }
    }
    decoded.attributes = attributes.into_iter().collect();
    Ok(decoded)
}

/// The name may follow the data, so that the data is decoded last: an error can name the metric.
fn decode_metric(bytes: &[u8], budget: &mut Budget) -> Result<Option<Metric>, DecodeError> {
    budget.charge(Part::Envelope)?;
    let mut descriptor = Descriptor::default();
    let mut metadata = Attributes::new();
    let mut data: Option<(u32, &[u8])> = None;
    for field in fields(bytes) {
        match field? {
            (metric::NAME, value) => descriptor.name = value.text()?.into(),
            (metric::DESCRIPTION, value) => descriptor.description = value.text()?.into(),
            (metric::UNIT, value) => descriptor.unit = value.text()?.into(),
            (metric::METADATA, value) => metadata.push(attribute(value, 0, budget)?),
            (
                kind @ (metric::GAUGE
                | metric::SUM
                | metric::HISTOGRAM
                | metric::EXPONENTIAL
                | metric::SUMMARY),
                value,
            ) => data = Some((kind, value.message()?)),
            _ => {}
        }
    }
    let Some((kind, bytes)) = data else { return Ok(None) };
    let data =
        decode_data(kind, bytes, budget).map_err(|error| error.in_metric(&descriptor.name))?;
    descriptor.metadata = metadata.into_iter().collect();
    Ok(Some(Metric { descriptor: Arc::new(descriptor), data }))
}

fn decode_data(kind: u32, bytes: &[u8], budget: &mut Budget) -> Result<MetricData, DecodeError> {
    let (mut temporality, mut monotonic) = (None, false);
    for field in fields(bytes) {
        match field? {
            (data::TEMPORALITY, value) if kind != metric::GAUGE && kind != metric::SUMMARY => {
                temporality = match value.varint()? {
                    1 => Some(Temporality::Delta),
                    2 => Some(Temporality::Cumulative),
                    _ => None,
                };
            }
            (data::MONOTONIC, value) if kind == metric::SUM => monotonic = value.varint()? != 0,
            _ => {}
        }
    }
    let temporality = temporality.ok_or(DecodeProblem::NoTemporality);
    Ok(match kind {
        metric::GAUGE => Gauge { points: points(bytes, budget)? }.into(),
        metric::SUM => {
            Sum { points: points(bytes, budget)?, temporality: temporality?, monotonic }.into()
        }
        metric::HISTOGRAM => {
            Histogram { points: points(bytes, budget)?, temporality: temporality? }.into()
        }
        metric::EXPONENTIAL => {
            ExponentialHistogram { points: points(bytes, budget)?, temporality: temporality? }
                .into()
        }
        _ => Summary { points: points(bytes, budget)? }.into(),
    })
}
