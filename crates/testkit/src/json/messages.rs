//! Each message: its names, and how each is read.

use serde_json::Value;

use super::Rules;
use super::fields::{Cell, Read, set_one};
use crate::proto::{
    AnyValue, ArrayValue, EntityRef, Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint,
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse, Gauge,
    Histogram, HistogramDataPoint, InstrumentationScope, KeyValue, KeyValueList, Metric,
    MetricsData, NumberDataPoint, Resource, ResourceMetrics, ScopeMetrics, Sum, Summary,
    SummaryDataPoint, any_value, exemplar, exponential_histogram_data_point, metric,
    number_data_point, summary_data_point,
};

/// Reads one message: for each name the expression that sets its field.
macro_rules! message {
    ($cell:expr, $kind:ty, |$message:ident, $value:ident| { $($name:literal => $read:expr,)+ }) => {
        $cell.message(|$message: &mut $kind, name, $value| {
            match name {
                $($name => $read,)+
                _ => return Ok(false),
            }
            Ok(true)
        })
    };
}

pub(super) fn request(value: &Value, rules: Rules) -> Read<ExportMetricsServiceRequest> {
    message!(Cell { value, rules }, ExportMetricsServiceRequest, |message, value| {
        "resourceMetrics" => message.resource_metrics = value.list(resource_metrics)?,
    })
}

pub(super) fn metrics_data(value: &Value, rules: Rules) -> Read<MetricsData> {
    message!(Cell { value, rules }, MetricsData, |message, value| {
        "resourceMetrics" => message.resource_metrics = value.list(resource_metrics)?,
    })
}

pub(super) fn response(value: &Value, rules: Rules) -> Read<ExportMetricsServiceResponse> {
    message!(Cell { value, rules }, ExportMetricsServiceResponse, |message, value| {
        "partialSuccess" => message.partial_success = Some(partial_success(value)?),
    })
}

fn partial_success(cell: Cell<'_>) -> Read<ExportMetricsPartialSuccess> {
    message!(cell, ExportMetricsPartialSuccess, |message, value| {
        "rejectedDataPoints" => message.rejected_data_points = value.int64()?,
        "errorMessage" => message.error_message = value.string()?,
    })
}

fn resource_metrics(cell: Cell<'_>) -> Read<ResourceMetrics> {
    message!(cell, ResourceMetrics, |message, value| {
        "resource" => message.resource = Some(resource(value)?),
        "scopeMetrics" => message.scope_metrics = value.list(scope_metrics)?,
        "schemaUrl" => message.schema_url = value.string()?,
    })
}

fn resource(cell: Cell<'_>) -> Read<Resource> {
    message!(cell, Resource, |message, value| {
        "attributes" => message.attributes = value.list(key_value)?,
        "droppedAttributesCount" => message.dropped_attributes_count = value.uint32()?,
        "entityRefs" => message.entity_refs = value.list(entity_ref)?,
    })
}

fn entity_ref(cell: Cell<'_>) -> Read<EntityRef> {
    message!(cell, EntityRef, |message, value| {
        "schemaUrl" => message.schema_url = value.string()?,
        "type" => message.r#type = value.string()?,
        "idKeys" => message.id_keys = value.list(Cell::string)?,
        "descriptionKeys" => message.description_keys = value.list(Cell::string)?,
    })
}

fn scope_metrics(cell: Cell<'_>) -> Read<ScopeMetrics> {
    message!(cell, ScopeMetrics, |message, value| {
        "scope" => message.scope = Some(scope(value)?),
        "metrics" => message.metrics = value.list(metric)?,
        "schemaUrl" => message.schema_url = value.string()?,
    })
}

fn scope(cell: Cell<'_>) -> Read<InstrumentationScope> {
    message!(cell, InstrumentationScope, |message, value| {
        "name" => message.name = value.string()?,
        "version" => message.version = value.string()?,
        "attributes" => message.attributes = value.list(key_value)?,
        "droppedAttributesCount" => message.dropped_attributes_count = value.uint32()?,
    })
}

