//! Exemplars.

use meterport_core::{Exemplar, ExponentialPoint, Number, Timestamp};

use super::{Example, example};
use crate::make::{
    batch, buckets, counter, exponential_points, exponential_value, gauge, histogram, texts,
    traced, untraced, value,
};
use crate::view::{open_metrics, open_metrics_2, protobuf, text};

pub(super) fn all() -> Vec<Example> {
    let with = |exemplar| batch([counter("foo", "", [value(1).with_exemplar(exemplar)])]);
    let timeless = Exemplar::new(Number::I64(4), Timestamp::UNSET);
    let mut many = buckets(30.0, &[5.0, 10.0], &[2, 2, 1]);
    many.exemplars = vec![traced(7), untraced(5), traced(99), untraced(5.5), timeless.clone()];
    let mut native = ExponentialPoint::new(Default::default(), exponential_value(0, 0, &[1, 1]));
    native.exemplars = vec![traced(1.5), timeless];
    vec![
        example(
            "40-trace-id-of-an-attribute",
            with(traced(1).with_attributes(texts([("trace.id", "mine"), ("user", "u")]))),
            [open_metrics(), open_metrics_2(), protobuf(), text()],
        ),
        example(
            "41-too-many-characters",
            with(traced(1).with_attributes(texts([("k", &"x".repeat(65))]))),
            [open_metrics(), protobuf()],
        ),
        example("42-no-trace", with(untraced(1)), [open_metrics(), protobuf()]),
        example(
            "58-exemplars-of-buckets",
            batch([
                histogram("h", "", [many]),
                exponential_points("e", [native]),
                gauge("g", "", [value(1).with_exemplar(traced(1))]),
            ]),
            [open_metrics(), open_metrics_2(), protobuf(), text()],
        ),
    ]
}
