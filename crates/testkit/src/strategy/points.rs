//! Points of each kind, and the ways in which they come to lie in columns.

use std::ops::Range;

use meterport_core::{
    AttributeSet, Bounds, Buckets, Exemplar, ExponentialBuckets, ExponentialHistograms,
    ExponentialRows, ExponentialValue, Flags, HistogramRows, HistogramValue, Histograms, Number,
    NumberRows, Numbers as NumberPoints, Point, Points, Quantile, Rows, SpanId, Stats, Summaries,
    SummaryRows, SummaryValue, Timestamp, TraceId, Value,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::Numbers;
use super::values::{attributes, count, double, number, timestamp};

/// Points of a gauge or a sum: integers alone, floats alone, or any kind in any row; rarely
/// hundreds of them, in several chunks.
pub fn number_points(numbers: Numbers) -> impl Strategy<Value = NumberPoints> {
    let one_kind = |number: BoxedStrategy<Number>| points::<NumberRows>(numbers, number, true);
    prop_oneof![
        3 => one_kind(number(numbers)),
        3 => one_kind(super::values::integer().prop_map(Number::I64).boxed()),
        3 => one_kind(double(numbers).prop_map(Number::F64).boxed()),
        1 => Just(NumberPoints::default()),
    ]
    .boxed()
    .prop_flat_map(|few| {
        prop_oneof![
            60 => Just(few),
            1 => (200_usize..600, any::<i64>()).prop_map(|(rows, first)| many(rows, first)),
        ]
    })
}

fn many(rows: usize, first: i64) -> NumberPoints {
    let point = |row: i64| {
        let attributes = AttributeSet::from([("row", Value::Int(row)), ("k", Value::from("v"))]);
        Point::new(attributes, Number::I64(first.wrapping_mul(row)))
            .with_start(Timestamp::from_secs(100))
            .with_time(Timestamp::from_secs(160))
    };
    let all: NumberPoints = (0..rows as i64).map(point).collect();
    // Runs that begin and end within chunks.
    Points::join([&all.slice(rows / 3..rows), &all.slice(0..rows / 4)])
}

/// Points of a histogram, with the same or with differing bounds.
pub fn histogram_points(numbers: Numbers) -> impl Strategy<Value = Histograms> {
    prop_oneof![
        9 => points::<HistogramRows>(numbers, histogram(numbers).boxed(), true),
        1 => Just(Histograms::default()),
    ]
}

/// Points of an exponential histogram.
pub fn exponential_points(numbers: Numbers) -> impl Strategy<Value = ExponentialHistograms> {
    prop_oneof![
        9 => points::<ExponentialRows>(numbers, exponential(numbers).boxed(), true),
        1 => Just(ExponentialHistograms::default()),
    ]
}

/// Points of a summary, which have no exemplars.
pub fn summary_points(numbers: Numbers) -> impl Strategy<Value = Summaries> {
    prop_oneof![
        9 => points::<SummaryRows>(numbers, summary(numbers).boxed(), false),
        1 => Just(Summaries::default()),
    ]
}

fn points<R: Rows>(
    numbers: Numbers,
    value: BoxedStrategy<R::Value>,
    exemplars: bool,
) -> BoxedStrategy<Points<R>> {
    let exemplars = if exemplars {
        prop_oneof![4 => Just(Vec::new()), 1 => vec(exemplar(numbers), 1..=2)].boxed()
    } else {
        Just(Vec::new()).boxed()
    };
    let flags = prop_oneof![
        6 => Just(Flags::default()),
        1 => Just(Flags::NO_RECORDED_VALUE),
        1 => any::<u32>().prop_map(Flags::from_bits),
    ];
    let point = (attributes(numbers, 0..=4), (timestamp(), timestamp()), flags, exemplars, value)
        .prop_map(|(attributes, (start, time), flags, exemplars, value)| Point {
            attributes,
            start,
            time,
            flags,
            exemplars,
            value,
        });
    let shared = prop_oneof![2 => (timestamp(), timestamp()).prop_map(Some), 1 => Just(None)];
    (vec(point, 0..=5), shared, cut())
        .prop_map(|(mut points, shared, cut)| {
            if let Some((start, time)) = shared {
                points.iter_mut().for_each(|point| (point.start, point.time) = (start, time));
            }
            cut.of(&points.into_iter().collect())
        })
        .boxed()
}

/// What became of the points after they were collected.
#[derive(Clone, Debug)]
enum Cut {
    Slice(Range<usize>),
    Swapped(usize),
    Whole,
}

impl Cut {
    fn of<R: Rows>(self, points: &Points<R>) -> Points<R> {
        match self {
            Self::Slice(rows) => points.slice(rows),
            Self::Swapped(at) => {
                Points::join([&points.slice(at..points.len()), &points.slice(0..at)])
            }
            Self::Whole => points.clone(),
        }
    }
}

fn cut() -> impl Strategy<Value = Cut> {
    prop_oneof![
        4 => Just(Cut::Whole),
        1 => (0..3_usize, 1..6_usize).prop_map(|(from, rows)| Cut::Slice(from..from + rows)),
        1 => (0..4_usize).prop_map(Cut::Swapped),
    ]
}

/// A measurement inside or outside a trace.
pub fn exemplar(numbers: Numbers) -> impl Strategy<Value = Exemplar> {
    let trace_id = option::of(any::<[u8; 16]>());
    let span_id = option::of(any::<[u8; 8]>());
    // Where points are collected, unsigned integers that fit become signed ones; here nothing is
    // collected.
    let value = number(numbers).prop_map(Number::normalised);
    (value, timestamp(), attributes(numbers, 0..=2), trace_id, span_id).prop_map(
        |(value, time, filtered_attributes, trace_id, span_id)| Exemplar {
            value,
            time,
            filtered_attributes,
            trace_id: trace_id.and_then(TraceId::from_bytes),
            span_id: span_id.and_then(SpanId::from_bytes),
        },
    )
}

fn stats(numbers: Numbers) -> impl Strategy<Value = Stats> {
    let some = || option::of(double(numbers));
    (count(), some(), some(), some()).prop_map(|(count, sum, min, max)| Stats {
        count,
        sum,
        min,
        max,
    })
}

/// What a histogram measured; figures and buckets need not agree.
pub fn histogram(numbers: Numbers) -> impl Strategy<Value = HistogramValue> {
    (stats(numbers), buckets(numbers))
        .prop_map(|(stats, buckets)| HistogramValue { stats, buckets })
}

fn buckets(numbers: Numbers) -> impl Strategy<Value = Buckets> {
    const USUAL: [&[f64]; 4] = [&[], &[0.0], &[0.005, 0.01, 0.025, 0.05, 0.1], &[-1.0, 0.0, 1.0]];
    let usual = select(&USUAL[..]).prop_map(<[f64]>::to_vec);
    let any = vec(double(numbers), 0..=6).prop_map(|mut bounds| {
        bounds.retain(|bound| !bound.is_nan());
        bounds.sort_by(f64::total_cmp);
        bounds.dedup(); // by value: zero and its negative are one bound
        bounds
    });
    let bounds = prop_oneof![3 => usual, 1 => any];
    prop_oneof![
        1 => Just(Buckets::none()),
        5 => (bounds, vec(count(), 7)).prop_map(|(bounds, mut counts)| {
            counts.truncate(bounds.len() + 1);
            let bounds = Bounds::new(bounds).expect("sorted, and without NaN");
            Buckets::new(bounds, counts).expect("one count more than bounds")
        }),
    ]
}

/// What a base-2 exponential histogram measured; figures and buckets need not agree.
pub fn exponential(numbers: Numbers) -> impl Strategy<Value = ExponentialValue> {
    let scale = prop_oneof![4 => -10..=20_i32, 1 => any::<i32>()];
    (stats(numbers), scale, count(), double(numbers), side(), side()).prop_map(
        |(stats, scale, zero_count, zero_threshold, positive, negative)| ExponentialValue {
            stats,
            scale,
            zero_count,
            zero_threshold,
            positive,
            negative,
        },
    )
}

fn side() -> impl Strategy<Value = ExponentialBuckets> {
    let offset = prop_oneof![4 => -20..20_i32, 1 => any::<i32>()];
    let counts = prop_oneof![
        1 => Just(Vec::new()),
        3 => vec(count(), 1..=5),
        1 => vec(0..100_u64, 20..40),
    ];
    prop_oneof![
        1 => Just(ExponentialBuckets::default()),
        3 => (offset, counts).prop_map(|(offset, counts)| ExponentialBuckets { offset, counts }),
    ]
}

/// What a summary measured.
pub fn summary(numbers: Numbers) -> impl Strategy<Value = SummaryValue> {
    let quantile = (double(numbers), double(numbers))
        .prop_map(|(quantile, value)| Quantile { quantile, value });
    (count(), double(numbers), vec(quantile, 0..=4))
        .prop_map(|(count, sum, quantiles)| SummaryValue { count, sum, quantiles })
}
