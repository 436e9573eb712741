use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::Received;
use crate::prom::client::{self, LabelPair, Metric, MetricFamily};
use crate::prom::text::{Dialect, parse};

/// A sample that was pushed.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "what tests read")]
pub struct Sample {
    /// The family.
    pub family: String,
    /// The family's name with the suffix that the sample has in the text format.
    pub name: String,
    /// The labels by name.
    pub labels: Vec<(String, String)>,
    /// The value.
    pub value: f64,
    /// Whether it came with a timestamp, which is forbidden.
    pub has_timestamp: bool,
}

impl Sample {
    /// The samples of a push, by its Content-Type: messages only if it says so, else text.
    ///
    /// # Errors
    /// They cannot be read; the text says why.
    pub fn of_push(received: &Received) -> Result<Vec<Self>, String> {
        let body = match received.header("content-encoding") {
            None => received.body.to_vec(),
            Some("gzip") => {
                let mut plain = Vec::new();
                let mut decoder = MultiGzDecoder::new(&*received.body).take(256 << 20);
                decoder.read_to_end(&mut plain).map_err(|error| error.to_string())?;
                plain
            }
            Some(other) => return Err(format!("the gateway does not read {other}")),
        };
        let content_type = received.header("content-type").unwrap_or_default();
        let is_protobuf = content_type.starts_with("application/vnd.google.protobuf")
            && content_type.contains("proto=io.prometheus.client.MetricFamily")
            && content_type.contains("encoding=delimited");
        let mut samples = if is_protobuf {
            let families = client::decode(&body).map_err(|error| error.to_string())?;
            families.iter().flat_map(of_message).collect()
        } else {
            of_text(&String::from_utf8(body).map_err(|error| error.to_string())?)?
        };
        samples.iter_mut().for_each(|sample| sample.labels.sort());
        Ok(samples)
    }

    /// The sample as a line; two that are equal have equal ones, NaN included.
    pub fn text(&self) -> String {
        let labels: Vec<_> =
            self.labels.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
        format!("{}{{{}}} {:?}", self.name, labels.join(","), self.value)
    }
}

fn of_text(page: &str) -> Result<Vec<Sample>, String> {
    let mut samples = Vec::new();
    for family in parse(page, Dialect::Text)? {
        samples.extend(family.samples.into_iter().map(|sample| Sample {
            family: family.name.clone(),
            name: sample.name,
            labels: sample.labels,
            value: sample.value,
            has_timestamp: sample.timestamp.is_some(),
        }));
    }
    Ok(samples)
}

fn of_message(family: &MetricFamily) -> Vec<Sample> {
    let name = family.name.clone().unwrap_or_default();
    let mut samples = Vec::new();
    for metric in &family.metric {
        let mut add = |suffix: &str, label: Option<(&str, f64)>, value: f64| {
            let mut labels: Vec<_> = metric.label.iter().map(pair).collect();
            labels.extend(label.map(|(key, bound)| (key.to_owned(), number(bound))));
            samples.push(Sample {
                family: name.clone(),
                name: format!("{name}{suffix}"),
                labels,
                value,
                has_timestamp: metric.timestamp_ms.is_some(),
            });
        };
        of_metric(metric, &mut add);
    }
    samples
}

/// Takes suffix, label and value of a sample.
type Add<'a> = dyn FnMut(&str, Option<(&str, f64)>, f64) + 'a;

/// Hands over each sample that the text format would have.
fn of_metric(metric: &Metric, add: &mut Add<'_>) {
    let plain = [
        metric.gauge.as_ref().and_then(|gauge| gauge.value),
        metric.counter.as_ref().and_then(|counter| counter.value),
        metric.untyped.as_ref().and_then(|untyped| untyped.value),
    ];
    plain.into_iter().flatten().for_each(|value| add("", None, value));
    if let Some(summary) = &metric.summary {
        for quantile in &summary.quantile {
            let which = quantile.quantile.unwrap_or_default();
            add("", Some(("quantile", which)), quantile.value.unwrap_or_default());
        }
        add("_sum", None, summary.sample_sum.unwrap_or_default());
        add("_count", None, summary.sample_count.unwrap_or_default() as f64);
    }
    if let Some(histogram) = &metric.histogram {
        for bucket in &histogram.bucket {
            let bound = bucket.upper_bound.unwrap_or_default();
            add("_bucket", Some(("le", bound)), bucket.cumulative_count.unwrap_or_default() as f64);
        }
        if histogram.bucket.last().is_none_or(|last| last.upper_bound != Some(f64::INFINITY)) {
            let all = histogram.sample_count.unwrap_or_default() as f64;
            add("_bucket", Some(("le", f64::INFINITY)), all);
        }
        add("_sum", None, histogram.sample_sum.unwrap_or_default());
        add("_count", None, histogram.sample_count.unwrap_or_default() as f64);
    }
}

fn pair(label: &LabelPair) -> (String, String) {
    (label.name.clone().unwrap_or_default(), label.value.clone().unwrap_or_default())
}

/// A bound as the text format has it, of those that tests use.
fn number(bound: f64) -> String {
    match bound {
        f64::INFINITY => "+Inf".to_owned(),
        bound => format!("{bound}"),
    }
}