fn metric(cell: Cell<'_>) -> Read<Metric> {
    use metric::Data;
    message!(cell, Metric, |message, value| {
        "name" => message.name = value.string()?,
        "description" => message.description = value.string()?,
        "unit" => message.unit = value.string()?,
        "metadata" => message.metadata = value.list(key_value)?,
        "gauge" => set_one(&mut message.data, Data::Gauge(gauge(value)?))?,
        "sum" => set_one(&mut message.data, Data::Sum(sum(value)?))?,
        "histogram" => set_one(&mut message.data, Data::Histogram(histogram(value)?))?,
        "exponentialHistogram" => set_one(&mut message.data, Data::ExponentialHistogram(exponential(value)?))?,
        "summary" => set_one(&mut message.data, Data::Summary(summary(value)?))?,
    })
}

fn gauge(cell: Cell<'_>) -> Read<Gauge> {
    message!(cell, Gauge, |message, value| {
        "dataPoints" => message.data_points = value.list(number_point)?,
    })
}

fn sum(cell: Cell<'_>) -> Read<Sum> {
    message!(cell, Sum, |message, value| {
        "dataPoints" => message.data_points = value.list(number_point)?,
        "aggregationTemporality" => message.aggregation_temporality = value.enumeration()?,
        "isMonotonic" => message.is_monotonic = value.bool()?,
    })
}

fn histogram(cell: Cell<'_>) -> Read<Histogram> {
    message!(cell, Histogram, |message, value| {
        "dataPoints" => message.data_points = value.list(histogram_point)?,
        "aggregationTemporality" => message.aggregation_temporality = value.enumeration()?,
    })
}

fn exponential(cell: Cell<'_>) -> Read<ExponentialHistogram> {
    message!(cell, ExponentialHistogram, |message, value| {
        "dataPoints" => message.data_points = value.list(exponential_point)?,
        "aggregationTemporality" => message.aggregation_temporality = value.enumeration()?,
    })
}

fn summary(cell: Cell<'_>) -> Read<Summary> {
    message!(cell, Summary, |message, value| {
        "dataPoints" => message.data_points = value.list(summary_point)?,
    })
}

fn number_point(cell: Cell<'_>) -> Read<NumberDataPoint> {
    use number_data_point::Value;
    message!(cell, NumberDataPoint, |message, value| {
        "attributes" => message.attributes = value.list(key_value)?,
        "startTimeUnixNano" => message.start_time_unix_nano = value.uint64()?,
        "timeUnixNano" => message.time_unix_nano = value.uint64()?,
        "asDouble" => set_one(&mut message.value, Value::AsDouble(value.double()?))?,
        "asInt" => set_one(&mut message.value, Value::AsInt(value.int64()?))?,
        "exemplars" => message.exemplars = value.list(exemplar)?,
        "flags" => message.flags = value.uint32()?,
    })
}

fn histogram_point(cell: Cell<'_>) -> Read<HistogramDataPoint> {
    message!(cell, HistogramDataPoint, |message, value| {
        "attributes" => message.attributes = value.list(key_value)?,
        "startTimeUnixNano" => message.start_time_unix_nano = value.uint64()?,
        "timeUnixNano" => message.time_unix_nano = value.uint64()?,
        "count" => message.count = value.uint64()?,
        "sum" => message.sum = Some(value.double()?),
        "bucketCounts" => message.bucket_counts = value.list(Cell::uint64)?,
        "explicitBounds" => message.explicit_bounds = value.list(Cell::double)?,
        "exemplars" => message.exemplars = value.list(exemplar)?,
        "flags" => message.flags = value.uint32()?,
        "min" => message.min = Some(value.double()?),
        "max" => message.max = Some(value.double()?),
    })
}

