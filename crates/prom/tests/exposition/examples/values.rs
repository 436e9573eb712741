//! Values, times and texts.

use meterport_core::{Metric, Timestamp};

use super::{Example, example};
use crate::make::{attributes, batch, buckets, counter, delta, gauge, histogram, point, value};
use crate::view::{created, open_metrics, open_metrics_2, protobuf, text};

pub(super) fn all() -> Vec<Example> {
    let start = Timestamp::from_secs(100);
    let values = [0.0, -0.0, 1.0, 1e20, 1e21, 1e-4, 1e-5, 0.1, f64::MAX, f64::INFINITY, f64::NAN];
    let numbered = values.into_iter().enumerate();
    let numbered =
        numbered.map(|(at, value)| point(attributes([("n", (at as i64).into())]), value));
    let help = |metric: Metric| metric.with_description("a\\b \"q\"\nc");
    vec![
        example(
            "38-negative-counter",
            batch([
                counter("a", "", [value(-3.0)]),
                counter("b", "", [value(f64::NAN)]),
                counter("c", "", [value(-3)]),
            ]),
            [text(), open_metrics(), open_metrics_2(), protobuf()],
        ),
        example(
            "39-integer-beyond-floats",
            batch([
                counter("a", "", [value(9_007_199_254_740_993_i64)]),
                counter("b", "", [value(u64::MAX)]),
            ]),
            [text(), open_metrics(), protobuf()],
        ),
        example(
            "49-start",
            batch([
                counter("foo", "", [value(7).with_start(start)]),
                histogram("h", "", [buckets(1.0, &[1.0], &[1, 0]).with_start(start)]),
                gauge("g", "", [value(7).with_start(start)]),
            ]),
            [text(), open_metrics(), created(), open_metrics_2(), protobuf()],
        ),
        example(
            "50-help",
            batch([help(gauge("foo", "", [value(1)]))]),
            [text(), open_metrics(), open_metrics_2(), protobuf()],
        ),
        example("56-numbers", batch([gauge("m", "", numbered)]), [text(), open_metrics()]),
        example("57-delta", batch([delta("d", [value(1), value(2)])]), [text(), protobuf()]),
    ]
}
