use meterport_core::{MetricData, SpanId, TraceId};
use meterport_opentelemetry::{CurrentSpan, RegistryMeterProvider};
use meterport_registry::{Registry, View};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{
    SpanContext, SpanId as ApiSpanId, TraceContextExt, TraceFlags, TraceId as ApiTraceId,
    TraceState,
};
use opentelemetry::{Context, KeyValue};

/// A span of somebody else's, as it would be in the context.
fn context(span: u8, flags: TraceFlags) -> Context {
    let span = SpanContext::new(
        ApiTraceId::from_bytes([span; 16]),
        ApiSpanId::from_bytes([span; 8]),
        flags,
        false,
        TraceState::NONE,
    );
    Context::new().with_remote_span_context(span)
}

#[test]
fn measurements_in_sampled_spans_become_exemplars() {
    let registry = Registry::builder()
        .spans(CurrentSpan)
        .view(View::named("h").without_attributes(["user"]))
        .build()
        .unwrap();
    let provider = RegistryMeterProvider::new(registry.clone());
    let histogram = provider.meter("m").f64_histogram("h").build();
    let attributes = [KeyValue::new("user", "ann"), KeyValue::new("route", "/")];
    histogram.record(7.0, &attributes);
    {
        let _unsampled = context(1, TraceFlags::default()).attach();
        histogram.record(30.0, &attributes);
    }
    {
        let _sampled = context(2, TraceFlags::SAMPLED).attach();
        histogram.record(300.0, &attributes);
    }
    let batch = registry.producer().build().collect();
    let metric = batch.metrics().next().unwrap();
    let MetricData::Histogram(histogram) = &metric.data else { panic!("{metric:?}") };
    let points = histogram.points.to_points();
    let [exemplar] = &points[0].exemplars[..] else { panic!("{points:?}") };
    assert_eq!(exemplar.value, 300.0.into());
    assert_eq!(exemplar.trace_id, TraceId::from_bytes([2; 16]));
    assert_eq!(exemplar.span_id, SpanId::from_bytes([2; 8]));
    assert_eq!(exemplar.filtered_attributes.get("user").unwrap().as_str(), Some("ann"));
    assert_eq!(exemplar.filtered_attributes.len(), 1);
}
