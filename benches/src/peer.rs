//! Whether a peer encoded the same data.

use meterport_testkit::proto::metric::Data;
use meterport_testkit::proto::{ExportMetricsServiceRequest, KeyValue, Metric, ResourceMetrics};
use prost::Message;

/// Compares a peer's body with ours as sets: the order of metrics, points and attributes, and all
/// times are the peer's own.
///
/// # Errors
/// What differs.
pub fn compare(ours: &ExportMetricsServiceRequest, body: &[u8]) -> Result<(), String> {
    let theirs = ExportMetricsServiceRequest::decode(body)
        .map_err(|error| format!("the peer's body cannot be decoded: {error}"))?;
    let (ours, theirs) = (sorted(ours), sorted(&theirs));
    if ours.len() != theirs.len() {
        return Err(format!("{} resources here, {} there", ours.len(), theirs.len()));
    }
    for (ours, theirs) in ours.iter().zip(&theirs) {
        let metrics = |resource: &ResourceMetrics| -> Vec<Metric> {
            resource.scope_metrics.iter().flat_map(|scope| scope.metrics.clone()).collect()
        };
        for (ours, theirs) in metrics(ours).iter().zip(&metrics(theirs)) {
            same_metric(ours, theirs)?;
        }
        if ours != theirs {
            return Err("resource, scope or number of metrics differ".into());
        }
    }
    Ok(())
}

fn same_metric(ours: &Metric, theirs: &Metric) -> Result<(), String> {
    if ours == theirs {
        return Ok(());
    }
    let figures = |metric: &Metric| {
        format!("{:?} of {} points: {:.1500?}", metric.name, metric.points(), first_point(metric))
    };
    Err(format!("a metric differs:\n{}\n{}", figures(ours), figures(theirs)))
}

fn first_point(metric: &Metric) -> Option<String> {
    match metric.data.as_ref()? {
        Data::Gauge(data) => data.data_points.first().map(|point| format!("{point:?}")),
        Data::Sum(data) => data.data_points.first().map(|point| format!("{point:?}")),
        Data::Histogram(data) => data.data_points.first().map(|point| format!("{point:?}")),
        Data::ExponentialHistogram(data) => {
            data.data_points.first().map(|point| format!("{point:?}"))
        }
        Data::Summary(data) => data.data_points.first().map(|point| format!("{point:?}")),
    }
}

/// Everything in a fixed order, without times.
fn sorted(request: &ExportMetricsServiceRequest) -> Vec<ResourceMetrics> {
    let mut resources = request.resource_metrics.clone();
    for resource in &mut resources {
        if let Some(resource) = &mut resource.resource {
            by_key(&mut resource.attributes);
        }
        for scope in &mut resource.scope_metrics {
            scope.metrics.sort_by(|a, b| a.name.cmp(&b.name));
            scope.metrics.iter_mut().filter_map(|metric| metric.data.as_mut()).for_each(sort);
        }
    }
    resources
}

/// Sorts the points of one kind.
macro_rules! sort_points {
    ($points:expr) => {
        for point in &mut $points {
            point.start_time_unix_nano = 0;
            point.time_unix_nano = 0;
            by_key(&mut point.attributes);
        }
        $points.sort_by_cached_key(|point| encoded(&point.attributes));
    };
}

fn sort(data: &mut Data) {
    match data {
        Data::Gauge(data) => {
            sort_points!(data.data_points);
        }
        Data::Sum(data) => {
            sort_points!(data.data_points);
        }
        Data::Histogram(data) => {
            sort_points!(data.data_points);
        }
        Data::ExponentialHistogram(data) => {
            for point in &mut data.data_points {
                // Absent and empty buckets say the same.
                point.positive.get_or_insert_default();
                point.negative.get_or_insert_default();
            }
            sort_points!(data.data_points);
        }
        Data::Summary(data) => {
            sort_points!(data.data_points);
        }
    }
}

fn by_key(attributes: &mut [KeyValue]) {
    attributes.sort_by(|a, b| a.key.cmp(&b.key));
}

fn encoded(attributes: &[KeyValue]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for attribute in attributes {
        bytes.extend_from_slice(&attribute.encode_length_delimited_to_vec());
    }
    bytes
}
