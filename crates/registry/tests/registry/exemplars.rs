//! Exemplars of measurements in sampled spans.

use std::sync::Mutex;

use meterport_core::{
    Aggregation, AttributeSet, Exemplar, MetricBatch, MetricData, SpanId, TemporalitySelector,
    TraceId,
};
use meterport_registry::{Registry, SpanSource, View};

#[derive(Debug)]
struct Span(Mutex<Option<u8>>);

static SPAN: Span = Span(Mutex::new(None));

impl SpanSource for &'static Span {
    fn current(&self) -> Option<(TraceId, SpanId)> {
        let number = (*self.0.lock().unwrap())?;
        TraceId::from_bytes([number; 16]).zip(SpanId::from_bytes([number; 8]))
    }
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
    span(Some(8));
    bound.add(5);
    span(None);
    for producer in [&delta, &cumulative] {
        let [exemplar] = &exemplars(&producer.collect(), "c")[..] else { panic!() };
        assert_eq!(exemplar.filtered_attributes, AttributeSet::from([("dropped", "bound")]));
    }
}
