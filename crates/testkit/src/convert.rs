//! From the model to the generated messages, point by point: what an encoder's output is compared
//! with.
//!
//! It reads the points' public views alone, never the columns, chunks and memos that encoders use.

use meterport_core::{
    AttributeSet, Exemplar, ExponentialRef, HistogramRef, Metric, MetricBatch, MetricData, Number,
    NumberRef, Resource, ResourceMetrics, Scope, ScopeMetrics, SummaryRef, Temporality, ValueRef,
};

use crate::proto;
use crate::proto::exponential_histogram_data_point::Buckets;
use crate::proto::summary_data_point::ValueAtQuantile;

/// The message that OTLP has for a batch.
///
/// - A resource or scope of which nothing is known is absent.
/// - A number above `i64::MAX` becomes a double, for OTLP has no unsigned number.
/// - Sum, minimum and maximum are absent where they are not known; so are exponential buckets
///   without a count whose offset is 0.
/// - Ids of an exemplar outside any trace are empty.
pub fn to_proto(batch: &MetricBatch) -> proto::ExportMetricsServiceRequest {
    let resource_metrics = batch.resources().iter().map(resource_metrics).collect();
    proto::ExportMetricsServiceRequest { resource_metrics }
}

/// The same as a line of the OTLP file format has it.
pub fn to_metrics_data(batch: &MetricBatch) -> proto::MetricsData {
    proto::MetricsData { resource_metrics: to_proto(batch).resource_metrics }
}

fn resource_metrics(entry: &ResourceMetrics) -> proto::ResourceMetrics {
    proto::ResourceMetrics {
        resource: (entry.resource != Resource::default()).then(|| proto::Resource {
            attributes: attributes(&entry.resource.attributes),
            dropped_attributes_count: entry.resource.dropped_attributes_count,
            entity_refs: Vec::new(),
        }),
        scope_metrics: entry.scopes.iter().map(scope_metrics).collect(),
        schema_url: entry.schema_url.as_ref().into(),
    }
}

fn scope_metrics(entry: &ScopeMetrics) -> proto::ScopeMetrics {
    proto::ScopeMetrics {
        scope: (entry.scope != Scope::default()).then(|| proto::InstrumentationScope {
            name: entry.scope.name.as_ref().into(),
            version: entry.scope.version.as_ref().into(),
            attributes: attributes(&entry.scope.attributes),
            dropped_attributes_count: entry.scope.dropped_attributes_count,
        }),
        metrics: entry.metrics.iter().map(metric).collect(),
        schema_url: entry.schema_url.as_ref().into(),
    }
}

fn metric(metric: &Metric) -> proto::Metric {
    use proto::metric::Data;
    let data = match &metric.data {
        MetricData::Gauge(data) => {
            Data::Gauge(proto::Gauge { data_points: data.points.iter().map(number).collect() })
        }
        MetricData::Sum(data) => Data::Sum(proto::Sum {
            data_points: data.points.iter().map(number).collect(),
            aggregation_temporality: temporality(data.temporality),
            is_monotonic: data.monotonic,
        }),
        MetricData::Histogram(data) => Data::Histogram(proto::Histogram {
            data_points: data.points.iter().map(histogram).collect(),
            aggregation_temporality: temporality(data.temporality),
        }),
        MetricData::ExponentialHistogram(data) => {
            Data::ExponentialHistogram(proto::ExponentialHistogram {
                data_points: data.points.iter().map(exponential).collect(),
                aggregation_temporality: temporality(data.temporality),
            })
        }
        MetricData::Summary(data) => {
            Data::Summary(proto::Summary { data_points: data.points.iter().map(summary).collect() })
        }
    };
    proto::Metric {
        name: metric.descriptor.name.as_ref().into(),
        description: metric.descriptor.description.as_ref().into(),
        unit: metric.descriptor.unit.as_ref().into(),
        metadata: attributes(&metric.descriptor.metadata),
        data: Some(data),
    }
}

fn temporality(temporality: Temporality) -> i32 {
    let temporality = match temporality {
        Temporality::Cumulative => proto::AggregationTemporality::Cumulative,
        Temporality::Delta => proto::AggregationTemporality::Delta,
    };
    temporality.into()
}

fn number(point: NumberRef<'_>) -> proto::NumberDataPoint {
    use proto::number_data_point::Value;
    proto::NumberDataPoint {
        attributes: attributes(point.attributes),
        start_time_unix_nano: point.start.as_nanos(),
        time_unix_nano: point.time.as_nanos(),
        exemplars: point.exemplars.iter().map(exemplar).collect(),
        flags: point.flags.bits(),
        value: Some(signed(point.value).map_or_else(Value::AsDouble, Value::AsInt)),
    }
}

