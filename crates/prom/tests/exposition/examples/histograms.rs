//! Classic histograms and summaries.

use meterport_core::{Flags, Quantile, SummaryValue};

use super::{Example, example};
use crate::make::{batch, buckets, gauge, histogram, no_buckets, summary, value};
use crate::view::{open_metrics, open_metrics_2, protobuf, text};

pub(super) fn all() -> Vec<Example> {
    let one = |point| batch([histogram("h", "", [point])]);
    let quantiles = [(0.5, 1.5), (0.99, f64::NAN), (0.5, 7.0), (1.5, 2.0)];
    let quantiles = quantiles.map(|(quantile, value)| Quantile { quantile, value });
    let ended = |point: meterport_core::HistogramPoint| point.with_flags(Flags::NO_RECORDED_VALUE);
    vec![
        example(
            "24-buckets-add-up",
            one(buckets(42.0, &[5.0, 10.0], &[1, 2, 3])),
            [text(), open_metrics(), open_metrics_2(), protobuf()],
        ),
        example(
            "25-bounds-as-go-prints-them",
            one(buckets(2.0, &[1e-9, 0.1, 1e6, 123_456_789.0], &[1, 0, 1, 0, 0])),
            [text(), open_metrics()],
        ),
        example(
            "26-no-bounds",
            batch([
                histogram("h", "", [buckets(6.0, &[], &[3])]),
                histogram("i", "", [no_buckets(6.0, 3)]),
            ]),
            [text(), open_metrics(), protobuf()],
        ),
        example(
            "27-negative-bounds",
            one(buckets(-1.0, &[-1.0, 0.0, 1.0], &[1, 2, 3, 4])),
            [text(), open_metrics(), open_metrics_2(), protobuf()],
        ),
        example(
            "28-no-sum",
            one(buckets(None, &[1.0], &[1, 2])),
            [text(), open_metrics(), open_metrics_2(), protobuf()],
        ),
        example(
            "36-ended-gauge",
            batch([gauge("g", "", [value(f64::NAN).with_flags(Flags::NO_RECORDED_VALUE)])]),
            [text(), open_metrics(), protobuf()],
        ),
        example(
            "37-ended-histogram",
            one(ended(buckets(1.0, &[1.0], &[1, 0]))),
            [text(), open_metrics(), protobuf()],
        ),
        example(
            "52-summary",
            batch([
                summary("s", SummaryValue { count: 3, sum: 4.5, quantiles: quantiles.into() }),
                summary("t", SummaryValue { count: 3, sum: -4.5, quantiles: Vec::new() }),
            ]),
            [text(), open_metrics(), open_metrics_2(), protobuf()],
        ),
    ]
}
