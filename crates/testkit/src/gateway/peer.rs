//! What the conformance suite finds at a gateway.

use async_trait::async_trait;
use bytes::Bytes;
use meterport_core::MetricBatch;

use super::{FakeGateway, Sample};
use crate::conformance::{Arrival, Behaviour, Peer};
use crate::proto::any_value::Value;
use crate::proto::metric::Data;
use crate::proto::number_data_point::Value as Number;
use crate::proto::{ExportMetricsServiceRequest, KeyValue, Metric, NumberDataPoint};
use crate::to_proto;

/// Samples stand for points. Those of `target_info` are left out: every push repeats them.
#[async_trait(?Send)]
impl Peer for FakeGateway {
    /// Of numbers, classic histograms and summaries, with names that need no translation but `_` for
    /// dots, and without a unit.
    fn expected(&self, batch: &MetricBatch) -> Vec<String> {
        let samples = samples_of(&to_proto(batch), |bound| format!("{bound}"), false);
        samples.iter().map(Sample::text).collect()
    }

    fn arrivals(&self) -> Vec<Arrival> {
        let read = |received: &crate::Received| {
            let shown = |sample: &Sample| sample.family != "target_info";
            let texts = Sample::of_push(received).map(|samples| {
                samples.iter().filter(|sample| shown(sample)).map(Sample::text).collect()
            });
            Arrival { points: texts, body: received.body.clone() }
        };
        let requests = self.server().requests();
        let violations = self.server().violations().into_iter();
        let violations = violations.map(|why| Arrival { points: Err(why), body: Bytes::new() });
        requests.iter().map(|received| read(received)).chain(violations).collect()
    }

    async fn wait_for_arrivals(&self, n: usize) {
        self.server().wait_for_requests(n).await;
    }

    fn behave(&self, behaviour: Behaviour) -> bool {
        if behaviour != Behaviour::Well {
            return self.server().misbehave(behaviour, "pushed metrics are invalid\n");
        }
        self.keep_the_rules();
        self.server().resume();
        true
    }
}

type Labels = Vec<(String, String)>;

/// The samples of numbers, classic histograms and summaries, with names that need no translation but
/// `_` for dots, and without a unit. `bound` writes bounds and quantiles; `with_job` gives each sample
/// the label `job`.
pub(crate) fn samples_of(
    request: &ExportMetricsServiceRequest,
    bound: fn(f64) -> String,
    with_job: bool,
) -> Vec<Sample> {
    let mut samples = Vec::new();
    for resource in &request.resource_metrics {
        let attributes = resource.resource.iter().flat_map(|resource| &resource.attributes);
        let job = attributes.filter(|attribute| with_job && attribute.key == "service.name");
        let job: Labels = job.map(|attribute| ("job".to_owned(), label(attribute).1)).collect();
        for scope in &resource.scope_metrics {
            let about = scope.scope.clone().unwrap_or_default();
            let own = [("otel_scope_name", about.name), ("otel_scope_version", about.version)];
            let own = own.into_iter().filter(|label| !label.1.is_empty());
            let own = own.map(|(key, value)| (key.to_owned(), value));
            let labels: Labels = job.iter().cloned().chain(own).collect();
            samples.extend(scope.metrics.iter().flat_map(|one| of_metric(one, &labels, bound)));
        }
    }
    samples
}

fn of_metric(metric: &Metric, shared: &Labels, bound: fn(f64) -> String) -> Vec<Sample> {
    let base = metric.name.replace('.', "_");
    let mut samples = Vec::new();
    let mut add = |suffix: &str,
                   attributes: &[KeyValue],
                   extra: Option<(&str, String)>,
                   value: f64| {
        let mut labels = shared.clone();
        labels.extend(attributes.iter().map(label));
        labels.extend(extra.map(|(key, value)| (key.to_owned(), value)));
        labels.sort();
        let name = format!("{base}{suffix}");
        samples.push(Sample { family: base.clone(), name, labels, value, has_timestamp: false });
    };
    match &metric.data {
        Some(Data::Gauge(gauge)) => {
            gauge.data_points.iter().for_each(|point| add("", &point.attributes, None, of(point)));
        }
        Some(Data::Sum(sum)) => {
            let suffix = if sum.is_monotonic { "_total" } else { "" };
            let points = sum.data_points.iter();
            points.for_each(|point| add(suffix, &point.attributes, None, of(point)));
        }
        Some(Data::Histogram(histogram)) => {
            for point in &histogram.data_points {
                let bounds = point.explicit_bounds.iter().map(|one| bound(*one));
                let mut sum = 0;
                for (bound, count) in bounds.chain(["+Inf".to_owned()]).zip(&point.bucket_counts) {
                    sum += count;
                    add("_bucket", &point.attributes, Some(("le", bound)), sum as f64);
                }
                add("_sum", &point.attributes, None, point.sum.unwrap_or_default());
                add("_count", &point.attributes, None, point.count as f64);
            }
        }
        Some(Data::Summary(summary)) => {
            for point in &summary.data_points {
                for value in &point.quantile_values {
                    let which = bound(value.quantile);
                    add("", &point.attributes, Some(("quantile", which)), value.value);
                }
                add("_sum", &point.attributes, None, point.sum);
                add("_count", &point.attributes, None, point.count as f64);
            }
        }
        Some(Data::ExponentialHistogram(_)) | None => {}
    }
    samples
}

fn of(point: &NumberDataPoint) -> f64 {
    match point.value {
        Some(Number::AsDouble(value)) => value,
        Some(Number::AsInt(value)) => value as f64,
        None => f64::NAN,
    }
}

fn label(attribute: &KeyValue) -> (String, String) {
    let text = match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BoolValue(value)) => value.to_string(),
        Some(Value::IntValue(value)) => value.to_string(),
        other => format!("{other:?}"),
    };
    (attribute.key.replace('.', "_"), text)
}