/// The integer, or the double where there is none.
fn signed(number: Number) -> Result<i64, f64> {
    match number {
        Number::F64(number) => Err(number),
        Number::I64(number) => Ok(number),
        Number::U64(number) => i64::try_from(number).map_err(|_| number as f64),
    }
}

fn histogram(point: HistogramRef<'_>) -> proto::HistogramDataPoint {
    let buckets = point.value.buckets;
    proto::HistogramDataPoint {
        attributes: attributes(point.attributes),
        start_time_unix_nano: point.start.as_nanos(),
        time_unix_nano: point.time.as_nanos(),
        count: point.value.stats.count,
        sum: point.value.stats.sum,
        bucket_counts: buckets.map(|(_, counts)| counts.to_vec()).unwrap_or_default(),
        explicit_bounds: buckets.map(|(bounds, _)| bounds.as_slice().to_vec()).unwrap_or_default(),
        exemplars: point.exemplars.iter().map(exemplar).collect(),
        flags: point.flags.bits(),
        min: point.value.stats.min,
        max: point.value.stats.max,
    }
}

fn exponential(point: ExponentialRef<'_>) -> proto::ExponentialHistogramDataPoint {
    let buckets = |(offset, counts): (i32, &[u64])| {
        let some = offset != 0 || !counts.is_empty();
        some.then(|| Buckets { offset, bucket_counts: counts.to_vec() })
    };
    proto::ExponentialHistogramDataPoint {
        attributes: attributes(point.attributes),
        start_time_unix_nano: point.start.as_nanos(),
        time_unix_nano: point.time.as_nanos(),
        count: point.value.stats.count,
        sum: point.value.stats.sum,
        scale: point.value.scale,
        zero_count: point.value.zero_count,
        positive: buckets(point.value.positive),
        negative: buckets(point.value.negative),
        flags: point.flags.bits(),
        exemplars: point.exemplars.iter().map(exemplar).collect(),
        min: point.value.stats.min,
        max: point.value.stats.max,
        zero_threshold: point.value.zero_threshold,
    }
}

fn summary(point: SummaryRef<'_>) -> proto::SummaryDataPoint {
    let quantiles = point.value.quantiles.iter();
    proto::SummaryDataPoint {
        attributes: attributes(point.attributes),
        start_time_unix_nano: point.start.as_nanos(),
        time_unix_nano: point.time.as_nanos(),
        count: point.value.count,
        sum: point.value.sum,
        quantile_values: quantiles
            .map(|entry| ValueAtQuantile { quantile: entry.quantile, value: entry.value })
            .collect(),
        flags: point.flags.bits(),
    }
}

fn exemplar(exemplar: &Exemplar) -> proto::Exemplar {
    use proto::exemplar::Value;
    proto::Exemplar {
        filtered_attributes: attributes(&exemplar.filtered_attributes),
        time_unix_nano: exemplar.time.as_nanos(),
        span_id: exemplar.span_id.map(|id| id.as_bytes().to_vec()).unwrap_or_default(),
        trace_id: exemplar.trace_id.map(|id| id.as_bytes().to_vec()).unwrap_or_default(),
        value: Some(signed(exemplar.value).map_or_else(Value::AsDouble, Value::AsInt)),
    }
}

fn attributes(set: &AttributeSet) -> Vec<proto::KeyValue> {
    set.iter().map(|(key, value)| key_value(key, value)).collect()
}

fn key_value(key: &str, value: ValueRef<'_>) -> proto::KeyValue {
    proto::KeyValue { key: key.into(), value: Some(any_value(value)) }
}

fn any_value(value: ValueRef<'_>) -> proto::AnyValue {
    use proto::any_value::Value;
    let value = match value {
        ValueRef::Array(items) => {
            Value::ArrayValue(proto::ArrayValue { values: items.iter().map(any_value).collect() })
        }
        ValueRef::Bool(value) => Value::BoolValue(value),
        ValueRef::Bytes(value) => Value::BytesValue(value.iter().collect()),
        ValueRef::Double(value) => Value::DoubleValue(value),
        ValueRef::Empty => return proto::AnyValue { value: None },
        ValueRef::Int(value) => Value::IntValue(value),
        ValueRef::Map(entries) => Value::KvlistValue(proto::KeyValueList {
            values: entries.iter().map(|(key, value)| key_value(key, value)).collect(),
        }),
        ValueRef::String(value) => Value::StringValue(value.into()),
    };
    proto::AnyValue { value: Some(value) }
}

#[cfg(test)]
mod tests;
