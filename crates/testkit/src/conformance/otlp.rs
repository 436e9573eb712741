//! Points of OTLP as texts: two that are equal have equal ones, NaN included.

use std::fmt::Debug;

use crate::proto::metric::Data;
use crate::proto::{Metric, ResourceMetrics, ScopeMetrics};

/// The text of each point with all that stands around it, so that neither order nor the division
/// into requests matters.
pub fn points(resources: &[ResourceMetrics]) -> Vec<String> {
    let mut points = Vec::new();
    for ResourceMetrics { resource, schema_url, scope_metrics } in resources {
        for ScopeMetrics { scope, schema_url: scope_schema, metrics } in scope_metrics {
            for metric in metrics {
                let around = format!("{resource:?} {schema_url:?} {scope:?} {scope_schema:?}");
                points.extend(of_metric(metric, &around));
            }
        }
    }
    points
}

fn of_metric(metric: &Metric, around: &str) -> Vec<String> {
    let Metric { name, description, unit, metadata, data } = metric;
    let around = format!("{around} {name:?} {description:?} {unit:?} {metadata:?}");
    match data {
        None => Vec::new(),
        Some(Data::Gauge(data)) => texts(&around, "gauge", &data.data_points),
        Some(Data::Sum(data)) => {
            let kind = format!("sum {} {}", data.aggregation_temporality, data.is_monotonic);
            texts(&around, &kind, &data.data_points)
        }
        Some(Data::Histogram(data)) => {
            let kind = format!("histogram {}", data.aggregation_temporality);
            texts(&around, &kind, &data.data_points)
        }
        Some(Data::ExponentialHistogram(data)) => {
            let kind = format!("exponential {}", data.aggregation_temporality);
            texts(&around, &kind, &data.data_points)
        }
        Some(Data::Summary(data)) => texts(&around, "summary", &data.data_points),
    }
}

fn texts(around: &str, kind: &str, points: &[impl Debug]) -> Vec<String> {
    points.iter().map(|point| format!("{kind} {point:?} of {around}")).collect()
}
