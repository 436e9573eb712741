//! Exponential histograms, which become native ones where a format has them.

use meterport_core::{ExponentialBuckets, ExponentialPoint, ExponentialValue, Flags, Stats};

use super::{Example, example};
use crate::make::{
    batch, buckets, exponential, exponential_of, exponential_points, exponential_value, histogram,
};
use crate::view::{open_metrics, open_metrics_2, protobuf, text};

pub(super) fn all() -> Vec<Example> {
    let sparse = [4, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    let both = ExponentialValue {
        negative: ExponentialBuckets { offset: -2, counts: vec![3, 0, 1] },
        zero_count: 5,
        zero_threshold: 0.25,
        stats: Stats { count: 12, sum: Some(-1.5), min: Some(-4.0), max: Some(2.0) },
        ..exponential_value(0, -1, &[1, 2])
    };
    let no_sum = ExponentialValue {
        stats: Stats { count: 1, sum: None, min: None, max: None },
        ..exponential_value(0, 0, &[1])
    };
    let ended = ExponentialPoint::new(Default::default(), exponential_value(0, 0, &[1]))
        .with_flags(Flags::NO_RECORDED_VALUE);
    vec![
        example(
            "29-index-of-the-upper-bound",
            batch([exponential("e", 0, 0, &[4, 3, 2, 1])]),
            [protobuf(), open_metrics_2(), text(), open_metrics()],
        ),
        example("30-scale-9", batch([exponential("e", 9, 1, &[4, 3, 2, 1])]), [protobuf()]),
        example(
            "31-scale-10-below-zero",
            batch([exponential("e", 10, -3, &[1, 2, 3, 4])]),
            [protobuf()],
        ),
        example(
            "32-wide-gap",
            batch([exponential("e", 0, 4, &sparse)]),
            [protobuf(), open_metrics_2(), text()],
        ),
        example(
            "33-narrow-gap",
            batch([exponential("e", 0, 3, &[10, 0, 0, 20, 5, 2])]),
            [protobuf(), text()],
        ),
        example(
            "34-scale-too-coarse",
            batch([exponential("e", -5, 0, &[1])]),
            [protobuf(), open_metrics_2(), text()],
        ),
        example(
            "35-custom-buckets-are-classic-ones",
            batch([histogram(
                "h",
                "",
                [buckets(1.0, &[-2.0, -1.0, 0.0, 1.0, 2.0], &[10, 0, 0, 20, 5, 2])],
            )]),
            [protobuf(), text()],
        ),
        example(
            "53-both-signs",
            batch([exponential_of("e", both)]),
            [protobuf(), open_metrics_2(), text(), open_metrics()],
        ),
        example(
            "54-exponential-without-sum",
            batch([exponential_of("e", no_sum)]),
            [protobuf(), open_metrics_2(), text(), open_metrics()],
        ),
        example(
            "55-empty-and-ended",
            batch([exponential("e", 0, 0, &[]), exponential_points("f", [ended])]),
            [protobuf(), open_metrics_2(), text()],
        ),
    ]
}
