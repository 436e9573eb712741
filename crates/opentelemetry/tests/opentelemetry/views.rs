//! Views for both sides.

use meterport_core::{Aggregation, InstrumentKind};
use meterport_registry::View;
use opentelemetry_sdk::metrics::{self as sdk, Instrument, Stream};

/// A view for both sides.
pub(crate) struct BothViews {
    pub(crate) ours: fn() -> View,
    pub(crate) theirs: fn(&Instrument) -> Option<Stream>,
}

fn stream(
    is: bool,
    settings: impl FnOnce(sdk::StreamBuilder) -> sdk::StreamBuilder,
) -> Option<Stream> {
    is.then(|| settings(Stream::builder()).build().unwrap())
}

pub(crate) const VIEWS: [BothViews; 7] = [
    BothViews {
        ours: || View::named("counter.u64").with_name("renamed").with_unit("{it}"),
        theirs: |i| stream(i.name() == "counter.u64", |s| s.with_name("renamed").with_unit("{it}")),
    },
    BothViews {
        ours: || View::named("counter.f64").with_attributes(["method"]),
        theirs: |i| {
            stream(i.name() == "counter.f64", |s| s.with_allowed_attribute_keys(["method".into()]))
        },
    },
    BothViews {
        ours: || View::named("histogram.u64").with_aggregation(Aggregation::BASE2),
        theirs: |i| {
            stream(i.name() == "histogram.u64", |s| {
                s.with_aggregation(sdk::Aggregation::Base2ExponentialHistogram {
                    max_size: 160,
                    max_scale: 20,
                    record_min_max: true,
                })
            })
        },
    },
    BothViews {
        ours: || View::named("histogram.f64").with_bounds([-10.0, 10.0]).with_attributes(["code"]),
        theirs: |i| {
            stream(i.name() == "histogram.f64", |s| {
                s.with_allowed_attribute_keys(["code".into()]).with_aggregation(
                    sdk::Aggregation::ExplicitBucketHistogram {
                        boundaries: vec![-10.0, 10.0],
                        record_min_max: true,
                    },
                )
            })
        },
    },
    BothViews {
        ours: || View::named("updown.*").with_aggregation(Aggregation::Drop),
        theirs: |i| {
            stream(i.name().starts_with("updown."), |s| s.with_aggregation(sdk::Aggregation::Drop))
        },
    },
    BothViews {
        ours: || View::named("histogram.u64").with_aggregation(Aggregation::Sum).with_name("s"),
        theirs: |i| {
            stream(i.name() == "histogram.u64", |s| {
                s.with_name("s").with_aggregation(sdk::Aggregation::Sum)
            })
        },
    },
    BothViews {
        ours: || View::named("gauge.?64").of_kind(InstrumentKind::Gauge).with_description("Said."),
        theirs: |i| {
            let gauge = i.kind() == sdk::InstrumentKind::Gauge;
            stream(gauge, |s| s.with_description("Said."))
        },
    },
];

pub(crate) const LIMITS: [BothViews; 2] = [
    BothViews {
        ours: || View::named("counter.*").with_cardinality_limit(3),
        theirs: |i| stream(i.name().starts_with("counter."), |s| s.with_cardinality_limit(3)),
    },
    BothViews {
        ours: || View::named("histogram.*").with_cardinality_limit(2),
        theirs: |i| stream(i.name().starts_with("histogram."), |s| s.with_cardinality_limit(2)),
    },
];
