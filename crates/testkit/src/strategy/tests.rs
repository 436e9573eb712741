use std::collections::BTreeSet;

use meterport_core::{
    AttributeSet, Exemplar, Flags, MAX_VALUE_DEPTH, Number, NumberRows, ValueRef,
};

use super::*;

/// What a batch shows of all that the strategies promise.
fn features(batch: &MetricBatch, seen: &mut BTreeSet<&'static str>) {
    let mut note = |what, there| {
        if there {
            seen.insert(what);
        }
    };
    note("no resource", batch.resources().is_empty());
    for resource in batch.resources() {
        note("empty resource", resource.scopes.is_empty());
        note("schema URL", !resource.schema_url.is_empty());
        note("dropped", resource.resource.dropped_attributes_count > 0);
        for scope in &resource.scopes {
            note("empty scope", scope.metrics.is_empty());
            note("nameless scope", scope.scope.name.is_empty());
            note("scope attributes", !scope.scope.attributes.is_empty());
        }
    }
    for metric in batch.metrics() {
        note("empty metric", metric.data.is_empty());
        note("metadata", !metric.descriptor.metadata.is_empty());
        note("delta", metric.data.temporality() == Some(Temporality::Delta));
        match &metric.data {
            MetricData::ExponentialHistogram(data) => {
                note("exponential", true);
                for point in data.points.iter() {
                    note("no negative buckets", point.value.negative.1.is_empty());
                    note("both sides", !point.value.positive.1.is_empty());
                }
            }
            MetricData::Gauge(data) => {
                note("gauge", true);
                for point in data.points.iter() {
                    odd_number(point.value, &mut note);
                    point.attributes.iter().for_each(|(_, value)| kind(value, 0, &mut note));
                    common(point.attributes, point.exemplars, point.flags, &mut note);
                }
            }
            MetricData::Histogram(data) => {
                let stretches = data.points.rows().stretches();
                note("histogram", true);
                note("differing bounds", stretches.len() > 1);
                note("no buckets", stretches.iter().any(|stretch| stretch.bounds.is_none()));
                for point in data.points.iter() {
                    note("no sum", point.value.stats.sum.is_none());
                    note("no min", point.value.stats.min.is_none());
                    note("sum", point.value.stats.sum.is_some());
                }
            }
            MetricData::Sum(data) => {
                note("sum metric", true);
                note("not monotonic", !data.monotonic);
                note("mixed", matches!(data.points.rows(), NumberRows::Mixed(_)));
                note("integers", matches!(data.points.rows(), NumberRows::I64(_)));
                note("floats", matches!(data.points.rows(), NumberRows::F64(_)));
                note("times differ", data.points.times().shared().is_none());
                let runs = data.points.series().runs();
                note("several runs", runs.len() > 1);
                note("begins inside a chunk", runs.iter().any(|run| run.rows().start > 0));
                note("long", data.points.len() > 256);
            }
            MetricData::Summary(data) => {
                note("summary", true);
                note("quantiles", data.points.iter().any(|p| !p.value.quantiles.is_empty()));
            }
        }
    }
}

fn odd_number(number: Number, note: &mut impl FnMut(&'static str, bool)) {
    match number {
        Number::F64(value) => {
            note("NaN", value.is_nan());
            note("infinite", value.is_infinite());
        }
        Number::I64(_) => {}
        Number::U64(_) => note("beyond i64", true),
    }
}

fn common(
    attributes: &AttributeSet,
    exemplars: &[Exemplar],
    flags: Flags,
    note: &mut impl FnMut(&'static str, bool),
) {
    note("no attributes", attributes.is_empty());
    note("empty key", attributes.get("").is_some());
    note("exemplar", !exemplars.is_empty());
    note("trace", exemplars.iter().any(|exemplar| exemplar.trace_id.is_some()));
    note("no trace", exemplars.iter().any(|exemplar| exemplar.trace_id.is_none()));
    note("no recorded value", flags.no_recorded_value());
}

fn kind(value: ValueRef<'_>, depth: usize, note: &mut impl FnMut(&'static str, bool)) {
    note("deepest", depth == MAX_VALUE_DEPTH);
    match value {
        ValueRef::Array(items) => {
            note("array", true);
            items.iter().for_each(|item| kind(item, depth + 1, note));
        }
        ValueRef::Bool(_) => note("bool", true),
        ValueRef::Bytes(_) => note("bytes", true),
        ValueRef::Double(_) => note("double", true),
        ValueRef::Empty => note("empty value", true),
        ValueRef::Int(_) => note("int", true),
        ValueRef::Map(entries) => {
            note("map", true);
            entries.iter().for_each(|(_, item)| kind(item, depth + 1, note));
        }
        ValueRef::String(text) => {
            note("empty text", text.is_empty());
            note("unicode", !text.is_ascii());
            note("control", text.contains('\0'));
            note("long text", text.len() > 127);
        }
    }
}

const ALWAYS: &str = "array,begins inside a chunk,bool,both sides,bytes,control,deepest,delta,\
    differing bounds,double,dropped,empty key,empty metric,empty resource,empty scope,empty text,\
    empty value,exemplar,exponential,floats,gauge,histogram,int,integers,long,long text,map,\
    metadata,mixed,nameless scope,no attributes,no buckets,no min,no negative buckets,\
    no recorded value,no resource,no sum,no trace,not monotonic,quantiles,schema URL,\
    scope attributes,several runs,sum,sum metric,summary,times differ,trace,unicode";
const WILD: &str = "NaN,beyond i64,infinite";

#[test]
fn everything_promised_is_generated() {
    for (numbers, extra) in [(Numbers::Finite, ""), (Numbers::Any, WILD)] {
        let mut seen = BTreeSet::new();
        batches(numbers, 2_000, 1).for_each(|batch| features(&batch, &mut seen));
        let expected: BTreeSet<_> =
            ALWAYS.split(',').chain(extra.split(',')).filter(|name| !name.is_empty()).collect();
        assert_eq!(seen, expected, "{numbers:?}");
    }
}

#[test]
fn finite_batches_equal_themselves_and_seeds_differ() {
    for (batch, again) in batches(Numbers::Finite, 200, 3).zip(batches(Numbers::Finite, 200, 3)) {
        assert_eq!(batch, again);
    }
    let first = |seed| batches(Numbers::Finite, 5, seed).collect::<Vec<_>>();
    assert_ne!(first(1), first(2));
}

#[test]
fn batches_are_small() {
    let (mut points, mut most) = (0, 0);
    for batch in batches(Numbers::Any, 1_000, 5) {
        points += batch.points();
        most = most.max(batch.points());
    }
    assert!((3_000..60_000).contains(&points), "{points}");
    assert!(most < 3_000, "{most}");
}
