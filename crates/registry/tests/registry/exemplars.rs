//! Exemplars, and which measurements become them.

use std::sync::Mutex;

use meterport_core::{
    Aggregation, AttributeSet, Exemplar, MetricBatch, MetricData, SpanId, TemporalitySelector,
    TraceId, Variables,
};
use meterport_registry::{ActiveSpan, ExemplarFilter, Registry, SpanSource, View};

#[derive(Debug)]
struct Span(Mutex<Option<u8>>);

static SPAN: Span = Span(Mutex::new(None));

impl SpanSource for &'static Span {
    fn current(&self) -> Option<ActiveSpan> {
        span((*self.0.lock().unwrap())?)
    }
}

/// A span, sampled if its number is odd.
fn span(number: u8) -> Option<ActiveSpan> {
    let (trace_id, span_id) =
        TraceId::from_bytes([number; 16]).zip(SpanId::from_bytes([number; 8]))?;
    Some(ActiveSpan { trace_id, span_id, sampled: number % 2 == 1 })
}

fn exemplars(batch: &MetricBatch, name: &str) -> Vec<Exemplar> {
    let metric = batch.metrics().find(|metric| &*metric.descriptor.name == name).unwrap();
    match &metric.data {
        MetricData::Sum(data) => data.points.iter().next().unwrap().exemplars.to_vec(),
        MetricData::Histogram(data) => data.points.iter().next().unwrap().exemplars.to_vec(),
        MetricData::ExponentialHistogram(data) => {
            data.points.iter().next().unwrap().exemplars.to_vec()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn measurements_in_a_sampled_span_become_exemplars() {
    let span = |number| *SPAN.0.lock().unwrap() = number;
    let registry = Registry::builder()
        .spans(&SPAN)
        .view(View::named("c").with_attributes(["kept"]))
        .view(View::named("e").with_aggregation(Aggregation::BASE2))
        .build()
        .unwrap();
    let delta = registry.producer().temporality(&TemporalitySelector::Delta).build();
    let cumulative = registry.producer().build();
    let meter = registry.meter("m");
    let counter = meter.counter::<u64>("c").build().unwrap();
    let histogram = meter.histogram::<f64>("h").build().unwrap();
    let exponential = meter.histogram::<f64>("e").build().unwrap();
    let bound = counter.bind([("kept", "x"), ("dropped", "bound")]);

    counter.add(1, [("kept", "x"), ("dropped", "a")]);
    span(Some(7));
    counter.add(2, [("kept", "x"), ("dropped", "b")]);
    for value in [1.0, 3.0, 60.0] {
        histogram.record(value, ());
        exponential.record(value, ());
    }
    span(None);
    bound.add(4);
    for (producer, stays) in [(&delta, false), (&cumulative, true)] {
        let batch = producer.collect();
        let [of_counter] = &exemplars(&batch, "c")[..] else { panic!("{batch:?}") };
        assert_eq!(of_counter.value, 2_u64.into());
        assert_eq!(of_counter.filtered_attributes, AttributeSet::from([("dropped", "b")]));
        assert_eq!(of_counter.trace_id, TraceId::from_bytes([7; 16]));
        let values: Vec<_> = exemplars(&batch, "h").iter().map(|e| e.value).collect();
        assert_eq!(values, [3.0.into(), 60.0.into()]);
        assert_eq!(exemplars(&batch, "e").len(), 3);
        bound.add(1);
        assert_eq!(exemplars(&producer.collect(), "c").len(), usize::from(stays));
    }
    span(Some(9));
    bound.add(5);
    span(None);
    for producer in [&delta, &cumulative] {
        let [exemplar] = &exemplars(&producer.collect(), "c")[..] else { panic!() };
        assert_eq!(exemplar.filtered_attributes, AttributeSet::from([("dropped", "bound")]));
    }
}

/// A source that is always in one span.
#[derive(Debug)]
struct In(u8);

impl SpanSource for In {
    fn current(&self) -> Option<ActiveSpan> {
        span(self.0)
    }
}

#[test]
fn the_filter_says_which_measurements_become_exemplars() {
    use ExemplarFilter as F;
    // The filter in code, that of the environment, the span (none, unsampled, sampled), and the
    // trace of the exemplar, if there is one.
    let cases = [
        (None, None, None, None),
        (None, None, Some(2), None),
        (None, None, Some(3), Some(span(3))),
        (Some(F::AlwaysOff), None, Some(3), None),
        (Some(F::AlwaysOn), None, None, Some(None)),
        (Some(F::AlwaysOn), None, Some(2), Some(span(2))),
        (Some(F::TraceBased), Some("always_on"), None, None),
        (None, Some("always_on"), Some(2), Some(span(2))),
        (None, Some("Always_Off"), Some(3), None),
        (None, Some(" "), Some(3), Some(span(3))),
        (None, Some("trace_based"), Some(2), None),
    ];
    for (filter, variable, active, expected) in cases {
        let lookup = |name: &str| {
            variable.filter(|_| name == "OTEL_METRICS_EXEMPLAR_FILTER").map(Into::into)
        };
        let mut builder = Registry::builder().with_variables(&Variables::new(&lookup)).unwrap();
        if let Some(filter) = filter {
            builder = builder.exemplar_filter(filter);
        }
        if let Some(active) = active {
            builder = builder.spans(In(active));
        }
        let registry = builder.build().unwrap();
        let producer = registry.producer().build();
        registry.meter("m").counter::<u64>("c").build().unwrap().add(1, ());
        let kept = exemplars(&producer.collect(), "c");
        let traces: Vec<_> = kept.iter().map(|exemplar| exemplar.trace_id).collect();
        let expected: Vec<_> =
            expected.into_iter().map(|span| span.map(|span| span.trace_id)).collect();
        assert_eq!(traces, expected, "{filter:?} {variable:?} {active:?}");
    }
    let lookup = |_: &str| Some("sometimes".into());
    let refused = Registry::builder().with_variables(&Variables::new(&lookup)).unwrap_err();
    assert!(refused.to_string().starts_with("OTEL_METRICS_EXEMPLAR_FILTER"), "{refused}");
}