fn exponential_point(cell: Cell<'_>) -> Read<ExponentialHistogramDataPoint> {
    message!(cell, ExponentialHistogramDataPoint, |message, value| {
        "attributes" => message.attributes = value.list(key_value)?,
        "startTimeUnixNano" => message.start_time_unix_nano = value.uint64()?,
        "timeUnixNano" => message.time_unix_nano = value.uint64()?,
        "count" => message.count = value.uint64()?,
        "sum" => message.sum = Some(value.double()?),
        "scale" => message.scale = value.int32()?,
        "zeroCount" => message.zero_count = value.uint64()?,
        "positive" => message.positive = Some(buckets(value)?),
        "negative" => message.negative = Some(buckets(value)?),
        "flags" => message.flags = value.uint32()?,
        "exemplars" => message.exemplars = value.list(exemplar)?,
        "min" => message.min = Some(value.double()?),
        "max" => message.max = Some(value.double()?),
        "zeroThreshold" => message.zero_threshold = value.double()?,
    })
}

fn buckets(cell: Cell<'_>) -> Read<exponential_histogram_data_point::Buckets> {
    message!(cell, exponential_histogram_data_point::Buckets, |message, value| {
        "offset" => message.offset = value.int32()?,
        "bucketCounts" => message.bucket_counts = value.list(Cell::uint64)?,
    })
}

fn summary_point(cell: Cell<'_>) -> Read<SummaryDataPoint> {
    message!(cell, SummaryDataPoint, |message, value| {
        "attributes" => message.attributes = value.list(key_value)?,
        "startTimeUnixNano" => message.start_time_unix_nano = value.uint64()?,
        "timeUnixNano" => message.time_unix_nano = value.uint64()?,
        "count" => message.count = value.uint64()?,
        "sum" => message.sum = value.double()?,
        "quantileValues" => message.quantile_values = value.list(quantile)?,
        "flags" => message.flags = value.uint32()?,
    })
}

fn quantile(cell: Cell<'_>) -> Read<summary_data_point::ValueAtQuantile> {
    message!(cell, summary_data_point::ValueAtQuantile, |message, value| {
        "quantile" => message.quantile = value.double()?,
        "value" => message.value = value.double()?,
    })
}

fn exemplar(cell: Cell<'_>) -> Read<Exemplar> {
    use exemplar::Value;
    message!(cell, Exemplar, |message, value| {
        "filteredAttributes" => message.filtered_attributes = value.list(key_value)?,
        "timeUnixNano" => message.time_unix_nano = value.uint64()?,
        "asDouble" => set_one(&mut message.value, Value::AsDouble(value.double()?))?,
        "asInt" => set_one(&mut message.value, Value::AsInt(value.int64()?))?,
        "spanId" => message.span_id = value.id::<8>()?,
        "traceId" => message.trace_id = value.id::<16>()?,
    })
}

fn key_value(cell: Cell<'_>) -> Read<KeyValue> {
    message!(cell, KeyValue, |message, value| {
        "key" => message.key = value.string()?,
        "value" => message.value = Some(any_value(value)?),
    })
}

fn any_value(cell: Cell<'_>) -> Read<AnyValue> {
    use any_value::Value;
    message!(cell, AnyValue, |message, value| {
        "stringValue" => set_one(&mut message.value, Value::StringValue(value.string()?))?,
        "boolValue" => set_one(&mut message.value, Value::BoolValue(value.bool()?))?,
        "intValue" => set_one(&mut message.value, Value::IntValue(value.int64()?))?,
        "doubleValue" => set_one(&mut message.value, Value::DoubleValue(value.double()?))?,
        "arrayValue" => set_one(&mut message.value, Value::ArrayValue(array(value)?))?,
        "kvlistValue" => set_one(&mut message.value, Value::KvlistValue(pairs(value)?))?,
        "bytesValue" => set_one(&mut message.value, Value::BytesValue(value.bytes()?))?,
    })
}

fn array(cell: Cell<'_>) -> Read<ArrayValue> {
    message!(cell, ArrayValue, |message, value| {
        "values" => message.values = value.list(any_value)?,
    })
}

fn pairs(cell: Cell<'_>) -> Read<KeyValueList> {
    message!(cell, KeyValueList, |message, value| {
        "values" => message.values = value.list(key_value)?,
    })
}
